"""What is new, for whom: by set membership, never by a date."""

from datetime import datetime, timedelta

import pytest

from bot.feeds.identity import keys_of
from bot.feeds.news import newness, news_for
from bot.model.article import Article
from bot.model.feed import Feed, Follow
from bot.model.identity import Known, KnownSighting
from bot.model.ids import ArticleId, FeedId, StoryId, WorkspaceId
from bot.model.reading import Newness, Sighting
from tests.builders import NOON, an_article

PRIMED = Feed(FeedId(1), "https://wire.example.org/rss", primed=True)
UNPRIMED = Feed(FeedId(1), "https://wire.example.org/rss")


def known_as(article: Article) -> Known:
    keys = keys_of(article)
    return Known(sightings={keys.guid: KnownSighting(ArticleId(1), keys.text_digest)})


def a_sighting(number: int, newness: Newness = "known", published: datetime | None = None) -> Sighting:
    article = an_article(f"Article {number}", published=published)
    return Sighting(
        ArticleId(number), StoryId(number), article, newness, before=article if newness == "changed" else None
    )


def a_follow(backfill: int = 0) -> Follow:
    return Follow(WorkspaceId(1), FeedId(1), "The Wire", (), NOON, backfill)


def numbers(sightings: tuple[Sighting, ...]) -> list[int]:
    return [sighting.article_id for sighting in sightings]


@pytest.mark.parametrize(
    ("feed", "known", "expected"),
    [
        (PRIMED, Known(), "new"),
        (UNPRIMED, Known(), "first poll"),
        (PRIMED, known_as(an_article()), "known"),
        (UNPRIMED, known_as(an_article()), "known"),
        (PRIMED, known_as(an_article(summary="Before.")), "changed"),
        (UNPRIMED, known_as(an_article(summary="Before.")), "known"),
    ],
)
def test_an_item_is_new_where_its_feed_has_not_shown_it_before(feed: Feed, known: Known, expected: Newness) -> None:
    assert newness(keys_of(an_article()), known, feed) == expected


@pytest.mark.parametrize("days", [-400, 0, 400])
def test_a_date_makes_nothing_new_and_nothing_old(days: int) -> None:
    dated = an_article(published=NOON + timedelta(days=days))

    assert newness(keys_of(dated), known_as(an_article()), PRIMED) == "known"
    assert newness(keys_of(dated), Known(), PRIMED) == "new"


def test_a_follower_hears_of_what_is_new_or_changed_in_the_order_of_the_document() -> None:
    kinds: list[Newness] = ["new", "known", "changed", "first poll", "new"]
    sightings = [a_sighting(number, kind) for number, kind in enumerate(kinds)]

    assert numbers(news_for(a_follow(), sightings)) == [0, 2, 4]


def test_a_backfill_is_the_newest_by_date() -> None:
    dates = [NOON - timedelta(days=days) for days in (2, 0, 3, 1)]
    sightings = [a_sighting(number, "first poll", date) for number, date in enumerate(dates)]

    assert numbers(news_for(a_follow(backfill=2), sightings)) == [1, 3]


def test_without_dates_a_backfill_is_what_stands_first() -> None:
    sightings = [a_sighting(number, "first poll") for number in range(4)]

    assert numbers(news_for(a_follow(backfill=2), sightings)) == [0, 1]


def test_a_backfill_is_never_more_than_there_is() -> None:
    assert numbers(news_for(a_follow(backfill=9), [a_sighting(1, "first poll")])) == [1]


def test_what_is_backfilled_is_new_to_its_follower_although_it_changed_in_its_feed() -> None:
    [sighting] = news_for(a_follow(backfill=1), [a_sighting(1, "changed")])

    assert (sighting.newness, sighting.before) == ("new", None)
