"""That the fast way to a text's words says what the thorough one says."""

import re
import unicodedata

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.matching.exact import Visible, stands_in
from bot.model.folding import fold, folded
from bot.model.letters import is_invisible
from bot.model.text import canonical

LONG_RUN = "华为网络设备" * 5
SIGNS = (
    "华为網路かガｱﾞ\u3099゙5Ｇ１９年。、 '’“—-_abéA\u0301ü한글각ᄀ\u1161々〇ー・･㍿①ｶ\u200b\u00adไทย\u0e38"
    "Ａ２Йё\u0306\u094dहि\u093c\U0001f600\ud800"
)

texts = st.text(st.sampled_from(SIGNS), max_size=50) | st.text(max_size=40)
among_runs = st.tuples(texts, texts).map(lambda parts: f"{LONG_RUN}{parts[0]}{LONG_RUN}{parts[1]}")


@settings(deadline=None, max_examples=1_500)
@given(texts | among_runs)
@example(f"{LONG_RUN}\u200b{LONG_RUN}")
@example(f"{LONG_RUN}か\u3099{LONG_RUN}")
def test_the_words_are_those_of_the_canonical_text(text: str) -> None:
    assert folded(text).split() == canonical(text).text.split()


@settings(deadline=None, max_examples=500)
@given(texts)
def test_what_is_taken_as_it_is_has_nothing_invisible_and_is_composed(text: str) -> None:
    seen = Visible.of(text)

    if seen.origins is None:
        assert seen.text == text == unicodedata.normalize("NFC", text)
        assert not any(map(is_invisible, text))
    else:
        assert len(seen.origins) == len(seen.text)


@settings(deadline=None, max_examples=1_500)
@given(texts)
def test_where_all_characters_keep_their_places_a_word_is_a_whole_word_of_what_is_seen(text: str) -> None:
    words, is_in_place = fold(text)

    if is_in_place:
        assert len(words) == len(text)
        assert Visible.of(text).text == text
        assert all(stands_in(text, text[slice(*word.span())]) for word in re.finditer("[^ ]+", words))


def test_every_character_by_itself_is_folded_the_same() -> None:
    differing = [
        hex(code)
        for code in range(0x30000)
        if folded(f"a {chr(code)}b").split() != canonical(f"a {chr(code)}b").text.split()
    ]

    assert not differing
