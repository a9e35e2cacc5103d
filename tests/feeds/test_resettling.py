from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.identity import keys_of
from bot.feeds.resettling import Before, resettled
from bot.model.article import Article
from bot.model.identity import Known, KnownArticle, KnownContent, KnownSighting
from bot.model.ids import ArticleId, StoryId
from tests.builders import NOON, an_article

HOUR = timedelta(hours=1)
LAST_SUCCESS = NOON + 24 * HOUR
NOW = NOON + 48 * HOUR
FOLLOWED_SINCE = NOON - 5 * HOUR
LONG = " ".join(f"word{number}" for number in range(60))


def before(
    *stood: Article,
    elsewhere: Sequence[Article] = (),
    since: datetime = FOLLOWED_SINCE,
    last_success: datetime | None = LAST_SUCCESS,
) -> Before:
    """What stood in the feed, under its own guids; ``elsewhere``: what stood in other feeds alone."""
    known = [(ArticleId(number), article, keys_of(article)) for number, article in enumerate((*stood, *elsewhere))]
    here = known[: len(stood)]
    return Before(
        Known(
            sightings={keys.guid: KnownSighting(id_, keys.text_digest) for id_, _, keys in here},
            links={link: id_ for id_, _, keys in known for link in keys.links},
            contents={keys.content: KnownContent(id_, NOON) for id_, _, keys in known if keys.content},
            articles={
                id_: KnownArticle(frozenset([keys.guid]) if one in stood else frozenset(), StoryId(id_))
                for id_, one, keys in known
            },
        ),
        {keys.text_digest: article for _, article, keys in here},
        max((article.published for article in stood if article.published), default=None),
        since,
        last_success,
    )


def moved(stands: Sequence[Article], was: Before) -> tuple[dict[str, str], list[str]]:
    """The guids that changed, and the headlines of the news."""
    outcome = resettled(stands, [keys_of(article) for article in stands], was, NOW)
    return dict(outcome.guids), [stands[place].title for place in sorted(outcome.news)]


def test_what_stands_there_as_it_stood_before_is_known() -> None:
    assert moved([an_article()], before(an_article())) == ({}, [])


@pytest.mark.parametrize(
    "changes",
    [
        {"guid": "new"},
        {"guid": "new", "published": NOON + HOUR},
        {"guid": "new", "link": "https://new.example.net/1", "published": NOON + HOUR},
        {"guid": "new", "link": "", "summary": "", "body": LONG, "published": NOON + HOUR},
    ],
)
def test_a_guid_that_changed_is_told_with_the_one_before(changes: dict[str, Any]) -> None:
    stood = an_article(summary=LONG)

    assert moved([an_article(**{"summary": LONG, **changes})], before(stood)) == ({stood.guid: "new"}, [])


def test_the_same_short_text_is_the_same_article_unless_it_was_published_since_the_last_successful_poll() -> None:
    stood = an_article("Storm warning", summary="")
    again = an_article("Storm warning", summary="", guid="new", link="https://new.example.net/1")

    assert moved([again], before(stood)) == ({stood.guid: "new"}, [])
    assert moved([replace(again, published=NOW)], before(stood)) == ({}, ["Storm warning"])


def test_what_stood_in_another_feed_alone_is_not_known_here() -> None:
    article = an_article("Elsewhere", guid="new", published=NOON + HOUR)

    assert moved([article], before(an_article(), elsewhere=[an_article("Elsewhere")])) == ({}, ["Elsewhere"])


def at(hours: int, title: str = "") -> Article:
    return an_article(title or f"Hour {hours}", published=NOON + hours * HOUR)


def test_what_is_younger_than_all_that_is_known_is_news_however_often_the_feed_was_read_since() -> None:
    assert moved([at(3), at(2), at(0)], before(at(0))) == ({}, ["Hour 3", "Hour 2"])


def test_what_is_younger_than_all_that_ever_stood_in_the_feed_is_news_where_nothing_known_stands() -> None:
    assert moved([at(3), at(2), at(1)], before(at(2, "Gone"), at(0, "Gone, too"))) == ({}, ["Hour 3"])


def test_what_came_late_among_the_known_is_news() -> None:
    assert moved([at(2), at(1), at(0)], before(at(2), at(0))) == ({}, ["Hour 1"])


def test_what_lies_beyond_the_known_is_history() -> None:
    assert moved([at(1), at(-2), at(-3)], before(at(1))) == ({}, [])


def test_what_was_published_before_the_feed_was_followed_is_history_although_it_stands_among_the_known() -> None:
    pinned = at(-900, "Pinned")

    assert moved([at(1), at(-4), at(-6), pinned], before(at(1), pinned)) == ({}, ["Hour -4"])


def test_where_the_feed_was_empty_what_was_published_since_it_is_followed_is_news() -> None:
    assert moved([at(-4), at(-6)], before()) == ({}, ["Hour -4"])


def test_without_dates_what_stands_above_all_that_is_known_is_news() -> None:
    stands = [an_article(title, published=None) for title in ("One", "Two", "Known", "Old", "Known, too", "Older")]

    assert moved(stands, before(an_article("Known"), an_article("Known, too"))) == ({}, ["One", "Two"])


def test_an_article_without_a_date_among_dated_ones_is_news_where_it_stands_above_them() -> None:
    undated = [an_article(title, published=None) for title in ("Above", "Below")]

    assert moved([undated[0], at(1), undated[1]], before(at(1))) == ({}, ["Above"])


def test_without_dates_and_without_anything_known_nothing_is_news() -> None:
    assert moved([an_article("One", published=None)], before(an_article("Known"))) == ({}, [])


def test_where_the_feed_was_never_read_nothing_is_news() -> None:
    assert moved([at(1)], before(last_success=None)) == ({}, [])


dates = st.none() | st.integers(-50, 50).map(lambda hours: NOON + hours * HOUR)


@given(st.lists(dates, max_size=8), st.sets(st.integers(0, 7)))
def test_no_news_is_left_out_and_nothing_known_is_news(published: list[datetime | None], known: set[int]) -> None:
    stands = [an_article(f"Number {number}", published=date) for number, date in enumerate(published)]
    stood = [article for number, article in enumerate(stands) if number in known]
    was = before(*stood)

    _, news = moved(stands, was)

    younger = [one.title for one in stands if one.published and was.newest and one.published > was.newest]
    assert {*younger} <= {*news}
    assert {*news}.isdisjoint(one.title for one in stood)
