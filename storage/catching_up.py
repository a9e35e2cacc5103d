"""The one message in the place of alerts that have waited too long: written when the first of them is claimed."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts.catching_up import MOST_NAMED, summed_up
from bot.model.delivery import Ages, Alert, CatchUp
from bot.model.ids import DestinationId
from storage import payload
from storage.lanes import OPEN, placed
from storage.queueing import key_of, queue
from storage.tables import deliveries

log = logging.getLogger(__name__)


async def with_its_backlog(connection: AsyncConnection, now: datetime, head: Row[Any], ages: Ages) -> Row[Any]:
    """The summary in the place of the head and of what has grown old behind it; the head, where there is none."""
    waited = now - head.created_at
    is_old = head.kind == "alert" and ages.catch_up_after <= waited <= ages.expire_after
    if not (is_old or head.kind == "catch-up") or not await _still_waits(connection, head):
        return head
    old = and_(
        deliveries.c.lane_id == head.lane_id,
        OPEN,
        deliveries.c.kind == "alert",
        deliveries.c.state == "pending",
        ~deliveries.c.doubted,
        deliveries.c.created_at.between(now - ages.expire_after, now - ages.catch_up_after),
    )
    count = (await connection.execute(select(func.count()).where(old))).scalar_one()
    # One by itself says more than a summary of one.
    if count + (head.kind == "catch-up") < 2:
        return head
    return await _sum_up(connection, now, head, old)


async def _still_waits(connection: AsyncConnection, head: Row[Any]) -> bool:
    """Nobody has taken it, and it cannot have arrived."""
    waiting = select(deliveries.c.id).where(
        deliveries.c.id == head.id,
        deliveries.c.epoch == head.epoch,
        deliveries.c.state == "pending",
        ~deliveries.c.doubted,
    )
    return (await connection.execute(waiting)).first() is not None


async def _sum_up(connection: AsyncConnection, now: datetime, head: Row[Any], old: Any) -> Row[Any]:
    standing = head if head.kind == "catch-up" else None
    key = standing.key if standing else key_of("catch-up", head.lane_id, head.key)
    told = {"state": "dead", "reason": f"told in the catch-up summary {key}", "settled_at": now, "told_in": key}
    ended = await connection.execute(
        update(deliveries).where(old).values(told).returning(deliveries.c.id, deliveries.c.created_at)
    )
    rows = sorted(ended, key=lambda row: row.id)
    alerts_named = await _alerts(connection, [row.id for row in rows[-MOST_NAMED:]])
    before = payload.readable("catch-up", standing.payload) if standing else None
    since = min(row.created_at for row in rows)
    content = summed_up(alerts_named, len(rows), since, before if isinstance(before, CatchUp) else None)
    log.info("summed up", extra={"lane": head.lane_id, "alerts": content.count, "key": key})
    if standing is None:
        summary = (await queue(connection, now, [(DestinationId(head.lane_id), content, key)]))[key]
    else:
        summary = standing.id
        grown = {"payload": payload.dump(content)[1], "created_at": now}
        await connection.execute(update(deliveries).where(deliveries.c.id == summary).values(grown))
    row: Row[Any] = (await connection.execute(placed().where(deliveries.c.id == summary))).one()
    return row


async def _alerts(connection: AsyncConnection, ids: Sequence[int]) -> list[Alert]:
    """Those that can be read, in order."""
    rows = await connection.execute(
        select(deliveries.c.payload).where(deliveries.c.id.in_(ids)).order_by(deliveries.c.id)
    )
    read = (payload.readable("alert", row.payload) for row in rows)
    return [one for one in read if isinstance(one, Alert)]
