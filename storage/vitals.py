"""What a monitor asks for every few seconds: what waits, what is overdue, what is held up."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import Vitals
from storage.lanes import OPEN, heads
from storage.tables import deliveries, destinations, feeds, follows, workspaces


async def vitals(connection: AsyncConnection, now: datetime) -> Vitals:
    return Vitals(
        waiting=await _waiting(connection),
        delivery_lag=await _delivery_lag(connection, now),
        feed_lag=await _feed_lag(connection, now),
        suspended_lanes=await _suspended(connection, select(workspaces.c.platform).join(destinations), destinations),
        suspended_workspaces=await _suspended(connection, select(workspaces.c.platform), workspaces),
    )


async def _waiting(connection: AsyncConnection) -> Mapping[str, int]:
    query = (
        select(workspaces.c.platform, func.count().label("number"))
        .join_from(deliveries, destinations)
        .join(workspaces)
        .where(OPEN)
        .group_by(workspaces.c.platform)
    )
    return {row.platform: row.number for row in await connection.execute(query)}


async def _delivery_lag(connection: AsyncConnection, now: datetime) -> Mapping[str, timedelta]:
    """Of the heads of open lanes: what waits behind one, or behind a shut door, is not due."""
    is_taken = deliveries.c.state.in_(["sending", "checking"])
    due = case((is_taken, deliveries.c.lease_until), else_=deliveries.c.not_before)
    query = (
        heads()
        .with_only_columns(workspaces.c.platform, func.min(due).label("since"))
        .where(destinations.c.suspended == "", workspaces.c.suspended == "", due <= now)
        .group_by(workspaces.c.platform)
    )
    return {row.platform: now - row.since for row in await connection.execute(query)}


async def _feed_lag(connection: AsyncConnection, now: datetime) -> timedelta:
    """Of those that somebody follows and nobody has in hand."""
    query = select(func.min(feeds.c.next_poll_at)).where(
        feeds.c.next_poll_at <= now,
        feeds.c.trouble != "gone",
        or_(feeds.c.lease_until.is_(None), feeds.c.lease_until <= now),
        exists().where(follows.c.feed_id == feeds.c.id),
    )
    since: datetime | None = (await connection.execute(query)).scalar_one()
    return timedelta() if since is None else now - since


async def _suspended(connection: AsyncConnection, query: Any, table: Any) -> Mapping[str, int]:
    counted = query.add_columns(func.count().label("number")).where(table.c.suspended != "")
    rows = await connection.execute(counted.group_by(workspaces.c.platform))
    return {row.platform: row.number for row in rows}
