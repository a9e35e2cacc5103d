"""Same article or not, where losing an alert is worse than repeating one."""

import string
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.identity import keys_of, keys_of_document, place, settled
from bot.model.article import Article
from bot.model.identity import Known, KnownArticle, KnownContent, KnownSighting, NewArticle, Plan
from bot.model.ids import ArticleId, StoryId
from bot.model.reading import ArticleKeys
from tests.builders import NOON, an_article

LINK = "https://example.org/news/1"
FORTY_ONE_WORDS = " ".join(f"word{number}" for number in range(41))


class Memory:
    """What a storage would know of one feed after carrying out each plan; articles are numbered from 0."""

    def __init__(self) -> None:
        self.sightings: dict[str, KnownSighting] = {}
        self.links: dict[str, ArticleId | None] = {}
        self.contents: dict[str, KnownContent] = {}
        self.stood: dict[str, Article] = {}
        self.count = 0

    def known(self) -> Known:
        articles = {
            ArticleId(number): KnownArticle(
                frozenset(guid for guid, one in self.sightings.items() if one.article == number), StoryId(number)
            )
            for number in range(self.count)
        }
        return Known(self.sightings, self.links, self.contents, articles)

    def reads(self, *articles: Article, now: datetime = NOON) -> tuple[Plan, list[ArticleId]]:
        """A document: its plan, and the article that each item became."""
        items: dict[str, tuple[ArticleKeys, Article]] = {}
        for key, article in zip(keys_of_document(articles), articles, strict=True):
            items.setdefault(key.guid, (key, article))
        changed = {key.guid: self.stood[key.guid] for key, _ in items.values() if self._is_changed(key)}
        keys = settled(list(items.values()), self.known(), changed)
        articles = tuple(article for _, article in items.values())
        plan = place(keys, self.known(), now)
        first = self.count

        def resolved(ref: ArticleId | NewArticle) -> ArticleId:
            return ArticleId(first + ref.index) if isinstance(ref, NewArticle) else ref

        self.links |= {link: None if ref is None else resolved(ref) for link, ref in plan.links.items()}
        self.contents |= {content: KnownContent(resolved(ref), now) for content, ref in plan.contents.items()}
        placed = [resolved(placement.article) for placement in plan.placements]
        for key, article in zip(keys, placed, strict=True):
            stood = self.sightings.get(key.guid)
            self.sightings[key.guid] = KnownSighting(stood.article if stood else article, key.text_digest)
        self.stood |= {key.guid: article for key, article in zip(keys, articles, strict=True)}
        self.count = max([self.count, *(article + 1 for article in placed)])
        return plan, placed

    def _is_changed(self, keys: ArticleKeys) -> bool:
        sighting = self.sightings.get(keys.guid)
        return sighting is not None and sighting.text_digest != keys.text_digest

    def another_feed(self) -> "Memory":
        """The same articles, links and contents; nothing has stood here yet."""
        other = Memory()
        other.links, other.contents, other.count = dict(self.links), dict(self.contents), self.count
        return other


def told(guid: str, link: str = "", title: str = "A title", body: str = "", summary: str = "") -> Article:
    return Article(title=title, guid=guid, link=link, body=body, summary=summary)


def ways(plan: Plan) -> list[str]:
    return [placement.by for placement in plan.placements]


# ---- guid


def test_an_item_that_stands_in_its_feed_again_is_the_same_article() -> None:
    feed = Memory()
    _, first = feed.reads(told("1", LINK, body=FORTY_ONE_WORDS))

    plan, again = feed.reads(told("1", f"{LINK}/moved", "Another title", FORTY_ONE_WORDS))

    assert again == first
    assert ways(plan) == ["guid"]


def test_one_guid_in_two_feeds_says_nothing() -> None:
    feed = Memory()
    _, here = feed.reads(told("1", f"{LINK}/a"))

    _, there = feed.another_feed().reads(told("1", f"{LINK}/b"))

    assert here != there


def test_items_of_one_document_that_all_have_one_guid_are_told_apart_by_their_links() -> None:
    feed = Memory()
    document = [told("0", f"{LINK}/{number}") for number in range(3)]
    _, first = feed.reads(*document)

    _, again = feed.reads(*reversed(document))

    assert len(set(first)) == 3
    assert again == list(reversed(first))


def test_and_by_their_headlines_where_they_share_the_link_too() -> None:
    feed = Memory()
    document = [told("0", LINK, f"Headline {number}") for number in range(3)]
    _, first = feed.reads(*document)

    _, again = feed.reads(*document)

    assert len(set(first)) == 3
    assert again == first


def test_and_by_their_headlines_where_they_have_no_link() -> None:
    assert len({keys.guid for keys in keys_of_document([told("0", "", f"Headline {n}") for n in range(3)])}) == 3


def test_an_item_that_stands_twice_in_one_document_keeps_its_guid() -> None:
    document = [told("1", f"{LINK}?utm_source=top"), told("1", LINK), told("1", LINK)]

    assert {keys.guid for keys in keys_of_document(document)} == {"1"}


def test_a_guid_of_any_length_is_a_key_that_a_database_can_hold() -> None:
    first, second = keys_of(told("x" * 5000 + "1")), keys_of(told("x" * 5000 + "2"))

    assert len(first.guid) <= 200
    assert first.guid != second.guid


# ---- link


def test_one_link_in_two_feeds_is_one_article() -> None:
    feed = Memory()
    _, here = feed.reads(told("1", LINK))

    plan, there = feed.another_feed().reads(told("other", "http://www.example.org/news/1/?utm_source=x"))

    assert there == here
    assert ways(plan) == ["link"]


def told_by(guid: str, number: int, **changes: Any) -> Article:
    """Another article under each number, whatever its guid."""
    said = {"title": f"Headline of {number}", "link": f"https://example.org/{number}", "summary": f"Text {number}."}
    dated = {"published": NOON + number * timedelta(hours=1)}
    return Article(**{"body": "", "guid": guid, **said, **dated, **changes})


def test_guids_that_are_given_to_one_article_after_another_tell_nothing_apart() -> None:
    memory = Memory()

    for last in range(30):
        document = [told_by(f"slot-{number % 9}", number) for number in range(max(0, last - 7), last + 1)]
        _, placed = memory.reads(*reversed(document))
        assert placed == list(range(last, max(0, last - 7) - 1, -1))


def test_an_article_keeps_its_guid_when_another_comes_to_share_it_and_when_that_one_leaves() -> None:
    memory = Memory()
    first, second = told_by("1", 1), told_by("1", 2)

    documents = ([first], [second, first], [first], [second], [second, first])

    assert [memory.reads(*document)[1] for document in documents] == [[0], [1, 0], [0], [1], [1, 0]]


@pytest.mark.parametrize(
    "changes",
    [
        {"link": "https://example.org/1"},
        {"link": "https://example.org/2026/11/26/1"},
        {"link": ""},
        {"title": "Headline of 1"},
        {"summary": "Text 1."},
        {"published": NOON, "summary": "Headline of 1: text 1, and more of it than there was."},
        {"published": None, "summary": "Headline of 1: text 1, and more of it than there was."},
    ],
    ids=["its link", "the end of its link", "no link", "its headline", "its text", "its date", "no date"],
)
def test_a_version_that_keeps_something_of_its_article_is_no_other(changes: dict[str, Any]) -> None:
    memory = Memory()
    memory.reads(told_by("1", 1))

    _, placed = memory.reads(told_by("1", 2, **changes))

    assert placed == [0]


def test_without_a_later_date_a_text_that_has_little_in_common_is_another_article() -> None:
    memory = Memory()
    memory.reads(told_by("1", 1, title="Storm over Kent", summary="Trees fell on the line to Dover.", published=None))

    other = told_by("1", 2, title="Parliament votes", summary="The budget passed by a few voices.", published=None)

    assert memory.reads(other)[1] == [1]


def test_a_link_that_two_guids_of_one_document_share_is_no_key() -> None:
    feed = Memory()

    plan, placed = feed.reads(told("1", LINK, "One"), told("2", LINK, "Two"))

    assert len(set(placed)) == 2
    assert ways(plan) == ["new", "new"]
    assert LINK not in plan.links


def test_a_link_that_two_guids_of_one_feed_share_across_polls_is_no_key_from_then_on() -> None:
    feed = Memory()
    _, first = feed.reads(told("1", LINK, "One"))

    plan, second = feed.reads(told("2", LINK, "Two"))
    _, third = feed.another_feed().reads(told("3", LINK, "Three"))

    assert len({*first, *second, *third}) == 3
    assert list(plan.links.values()) == [None]


def test_a_link_that_is_shared_later_in_one_document_is_unlearned() -> None:
    feed = Memory()
    feed.reads(told("1", LINK, "One"))

    feed.reads(told("1", LINK, "One"), told("2", LINK, "Two"))

    assert list(feed.links.values()) == [None]


def test_a_fragment_folds_where_it_tells_no_guids_apart() -> None:
    feed = Memory()
    _, here = feed.reads(told("1", f"{LINK}#xtor=RSS-1"))

    _, there = feed.another_feed().reads(told("2", LINK))

    assert there == here


def test_fragments_that_tell_guids_apart_are_two_articles_in_one_document() -> None:
    feed = Memory()
    _, here = feed.reads(told("1", "https://example.org/changelog#v1"), told("2", "https://example.org/changelog#v2"))

    _, there = feed.another_feed().reads(told("x", "https://example.org/changelog#v2"))
    _, page = feed.another_feed().reads(told("y", "https://example.org/changelog"))

    assert len(set(here)) == 2
    assert there == here[1:]
    assert page[0] not in here


def test_and_across_polls() -> None:
    feed = Memory()
    _, first = feed.reads(told("1", "https://example.org/changelog#v1"))

    _, second = feed.reads(told("2", "https://example.org/changelog#v2"), told("1", "https://example.org/changelog#v1"))

    assert second[1] == first[0] != second[0]


def test_items_without_a_link_of_their_own_are_told_apart_by_guid() -> None:
    feed = Memory()

    _, placed = feed.reads(told("1", "https://example.org/"), told("2", "https://example.org/"), told("3"))

    assert len(set(placed)) == 3
    assert feed.links == {}


# ---- content


def test_one_text_of_more_than_forty_words_under_one_title_within_72_hours_is_one_article() -> None:
    feed = Memory()
    _, here = feed.reads(told("1", f"{LINK}/a", "Agency report", FORTY_ONE_WORDS))

    plan, there = feed.another_feed().reads(
        told("2", f"{LINK}/b", "AGENCY report!", FORTY_ONE_WORDS), now=NOON + timedelta(hours=72)
    )

    assert there == here
    assert ways(plan) == ["content"]


def test_after_72_hours_the_same_text_is_news_again_and_the_clock_starts_anew() -> None:
    feed = Memory()
    warning = [told(str(day), f"{LINK}/{day}", "Storm warning", FORTY_ONE_WORDS) for day in range(3)]
    _, first = feed.reads(warning[0])

    _, second = feed.reads(warning[1], now=NOON + timedelta(hours=73))
    _, third = feed.reads(warning[2], now=NOON + timedelta(hours=144))

    assert first != second
    assert second == third


def test_forty_words_are_too_few() -> None:
    feed = Memory()
    forty = FORTY_ONE_WORDS.rpartition(" ")[0]
    _, here = feed.reads(told("1", f"{LINK}/a", body=forty))

    _, there = feed.another_feed().reads(told("2", f"{LINK}/b", body=forty))

    assert here != there


def test_words_are_counted_as_people_count_them_in_chinese_too() -> None:
    assert keys_of(told("1", body="孟晚舟回国" * 16)).content is None
    assert keys_of(told("1", body="孟晚舟回国" * 17)).content is not None


def test_another_title_makes_another_article_of_one_text() -> None:
    feed = Memory()
    _, here = feed.reads(told("1", f"{LINK}/a", "Storm in the north", FORTY_ONE_WORDS))

    _, there = feed.another_feed().reads(told("2", f"{LINK}/b", "Storm in the south", FORTY_ONE_WORDS))

    assert here != there


# ---- rank


def test_a_guid_beats_a_link_and_the_conflict_is_named_and_not_merged() -> None:
    feed = Memory()
    _, placed = feed.reads(told("1", f"{LINK}/a"), told("2", f"{LINK}/b"))

    plan, again = feed.reads(told("1", f"{LINK}/b"))

    assert again == placed[:1]
    assert plan.conflicts == ("guid 1 and link example.org/news/1/b point to different articles; the guid counts",)
    assert feed.links["example.org/news/1/b"] == placed[1]


def test_a_link_beats_content_and_the_conflict_is_named_and_not_merged() -> None:
    feed = Memory()
    _, placed = feed.reads(told("1", f"{LINK}/a", body=FORTY_ONE_WORDS), told("2", f"{LINK}/b"))

    plan, there = feed.another_feed().reads(told("x", f"{LINK}/b", body=FORTY_ONE_WORDS))

    assert there == placed[1:]
    assert plan.conflicts == ("guid x and its content point to different articles; the guid counts",)
    assert [content.article for content in feed.contents.values()] == placed[:1]


def test_a_link_with_its_fragment_beats_the_folded_one() -> None:
    feed = Memory()
    _, [page] = feed.reads(told("1", LINK))
    other = feed.another_feed()
    other.links["example.org/news/1#live"] = ArticleId(7)

    _, [placed] = other.reads(told("2", f"{LINK}#live"))

    assert placed == 7 != page


# ---- change


def test_a_change_is_a_change_of_what_can_match() -> None:
    before = keys_of(an_article())

    assert keys_of(an_article(published=NOON + timedelta(days=9), tags=("x",))).text_digest == before.text_digest
    assert keys_of(an_article("Another title", guid="1")).text_digest != before.text_digest
    assert keys_of(an_article(summary="Another summary.")).text_digest != before.text_digest
    assert keys_of(an_article(body="A body.")).text_digest != before.text_digest


def test_a_text_that_moves_from_one_field_to_another_is_a_change() -> None:
    assert (
        keys_of(told("1", summary="ab", body="c")).text_digest != keys_of(told("1", summary="a", body="bc")).text_digest
    )


# ---- whatever a feed holds

GUIDS = st.text(st.sampled_from("abc"), min_size=1, max_size=2)
LINKS = st.sampled_from(["", "https://example.org/"]) | st.builds(
    "https://example.org/{}{}".format,
    st.sampled_from("xyz"),
    st.sampled_from(["", "#1", "#2", "?utm_source=rss", "/amp"]),
)
BODIES = st.sampled_from(["", "Short.", FORTY_ONE_WORDS])
ITEMS = st.builds(told, GUIDS, LINKS, st.sampled_from(["One", "Two"]), BODIES)
DOCUMENTS = st.lists(ITEMS, max_size=6)


@given(st.lists(DOCUMENTS, max_size=4))
def test_equal_input_gives_an_equal_plan_with_one_placement_an_item(documents: list[list[Article]]) -> None:
    feed = Memory()
    for document in documents:
        keys = keys_of_document(document)
        known = feed.known()

        plan = place(keys, known, NOON)

        assert plan == place(keys, known, NOON)
        assert [placement.guid for placement in plan.placements] == [key.guid for key in keys]
        new = {placement.article.index for placement in plan.placements if isinstance(placement.article, NewArticle)}
        assert new == set(range(len(new)))
        feed.reads(*document)


@given(st.lists(st.lists(st.builds(told, GUIDS, LINKS, st.sampled_from(["One", "Two"])), max_size=6), max_size=4))
def test_two_guids_of_a_feed_never_share_an_article_through_a_link(documents: list[list[Article]]) -> None:
    feed = Memory()
    for document in documents:
        feed.reads(*document)

    articles = [sighting.article for sighting in feed.sightings.values()]
    assert len(articles) == len(set(articles))


@given(st.lists(DOCUMENTS, min_size=1, max_size=4))
def test_a_document_that_comes_again_brings_nothing_new(documents: list[list[Article]]) -> None:
    feed = Memory()
    for document in documents:
        feed.reads(*document)

    plan, _ = feed.reads(*documents[-1])

    assert set(ways(plan)) <= {"guid"}
    assert plan.contents == {}


@given(st.lists(st.builds(Article, st.text(), st.text(), st.text(min_size=1), st.text(), st.text()), max_size=5))
def test_no_text_breaks_it(articles: list[Article]) -> None:
    keys: tuple[ArticleKeys, ...] = keys_of_document(articles)

    assert len(place(keys, Known(), NOON).placements) == len(articles)
    assert all(link and len(link) <= 200 for key in keys for link in key.links)


@given(st.text(string.printable))
def test_every_key_of_an_article_is_the_same_each_time(text: str) -> None:
    article = told(text or "1", f"https://example.org/{text}", text, text * 40)

    assert keys_of(article) == keys_of(article)
