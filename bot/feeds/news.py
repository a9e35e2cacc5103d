"""What is new, for whom: a pure decider. Identity is set membership, never a date watermark."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.model.article import Article
from bot.model.feed import Feed, Follow
from bot.model.identity import Known
from bot.model.reading import ArticleKeys, Newness, Sighting

LONG_AGO = datetime.min.replace(tzinfo=UTC)


def newness(keys: ArticleKeys, known: Known, feed: Feed) -> Newness:
    """Whether an item is new to its feed. An item reissued with another date is known; one with another text changed.

    In a feed that nobody followed for a while, a change is history like the rest. What comes again after its text was
    tidied away is known, whatever it says now.
    """
    sighting = known.sightings.get(keys.guid)
    if sighting is None:
        return "new" if feed.primed else "first poll"
    is_changed = sighting.text_digest not in {"", keys.text_digest}
    return "changed" if feed.primed and is_changed else "known"


def news_for(follow: Follow, sightings: Sequence[Sighting]) -> tuple[Sighting, ...]:
    """What of a poll a follower has to hear of: what is new or changed, and the backfill it still waits for.

    What is backfilled is new to the follower, whatever it is to the feed.
    """
    backfilled = {sighting.article_id for sighting in _newest(sightings, follow.backfill)}
    return tuple(
        replace(sighting, newness="new", before=None) if sighting.article_id in backfilled else sighting
        for sighting in sightings
        if sighting.newness in {"new", "changed"} or sighting.article_id in backfilled
    )


def newest_that_hold(articles: Sequence[Article], places: Collection[int]) -> int:
    """How many of the newest articles hold those at these places: what a backfill asks for."""
    newest_first = sorted(range(len(articles)), key=lambda place: articles[place].published or LONG_AGO, reverse=True)
    return max((count for count, place in enumerate(newest_first, 1) if place in places), default=0)


def _newest(sightings: Sequence[Sighting], count: int) -> Sequence[Sighting]:
    """By date where there is one; feeds stand newest first, so their order decides otherwise."""
    return sorted(sightings, key=lambda sighting: sighting.article.published or LONG_AGO, reverse=True)[:count]
