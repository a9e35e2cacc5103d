"""Who polls which feed: claims that end by themselves."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Result, bindparam, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import LeaseLost
from bot.model.ids import FeedId
from storage.dialect import filled_up, in_lists
from storage.tables import Instant, feeds, follows

WINDOW = 4
"""Of the feeds that are due longest, so many for each that is wanted are looked at; hosts take turns among them.

Where all of them are of one host, the others are looked at while that is busy.
"""
ANY_NUMBER = 2**31 - 1

_OF_NO_POLL = {"host", "domain", "error", "trouble", "told", "last_poll_at", "lease_owner", "lease_until", "whole_at"}
"""Columns that no poll reads."""
_OF_A_POLL = [column for column in feeds.c if column.name not in _OF_NO_POLL]

# Put together once: that takes longer than carrying them out.
_NOW = bindparam("now", type_=Instant())
_IS_FREE = or_(feeds.c.lease_until.is_(None), feeds.c.lease_until <= _NOW)
_IS_FOLLOWED = exists().where(follows.c.feed_id == feeds.c.id)
_LONGEST_DUE = (
    select(feeds.c.id, feeds.c.host, feeds.c.next_poll_at)
    .where(
        feeds.c.next_poll_at <= _NOW,
        feeds.c.trouble != "gone",
        _IS_FREE,
        _IS_FOLLOWED,
        feeds.c.host.not_in(bindparam("busy", expanding=True)),
    )
    .order_by(feeds.c.next_poll_at, feeds.c.id)
    .limit(bindparam("window"))
    .subquery()
)
_turn = func.row_number().over(
    partition_by=_LONGEST_DUE.c.host, order_by=(_LONGEST_DUE.c.next_poll_at, _LONGEST_DUE.c.id)
)
_TURNS = select(_LONGEST_DUE.c.id, _turn.label("turn")).subquery()
# As a subquery it would be run again for every feed where PostgreSQL plans so, and lock other rows each time.
_CHOSEN = (
    select(feeds.c.id)
    .where(feeds.c.id.in_(select(_TURNS.c.id).where(_TURNS.c.turn <= bindparam("per_host"))), _IS_FREE)
    .order_by(feeds.c.next_poll_at, feeds.c.id)
    .limit(bindparam("wanted"))
    .with_for_update(skip_locked=True)
    .cte("chosen")
)
_CLAIM = (
    update(feeds)
    .where(feeds.c.id.in_(select(_CHOSEN.c.id)))
    .values(lease_owner=bindparam("owner"), lease_until=bindparam("until", type_=Instant()))
    .returning(
        *_OF_A_POLL,
        exists().where(follows.c.feed_id == feeds.c.id, follows.c.full_text).label("wants_pages"),
    )
)
# In the order in which others take several in hand.
_HOLD = (
    select(*_OF_A_POLL)
    .where(feeds.c.id.in_(bindparam("these", expanding=True)), feeds.c.lease_owner == bindparam("owner"))
    .order_by(feeds.c.id)
    .with_for_update()
)

_RENEW = (
    update(feeds)
    .where(feeds.c.id.in_(bindparam("these", expanding=True)), feeds.c.lease_owner == bindparam("owner"))
    .values(lease_until=bindparam("until", type_=Instant()))
)


async def claim_due(
    connection: AsyncConnection,
    now: datetime,
    owner: str,
    limit: int,
    lease: timedelta,
    *,
    per_host: int | None,
    busy: Collection[str],
) -> Sequence[Mapping[str, Any]]:
    """As ``bot.ports.Feeds.claim_due`` has it: of ``feeds`` what a poll has to know, and ``wants_pages``."""
    asked = {
        "now": now,
        "busy": filled_up(sorted(busy)),
        "window": limit * WINDOW,
        "per_host": ANY_NUMBER if per_host is None else per_host,
        "wanted": limit,
        "owner": owner,
        "until": now + lease,
    }
    rows = _by_name(await connection.execute(_CLAIM, asked))
    return sorted(rows, key=lambda row: (row["next_poll_at"], row["id"]))


async def release(connection: AsyncConnection, owner: str) -> None:
    """As ``bot.ports.Feeds.release`` has it."""
    await connection.execute(
        update(feeds).where(feeds.c.lease_owner == owner).values(lease_owner=None, lease_until=None)
    )


async def renew(connection: AsyncConnection, owner: str, those: Collection[FeedId], until: datetime) -> None:
    """As ``bot.ports.Feeds.renew`` has it."""
    await connection.execute(_RENEW, {"these": sorted(those), "owner": owner, "until": until})


async def hold(
    connection: AsyncConnection, those: Collection[FeedId], owner: str
) -> Mapping[FeedId, Mapping[str, Any]]:
    """As ``bot.ports.Feeds.hold`` has it: of ``feeds`` what a poll has to know."""
    held: dict[FeedId, Mapping[str, Any]] = {}
    for some in in_lists(those):
        rows = _by_name(await connection.execute(_HOLD, {"these": some, "owner": owner}))
        held.update((row["id"], row) for row in rows)
    if lost := set(those) - held.keys():
        raise LeaseLost(f"feed {min(lost)} was taken over by another process")
    return held


def _by_name(rows: Result[Any]) -> list[dict[str, Any]]:
    """Asked for by its name, a value of a row takes ten times as long."""
    names = tuple(rows.keys())
    return [dict(zip(names, row, strict=True)) for row in rows]
