import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.discord.markdown import at_line_start, code, inert, plain, size
from bot.alerts.plain import BREAK, on_one_line
from tests.adapters.arrange import HOSTILE
from tests.standins.discord_client import acts, shown

WORDS = """@everyone @Everyone @here @ everyone here <@7> <@!7> <@&7> <#200> </news:1> <id:customize>
    <:a:1> <a:a:1> <t:1:R> < > >>> [x]( ] ( ](http://a.b) http:// https://a.b/c HTTPS: // steam://run/1 discord.gg/x
    Discord.GG/ discord.gift/x discord.com/invite/x discordapp.com/ discord app .gg/x * ** *** _ __ ___ ~ ~~ | || ` ``
    ``` \\ \\\\ # ## ### -# - + 1. 12) :smile: : :: ＠everyone a B 5 é ß 日本 😀 …"""
BLANKS = ["  ", *" \n\r\t\u2028\u200b\u200f\u2060\ufeff\u202e\x00\x1b\ud800"]
COMBINING = [*"\u0301\u20e3\ufe0f\ufffe\U000e0041"]
HOSTILE_TEXTS = st.lists(st.sampled_from([*WORDS.split(), *BLANKS, *COMBINING]), max_size=40).map("".join)
TEXTS = st.one_of(
    HOSTILE_TEXTS,
    HOSTILE_TEXTS.map(lambda text: text * 40),
    st.text(max_size=200),
    st.text(alphabet="<>@#&:/[]()*_~|`\\!- 1.\nehrvyon", max_size=200),
    st.just(HOSTILE * 30),
)
LIMITS = st.integers(1, 60) | st.just(100_000)


def unbroken(text: str) -> str:
    """Without what nobody sees."""
    return text.replace(BREAK, "")


# ---- a line of somebody else's words ---------------------------------------------------------------------------------


@given(TEXTS, LIMITS)
@example("a_b_c", 5)
@example("a|||b", 4)
@example("\ufeff# no heading", 60)
@example("#\ufeffno heading", 60)
@example("1234567890. no item", 60)
@example("discord.gift/x discord.new/y", 60)
@example(":warning: no picture", 60)
def test_nothing_is_acted_on_wherever_the_text_is_cut(text: str, limit: int) -> None:
    for written in (inert(text, limit), inert(text, limit, alone=True)):
        assert acts(written) == []
        assert size(written) <= limit


@given(TEXTS)
def test_a_reader_sees_the_text_itself(text: str) -> None:
    for written in (inert(text, 100_000), inert(text, 100_000, alone=True)):
        assert unbroken(shown(written)) == unbroken(on_one_line(text))


@given(TEXTS, TEXTS, LIMITS, st.sampled_from([" — ", "; ", " "]))
@example("a_b", "c_d", 3, " ")
@example("-", "", 60, " — ")
@example("#", "", 60, "; ")
def test_nothing_arises_where_two_texts_meet(first: str, second: str, limit: int, between: str) -> None:
    for alone in (True, False):
        assert acts(f"{inert(first, limit, alone=alone)}{between}{inert(second, limit, alone=alone)}") == []


@given(TEXTS, LIMITS)
@example("\ufeff#\ufeff", 60)
def test_nothing_arises_within_bold_text_a_quotation_or_an_item(text: str, limit: int) -> None:
    written = inert(text, limit)

    for line in (f"> {written}", f"- {written}", f"- a: {written}"):
        assert [each.kind for each in acts(line)] in (["quote"], ["item"])
    if written:
        assert [each.kind for each in acts(f"- **{written}**")] == ["item", "bold"]


ORDINARY = [
    "C++ & AT&T: 5–0 in Köln?",
    "U.S. – China",
    "100% #1",
    "snake_case",
    "release_2_0_1 is out",
    "Top 10: 3 > 2 | The Wire",
    "~100 people, a < b, a/b, 12:30:45",
    "(Quote) [sic] {x} 'y' \"z\" $5 ^ = ; !",
    "孟晚舟回国",
    "#hashtag #日本",
    "-5 °C",
    "3.5 % more",
]


@pytest.mark.parametrize("headline", ORDINARY)
def test_an_ordinary_headline_stands_there_byte_for_byte(headline: str) -> None:
    assert inert(headline, 250, alone=True) == headline


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("*bold* __init__ ~~no~~ ||what||", r"\*bold\* \_\_init\_\_ \~\~no\~\~ \|\|what\|\|"),
        ("`code` C:\\dir", r"\`code\` C:\\dir"),
        ("@everyone @here", f"@{BREAK}everyone @{BREAK}here"),
        ("<@7> <@&7> <#200>", f"<{BREAK}@7> <{BREAK}@&7> <{BREAK}#200>"),
        ("[click](https://evil.example)", f"[click]{BREAK}(https:{BREAK}//evil.example)"),
        ("DISCORD.gg/x discordapp.com/invite/x", f"DISCORD{BREAK}.gg/x discordapp{BREAK}.com/invite/x"),
        ("# 1", f"{BREAK}# 1"),
        ("-# 1", f"{BREAK}-# 1"),
        ("> 1", f"{BREAK}> 1"),
        ("2. Liga", f"{BREAK}2. Liga"),
    ],
)
def test_what_would_be_obeyed_is_escaped_or_broken(text: str, written: str) -> None:
    assert inert(text, 250) == written


def test_a_look_alike_stays_what_it_is() -> None:
    assert inert("＠everyone @\u200bhere ⟨@7⟩ discord。gg/x", 250) == "＠everyone @\u200bhere ⟨@7⟩ discord。gg/x"


def test_control_characters_and_directions_are_taken_out_before_anything_is_looked_for() -> None:
    assert inert("@every\x00one <\u202e@7> disc\x1bord.gg/x", 250) == (
        f"@{BREAK}everyone <{BREAK}@7> discord{BREAK}.gg/x"
    )


def test_every_kind_of_white_space_is_one_blank() -> None:
    assert inert(" a\n# b\u2028> c\td\xa0e ", 250) == "a # b > c d e"


def test_a_long_text_ends_with_three_dots_and_in_no_escape() -> None:
    assert inert("*" * 20, 8) == r"\*\*\*…"
    assert inert("one two three", 9) == "one two…"
    assert inert("😀" * 20, 8) == "😀😀😀…"


def test_a_word_is_not_cut_behind_an_underscore() -> None:
    assert inert("a_b_cccccc", 6, alone=True) == "a_b…"


def test_beside_code_and_addresses_an_underscore_is_always_escaped() -> None:
    """``0_0 `x_` `` is italic from the first underscore to the one in the code."""
    assert inert("0_0", 250) == r"0\_0"


def test_the_start_of_a_line_is_broken_only_where_a_block_would_begin() -> None:
    assert at_line_start("- one") == f"{BREAK}- one"
    assert at_line_start("one - two") == "one - two"


# ---- places that know no Markdown ------------------------------------------------------------------------------------


@given(TEXTS, LIMITS)
def test_plain_text_stays_as_it_is_within_its_limit(text: str, limit: int) -> None:
    written = plain(text, limit)

    assert size(written) <= limit
    assert written == on_one_line(text) or written.endswith("…")


# ---- fixed width -----------------------------------------------------------------------------------------------------


@given(TEXTS, LIMITS)
@example("`", 60)
@example("```", 60)
@example("`a``b```", 60)
@example("``\n```\n`", 60)
@example("\n\n  a\n\n", 60)
@example("\\", 60)
@example("`\\`", 60)
def test_code_is_one_piece_of_code_whatever_stands_in_it(text: str, limit: int) -> None:
    written = code(text, limit)

    assert [each.kind for each in acts(written)] in ([], ["code"], ["fence"])
    assert size(written) <= limit + 8


@given(TEXTS, TEXTS)
@example("0_0", "@everyone_")
def test_code_keeps_to_itself_behind_somebody_elses_words(words: str, text: str) -> None:
    line = f"{inert(words, 60)} {code(text, 60)}"

    assert len(acts(line)) == bool(code(text, 60))


@given(TEXTS)
def test_code_shows_its_text_as_it_is(text: str) -> None:
    (seen,) = acts(code(f"a{text}b", 100_000))

    cleaned = "".join(f"a{text}b".split())
    assert unbroken("".join(seen.shown.split())) == unbroken("".join(char for char in cleaned if inert(char, 9)))


def test_code_is_marked_as_its_text_allows() -> None:
    assert code("huawei OR ban", 60) == "`huawei OR ban`"
    assert code("a`b", 60) == "`` a`b ``"
    assert code("`", 60) == "`` ` ``"
    assert code("a``b", 60) == f"`` a`{BREAK}`b ``"
    assert code("  meng (\n       ^", 60) == "```\n  meng (\n       ^\n```"
    assert code("a\n```\nb", 60) == f"```\na\n`{BREAK}`{BREAK}`\nb\n```"


@pytest.mark.parametrize("text", ["", " ", "\n \n", "\x00", "\u202e"])
def test_code_without_text_is_nothing(text: str) -> None:
    assert code(text, 60) == ""


def test_characters_are_counted_as_discord_counts_them() -> None:
    assert size("aé日") == 3
    assert size("😀") == 2
