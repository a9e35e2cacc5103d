"""A story is a headline within a window of time."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.model.identity import (
    ArticleRef,
    Grouping,
    InStory,
    Known,
    KnownArticle,
    NewArticle,
    NewStory,
    Placement,
    StandingStory,
    StoryRef,
)
from bot.model.ids import ArticleId, StoryId
from bot.model.reading import ArticleKeys, Item
from bot.stories.grouping import Told, group
from tests.builders import NOON, WINDOW, an_article

WIRE = ArticleId(3)


def standing(**ago: float) -> dict[str, StandingStory]:
    return {"a": StandingStory(StoryId(7), NOON - timedelta(**ago))}


def new(*headlines: str | None) -> Told:
    return [told(NewArticle(index), headline, "new") for index, headline in enumerate(headlines)]


def told(article: ArticleRef, headline: str | None, by: str, also: str = "") -> tuple[Item, Placement]:
    item = Item(an_article(), ArticleKeys("1"), headline, frozenset({headline or "", also}))
    return item, Placement("1", article, by)


def known(*, shares: bool) -> Known:
    return Known(articles={WIRE: KnownArticle(frozenset(), StoryId(1), "read on", shares)})


def stories(grouping: Grouping) -> list[StoryRef]:
    return [place.story for place in grouping.new]


def test_a_headline_that_a_story_holds_joins_it_within_the_window() -> None:
    assert stories(group(new("a"), Known(), standing(hours=5, minutes=59), NOON, WINDOW)) == [7]


def test_after_the_window_it_begins_another_which_takes_the_headline_from_it() -> None:
    grouping = group(new("a", "b"), Known(), standing(hours=6), NOON, WINDOW)

    assert stories(grouping) == [NewStory(0, "a", succeeds=StoryId(7)), NewStory(1, "b")]


def test_one_headline_in_one_document_begins_one_story() -> None:
    grouping = group(new("a", "b", "a"), Known(), {}, NOON, WINDOW)

    assert stories(grouping) == [NewStory(0, "a"), NewStory(1, "b"), NewStory(0, "a")]


def test_an_article_without_a_headline_key_begins_its_own() -> None:
    assert stories(group(new(None, None), Known(), {}, NOON, WINDOW)) == [NewStory(0, None), NewStory(1, None)]


def test_a_known_article_that_shares_a_story_moves_where_its_link_is_told_under_another_headline() -> None:
    grouping = group([told(WIRE, "a", "link")], known(shares=True), {}, NOON, WINDOW)

    assert grouping == Grouping((), {WIRE: InStory(NewStory(0, "a"), "a")})


def test_it_stays_where_it_tells_the_story_alone() -> None:
    assert group([told(WIRE, "a", "link")], known(shares=False), {}, NOON, WINDOW) == Grouping(())


def test_it_stays_where_its_own_feed_words_the_headline_anew() -> None:
    assert group([told(WIRE, "a", "guid")], known(shares=True), {}, NOON, WINDOW) == Grouping(())


def test_it_stays_where_an_aggregator_puts_the_outlet_behind_the_headline() -> None:
    grouping = group([told(WIRE, "read on the post", "link", also="read on")], known(shares=True), {}, NOON, WINDOW)

    assert grouping == Grouping(())


@given(st.lists(st.sampled_from(["a", "b", "c", None]), max_size=9))
def test_every_article_has_a_story_and_new_ones_are_numbered_without_gaps(headlines: list[str | None]) -> None:
    joined = stories(group(new(*headlines), Known(), standing(hours=1), NOON, WINDOW))

    assert len(joined) == len(headlines)
    begun = {story.index for story in joined if isinstance(story, NewStory)}
    assert begun == set(range(len(begun)))
    assert all((headline == "a") == (story == 7) for headline, story in zip(headlines, joined, strict=True))
