"""How long news takes, feed by feed: from an article's date to when it was seen, and from then to when it stood."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.ids import WorkspaceId
from bot.model.pace import FeedPace, spread
from storage.tables import alerts, deliveries, destinations, feeds, follows, sightings

Times = Mapping[int, Sequence[timedelta]]


async def paces(connection: AsyncConnection, workspace: WorkspaceId | None, since: datetime) -> Sequence[FeedPace]:
    """Of the feeds that a workspace follows, or that anybody does, which brought news since then; by name."""
    seen = await _published_to_seen(connection, workspace, since)
    posted = await _seen_to_posted(connection, workspace, since)
    names = await _names(connection, workspace)
    found = [
        FeedPace(names.get(feed, ""), spread(seen.get(feed, ())), spread(posted.get(feed, ())))
        for feed in {*seen, *posted}
    ]
    return sorted(found, key=lambda one: one.feed.casefold())


async def _published_to_seen(connection: AsyncConnection, workspace: WorkspaceId | None, since: datetime) -> Times:
    """Of what was published since it is followed: what stood there before was history when it was seen."""
    news = (
        select(sightings.c.id, sightings.c.feed_id, sightings.c.published_at, sightings.c.first_seen_at)
        .join(follows, follows.c.feed_id == sightings.c.feed_id)
        .where(sightings.c.first_seen_at > since, sightings.c.published_at > follows.c.since)
        .distinct()
    )
    rows = await connection.execute(_within(news, follows.c.workspace_id, workspace))
    return _by_feed((row.feed_id, row.first_seen_at - row.published_at) for row in rows)


async def _seen_to_posted(connection: AsyncConnection, workspace: WorkspaceId | None, since: datetime) -> Times:
    """To the feed that an alert is of it is seen in the moment in which the alert is queued."""
    told = (
        select(deliveries.c.id, sightings.c.feed_id, alerts.c.told_at, deliveries.c.settled_at)
        .join_from(alerts, deliveries)
        .join(destinations, destinations.c.id == alerts.c.destination_id)
        .join(sightings, sightings.c.article_id == alerts.c.article_id)
        .join(follows, follows.c.feed_id == sightings.c.feed_id)
        .where(
            follows.c.workspace_id == destinations.c.workspace_id,
            sightings.c.first_seen_at <= alerts.c.told_at,
            deliveries.c.state == "sent",
            deliveries.c.settled_at > since,
        )
        .distinct()
    )
    rows = await connection.execute(_within(told, follows.c.workspace_id, workspace))
    return _by_feed((row.feed_id, row.settled_at - row.told_at) for row in rows)


def _by_feed(times: Any) -> Times:
    found: dict[int, list[timedelta]] = defaultdict(list)
    for feed, time in times:
        # A publisher's clock may go ahead.
        found[feed].append(max(time, timedelta()))
    return found


async def _names(connection: AsyncConnection, workspace: WorkspaceId | None) -> Mapping[int, str]:
    """As its followers call it; one that has several names goes by the first."""
    named = func.coalesce(func.nullif(follows.c.name, ""), func.nullif(feeds.c.title, ""), feeds.c.host)
    query = select(feeds.c.id, func.min(named).label("name")).join_from(feeds, follows).group_by(feeds.c.id)
    rows = await connection.execute(_within(query, follows.c.workspace_id, workspace))
    return {row.id: row.name for row in rows}


def _within(query: Any, column: Any, workspace: WorkspaceId | None) -> Any:
    return query if workspace is None else query.where(column == workspace)
