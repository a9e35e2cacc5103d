"""What status shows: a few counts over the tables."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.destination import Destination, Workspace
from bot.model.feed import SILENT, FeedState
from bot.model.ids import WorkspaceId
from bot.ports import Overview
from storage.feeds import state_of
from storage.lanes import OPEN
from storage.pace import paces
from storage.tables import deliveries, destinations, feeds, follows, subscriptions, workspaces

DAY = timedelta(days=1)


async def overview(connection: AsyncConnection, now: datetime, workspace: WorkspaceId | None) -> Overview:
    """Of one workspace, or of all."""
    waiting, oldest = await _waiting(connection, workspace)
    return Overview(
        feeds_by_state=await _feeds_by_state(connection, workspace, now),
        ill=await _ill(connection, workspace),
        subscriptions=await _subscriptions(connection, workspace),
        waiting=waiting,
        oldest_waiting=oldest,
        sent_last_day=await _settled(connection, workspace, "sent", now - DAY),
        dead_last_day=await _settled(connection, workspace, "dead", now - DAY),
        suspended=await _suspended(connection, workspace),
        last_poll=await _last_poll(connection, workspace),
        pace=await paces(connection, workspace, now - DAY),
    )


def _within(query: Any, column: Any, workspace: WorkspaceId | None) -> Any:
    return query if workspace is None else query.where(column == workspace)


async def _feeds_by_state(
    connection: AsyncConnection, workspace: WorkspaceId | None, now: datetime
) -> dict[FeedState, int]:
    states = (feeds.c.id, feeds.c.trouble, feeds.c.failures, feeds.c.last_success_at, feeds.c.silent_at)
    query = select(*states).join_from(feeds, follows).distinct()
    rows = await connection.execute(_within(query, follows.c.workspace_id, workspace))
    return dict(Counter(state_of(row, now) for row in rows))


async def _ill(connection: AsyncConnection, workspace: WorkspaceId | None) -> list[tuple[str, str]]:
    """By name; one followed under several names comes under each."""
    named = func.coalesce(func.nullif(follows.c.name, ""), func.nullif(feeds.c.title, ""), feeds.c.host)
    query = (
        select(named.label("name"), feeds.c.told, feeds.c.error)
        .join_from(feeds, follows)
        .where(feeds.c.told != "", or_(feeds.c.error != "", feeds.c.told == "silent"))
        .distinct()
        .order_by("name")
    )
    rows = await connection.execute(_within(query, follows.c.workspace_id, workspace))
    return [(row.name, SILENT if row.told == "silent" else row.error) for row in rows]


async def _last_poll(connection: AsyncConnection, workspace: WorkspaceId | None) -> datetime | None:
    query = select(func.max(feeds.c.last_poll_at)).join_from(feeds, follows)
    latest: datetime | None = (await connection.execute(_within(query, follows.c.workspace_id, workspace))).scalar_one()
    return latest


async def _subscriptions(connection: AsyncConnection, workspace: WorkspaceId | None) -> int:
    query = select(func.count()).where(subscriptions.c.ended_at.is_(None))
    count: int = (await connection.execute(_within(query, subscriptions.c.workspace_id, workspace))).scalar_one()
    return count


async def _waiting(connection: AsyncConnection, workspace: WorkspaceId | None) -> tuple[int, datetime | None]:
    query = (
        select(func.count().label("number"), func.min(deliveries.c.created_at).label("oldest"))
        .join_from(deliveries, destinations)
        .where(OPEN)
    )
    row = (await connection.execute(_within(query, destinations.c.workspace_id, workspace))).one()
    return row.number, row.oldest


async def _settled(connection: AsyncConnection, workspace: WorkspaceId | None, state: str, since: datetime) -> int:
    query = (
        select(func.count())
        .join_from(deliveries, destinations)
        .where(deliveries.c.state == state, deliveries.c.settled_at > since, deliveries.c.told_in.is_(None))
    )
    count: int = (await connection.execute(_within(query, destinations.c.workspace_id, workspace))).scalar_one()
    return count


async def _suspended(connection: AsyncConnection, workspace: WorkspaceId | None) -> list[tuple[Destination, str]]:
    lanes = (
        select(workspaces.c.platform, workspaces.c.external_id, destinations.c.channel, destinations.c.suspended)
        .join_from(destinations, workspaces)
        .where(destinations.c.suspended != "")
    )
    tenants = select(workspaces).where(workspaces.c.suspended != "")
    held = [
        (Destination(Workspace(row.platform, row.external_id)), row.suspended)
        for row in await connection.execute(_within(tenants, workspaces.c.id, workspace))
    ]
    held += [
        (Destination(Workspace(row.platform, row.external_id), row.channel), row.suspended)
        for row in await connection.execute(_within(lanes, workspaces.c.id, workspace))
    ]
    return held
