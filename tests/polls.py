"""Polls that brought no document, written down as the poller does."""

from datetime import datetime

from sqlalchemy import update

from bot.model.feed import NO_VALIDATORS, Validators
from bot.model.ids import FeedId
from bot.model.reading import QuietPoll, TroubleKind
from storage.tables import feeds
from storage.unit import SqlUnit

POLLER = "the poller of a test"


async def lease(unit: SqlUnit, feed: FeedId, owner: str = POLLER) -> None:
    """As a claim does, whether the feed is due or not."""
    await unit._connection.execute(update(feeds).where(feeds.c.id == feed).values(lease_owner=owner))


async def fails(
    unit: SqlUnit, feed: FeedId, reason: str, next_poll: datetime | None = None, trouble: TroubleKind = "passing"
) -> None:
    await lease(unit, feed)
    poll = QuietPoll(feed, next_poll or unit.now, failure=reason, trouble=trouble)
    await unit.feeds.note(POLLER, [poll])


async def finds_nothing_changed(
    unit: SqlUnit, feed: FeedId, next_poll: datetime, validators: Validators | None = NO_VALIDATORS
) -> None:
    await lease(unit, feed)
    await unit.feeds.note(POLLER, [QuietPoll(feed, next_poll, validators)])
