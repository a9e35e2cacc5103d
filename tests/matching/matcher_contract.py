"""What every matcher keeps. A subclass names the matcher in ``make``."""

from collections.abc import Sequence

import oracle
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from oracle import Both, Either, Said, Titled, Tree, Without

from bot.matching.language import parse
from bot.matching.matcher import Match, Matcher
from bot.matching.mistakes import QueryError
from bot.model.article import Article
from bot.model.ids import SubscriptionId

ONE, TWO = SubscriptionId(1), SubscriptionId(2)

# Words that meet each other: a query and an article of one family often match.
FAMILIES = [
    ["huawei", "Huawei™", "hua", "wei", "5G", "华为", "华", "为", "技术"],
    ["tor", "Tor", "storage", "sto", "a", "U.S.", "us", "u"],
    ["Zürich", "zurich", "Straße", "strasse", "Łódź", "cafe\u0301", "café", "cafés"],
    ["йод", "иод", "Ёлка", "елка", "हिन्दी", "हिन्द", "한국", "한", "שָׁלוֹם", "שלום"],
    ["ガス", "ｶﾞｽ", "カス", "ス", "ประเทศ", "เทศ", "5", "５"],
]
BETWEEN = [" ", " ", " ", "", "-", ", ", "。", "_", "\u00ad", "\u200b", " – "]


def literals_of(family: list[str]) -> st.SearchStrategy[Tree]:
    words = st.sampled_from(family)
    stems = st.sampled_from([word for word in family if len(word) > 2 and word.isalpha()])
    return (
        words.map(Said)
        | st.lists(words, min_size=1, max_size=3).map(lambda some: Said(" ".join(some), quoted=True))
        | stems.map(lambda stem: Said(stem, open_end=True))
    )


def texts_of(family: list[str]) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(family) | st.sampled_from(BETWEEN), min_size=4, max_size=16).map("".join)


def cases_of(family: list[str]) -> st.SearchStrategy[tuple[Tree, list[str]]]:
    """A query, and the title, summary and body of an article."""
    trees = st.recursive(literals_of(family), grown, max_leaves=6)
    return st.tuples(trees, st.lists(texts_of(family), min_size=3, max_size=3))


def grown(parts: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    return (
        st.builds(Both, parts, parts, st.sampled_from([" ", " AND "]))
        | st.builds(Either, parts, parts)
        | st.builds(Both, parts, st.builds(Without, parts, st.sampled_from(["-", "NOT "])), st.just(" "))
        | st.builds(Titled, parts)
        | st.builds(Either, parts, st.builds(Without, parts, st.just("-")))
    )


cases = st.one_of([cases_of(family) for family in FAMILIES])
sayings = st.one_of([st.tuples(literals_of(family), texts_of(family)) for family in FAMILIES])
TITLES = ["Huawei", "Huawei ban", "5G auction", "华为"]
queries = st.sampled_from(["huawei", "ban", '"5g auction"', "huawei -ban", "title:huawei", "auct*", "华为 OR huawei"])


def ids(matches: Sequence[Match]) -> list[int]:
    return sorted(match.subscription for match in matches)


class MatcherContract:
    def make(self) -> Matcher:
        raise NotImplementedError

    @pytest.fixture
    def matcher(self) -> Matcher:
        return self.make()

    def meets(self, query: str, *, title: str = "", summary: str = "", body: str = "") -> bool:
        matcher = self.make()
        matcher.register(ONE, parse(query))
        return ids(matcher.match(Article(title, summary=summary, body=body))) == [ONE]

    def places(self, query: str, **fields: str) -> dict[str, list[str]]:
        """What stands where the query matched, by field."""
        matcher = self.make()
        matcher.register(ONE, parse(query))
        article = Article(**({"title": ""} | fields))
        spans = matcher.match(article)[0].spans()
        return {name: [getattr(article, name)[start:end] for start, end in found] for name, found in spans.items()}

    def test_nothing_registered_matches_nothing(self, matcher: Matcher) -> None:
        assert list(matcher.match(Article("huawei"))) == []

    def test_a_registered_query_holds_for_the_very_next_article(self, matcher: Matcher) -> None:
        matcher.register(ONE, parse("huawei"))
        matcher.register(TWO, parse("zte"))

        assert ids(matcher.match(Article("Huawei opens"))) == [ONE]

    def test_two_subscriptions_that_read_the_same_both_match(self, matcher: Matcher) -> None:
        matcher.register(ONE, parse("huawei"))
        matcher.register(TWO, parse("Huawei"))

        assert ids(matcher.match(Article("Huawei opens"))) == [ONE, TWO]

    def test_registering_again_replaces_the_query(self, matcher: Matcher) -> None:
        matcher.register(ONE, parse("huawei"))
        matcher.register(ONE, parse("zte"))

        assert ids(matcher.match(Article("Huawei opens"))) == []
        assert ids(matcher.match(Article("ZTE opens"))) == [ONE]

    def test_a_forgotten_query_counts_no_more(self, matcher: Matcher) -> None:
        matcher.register(ONE, parse("huawei"))
        matcher.forget(ONE)
        matcher.forget(TWO)

        assert ids(matcher.match(Article("Huawei opens"))) == []

    def test_whole_words_match_never_parts(self) -> None:
        assert self.meets("tor", title="The Tor network")
        assert not self.meets("tor", title="Storage")
        assert not self.meets("tor", title="Tory")
        assert not self.meets("5", title="5G")
        assert self.meets("meng", title="Meng's lawyers")

    def test_a_plain_word_is_looked_for_in_title_summary_and_body(self) -> None:
        assert self.meets("huawei", title="Huawei")
        assert self.meets("huawei", summary="Huawei")
        assert self.meets("huawei", body="Huawei")

    def test_title_looks_in_the_title_only(self) -> None:
        assert self.meets("title:huawei", title="Huawei")
        assert not self.meets("title:huawei", summary="Huawei", body="Huawei")
        assert self.meets("title:(a OR b) c", title="b", body="c")
        assert not self.meets("title:(a b)", title="a", body="b")
        assert self.meets("-title:a b", title="b", body="a")

    def test_a_phrase_is_its_words_with_anything_but_letters_and_digits_between(self) -> None:
        assert self.meets('"5G auction"', title="The 5G-Auction")
        assert self.meets('"5G auction"', title="5G\u00a0– »auction«")
        assert not self.meets('"5G auction"', title="5G spectrum auction")
        assert not self.meets('"5G auction"', title="auction 5G")
        assert not self.meets('"5G auction"', title="5G auctions")

    def test_a_phrase_stands_within_one_field(self) -> None:
        assert not self.meets('"5G auction"', title="5G", summary="auction")

    def test_operators_mean_what_they_say(self) -> None:
        assert self.meets("huawei ban", title="Huawei", body="ban")
        assert not self.meets("huawei ban", title="Huawei")
        assert self.meets("huawei OR zte", title="ZTE")
        assert not self.meets("huawei -ban", title="Huawei ban")
        assert self.meets("huawei -(ban zte)", title="Huawei ban")
        assert self.meets("a b OR c", title="c")

    def test_a_prefix_begins_a_word(self) -> None:
        assert self.meets("restrict*", title="Restrictions")
        assert self.meets("restrict*", title="restrict")
        assert not self.meets("strict*", title="restrictions")

    def test_case_accents_and_width_do_not_matter(self) -> None:
        assert self.meets("zurich", title="ZÜRICH")
        assert self.meets("zürich", title="Zurich")
        assert self.meets("łódź", title="Lodz")
        assert self.meets("5g", title="５Ｇ")

    def test_chinese_japanese_and_thai_match_inside_a_run(self) -> None:
        assert self.meets("孟晚舟", title="华为首席财务官孟晚舟回国")
        assert not self.meets("孟晚舟", title="孟晚·舟")
        assert not self.meets("カス", title="ガス")
        assert self.meets("ไทย", title="ประเทศไทยวันนี้")

    def test_scripts_that_meet_without_a_space_are_words_of_their_own(self) -> None:
        assert self.meets("huawei", title="华为Huawei发布")
        assert self.meets("5G技术", title="发布5G技术")
        assert self.meets("5G技术", title="5G 技术")
        assert not self.meets("5G技术", title="15G技术")

    def test_a_phrase_of_runs_may_stand_with_or_without_space_between(self) -> None:
        assert self.meets('"华为 技术"', title="华为技术")
        assert self.meets('"华为 技术"', title="华为、技术")
        assert not self.meets('"华为 技术"', title="华为新技术")
        assert not self.meets("华为技术", title="华为、技术")

    def test_each_word_has_an_umlaut_in_its_own_spelling(self) -> None:
        assert self.meets('"Mueller Zurich"', title="Müller, Zürich")
        assert self.meets('"Müller Zürich"', title="Mueller, Zurich")
        assert self.meets("mueller NEAR/1 zurich", title="Zürich, Müller")
        assert self.meets('"mueller zur*"', title="Müllers Müller, Zürich")
        assert not self.meets('"mueller zuerich"', title="Müller, Zurich")
        assert not self.meets("ueberfuhrung", title="Überführung")

    def test_near_counts_places_that_overlap_each_other(self) -> None:
        assert self.meets('"a b a" NEAR/1 c', title="a b a b a c")
        assert self.meets('"a b a" NEAR/1 "b a b"', title="b a b a b a b")
        assert self.meets('c NEAR/1 "a b a"', title="c x a b a b a c")
        assert not self.meets('"a b a" NEAR/9 "b a b"', title="a b a b a")
        assert self.meets("ココ NEAR/1 ガ", title="ココココガ")
        assert self.meets("ココ NEAR/1 ガ", title="コココガ")

    def test_spans_are_characters_of_the_original_text(self) -> None:
        assert self.places('"5g auction" huawei', title="The 5G–Auction", summary="Hua\u00adwei, HUAWEI!") == {
            "title": ["5G–Auction"],
            "summary": ["Hua\u00adwei", "HUAWEI"],
        }
        assert self.places("restrict*", title="New restrictions now") == {"title": ["restrictions"]}
        assert self.places("孟晚舟", body="华为孟晚舟回国") == {"body": ["孟晚舟"]}
        assert self.places("title:cafe", title="Cafe\u0301s Cafe\u0301", body="cafe") == {"title": ["Cafe\u0301"]}
        assert self.places('"华为 技术"', title="看华为、技术") == {"title": ["华为、技术"]}

    def test_spans_show_what_made_the_query_hold_and_nothing_else(self) -> None:
        assert self.places("(a b) OR c", title="a c") == {"title": ["c"]}
        assert self.places("a -(b c)", title="a b") == {"title": ["a"]}
        assert self.places("a OR b", title="a b") == {"title": ["a", "b"]}

    def test_spans_that_overlap_are_joined(self) -> None:
        assert self.places('"a b" OR "b c" OR 华为 OR 为技', title="a b c 华为技术") == {"title": ["a b c", "华为技"]}

    @settings(deadline=None, max_examples=400)
    @given(cases)
    def test_it_agrees_with_the_oracle(self, case: tuple[Tree, list[str]]) -> None:
        tree, (title, summary, body) = case
        query = oracle.typed(tree)
        if oracle.means(tree, ("", "", "")):
            event("refused")
            with pytest.raises(QueryError, match="Only NOT"):
                parse(query)
            return
        expected = oracle.means(tree, (title, summary, body))
        event("match" if expected else "no match")

        assert self.meets(query, title=title, summary=summary, body=body) == expected

    @settings(deadline=None)
    @given(sayings)
    def test_what_stands_at_a_span_is_what_was_looked_for(self, saying: tuple[Tree, str]) -> None:
        literal, title = saying
        matcher = self.make()
        matcher.register(ONE, parse(oracle.typed(literal)))
        for match in matcher.match(Article(title)):
            spans = match.spans()["title"]

            assert list(spans) == sorted(spans)
            assert all(oracle.means(literal, (title[start:end],)) for start, end in spans)

    @settings(deadline=None)
    @given(
        st.lists(st.tuples(st.sampled_from([ONE, TWO, SubscriptionId(3)]), st.none() | queries)),
        st.sampled_from(TITLES),
    )
    def test_coming_and_going_in_any_order_leaves_what_stands(
        self, changes: list[tuple[SubscriptionId, str | None]], title: str
    ) -> None:
        matcher, afresh = self.make(), self.make()
        standing: dict[SubscriptionId, str] = {}
        for subscription, query in changes:
            if query is None:
                matcher.forget(subscription)
                standing.pop(subscription, None)
            else:
                matcher.register(subscription, parse(query))
                standing[subscription] = query
        for subscription, query in standing.items():
            afresh.register(subscription, parse(query))

        assert ids(matcher.match(Article(title))) == ids(afresh.match(Article(title)))
