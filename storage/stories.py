"""Stories as a workspace may know them: through the feeds that it follows, and through what it was told. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.feeds.identity import link_keys
from bot.model.delivery import Alert
from bot.model.destination import Destination, Workspace
from bot.model.ids import ArticleId, SubscriptionId, WorkspaceId
from bot.ports import Sighted, Told
from storage import payload
from storage.articles import LINK, article_as_judged
from storage.moves import former_addresses_of
from storage.tables import (
    alerts,
    article_keys,
    articles,
    deliveries,
    destinations,
    feeds,
    follows,
    reasons,
    sightings,
    subscriptions,
    workspaces,
)


class StoredStories:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def linked(self, workspace: WorkspaceId, links: Sequence[str]) -> Sequence[ArticleId]:
        for link in links:
            if found := await self._keyed(workspace, link):
                return found
        return await self._spelled(workspace, links) if await self._is_key(links) else []

    async def _keyed(self, workspace: WorkspaceId, link: str) -> list[ArticleId]:
        rows = await self._connection.execute(
            select(article_keys.c.article_id).where(
                article_keys.c.kind == LINK,
                article_keys.c.value == link,
                or_(_stood_here(workspace), _was_told_here(workspace)),
            )
        )
        return [ArticleId(row.article_id) for row in rows]

    async def _is_key(self, links: Sequence[str]) -> bool:
        query = select(article_keys.c.value).where(article_keys.c.kind == LINK, article_keys.c.value.in_(links))
        return (await self._connection.execute(query.limit(1))).first() is not None

    async def _spelled(self, workspace: WorkspaceId, links: Sequence[str]) -> list[ArticleId]:
        """Through the addresses themselves, the newest first: a key that two guids share tells nothing."""
        standing = (
            select(sightings.c.article_id, sightings.c.link)
            .join_from(sightings, follows, follows.c.feed_id == sightings.c.feed_id)
            .where(follows.c.workspace_id == workspace)
            .order_by(sightings.c.first_seen_at.desc(), sightings.c.id.desc())
        )
        wanted = set(links)
        found: dict[ArticleId, None] = {}
        async for row in await self._connection.stream(standing):
            if not wanted.isdisjoint(link_keys(row.link)):
                found[ArticleId(row.article_id)] = None
        return list(found)

    async def sighted(self, workspace: WorkspaceId, article: ArticleId) -> Sequence[Sighted]:
        others = sightings.alias()
        read_first = select(func.min(others.c.first_seen_at)).where(
            others.c.feed_id == sightings.c.feed_id, others.c.first_seen_at >= follows.c.since
        )
        rows = await self._connection.execute(
            select(
                sightings,
                feeds.c.address,
                feeds.c.host,
                feeds.c.title.label("feed_title"),
                follows.c.name,
                follows.c.tags.label("feed_tags"),
                follows.c.full_text.label("wants_page"),
                follows.c.since,
                read_first.scalar_subquery().label("read_first"),
            )
            .join_from(sightings, articles, articles.c.id == sightings.c.article_id)
            .join(feeds, feeds.c.id == sightings.c.feed_id)
            .join(follows, follows.c.feed_id == feeds.c.id)
            .where(follows.c.workspace_id == workspace, articles.c.story_id == _story_of(article))
            .order_by(sightings.c.first_seen_at, sightings.c.id)
        )
        formerly = await former_addresses_of(self._connection, workspace)
        return [replace(_sighted(row), formerly=formerly.get(row.feed_id, ())) for row in rows]

    async def told(self, workspace: WorkspaceId, article: ArticleId) -> Sequence[Told]:
        rows = await self._connection.execute(
            select(
                deliveries,
                alerts.c.id.label("alert"),
                alerts.c.article_id,
                alerts.c.told_at,
                destinations.c.channel,
                destinations.c.suspended.label("lane_shut"),
                workspaces.c.platform,
                workspaces.c.external_id.label("tenant"),
                workspaces.c.suspended.label("tenant_shut"),
            )
            .join_from(alerts, deliveries, deliveries.c.id == alerts.c.delivery_id)
            .join(destinations, destinations.c.id == alerts.c.destination_id)
            .join(workspaces, workspaces.c.id == destinations.c.workspace_id)
            .where(
                workspaces.c.id == workspace,
                # A story may have been split since, and what was told of it before is still told.
                or_(alerts.c.story_id == _story_of(article), alerts.c.article_id == article),
            )
            .order_by(alerts.c.told_at, alerts.c.id)
        )
        return [_told(row, await self._reasons(row.alert)) for row in rows.all()]

    async def _reasons(self, alert: int) -> list[tuple[int, bool]]:
        """The numbers of subscriptions, and whether the message names each."""
        rows = await self._connection.execute(
            select(subscriptions.c.number, reasons.c.posted)
            .join_from(reasons, subscriptions)
            .where(reasons.c.alert_id == alert)
            .order_by(subscriptions.c.number)
        )
        return [(row.number, row.posted) for row in rows]

    async def subscribed_at(self, workspace: WorkspaceId) -> Mapping[SubscriptionId, datetime]:
        rows = await self._connection.execute(
            select(subscriptions.c.id, subscriptions.c.created_at).where(
                subscriptions.c.workspace_id == workspace, subscriptions.c.ended_at.is_(None)
            )
        )
        return {SubscriptionId(row.id): row.created_at for row in rows}


def _stood_here(workspace: WorkspaceId) -> Any:
    return (
        exists()
        .where(sightings.c.article_id == article_keys.c.article_id)
        .where(follows.c.feed_id == sightings.c.feed_id, follows.c.workspace_id == workspace)
    )


def _was_told_here(workspace: WorkspaceId) -> Any:
    return (
        exists()
        .where(alerts.c.article_id == article_keys.c.article_id)
        .where(destinations.c.id == alerts.c.destination_id, destinations.c.workspace_id == workspace)
    )


def _story_of(article: ArticleId) -> Any:
    return select(articles.c.story_id).where(articles.c.id == article).scalar_subquery()


def _sighted(row: Row[Any]) -> Sighted:
    return Sighted(
        id=ArticleId(row.article_id),
        article=article_as_judged(row),
        page=row.page_state if row.wants_page else "",
        feed=row.name or row.feed_title or row.host,
        address=row.address,
        tags=row.feed_tags,
        seen=row.first_seen_at,
        followed_since=row.since,
        is_first_poll=row.read_first == row.first_seen_at,
    )


def _told(row: Row[Any], because: Sequence[tuple[int, bool]]) -> Told:
    return Told(
        destination=Destination(Workspace(row.platform, row.tenant), row.channel),
        article=ArticleId(row.article_id),
        headline=_headline(row.payload),
        at=row.told_at,
        state=row.state,
        reason=row.reason,
        attempts=row.attempt,
        due=row.not_before,
        sent_at=row.last_sent_at,
        settled_at=row.settled_at,
        repeated=row.repeated,
        told_in=row.told_in or "",
        shut=row.lane_shut or row.tenant_shut,
        posted=tuple(number for number, is_posted in because if is_posted),
        kept=tuple(number for number, is_posted in because if not is_posted),
    )


def _headline(written: str) -> str:
    try:
        content = payload.load("alert", written)
    except ValueError:
        return ""
    return content.article.title if isinstance(content, Alert) else ""
