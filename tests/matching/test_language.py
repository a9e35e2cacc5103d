"""How a typed query is read, and what is said of one that cannot be."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matching import language
from bot.matching.language import LONGEST_WIDENED, MOST_CLAUSES, MOST_LITERALS, clauses, parse, read_back
from bot.matching.mistakes import LONGEST_QUERY, QueryError
from bot.matching.names import NO_NAMES, Names, read_aliases
from bot.matching.query import Any, Exact, Feed, Lang, Near, Phrase, Query, Site, Suffix, Term
from bot.model.ids import FeedId
from bot.model.sites import registrable_domain

fragments = st.sampled_from(
    [
        *'()"*-:&`| “」（＊，*｀',
        "auktion",
        "e-mail",
        "Zürich",
        "`US`",
        "exact:",
        "summary:",
        "tag:",
        "lang:",
        "de-AT",
        "feed:",
        "BBC",
        "example.org",
        "NEAR",
        " NEAR/3 ",
        "NEAR/0",
        "meng",
        "&amp;",
        "\u1fef",
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


NAMES = Names(
    aliases=read_aliases(
        {"Huawei": ["华为", "Huawei Technologies"], "华为": ["Huawei", "Huawei Technologies"], "meng": ["孟晚舟"]}
    ),
    feeds={"bbc": frozenset({FeedId(1), FeedId(2)}), "bbc world": frozenset({FeedId(2)})},
)


def refused(query: str, names: Names = NO_NAMES) -> QueryError:
    with pytest.raises(QueryError) as raised:
        parse(query, names)
    return raised.value


def read(typed: str, names: Names = NO_NAMES) -> Query | QueryError:
    try:
        return parse(typed, names)
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
        ("a a", "a"),
        ("a OR b OR A", "a OR b"),
        ("(a b) (b a)", "a b"),
        ("(a OR b) (a OR b)", "a OR b"),
        ("x -a -a", "x -a"),
        ('"5G auction"huawei', '"5g auction" huawei'),
        ("restrict*", "restrict*"),
        ("Régl*", "regl*"),
        ('"restrict*"', "restrict*"),
        ('"5G auction*"', '"5g auction*"'),
        ("e-mail*", '"e mail*"'),
        ("*auktion", "*auktion"),
        ("*Führer", "*führer"),
        ("-*auktion 5g", "-*auktion 5g"),
        ("Zürich", "zürich"),
        ("a NEAR/3 b", "a NEAR/3 b"),
        ("a NEAR b", "a NEAR/10 b"),
        ("a NEAR/007 b", "a NEAR/7 b"),
        ('"5G auction*" NEAR/100 *auktion', '"5g auction*" NEAR/100 *auktion'),
        ("x a NEAR/3 b y", "x a NEAR/3 b y"),
        ("a NEAR/3 b OR c NEAR/3 d", "a NEAR/3 b OR c NEAR/3 d"),
        ("x -a NEAR/3 b", "x -(a NEAR/3 b)"),
        ("title:a NEAR/3 b", "title:(a NEAR/3 b)"),
        ("title:(x a NEAR/3 b)", "title:(x a NEAR/3 b)"),
        ("a near/5 b", 'a "near 5" b'),
        ("summary:a BODY:b author:c tag:d", "summary:a body:b author:c tag:d"),
        ("author:(a OR author:b)", "author:(a OR b)"),
        ("tag:`5G`", "tag:`5G`"),
        ("`US`", "`US`"),
        ("exact:US", "`US`"),
        ('exact:"New  York"', "`New York`"),
        ("exact:“New York”", "`New York`"),
        ("exact: `AT&amp;T`", "`AT&T`"),
        ("`&amp;amp;lt;5`", "`<5`"),
        ("`C++` (c)", "`C++` c"),
        ("`Ｃａｆe\u0301“\u200b”`", "`Ｃａｆé“”`"),
        ('`say "(hi) OR"`', '`say "(hi) OR"`'),
        ("-exact:US a", "-`US` a"),
        ("site:example.org", "site:example.org"),
        ("Site:https://user@News.Example.co.uk:8080/a?b=c#d", "site:example.co.uk"),
        ("site:<http://example.org|example.org>", "site:example.org"),
        ("site:*.example.org", "site:example.org"),
        ("site:münchen.de", "site:xn--mnchen-3ya.de"),
        ("site:www.straße.de.", "site:xn--strae-oqa.de"),
        ("lang:DE", "lang:de"),
        ("lang:de-AT", "lang:de"),
        ("lang:zh_CN", "lang:zh"),
        ("lang:German", "lang:de"),
        ('feed:"BBC World" -sport', 'feed:"bbc world" -sport'),
        ("feed:BBC-World", 'feed:"bbc world"'),
        ("(site:a.org OR lang:de) -feed:b", "(site:a.org OR lang:de) -feed:b"),
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
        ("「華為 手机」", '"华为 手机"'),
        ("『孟晚舟』", "孟晚舟"),
        ("薴 麼麼些族", "苎 幺么些族"),
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


@pytest.mark.parametrize("typed", ["孟晚舟*", '"孟晚舟*"', "ไทย*", "*孟晚舟", '"*孟晚舟"', "5G技术*", "*技术5G"])
def test_a_star_on_a_script_without_spaces_is_dropped_and_the_asker_hears_of_it(typed: str) -> None:
    query = parse(typed)

    assert query == parse(typed.replace("*", ""))
    assert len(query.notes) == 1


def test_both_stars_on_a_script_without_spaces_are_dropped() -> None:
    assert parse("*孟晚舟*").root == Term("孟晚舟")
    assert parse("*孟5G*").root == Phrase(("孟", "5g"), open_end=True)
    assert parse("孟晚舟*").notes == (
        "The star behind 孟晚舟 was dropped: in a script without spaces, characters are found inside a run anyway.",
    )


@pytest.mark.parametrize("typed", ["C++", ".NET", "#5G", "F#", "Notepad++", "title:C++"])
def test_a_word_that_lost_its_signs_is_told_of_backticks(typed: str) -> None:
    item = typed.removeprefix("title:")

    (note,) = parse(typed).notes

    assert note.startswith(f"{item} is read as the word ")
    assert note.endswith(f"write `{item}` in backticks to find it exactly as typed.")


@pytest.mark.parametrize("typed", ["huawei", "huawei,", "AT&T", "U.S.", '"C++"', "`C++`", "C", "restrict*", "5G"])
def test_a_word_that_lost_nothing_of_weight_has_no_note(typed: str) -> None:
    assert parse(typed).notes == ()


def test_a_host_is_read_as_its_site_and_the_asker_hears_of_it() -> None:
    query = parse("site:news.example.org")

    assert query.root == Site("example.org")
    assert query.notes == ("site:news.example.org is read as site:example.org: every host of a domain is one site.",)


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("https://news.example.co.uk/a?b#c", "example.co.uk"),
        ("EXAMPLE.org.", "example.org"),
        ("//example.org/a", "example.org"),
        ("reader.github.io", "reader.github.io"),
        ("https://xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
        ("github.io", ""),
        ("localhost", ""),
        ("http://[::1]/a", ""),
        ("http://[oops/a", ""),
        ("10.0.0.1", ""),
        ("a..b", ""),
        ("", ""),
    ],
)
def test_a_site_is_the_registrable_domain(address: str, domain: str) -> None:
    assert registrable_domain(address) == domain


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
@given(typed_queries | st.text(max_size=30), st.sampled_from([NO_NAMES, NAMES]))
def test_whatever_is_typed_is_read_or_refused_and_the_normal_form_reads_the_same(typed: str, names: Names) -> None:
    query = read(typed, names)

    if isinstance(query, QueryError):
        assert 0 <= query.position <= len(typed)
        assert query.message
        assert not query.suggestion or parse(query.suggestion, names)
        return
    for again in (read_back(query.normal_form, names), parse(query.normal_form, names)):
        assert again == query
        assert again.normal_form == query.normal_form
    assert read_back(query.normal_form).normal_form == query.normal_form
    assert clauses(query.root) <= MOST_CLAUSES
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
        ("*ban", 0, "at least 4 letters", "ban"),
        ("*किसा", 0, "at least 4 letters", "किसा"),
        ("*e-mail", 0, "a single word only", "e-mail"),
        ("hua*wei", 3, "in the middle of words", "huawei"),
        ("*wo*rd", 3, "in the middle of words", "*word"),
        ("*word*", 5, "in the middle of words", "word*"),
        ('"5G* auction"', 3, "in the middle of words or of phrases", '"5G auction"'),
        ('"*auktion"', 1, "only at the end", '"auktion"'),
        ('"auction *"', 9, "says nothing alone", '"auction "'),
        ('"re*"', 3, "at least 3 letters", '"re"'),
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
        ("`US ban", 0, "backtick at character 1 never closes", "`US ban`"),
        ("exact:`US", 6, "backtick at character 7 never closes", "exact:`US`"),
        ("`` ban", 0, "letter or a digit", "ban"),
        ("exact:++ ban", 0, "letter or a digit", "ban"),
        ("exact:a`b", 7, "cannot be part of it", "exact:ab"),
        ("x `a\u1fefb`", 2, "cannot be part of it", "x"),
        ("exact:(a)", 0, "needs one value", "(a)"),
        ("a exact:", 2, "needs one value", "a"),
        ("a lang: OR b", 2, "needs one value", "a OR b"),
        ('feed:"BBC', 5, "opened at character 6 never closes", 'feed:"BBC"'),
        ("a NEAR/3 b NEAR/4 c", 11, "not three", "a NEAR/3 b AND b NEAR/4 c"),
        ("a NEAR b NEAR c NEAR d", 9, "not three", "a NEAR b AND b NEAR c AND c NEAR d"),
        ("(a) NEAR/3 b", 4, "between two words or phrases", "(a) AND b"),
        ("a NEAR/3 (b)", 2, "between two words or phrases", "a AND (b)"),
        ("a NEAR/3 -b", 2, "between two words or phrases", "a AND -b"),
        ("a NEAR/3 title:b", 2, "between two words or phrases", "a AND title:b"),
        ("site:a.org NEAR b", 11, "between two words or phrases", "site:a.org AND b"),
        ("a NEAR `b`", 2, "between two words or phrases", "a AND `b`"),
        ("a NEAR/0 b", 2, "from 1 to 100", "a NEAR/1 b"),
        ("a NEAR/101 b", 2, "from 1 to 100", "a NEAR/100 b"),
        ("a NEAR/x b", 2, "from 1 to 100", "a NEAR/10 b"),
        ("NEAR/3 b", 0, "both its sides", "b"),
        ("a NEAR/3", 2, "both its sides", "a"),
        ("a NEAR NEAR b", 7, "both its sides", "a NEAR b"),
        ("a NEAR OR b", 2, "both its sides", "a OR b"),
        ("site:example ban", 0, "address, a host or a domain", "ban"),
        ("site:co.uk ban", 0, "address, a host or a domain", "ban"),
        ("site:127.0.0.1 ban", 0, "address, a host or a domain", "ban"),
        ("lang:germn ban", 0, "code of two or three letters", "lang:de ban"),
        ("lang:deutsch ban", 0, "code of two or three letters", "ban"),
        ("feed:++ ban", 0, "name or tag of a feed", "ban"),
        ("title:(a summary:b)", 9, "side by side", "title:(a b)"),
        ("title:summary:b", 6, "side by side", "title:b"),
        ("title:site:a.org", 6, "a whole article", "site:a.org"),
        ("title:(a OR lang:de)", 12, "a whole article", "title:(a)"),
        ("-lang:de", 0, "Only NOT", ""),
        ("body:-ban huawei", 5, "before body:", "-body:ban huawei"),
        ("titel:huawei", 0, "titel: is no field", "title:huawei"),
        ("tags:huawei", 0, "tags: is no field", "tag:huawei"),
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


def test_a_misspelt_field_is_answered_with_the_names_of_all() -> None:
    error = refused("ban titel:huawei")

    assert error.position == 4
    for field in ("title", "summary", "body", "author", "tag", "site", "lang", "feed", "exact"):
        assert f"{field}:" in error.message


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


def test_a_query_has_so_many_alternatives_and_no_more() -> None:
    most = " ".join(f"(a{number} OR b{number})" for number in range(6))

    assert clauses(parse(most).root) == MOST_CLAUSES
    assert f"at most {MOST_CLAUSES}" in refused(f"{most} (c OR d)").message
    assert clauses(parse(f"x -({most} (c OR d))").root) == 7


def test_both_sides_of_near_count() -> None:
    pairs = " ".join(f"a{number} NEAR b{number}" for number in range(MOST_LITERALS // 2))

    assert parse(pairs).normal_form
    assert "at most 32" in refused(f"{pairs} c").message


@pytest.mark.parametrize(
    "written",
    [
        "huawei",
        "Huawei",
        "5G",
        "OR",
        "NEAR",
        "not",
        "²",
        "huawei ban",
        '"5g auction"',
        "a a",
        "a b a",
        '"a b" c',
        "-a b",
        "w " * 33 + "w",
    ],
)
def test_the_short_way_and_the_long_way_read_the_same(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    short = read(written)
    parse.cache_clear()
    monkeypatch.setattr(language, "_plain", lambda text: None)

    long = read(written)

    assert repr(long) == repr(short)


# ---- what a workspace calls things ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "normal_form"),
    [
        ("HUAWEI", 'huawei OR 华为 OR "huawei technologies"'),
        ('"Meng"', "meng OR 孟晚舟"),
        ("meng ban", "(meng OR 孟晚舟) ban"),
        ("-meng ban", "-(meng OR 孟晚舟) ban"),
        ("ban OR meng", "ban OR meng OR 孟晚舟"),
        ("孟晚舟 OR meng", "孟晚舟 OR meng"),
        ("title:meng", "title:(meng OR 孟晚舟)"),
        ("meng NEAR/3 ban", "meng NEAR/3 ban OR 孟晚舟 NEAR/3 ban"),
        ("meng*", "meng*"),
        ("`meng`", "`meng`"),
        ("華為", '华为 OR huawei OR "huawei technologies"'),
    ],
)
def test_an_alias_widens_a_word(typed: str, normal_form: str) -> None:
    query = parse(typed, NAMES)

    assert query.normal_form == normal_form
    assert query.notes == ()
    assert parse(normal_form, NAMES) == query
    assert parse(normal_form) == query
    assert read_back(normal_form) == query


def test_near_takes_every_pair_of_what_aliases_add() -> None:
    query = parse("meng NEAR/3 huawei", NAMES)

    assert query.root == Any(
        tuple(
            Near(left, right, 3)
            for left in (Term("meng"), Term("孟晚舟"))
            for right in (Term("huawei"), Term("华为"), Phrase(("huawei", "technologies")))
        )
    )


def test_an_alias_takes_one_step() -> None:
    names = Names(aliases=read_aliases({"a": ["b"], "b": ["c"]}))

    assert parse("a", names).normal_form == "a OR b"


def test_the_label_of_a_widened_word_stays_as_typed() -> None:
    assert parse("Huawei", NAMES).label == "Huawei"
    assert parse("Huawei ban", NAMES).label == '(huawei OR 华为 OR "huawei technologies") ban'


def test_an_alias_that_makes_a_query_too_large_is_named() -> None:
    wide = Names(aliases={"huawei": tuple(f"h{number}" for number in range(40)), "5g": ("6g", "7g")})
    words = " ".join(f"w{number}" for number in range(29))

    assert "the alias of Huawei makes more" in refused("Huawei ban", wide).message
    assert "the alias of 5G makes more" in refused(f"{words} 5G -4g", wide).message
    assert "alias" not in refused(f"{words} {words} 5G", wide).message
    assert "the alias of 5G makes more" in refused(" ".join(f"(5G OR a{number})" for number in range(4)), wide).message


def test_what_an_alias_widens_may_be_longer_than_what_is_typed() -> None:
    names = Names(aliases={"huawei": tuple(f"{number}{'x' * 300}" for number in range(10))})

    query = parse("huawei", names)

    assert LONGEST_QUERY < len(query.normal_form) < LONGEST_WIDENED
    assert read_back(query.normal_form) == query


def test_a_table_of_aliases_is_read_in_normal_form() -> None:
    table = {"Meng Wanzhou": ["孟晚舟", '"Wanzhou Meng"'], "meng-wanzhou": ["孟晚舟", "Madame Meng"]}

    assert read_aliases(table) == {'"meng wanzhou"': ("孟晚舟", '"Wanzhou Meng"', "Madame Meng")}


@pytest.mark.parametrize("typed", ["", "++", "restrict*", "a OR b", "-a", "(a)", "`a`", '"a" b', "title:a", '"a*"'])
def test_what_is_no_word_and_no_phrase_is_no_alias(typed: str) -> None:
    with pytest.raises(ValueError, match="neither a word nor a phrase"):
        read_aliases({typed: ["a"]})
    with pytest.raises(ValueError, match="neither a word nor a phrase"):
        read_aliases({"a": [typed]})


def test_the_name_of_a_feed_stands_for_its_feeds() -> None:
    assert parse("feed:BBC", NAMES).root == Feed("bbc", frozenset({FeedId(1), FeedId(2)}))
    assert parse("feed:BBC").root == Feed("bbc")


def test_an_unknown_feed_is_refused_with_the_nearest_names() -> None:
    error = refused("feed:BBC-Wrld ban", NAMES)

    assert "bbc world" in error.message
    assert error.suggestion == 'feed:"bbc world" ban'
    assert refused("feed:zzz ban", NAMES).suggestion == "ban"


def test_a_feed_that_is_gone_stands_for_none_in_what_was_stored() -> None:
    assert read_back("feed:gone", NAMES).root == Feed("gone")
    assert read_back("feed:bbc", NAMES).root == Feed("bbc", frozenset({FeedId(1), FeedId(2)}))


def test_what_is_stored_is_not_widened_again() -> None:
    assert read_back("meng", NAMES).root == Term("meng")


@pytest.mark.parametrize(
    ("typed", "root"),
    [
        ("*auktion", Suffix("auktion")),
        ("e-mail*", Phrase(("e", "mail"), open_end=True)),
        ("`C++`", Exact("C++")),
        ("lang:de", Lang("de")),
    ],
)
def test_what_is_typed_becomes_its_node(typed: str, root: object) -> None:
    assert parse(typed).root == root


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
