from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.identity import keys_of
from bot.feeds.resettling import Before, resettled
from bot.model.article import Article
from bot.model.identity import Known, KnownArticle, KnownContent, KnownSighting
from bot.model.ids import ArticleId
from tests.builders import NOON, an_article

HOUR = timedelta(hours=1)
LAST_SUCCESS = NOON
NOW = NOON + 48 * HOUR
LONG = " ".join(f"word{number}" for number in range(60))


def before(*stood: Article, elsewhere: Sequence[Article] = (), last_success: Any = LAST_SUCCESS) -> Before:
    """What stood in the feed, under its own guids; ``elsewhere``: what stood in other feeds alone."""
    known = [(ArticleId(number), article, keys_of(article)) for number, article in enumerate((*stood, *elsewhere))]
    here = known[: len(stood)]
    return Before(
        Known(
            sightings={keys.guid: KnownSighting(id_, keys.text_digest) for id_, _, keys in here},
            links={link: id_ for id_, _, keys in known for link in keys.links},
            contents={keys.content: KnownContent(id_, NOON) for id_, _, keys in known if keys.content},
            articles={
                id_: KnownArticle(frozenset([keys.guid]) if one in stood else frozenset()) for id_, one, keys in known
            },
        ),
        {keys.text_digest: article for _, article, keys in here},
        last_success,
    )


def moved(stands: Sequence[Article], was: Before) -> tuple[dict[str, str], int]:
    outcome = resettled(stands, [keys_of(article) for article in stands], was, NOW)
    return dict(outcome.guids), outcome.news


def test_what_stands_there_as_it_stood_before_is_known() -> None:
    assert moved([an_article()], before(an_article())) == ({}, 0)


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

    assert moved([an_article(**{"summary": LONG, **changes})], before(stood)) == ({stood.guid: "new"}, 0)


def test_the_same_short_text_is_the_same_article_unless_it_was_published_since() -> None:
    stood = an_article("Storm warning", summary="")
    again = an_article("Storm warning", summary="", guid="new", link="https://new.example.net/1")

    assert moved([again], before(stood)) == ({stood.guid: "new"}, 0)
    assert moved([replace(again, published=NOW)], before(stood)) == ({}, 1)


def test_what_stood_in_another_feed_alone_is_not_known_here() -> None:
    article = an_article(guid="new", published=NOON + HOUR)

    assert moved([article], before(elsewhere=[an_article()])) == ({}, 1)


def test_as_many_of_the_newest_are_news_as_hold_all_that_was_published_since() -> None:
    stands = [
        an_article("One", published=NOON - HOUR),
        an_article("Two", published=NOON + HOUR),
        an_article("Three", published=None),
        an_article("Four", published=NOON + 3 * HOUR),
        an_article("Known", published=NOON + 2 * HOUR),
    ]

    assert moved(stands, before(an_article("Known"))) == ({}, 3)


def test_without_dates_what_stands_above_all_that_is_known_is_news() -> None:
    stands = [an_article(title, published=None) for title in ("One", "Two", "Known", "Old", "Known, too", "Older")]

    assert moved(stands, before(an_article("Known"), an_article("Known, too"))) == ({}, 2)


def test_without_dates_and_without_anything_known_nothing_is_news() -> None:
    assert moved([an_article("One", published=None)], before(an_article("Known"))) == ({}, 0)


def test_where_the_feed_was_never_read_nothing_is_news() -> None:
    assert moved([an_article(published=NOON + HOUR)], before(last_success=None)) == ({}, 0)


dates = st.none() | st.integers(-50, 50).map(lambda hours: NOON + hours * HOUR)


@given(st.lists(dates, max_size=8), st.sets(st.integers(0, 7)))
def test_no_news_is_left_out(published: list[Any], known: set[int]) -> None:
    stands = [an_article(f"Number {number}", published=date) for number, date in enumerate(published)]
    stood = [article for number, article in enumerate(stands) if number in known]

    _, news = moved(stands, before(*stood))

    owed = sorted((date for date in published if date), reverse=True)[:news]
    missed = [a for n, a in enumerate(stands) if n not in known and a.published and a.published > LAST_SUCCESS]
    assert all(article.published in owed for article in missed)
    assert news == 0 or missed or not any(published)
