"""That only what may become another character is converted, and that all of it is."""

import subprocess
from pathlib import Path

import opencc
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.matching import chinese
from bot.matching.chinese import ONLY_IN_PHRASES, PHRASES, digest, may_change, simplified

pytestmark = pytest.mark.usefixtures("steps")

INSTALLED = Path(opencc.__file__).parent / "clib"
DICTIONARIES = INSTALLED / "share" / "opencc"
NAMED_IN_PHRASES = "答回沈重默什們里海分毛土破釜借口解了如幺英浮香"
TEXTS = st.text(st.sampled_from(f"   abé乾隆燥臺灣台湾網络華为{ONLY_IN_PHRASES}{NAMED_IN_PHRASES}"), max_size=60)


def as_a_whole(text: str) -> str:
    converter = opencc.OpenCC("t2s")
    for _ in range(chinese.MOST_STEPS):
        text = converter.convert(text)
    return text


@settings(deadline=None, max_examples=500)
@given(TEXTS)
@example(" 回覆 不瞭解 什么 坏 ")
@example("")
@example("乾")
def test_runs_by_themselves_are_converted_as_the_text_is_as_a_whole(text: str) -> None:
    assert simplified(text) == as_a_whole(text)


def test_phrases_that_nobody_has_looked_through_are_converted_whatever_they_hold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chinese, "PHRASES", "of another release")
    may_change.cache_clear()
    try:
        assert may_change()[ord("什")]
        assert simplified(" 回覆 huawei 乾燥 ") == " 回复 huawei 干燥 "
    finally:
        may_change.cache_clear()


def test_dictionaries_that_are_not_there_are_none_that_were_looked_through(tmp_path: Path) -> None:
    assert not digest(tmp_path)


def test_the_characters_that_only_phrases_change_are_those_of_the_dictionary(tmp_path: Path) -> None:
    tool = INSTALLED / "bin" / "opencc_dict"
    if not tool.exists():
        pytest.skip("opencc's wheel for this machine brings no tool to read its dictionaries")
    assert digest(DICTIONARIES) == PHRASES, "look through the new phrases, and keep their digest"
    written = tmp_path / "phrases.txt"
    phrases = str(DICTIONARIES / "TSPhrases.ocd2")
    subprocess.run([str(tool), "-i", phrases, "-o", str(written), "-f", "ocd2", "-t", "text"], check=True)
    converter = opencc.OpenCC("t2s")
    changing = set()
    for line in written.read_text(encoding="utf-8").splitlines():
        phrase, _, becoming = line.partition("\t")
        for one in becoming.split(" "):
            assert len(one) == len(phrase)
        first = becoming.split(" ")[0]
        changing |= {a for a, b in zip(phrase, first, strict=True) if a != b and converter.convert(a) == a}

    assert changing == set(ONLY_IN_PHRASES)


def test_nothing_but_ideographs_becomes_another_character() -> None:
    others = [
        chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000 and not chinese._RUN.match(chr(code))
    ]

    assert opencc.OpenCC("t2s").convert("\n".join(others)).split("\n") == "\n".join(others).split("\n")
