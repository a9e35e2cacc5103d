"""Pages of articles that their followers want, and that were not there in time.

A claim puts off when a page is due to the end of its lease, and that time is what tells one claim from the next.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.ids import ArticleId, FeedId, StoryId
from bot.model.reading import Page
from bot.ports import WantedPage
from storage.articles import article_of, page_columns
from storage.tables import articles, sightings


class StoredWantedPages:
    def __init__(self, connection: AsyncConnection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    async def any_due(self) -> bool:
        due = select(sightings.c.id).where(sightings.c.page_due_at <= self._now).limit(1)
        return (await self._connection.execute(due)).first() is not None

    async def claim(self, limit: int, lease: timedelta) -> Sequence[WantedPage]:
        # As a subquery it would be run again for every row where PostgreSQL plans so, and lock other rows each time.
        chosen = (
            select(sightings.c.id)
            .where(sightings.c.page_due_at <= self._now)
            .order_by(sightings.c.page_due_at, sightings.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("chosen")
        )
        claimed = await self._connection.execute(
            update(sightings)
            .where(sightings.c.id.in_(select(chosen.c.id)))
            .values(page_due_at=self._now + lease)
            .returning(*sightings.c)
        )
        rows = claimed.all()
        stories = await self._stories([row.article_id for row in rows])
        return [
            _wanted(row, stories[row.article_id]) for row in sorted(rows, key=lambda row: (row.first_seen_at, row.id))
        ]

    async def _stories(self, ids: Sequence[int]) -> dict[int, StoryId]:
        rows = await self._connection.execute(select(articles.c.id, articles.c.story_id).where(articles.c.id.in_(ids)))
        return {row.id: StoryId(row.story_id) for row in rows}

    async def settle(self, wanted: WantedPage, page: Page, due: datetime | None = None) -> bool:
        settled = await self._connection.execute(
            update(sightings).where(_is(wanted)).values(**page_columns(page, due)).returning(sightings.c.id)
        )
        return settled.first() is not None


def _is(wanted: WantedPage) -> Any:
    return and_(
        sightings.c.feed_id == wanted.feed,
        sightings.c.article_id == wanted.article_id,
        sightings.c.guid == wanted.guid,
        sightings.c.page_due_at == wanted.lease_until,
    )


def _wanted(row: Row[Any], story: StoryId) -> WantedPage:
    return WantedPage(
        feed=FeedId(row.feed_id),
        guid=row.guid,
        article_id=ArticleId(row.article_id),
        story=story,
        article=article_of(row),
        seen=row.first_seen_at,
        lease_until=row.page_due_at,
    )
