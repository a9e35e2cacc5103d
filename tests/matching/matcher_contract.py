"""What every matcher keeps. A subclass names the matcher in ``make`` and, where it has one, its merge in ``settle``."""

from collections.abc import Sequence
from typing import Any, Protocol

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from bot.matching.language import parse
from bot.matching.matcher import Match
from bot.matching.names import NO_NAMES, Names
from bot.matching.query import Exact, In, Query
from bot.matching.text import ArticleText
from bot.model.article import Article
from bot.model.ids import FeedId, SubscriptionId
from tests.matching import oracle, strategies
from tests.matching.strategies import Asks, Case, Comes, Goes, Settles

# Every subclass runs the same test.
OF_EACH = settings(deadline=None, suppress_health_check=[HealthCheck.differing_executors])
ONE, TWO, THREE = SubscriptionId(1), SubscriptionId(2), SubscriptionId(3)
NAMES = Names(
    feeds={"bbc": frozenset({FeedId(1), FeedId(2)}), "bbc world": frozenset({FeedId(2)}), "gone": frozenset()}
)


class Matcher(Protocol):
    def register(self, subscription: SubscriptionId, query: Query) -> None: ...
    def forget(self, subscription: SubscriptionId) -> None: ...
    def match(self, article: Article) -> Sequence[Match]: ...


def ids(matches: Sequence[Match]) -> list[int]:
    return sorted(match.subscription for match in matches)


class MatcherContract:
    def make(self) -> Matcher:
        raise NotImplementedError

    @pytest.fixture
    def matcher(self) -> Matcher:
        return self.make()

    def settle(self, matcher: Any) -> None:
        """Whatever a matcher may do between articles."""

    def meets(self, query: str, *, names: Names = NO_NAMES, title: str = "", **fields: Any) -> bool:
        matcher = self.make()
        matcher.register(ONE, parse(query, names))
        self.settle(matcher)
        return ids(matcher.match(Article(title, **fields))) == [ONE]

    def places(self, query: str, *, title: str = "", **fields: Any) -> dict[str, list[str]]:
        """What stands where the query matched, by field."""
        matcher = self.make()
        matcher.register(ONE, parse(query))
        self.settle(matcher)
        text = ArticleText(Article(title, **fields))
        spans = matcher.match(text.article)[0].spans()
        return {name: [text.original(name)[start:end] for start, end in found] for name, found in spans.items()}

    def test_nothing_registered_matches_nothing(self, matcher: Matcher) -> None:
        assert list(matcher.match(Article("huawei"))) == []

    def test_a_registered_query_holds_for_the_very_next_article(self, matcher: Matcher) -> None:
        matcher.register(ONE, parse("huawei"))
        matcher.register(TWO, parse("zte"))

        assert ids(matcher.match(Article("Huawei opens"))) == [ONE]

    def test_two_subscriptions_that_read_the_same_both_match(self, matcher: Matcher) -> None:
        matcher.register(ONE, parse('"5G auction" -ban'))
        matcher.register(TWO, parse("“5g Auction” NOT Ban"))

        assert ids(matcher.match(Article("5G auction opens"))) == [ONE, TWO]
        self.settle(matcher)
        assert ids(matcher.match(Article("5G auction opens"))) == [ONE, TWO]
        matcher.register(THREE, parse('"5g-auction" -BAN'))
        assert ids(matcher.match(Article("5G auction opens"))) == [ONE, TWO, THREE]

    def test_of_two_that_read_the_same_one_may_leave_and_come_again(self, matcher: Matcher) -> None:
        matcher.register(ONE, parse("huawei"))
        matcher.register(TWO, parse("Huawei"))
        self.settle(matcher)
        matcher.forget(ONE)

        assert ids(matcher.match(Article("Huawei opens"))) == [TWO]
        matcher.register(ONE, parse("HUAWEI"))
        assert ids(matcher.match(Article("Huawei opens"))) == [ONE, TWO]
        self.settle(matcher)
        assert ids(matcher.match(Article("Huawei opens"))) == [ONE, TWO]

    def test_two_that_name_a_feed_alike_and_mean_others_are_told_apart(self, matcher: Matcher) -> None:
        for subscription, feed in ((ONE, FeedId(1)), (TWO, FeedId(2))):
            matcher.register(subscription, parse("feed:bbc", Names(feeds={"bbc": frozenset({feed})})))
        self.settle(matcher)

        assert ids(matcher.match(Article("", feed=FeedId(1)))) == [ONE]
        assert ids(matcher.match(Article("", feed=FeedId(2)))) == [TWO]

    def test_registering_again_replaces_the_query(self, matcher: Matcher) -> None:
        matcher.register(ONE, parse("huawei"))
        matcher.register(ONE, parse("zte"))
        self.settle(matcher)

        assert ids(matcher.match(Article("Huawei opens"))) == []
        assert ids(matcher.match(Article("ZTE opens"))) == [ONE]
        matcher.register(ONE, parse("huawei"))
        assert ids(matcher.match(Article("Huawei and ZTE open"))) == [ONE]
        assert ids(matcher.match(Article("ZTE opens"))) == []

    def test_a_forgotten_query_counts_no_more(self, matcher: Matcher) -> None:
        matcher.register(ONE, parse("huawei"))
        matcher.register(TWO, parse("zte"))
        self.settle(matcher)
        matcher.forget(ONE)

        assert ids(matcher.match(Article("Huawei and ZTE open"))) == [TWO]
        self.settle(matcher)
        assert ids(matcher.match(Article("Huawei and ZTE open"))) == [TWO]

    def test_forgetting_an_id_that_is_not_registered_is_no_mistake(self, matcher: Matcher) -> None:
        matcher.forget(ONE)
        matcher.register(TWO, parse("huawei"))
        matcher.forget(ONE)
        self.settle(matcher)
        matcher.forget(ONE)
        matcher.forget(ONE)

        assert ids(matcher.match(Article("Huawei opens"))) == [TWO]

    def test_an_article_is_met_once_however_many_reasons_there_are(self, matcher: Matcher) -> None:
        matcher.register(ONE, parse("huawei OR zte OR title:huawei OR (huawei zte)"))
        self.settle(matcher)

        assert ids(matcher.match(Article("Huawei, ZTE, Huawei", body="ZTE"))) == [ONE]

    def test_an_article_leaves_nothing_behind_for_the_next(self, matcher: Matcher) -> None:
        matcher.register(ONE, parse("huawei ban"))
        matcher.register(TWO, parse("zte -ban"))
        self.settle(matcher)

        assert ids(matcher.match(Article("Huawei"))) == []
        assert ids(matcher.match(Article("ban"))) == []
        assert ids(matcher.match(Article("ZTE"))) == [TWO]

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

    @pytest.mark.parametrize("name", ["title", "summary", "body", "author", "tag"])
    @pytest.mark.parametrize(
        ("query", "text", "other"),
        [
            ("huawei", "the Huawei ban", "Hua wei"),
            ('"huawei ban"', "the Huawei-ban", "ban Huawei"),
            ('"huawei ba*"', "the Huawei bans", "Huawei, a ban"),
            ("restrict*", "new restrictions", "constrict"),
            ("*auktion", "Frequenzauktion", "Auktionen"),
            ("huawei NEAR/2 ban", "ban of Huawei", "ban of the Huawei"),
            ("`C++`", "in C++.", "in c++"),
            ("孟晚舟", "看孟晚舟回", "孟晚"),
            ("화웨이", "화웨이가", "화웨"),
            ("Müller", "Mueller", "Mü"),
            ("(a b)", "b a", "a"),
            ("(a OR b)", "b", "c"),
            ("(a -b)", "a", "a b"),
        ],
    )
    def test_a_field_looks_in_its_own_text_only(self, name: str, query: str, text: str, other: str) -> None:
        def with_it(name: str, text: str) -> dict[str, Any]:
            return {"tags": (text,)} if name == "tag" else {name: text}

        names = ["title", "summary", "body", "author", "tag"]
        everywhere = {key: value for one in names if one != name for key, value in with_it(one, text).items()}

        assert self.meets(f"{name}:{query}", **with_it(name, text))
        assert not self.meets(f"{name}:{query}", **with_it(name, other))
        assert not self.meets(f"{name}:{query}", **everywhere)
        assert not self.meets(f"zzz OR {name}:{query}", **everywhere)
        assert self.meets(f"zzz -{name}:{query}", **({"body": "zzz"} | everywhere | {"body": f"zzz {text}"})) == (
            name != "body"
        )

    def test_what_names_no_field_is_not_looked_for_in_author_and_tags(self) -> None:
        assert not self.meets("huawei", author="Huawei", tags=("Huawei",))
        assert not self.meets("`Huawei`", author="Huawei", tags=("Huawei",))
        assert not self.meets("hua*", author="Huawei", tags=("Huawei",))

    def test_a_phrase_and_near_stand_in_one_tag(self) -> None:
        assert self.meets('tag:"5g auction"', tags=("Huawei", "5G auction"))
        assert not self.meets('tag:"5g auction"', tags=("5G", "auction"))
        assert not self.meets("tag:(5g NEAR auction)", tags=("5G", "auction"))
        assert not self.meets("tag:`5G, auction`", tags=("5G", "auction"))
        assert self.meets("tag:(5g auction)", tags=("5G", "auction"))

    def test_a_phrase_is_its_words_with_anything_but_letters_and_digits_between(self) -> None:
        assert self.meets('"5G auction"', title="The 5G-Auction")
        assert self.meets('"5G auction"', title="5G\u00a0– »auction«")
        assert not self.meets('"5G auction"', title="5G spectrum auction")
        assert not self.meets('"5G auction"', title="auction 5G")
        assert not self.meets('"5G auction"', title="5G auctions")

    def test_a_phrase_stands_within_one_field(self) -> None:
        assert not self.meets('"5G auction"', title="5G", summary="auction")
        assert not self.meets('"5G auc*"', title="5G", summary="auction")
        assert not self.meets("5G NEAR/100 auction", title="5G", summary="auction")
        assert not self.meets("华为 NEAR/100 技术", title="华为", summary="技术")
        assert not self.meets("华为 NEAR/9 技术 OR tag:x", title="华为", summary="技术", tags=("华为技术",))
        assert not self.meets("5G NEAR/9 auction OR tag:x", title="5G", summary="auction", tags=("5G auction",))
        assert not self.meets("孟晚舟", title="孟晚", summary="舟")
        assert not self.meets('"华为 技术"', title="华为", summary="技术")

    def test_a_phrase_may_hold_a_word_twice(self) -> None:
        assert self.meets('"a b a"', title="b a b a")
        assert self.meets('"a a b"', title="a a a b")
        assert not self.meets('"a a b"', title="a b a b")

    def test_the_last_word_of_an_open_phrase_may_go_on(self) -> None:
        assert self.meets('"5G auction*"', title="5G auctions")
        assert self.meets('"5G auction*"', title="5G auction")
        assert self.meets("e-mail*", title="the e-mails")
        assert not self.meets('"5G auction*"', title="5Gs auctions")
        assert not self.meets('"5G auction*"', title="5G spectrum auctions")
        assert not self.meets('"5G auction*"', title="5G auctio")
        assert self.meets('"技术 5G*"', title="新技术5Ga")

    def test_operators_mean_what_they_say(self) -> None:
        assert self.meets("huawei ban", title="Huawei", body="ban")
        assert not self.meets("huawei ban", title="Huawei")
        assert self.meets("huawei OR zte", title="ZTE")
        assert not self.meets("huawei OR zte", title="Nokia")
        assert not self.meets("huawei -ban", title="Huawei ban")
        assert self.meets("huawei -(ban zte)", title="Huawei ban")
        assert self.meets("a b OR c", title="c")
        assert not self.meets("a (b OR c)", title="b c")
        assert self.meets("(a OR b) (c OR d) -(e f)", title="b d e")
        assert not self.meets("(a OR b) (c OR d) -(e f)", title="b d e f")

    @pytest.mark.parametrize(
        ("query", "met", "missed"),
        [
            ("x -a", "x", "x a"),
            ('x -"a b"', "x b a", "x a b"),
            ("x -restrict*", "x strict", "x restrictions"),
            ("x -*auktion", "x Auktionen", "x Frequenzauktion"),
            ("x -a NEAR/2 b", "x a x x b", "x b x a"),
            ("x -`US`", "x us", "x US"),
            ("x -孟晚", "x 孟舟晚", "x 看孟晚舟"),
            ("x -화웨이", "x 화웨이사", "x 화웨이가"),
            ("x -Müller", "x Mutter", "x Mueller"),
            ("x -(a OR b)", "x c", "x b"),
            ("x -(a b)", "x a", "x b a"),
            ("x -(a -b)", "x a b", "x a"),
            ("x -title:(a -b)", "x a b", "x a"),
            ("x -title:(a NEAR/1 b)", "x a x b", "x a b"),
            ("x -summary:a", "x a", ""),
        ],
    )
    def test_not_is_met_where_its_part_is_nowhere(self, query: str, met: str, missed: str) -> None:
        assert self.meets(query, title=met)
        assert not self.meets(query, title=missed)
        assert not self.meets(query, title="y")

    def test_not_of_a_field_looks_in_that_field_only(self) -> None:
        assert self.meets("x -body:ban", title="x ban", summary="ban", author="ban", tags=("ban",))
        assert not self.meets("x -body:ban", title="x", body="ban")
        assert self.meets("x -tag:ban", title="x ban")
        assert not self.meets("x -tag:ban", title="x", tags=("sport", "a ban"))
        assert not self.meets("x -author:`Ben`", title="x", author="by Ben")

    def test_what_says_nothing_of_words_may_stand_alone_or_under_not(self) -> None:
        assert self.meets("site:example.org -lang:de", link="https://example.org/", language="en")
        assert not self.meets("site:example.org -lang:de", link="https://example.org/", language="de")
        assert not self.meets("x -site:example.org", title="x", link="https://news.example.org/")
        assert self.meets("x -feed:bbc", names=NAMES, title="x", feed=FeedId(3))
        assert not self.meets("x -feed:bbc", names=NAMES, title="x", feed=FeedId(2))

    def test_a_prefix_begins_a_word(self) -> None:
        assert self.meets("restrict*", title="Restrictions")
        assert self.meets("restrict*", title="restrict")
        assert self.meets("화웨이*", title="화웨이사가")
        assert not self.meets("strict*", title="restrictions")
        assert not self.meets("restrict*", title="restric ted")

    def test_a_suffix_ends_a_word(self) -> None:
        assert self.meets("*auktion", title="Die Frequenzauktion.")
        assert self.meets("*auktion", title="Auktion")
        assert self.meets("*삼성전자", title="한국삼성전자에서는")
        assert self.meets("*führer", title="Geschäftsfuehrer, Reisefuhrer")
        assert self.meets("*anan", title="ananan")
        assert not self.meets("*auktion", title="Frequenzauktionen")
        assert not self.meets("*auktion", title="Frequenz auktio n")

    def test_a_star_may_cut_a_word_between_an_umlaut_and_its_e(self) -> None:
        assert self.meets("zue*", title="Zürich")
        assert self.meets("überschu*", title="Ueberschuesse")
        assert self.meets("ueberschu*", title="Überschüsse")
        assert self.meets("*eberraschung", title="Überraschung")
        assert self.meets("*eberraschung NEAR/1 zue*", title="Überraschung: Zürich")
        assert not self.meets("zuo*", title="Zürich")

    @pytest.mark.parametrize(
        ("query", "texts", "others"),
        [
            ("zurich", ["ZÜRICH", "Zurich", "Zu\u0308rich"], ["Zuerich"]),
            ("zürich", ["Zurich", "Zuerich", "ZÜRICH"], ["Zuurich", "Zrich"]),
            ("zuerich", ["Zürich", "Zuerich"], ["Zurich"]),
            ("jörg", ["Jorg", "Joerg", "JO\u0308RG"], ["Jerg"]),
            ("joerg", ["Jörg", "Joerg"], ["Jorg"]),
            ("bär", ["Bar", "Baer"], ["Ber"]),
            ("baer", ["Bär", "Baer"], ["Bar"]),
            ("łódź", ["Lodz", "ŁÓDŹ"], ["Lod"]),
            ("5g", ["５Ｇ"], ["5 G"]),
            ("da", ["Đà"], ["Đàn"]),
            ("strasse", ["Straße", "STRASSE", "STRAẞE"], ["Strase"]),
            ("æsir", ["Aesir", "Æsir"], ["asir"]),
            ("œuvre", ["oeuvre", "Œuvre"], ["uvre"]),
            ("smorrebrod", ["Smørrebrød"], ["Smoerrebroed"]),
            ("isik", ["ışık", "IŞIK", "İşik"], ["şık"]),
            ("cafe", ["Café", "Cafe\u0301", "CAFÉ"], ["Cafés"]),
            ("fine", ["ﬁne"], ["fne"]),
            ("йод", ["Йод", "и\u0306од"], ["иод"]),
            ("ёлка", ["елка", "ЁЛКА"], ["йлка"]),
            ("λόγος", ["λογοσ", "ΛΌΓΟΣ"], ["λογο"]),
            ("محمد", ["مُحَمَّد"], ["احمد"]),
            ("שלום", ["שָׁלוֹם"], ["שלומ"]),
            ("हिन्दी", ["हिन्दी"], ["हिन्द", "हन्द"]),
            ("ガス", ["ｶﾞｽ", "カ\u3099ス"], ["カス"]),
            ("한국", ["\u1112\u1161\u11ab\u1100\u116e\u11a8"], ["하국"]),
            ("huawei", ["Hua\u00adwei", "Hua\u200bwei", "Huawei™", "HUAWEI"], ["Hua wei"]),
            ("huawei", ["Hua\u200dwei", "Hua\u2060wei", "Hua\ufe0fwei", "Hua\u034fwei"], ["Hua\u00a0wei"]),
            ("한국", ["한\u1160국", "한\u3164국"], ["한 국"]),
            ("слово", ["сло\u0483во"], ["слов"]),
        ],
    )
    def test_letters_are_compared_as_people_read_them(self, query: str, texts: list[str], others: list[str]) -> None:
        for written in texts:
            assert self.meets(query, title=f"x {written}, x"), written
        for written in others:
            assert not self.meets(query, title=f"x {written}, x"), written

    def test_simplified_and_traditional_chinese_are_one_by_phrases(self) -> None:
        for query in ("华为", "華為"):
            for title in ("中国华为公司", "中國華為公司"):
                assert self.meets(query, title=title)
        assert self.meets("頭髮", title="她的头发")
        assert self.meets("发展", title="經濟發展")
        assert self.meets("乾燥", title="皮肤干燥")
        assert self.meets("乾隆", title="乾隆皇帝")
        assert not self.meets("干隆", title="乾隆皇帝")
        assert self.meets("5G網絡", title="发布5G网络")
        assert self.meets('"後來 皇后"', title="后来皇后")

    def test_korean_words_match_with_a_particle_of_a_closed_list(self) -> None:
        for particle in ("", *oracle.PARTICLES.split()):
            assert self.meets("화웨이", title=f"어제 화웨이{particle} 발표"), particle
            assert self.meets("*삼성전자", title=f"한국삼성전자{particle}"), particle
        for written in ("화웨이사", "화웨이가는", "화웨", "새화웨이", "화웨이에서는가"):
            assert not self.meets("화웨이", title=f"어제 {written} 발표"), written
        assert not self.meets("화웨이가", title="화웨이")
        assert self.meets('"화웨이 제재"', title="화웨이에 제재를")
        assert self.meets("화웨이 NEAR/1 제재", title="제재가 화웨이의")
        assert self.meets("`화웨이`", title="화웨이")
        assert not self.meets("`화웨이`", title="화웨이가")
        assert self.meets("huawei", title="Huawei가")

    def test_scripts_without_spaces_match_inside_a_run(self) -> None:
        assert self.meets("孟晚舟", title="华为首席财务官孟晚舟回国")
        assert not self.meets("孟晚舟", title="孟晚·舟")
        assert not self.meets("孟晚舟", title="孟晚 舟")
        assert not self.meets("孟晚舟", title="孟晚Huawei舟")
        assert not self.meets("カス", title="ガス")
        assert self.meets("京ガ", title="東京ガス")
        assert self.meets("ไทย", title="ประเทศไทยวันนี้")
        assert self.meets("ລາວ", title="ປະເທດລາວ")
        assert self.meets("កម្ពុជា", title="ប្រទេសកម្ពុជា")
        assert self.meets("孟晚舟*", title="看孟晚舟回")
        assert self.meets("𠮷野", title="渋谷の𠮷野家")
        assert self.meets("㐂屋", title="上㐂屋旅館")
        assert self.meets("佐々木", title="佐々木朗希")
        for literal, apart in (("𠮷野", "𠮷、野"), ("㐂屋", "㐂 屋"), ("佐々木", "佐、々木")):
            assert not self.meets(literal, title=apart)

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

    def test_what_is_exact_has_the_same_letters_case_and_signs(self) -> None:
        assert self.meets("`US`", title="The US ban")
        assert not self.meets("`US`", title="tell us")
        assert not self.meets("`US`", title="The U.S. ban, USA, BUS")
        assert self.meets("`C++`", title="C++17 and C++.")
        assert not self.meets("`C++`", title="C+ +, ++C, c++")
        assert not self.meets("`C++`", title="OC++")
        assert self.meets("`.NET`", title="x.NET")
        assert not self.meets("`.NET`", title=".NETS .net")
        assert self.meets("`.NET`", title="हिन्दी.NET")
        assert self.meets("`AT&T`", title="(AT&T)")
        assert not self.meets("`café`", title="cafe")
        assert self.meets("`café`", title="Ein Cafe\u0301, café")
        assert self.meets("`café`", title="ca\u00adfe\u0301")
        assert self.meets("`한국`", title="\u1112\u00ad\u1161\u11ab국")
        assert not self.meets("`cafe`", title="cafe\u0301")
        assert not self.meets("`華為`", title="华为")
        assert self.meets("`华为`", title="看华为手机")
        assert self.meets("`5G`", title="华为5G网络")
        assert self.meets("`5G`", title="ｶﾞｽ5Gｶﾞｽ")
        for title in ("ｶﾞ5Gｰ", "ﾊﾟ5G", "ｰ5G"):
            assert self.meets("`5G`", title=title)
            assert oracle.holds(Exact("5G"), Article(title))
        assert not self.meets("`C++`", title="C++\u20dd")
        assert self.meets('exact:"a b"', title="x a b")
        assert not self.meets('exact:"a b"', title="a, b")
        assert not self.meets("`５Ｇ`", title="5G")

    @pytest.mark.parametrize("distance", [1, 2, 5, 10, 100])
    def test_near_has_fewer_words_between_than_its_number_in_either_order(self, distance: int) -> None:
        for between, expected in ((distance - 1, True), (distance, False)):
            words = "x " * between
            for title in (f"a {words} b", f"b {words} a", f"y b {words} a y"):
                assert self.meets(f"a NEAR/{distance} b", title=title) == expected, title

    def test_near_joins_phrases_and_words_with_stars(self) -> None:
        assert self.meets('"5G auction" NEAR/2 restrict*', title="Restrictions for 5G auction")
        assert not self.meets('"5G auction" NEAR/1 restrict*', title="Restrictions for 5G auction")
        assert self.meets('"5G auct*" NEAR/1 *auktion', title="Frequenzauktion: 5G auctions")
        assert not self.meets('"5G auction" NEAR/5 auction', title="5G auction")
        assert self.meets('"5G auction" NEAR/5 auction', title="5G auction auction")
        assert not self.meets("restrict* NEAR/5 *tions", title="restrictions")

    def test_near_counts_each_character_of_a_script_without_spaces_as_a_word(self) -> None:
        assert self.meets("华为 NEAR/3 孟晚舟", title="华为高管孟晚舟")
        assert not self.meets("华为 NEAR/2 孟晚舟", title="华为高管孟晚舟")
        assert self.meets("华为 NEAR/4 孟晚舟", title="孟晚舟的5G华为")
        assert self.meets("huawei NEAR/1 手机", title="手机Huawei")
        assert self.meets("huawei NEAR/3 ban", title="Huawei 中国 ban")
        assert not self.meets("huawei NEAR/2 ban", title="Huawei 中国 ban")
        assert self.meets("x -huawei NEAR/3 ban", title="x Huawei ไทย ban")
        assert not self.meets("孟晚 NEAR/5 晚舟", title="孟晚舟")

    @settings(OF_EACH, max_examples=100)
    @given(st.lists(st.sampled_from(["c", "中国", "ไทย", "한국"]), max_size=4), st.integers(1, 9))
    def test_near_counts_what_stands_between_though_nobody_asks_for_it(self, between: list[str], distance: int) -> None:
        query, title = parse(f"a NEAR/{distance} b"), " ".join(["a", *between, "b"])

        assert self.meets(query.normal_form, title=title) == oracle.holds(query.root, Article(title))

    def test_near_wants_two_places_that_do_not_overlap(self) -> None:
        assert not self.meets("a NEAR/5 a", title="x a x")
        assert self.meets("a NEAR/5 a", title="x a x a")
        assert not self.meets('"a b" NEAR/5 "b a"', title="a b a")
        assert self.meets('"a b" NEAR/5 "b a"', title="a b b a")

    def test_near_counts_places_that_overlap_each_other(self) -> None:
        assert self.meets('"a b a" NEAR/1 c', title="a b a b a c")
        assert self.meets('"a b a" NEAR/1 "b a b"', title="b a b a b a b")
        assert self.meets('c NEAR/1 "a b a"', title="c x a b a b a c")
        assert not self.meets('"a b a" NEAR/9 "b a b"', title="a b a b a")
        assert self.meets("ココ NEAR/1 ガ", title="ココココガ")
        assert self.meets("ココ NEAR/1 ガ", title="コココガ")

    def test_near_is_found_in_time_with_places_without_number(self) -> None:
        assert not self.meets('"a b a" NEAR/100 c', title="a b " * 20_000)
        assert self.meets('"a b a" NEAR/1 "b a b"', title="a b " * 20_000)

    def test_a_language_is_declared_by_the_feed_or_else_detected(self) -> None:
        german = "Die Bundesnetzagentur hat die Versteigerung der Frequenzen für den Mobilfunk eröffnet."
        assert self.meets("lang:de", title="The ban", language="de")
        assert self.meets("lang:de", title="The ban", language="de-AT")
        assert self.meets("lang:en", title=german, language="EN_us")
        assert not self.meets("lang:de", title=german, language="en")
        assert self.meets("lang:german", title=german)
        assert self.meets("lang:zh-TW", title="華為發布新一代手機，孟晚舟出席發布會。")
        assert not self.meets("lang:en", summary=german)
        assert not self.meets("lang:en", title="", body="123 …")
        assert self.meets("ban lang:de", title="ban", language="de")
        assert not self.meets("ban lang:de", title="ban", language="fr")
        assert self.meets("ban OR lang:de", title="x", language="de")

    def test_a_site_is_the_registrable_domain_of_the_link(self) -> None:
        assert self.meets("site:example.org", link="https://news.example.org:8080/a?b")
        assert self.meets("site:news.example.org", link="http://example.org")
        assert self.meets("site:example.co.uk", link="https://a.b.example.co.uk/")
        assert not self.meets("site:example.org", link="https://example.org.example.com/")
        assert not self.meets("site:reader.github.io", link="https://writer.github.io/")
        assert not self.meets("site:example.org", title="example.org")
        assert self.meets("huawei site:example.org", title="Huawei", link="https://example.org/")
        assert not self.meets("huawei site:example.org", title="Huawei", link="https://example.com/")

    def test_the_name_of_a_feed_may_stand_for_several(self) -> None:
        assert self.meets("feed:bbc", names=NAMES, feed=FeedId(1))
        assert self.meets("feed:bbc", names=NAMES, feed=FeedId(2))
        assert self.meets('feed:"BBC World"', names=NAMES, feed=FeedId(2))
        assert not self.meets('feed:"BBC World"', names=NAMES, feed=FeedId(1))
        assert not self.meets("feed:bbc", names=NAMES, feed=FeedId(3))
        assert not self.meets("feed:bbc", names=NAMES)
        assert not self.meets("feed:gone", names=NAMES, feed=FeedId(1))
        assert self.meets("feed:bbc ban", names=NAMES, title="ban", feed=FeedId(2))
        assert self.meets("feed:gone OR ban", names=NAMES, title="ban")

    def test_spans_are_characters_of_the_original_text(self) -> None:
        assert self.places('"5g auction" huawei', title="The 5G–Auction", summary="Hua\u00adwei, HUAWEI!") == {
            "title": ["5G–Auction"],
            "summary": ["Hua\u00adwei", "HUAWEI"],
        }
        assert self.places("restrict*", title="New restrictions now") == {"title": ["restrictions"]}
        assert self.places("孟晚舟", body="华为孟晚舟回国") == {"body": ["孟晚舟"]}
        assert self.places("title:cafe", title="Cafe\u0301s Cafe\u0301", body="cafe") == {"title": ["Cafe\u0301"]}
        assert self.places('"华为 技术"', title="看华为、技术") == {"title": ["华为、技术"]}

    def test_every_form_has_its_place(self) -> None:
        assert self.places("*auktion", title="Die Frequenzauktion.") == {"title": ["Frequenzauktion"]}
        assert self.places('"5g auct*"', title="neue 5G-Auctions") == {"title": ["5G-Auctions"]}
        assert self.places("a NEAR/3 b", title="x a y b x") == {"title": ["a y b"]}
        assert self.places("a NEAR/3 b", title="b y a x x x a") == {"title": ["b y a"]}
        assert self.places("`C++`", title="c++ C++17") == {"title": ["C++"]}
        assert self.places("`café`", title="ein Cafe\u0301, caf\u00ade\u00ad\u0301!") == {
            "title": ["caf\u00ade\u00ad\u0301"]
        }
        assert self.places("화웨이", title="어제 화웨이가 발표") == {"title": ["화웨이가"]}
        assert self.places("mueller", title="Frau Müller, Mueller") == {"title": ["Müller", "Mueller"]}
        assert self.places("發展", title="经济发展 發展") == {"title": ["发展", "發展"]}
        assert self.places("author:ben tag:(5g OR ban)", author="by Ben", tags=("a 5G", "Sport", "Ban")) == {
            "author": ["Ben"],
            "tag": ["5G", "Ban"],
        }
        assert self.places("site:example.org OR ban", title="x", link="https://example.org/") == {}

    def test_spans_show_what_made_the_query_hold_and_nothing_else(self) -> None:
        assert self.places("(a b) OR c", title="a c") == {"title": ["c"]}
        assert self.places("a -(b c)", title="a b") == {"title": ["a"]}
        assert self.places("a OR b", title="a b") == {"title": ["a", "b"]}
        assert self.places("title:a OR b", title="a", body="a") == {"title": ["a"]}
        assert self.places("a -(-b c)", title="a b") == {"title": ["a"]}

    def test_spans_that_overlap_are_joined(self) -> None:
        assert self.places('"a b" OR "b c" OR 华为 OR 为技', title="a b c 华为技术") == {"title": ["a b c", "华为技"]}
        assert self.places('"a b a"', title="a b a b a c") == {"title": ["a b a b a"]}

    @settings(OF_EACH, max_examples=400)
    @given(strategies.cases)
    def test_it_agrees_with_the_oracle(self, case: Case) -> None:
        matcher = self.make()
        matcher.register(ONE, case.query)
        self.settle(matcher)
        expected = oracle.holds(case.query.root, case.article)
        event("match" if expected else "no match")

        assert ids(matcher.match(case.article)) == [ONE] * expected

    @settings(OF_EACH, max_examples=200)
    @given(strategies.sayings)
    def test_what_stands_at_a_span_is_what_was_looked_for(self, saying: Case) -> None:
        matcher = self.make()
        matcher.register(ONE, saying.query)
        self.settle(matcher)
        text = ArticleText(saying.article)
        for match in matcher.match(saying.article):
            spans = match.spans()

            assert set(spans) == {
                name for name in oracle.PLAIN if oracle.holds(In(name, saying.query.root), text.article)
            }
            for name, places in spans.items():
                assert list(places) == sorted(places)
                for start, end in places:
                    assert oracle.holds(saying.query.root, Article(text.original(name)[start:end]))

    @settings(OF_EACH, max_examples=60)
    @given(strategies.changes, strategies.some_articles)
    def test_coming_and_going_in_any_order_leaves_what_stands(
        self, changes: list[strategies.Change], article: Article
    ) -> None:
        matcher, afresh = self.make(), self.make()
        standing: dict[SubscriptionId, Query] = {}
        for change in changes:
            match change:
                case Comes(subscription, query):
                    matcher.register(subscription, query)
                    standing[subscription] = query
                case Goes(subscription):
                    matcher.forget(subscription)
                    standing.pop(subscription, None)
                case Settles():
                    self.settle(matcher)
                case Asks(asked):
                    matcher.match(asked)
        for subscription, query in standing.items():
            afresh.register(subscription, query)

        assert (
            ids(matcher.match(article))
            == ids(afresh.match(article))
            == sorted(subscription for subscription, query in standing.items() if oracle.holds(query.root, article))
        )
