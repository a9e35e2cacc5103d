"""How a typed query is read, and what is said of one that cannot be."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matching.language import MOST_LITERALS, parse
from bot.matching.mistakes import LONGEST_QUERY, QueryError
from bot.matching.query import Query

fragments = st.sampled_from(
    [
        *'()"*-:&`| “」（＊，',
        "AND",
        "OR",
        "NOT",
        "title:",
        "site:",
        "NEAR/5",
        "huawei",
        "5G",
        "auct",
        "孟晚舟",
        "C++",
        "--",
    ]
)
typed_queries = st.lists(fragments | st.sampled_from([" ", "  ", "\n"]), max_size=30).map("".join)


def refused(query: str) -> QueryError:
    with pytest.raises(QueryError) as raised:
        parse(query)
    return raised.value


def read(typed: str) -> Query | QueryError:
    try:
        return parse(typed)
    except QueryError as error:
        return error


@pytest.mark.parametrize(
    ("typed", "normal_form"),
    [
        ("Huawei", "huawei"),
        ("huawei ban", "huawei ban"),
        ("huawei AND ban", "huawei ban"),
        ("a b OR c d", "(a b) OR (c d)"),
        ("a (b OR c)", "a (b OR c)"),
        ("a OR (b OR (c OR d))", "a OR b OR c OR d"),
        ("a (b (c d))", "a b c d"),
        ("huawei NOT ban", "huawei -ban"),
        ("huawei -ban", "huawei -ban"),
        ("huawei AND NOT (ban OR sanction)", "huawei -(ban OR sanction)"),
        ("huawei -(ban sanction)", "huawei -(ban sanction)"),
        ("NOT NOT huawei", "huawei"),
        ("a -(-b)", "a b"),
        ("((((huawei))))", "huawei"),
        ('"5G auction"', '"5g auction"'),
        ('"huawei"', "huawei"),
        ('"5G auction"huawei', '"5g auction" huawei'),
        ("restrict*", "restrict*"),
        ("Régl*", "regl*"),
        ("title:huawei", "title:huawei"),
        ("Title: huawei", "title:huawei"),
        ('title:"5G auction" x', 'title:"5g auction" x'),
        ("title:(a OR b) c", "title:(a OR b) c"),
        ("title:(a title:(b OR title:c))", "title:(a (b OR c))"),
        ("-title:ban huawei", "-title:ban huawei"),
        ("title:(-ban) huawei", "-title:ban huawei"),
        ("and or not", "and or not"),
        ('"AND"', "and"),
    ],
)
def test_a_query_reads_as_people_mean_it(typed: str, normal_form: str) -> None:
    assert parse(typed).normal_form == normal_form


@pytest.mark.parametrize(
    ("typed", "normal_form"),
    [
        ("“5G auction”", '"5g auction"'),
        ("„5G-Auktion“", '"5g auktion"'),
        ("«5G auction»", '"5g auction"'),
        ("「華為 手机」", '"華為 手机"'),
        ("『孟晚舟』", "孟晚舟"),
        ("华为　ＡＮＤ　（５Ｇ　ＯＲ　６Ｇ）", "华为 (5g OR 6g)"),
        ("title：华为", "title:华为"),
        ("restrict＊", "restrict*"),
        ("huawei –ban", "huawei -ban"),
        ("huawei −ban", "huawei -ban"),
        ("AT&amp;T", '"at t"'),
        ("a&lt;b&gt;c", '"a b c"'),
        ("\u200bhuawei\u00a0ban\ufeff", "huawei ban"),
        ("\u200b-ban huawei", "-ban huawei"),
    ],
)
def test_quotes_signs_and_dashes_of_other_keyboards_are_read_as_meant(typed: str, normal_form: str) -> None:
    assert parse(typed).normal_form == normal_form


@pytest.mark.parametrize(
    ("typed", "normal_form"),
    [
        ("C++", "c"),
        (".NET", "net"),
        ("AT&T", '"at t"'),
        ("U.S.", '"u s"'),
        ("e-mail", '"e mail"'),
        ("10:30", '"10 30"'),
        ("https://example.org/a", '"https example org a"'),
        ("Meng's", '"meng s"'),
        ("5G技术", '"5g 技术"'),
        ("#5G", "5g"),
    ],
)
def test_a_word_with_signs_in_it_is_read_as_its_words(typed: str, normal_form: str) -> None:
    assert parse(typed).normal_form == normal_form


@pytest.mark.parametrize("typed", ["孟晚舟*", '"孟晚舟*"', "ไทย*"])
def test_a_star_on_a_script_without_spaces_is_dropped(typed: str) -> None:
    assert parse(typed) == parse(typed.strip('"*'))


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("Huawei", "Huawei"),
        ('"5G  auction"', "5G auction"),
        ("“Meng Wanzhou”", "Meng Wanzhou"),
        ("(AT&amp;T)", "AT&T"),
        ("华为*", "华为"),
        ('"5G\u202e auction"', "5G auction"),
        ("huawei Ban", "huawei ban"),
        ("title:Huawei", "title:huawei"),
        ("Restrict*", "restrict*"),
    ],
)
def test_the_label_is_the_bare_words_as_typed_or_else_the_normal_form(typed: str, label: str) -> None:
    assert parse(typed).label == label


@settings(deadline=None)
@given(typed_queries | st.text(max_size=30))
def test_whatever_is_typed_is_read_or_refused_and_the_normal_form_reads_the_same(typed: str) -> None:
    query = read(typed)

    if isinstance(query, QueryError):
        assert 0 <= query.position <= len(typed)
        assert query.message
        assert not query.suggestion or parse(query.suggestion)
        return
    again = parse(query.normal_form)
    assert again == query
    assert again.normal_form == query.normal_form
    assert query.label


@pytest.mark.parametrize(
    ("typed", "position", "reason", "suggestion"),
    [
        ("", 0, "nothing to look for", ""),
        (" \n", 0, "nothing to look for", ""),
        ("-huawei", 0, "Only NOT", ""),
        ("NOT (a OR b)", 0, "Only NOT", ""),
        ("-a -b", 0, "Only NOT", ""),
        ("a OR NOT b", 5, "Only NOT", "a NOT b"),
        ("-b OR a", 0, "Only NOT", "-b a"),
        ("a OR -b OR c", 5, "Only NOT", "a -b OR c"),
        ("a OR b OR -c", 10, "Only NOT", "a OR b -c"),
        ("NOT (a -b)", 0, "Only NOT", ""),
        ("title:(-a)", 7, "Only NOT", ""),
        ("5G*", 2, "at least 3 letters", "5G"),
        ("किस*", 3, "at least 3 letters", "किस"),
        ("e-mail*", 6, "not understood yet", "e-mail"),
        ('"5G auction*"', 11, "not understood yet", '"5G auction"'),
        ("*ban", 0, "only at the end", "ban"),
        ("hua*wei", 3, "only at the end", "huawei"),
        ('"5G auction', 0, "opened at character 1 never closes", '"5G auction"'),
        ('ban ""', 4, "nothing to look for between", "ban"),
        ("a (b OR c", 2, "opened at character 3 never closes", "a (b OR c)"),
        ("(" * 12 + "a", 11, "never closes", "(" * 12 + "a" + ")" * 12),
        ("a ( b) )", 7, "never opened", "a (b)"),
        ("a ()", 2, "nothing in these parentheses", "a"),
        ("a (", 2, "nothing in these parentheses", "a"),
        ("huawei AND", 7, "both its sides", "huawei"),
        ("AT&amp;T AND", 9, "both its sides", "AT&amp;T"),
        ("OR huawei", 0, "both its sides", "huawei"),
        ("a AND OR b", 2, "both its sides", "a OR b"),
        ("(a OR ) b", 3, "both its sides", "(a) b"),
        ("huawei NOT", 7, "behind it", "huawei"),
        ("huawei title:", 7, "behind it", "huawei"),
        ("NOT AND a", 0, "behind it", "a"),
        ("title:-ban huawei", 6, "before title:", "-title:ban huawei"),
        ("huawei & zte", 7, "no word", "huawei zte"),
        ("huawei – zte", 7, "no word", "huawei zte"),
        ("huawei | zte", 7, "OR", "huawei OR zte"),
        ("huawei --ban", 7, "double hyphen", "huawei ban"),
        ("`US` ban", 0, "not understood yet", "US ban"),
        ("a NEAR/5 b", 2, "not understood yet", "a AND b"),
        ("site:example.org ban", 0, "site: is not understood yet", "ban"),
        ('body:"5G auction"', 0, "body: is not understood yet", '"5G auction"'),
        ("titel:huawei", 0, "titel: is no field", "title:huawei"),
        ("(huawei AND", 8, "both its sides", "(huawei)"),
    ],
)
def test_a_query_that_cannot_be_read_is_answered_with_the_place_and_the_nearest(
    typed: str, position: int, reason: str, suggestion: str
) -> None:
    error = refused(typed)

    assert reason in error.message
    assert error.position == position
    assert error.suggestion == suggestion


@pytest.mark.parametrize(
    "field", ["summary:", "body:", "feed:", "site:", "tag:", "author:", "lang:", "exact:", "tags:"]
)
def test_a_field_that_is_not_understood_yet_is_refused_naming_those_that_are(field: str) -> None:
    error = refused(f"ban {field}huawei")

    assert error.position == 4
    assert "title:" in error.message


def test_the_caret_stands_under_the_place_where_wide_characters_take_two_columns() -> None:
    assert refused("huawei AND").pointer() == "huawei AND\n       ^"
    assert refused("孟晚舟 AND").pointer() == "孟晚舟 AND\n       ^"
    assert refused("cafe\u0301 AND").pointer() == "cafe\u0301 AND\n     ^"
    assert refused("a\nb OR").pointer() == "a b OR\n    ^"


def test_a_query_too_long_is_shown_as_far_as_it_may_go() -> None:
    shown, caret = refused("x" * 100_000).pointer().split("\n")

    assert shown == "x" * LONGEST_QUERY + "…"
    assert caret == " " * LONGEST_QUERY + "^"


def test_a_query_has_so_many_characters_and_no_more() -> None:
    longest = "x" * LONGEST_QUERY

    assert parse(longest).normal_form == longest
    assert refused(longest + "x").position == LONGEST_QUERY


def test_a_query_that_reads_as_too_many_characters_is_refused_too() -> None:
    assert "Read word by word" in refused("ﷺ" * 100).message


def test_a_query_has_so_many_words_and_phrases_and_no_more() -> None:
    most = " ".join(f"w{number}" for number in range(MOST_LITERALS))

    assert parse(most).normal_form == most
    assert refused(f"{most} more").position == len(most) + 1


def test_no_nesting_is_too_deep() -> None:
    assert parse("(" * 249 + "x" + ")" * 249).normal_form == "x"
    assert parse("-(" * 166 + "x" + ")" * 166).normal_form == "x"
    assert parse("title:(" * 62 + "x" + ")" * 62).normal_form == "title:x"
    assert refused("(" * 500).position == 499
    assert refused(")" * 500).position == 0


def test_mixed_nesting_to_the_limit_of_literals_is_read_and_written_again() -> None:
    typed = "x"
    for number in range(MOST_LITERALS - 1):
        typed = f"(w{number} -({typed}))" if number % 2 else f"(w{number} OR {typed})"

    query = parse(typed)

    assert parse(query.normal_form) == query


# ---- what cannot be seen, and what is no text ----------------------------------------------------------------------


@pytest.mark.parametrize("control", ["\x00", "\x07", "\t", "\r", "\x1b", "\x1f", "\x7f", "\x85", "\x9f"])
def test_a_control_character_is_read_as_a_space(control: str) -> None:
    assert parse(f"huawei{control}ban") == parse("huawei ban")
    assert parse(f'"5G{control}auction"{control}') == parse('"5G auction" ')


def test_a_control_character_moves_no_place() -> None:
    assert refused("huawei\x00(ban").position == 7


@pytest.mark.parametrize("half", [0xD800, 0xDBFF, 0xDC00, 0xDCE9, 0xDFFF])
def test_half_a_character_is_refused_with_its_place(half: int) -> None:
    error = refused(f"caf{chr(half)} latte")

    assert error.position == 3
    assert error.message == "There stands a stray byte or half a character, which is no text: leave it out."
    assert error.suggestion == "caf latte"
    error.pointer().encode()
