"""What is old enough to go, kind by kind. docs/retention.md says of every table what holds it.

Two processes may tidy up at once, and others poll and deliver meanwhile: rows are chosen without standing in anybody's
way, and looked at again where they are removed.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, Table, and_, delete, exists, or_, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import Keep
from storage.articles import KEEPERS_LOCK
from storage.tables import (
    alerts,
    article_keys,
    articles,
    askings,
    deliveries,
    feeds,
    follows,
    metadata,
    reasons,
    sightings,
    stories,
    subscriptions,
)

GRACE = timedelta(days=7)
"""A feed may show nothing, or something else, for a while: what it no longer shows is not gone at once."""

Row = tuple[Any, ...]
"""A row's primary key."""


@dataclass(frozen=True, slots=True)
class _Kind:
    table: Table
    due: Callable[[Keep, datetime], Any]
    remove: Callable[[AsyncConnection, Sequence[Row]], Awaitable[None]]


class StoredTidying:
    kinds: Sequence[str]

    def __init__(self, connection: AsyncConnection, now: datetime) -> None:
        self._connection = connection
        self._now = now
        self.kinds = tuple(KINDS)

    async def ask_for_whole_documents(self, keep: Keep) -> None:
        asked = update(feeds).where(feeds.c.id.in_(_feeds_to_read_as_a_whole(keep, self._now)))
        await self._connection.execute(asked.values(marks=None, whole_at=None))

    async def overdue(self, kind: str, keep: Keep, limit: int) -> Sequence[Row]:
        rows = await self._connection.execute(_due(KINDS[kind], keep, self._now).limit(limit))
        return [tuple(row) for row in rows]

    async def remove(self, kind: str, keep: Keep, rows: Sequence[Row]) -> int:
        await self._keep_others_out()
        one = KINDS[kind]
        still_due = _due(one, keep, self._now).where(_among(one.table, rows)).with_for_update(of=one.table)
        found = [tuple(row) for row in await self._connection.execute(still_due)]
        if found:
            await one.remove(self._connection, found)
        return len(found)

    async def _keep_others_out(self) -> None:
        """Whoever keeps articles decided on what is known, so that must not go meanwhile. SQLite has one writer."""
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": KEEPERS_LOCK})


def _due(kind: _Kind, keep: Keep, now: datetime) -> Select[Any]:
    return select(*kind.table.primary_key.columns).where(kind.due(keep, now))


def _among(table: Table, rows: Sequence[Row]) -> Any:
    return tuple_(*table.primary_key.columns).in_(rows)


def _without(table: Table) -> Any:
    """That no row of any table refers to it."""
    pairs = [(key.parent, key.column) for other in metadata.sorted_tables for key in other.foreign_keys]
    return and_(*(~exists().where(child == parent) for child, parent in pairs if parent.table is table))


def _is_past(age: timedelta, now: datetime) -> Any:
    """Of a sighting: that its feed's document has not held it for so long.

    A document read in part does not say what it holds besides. So a followed feed must have been read as a whole since,
    a while ago, and the sighting not have been there.
    """
    followed = exists().where(follows.c.feed_id == sightings.c.feed_id)
    gone_from_document = exists().where(
        feeds.c.id == sightings.c.feed_id,
        sightings.c.last_seen_at < feeds.c.whole_at,
        feeds.c.whole_at <= now - min(age, GRACE),
    )
    return and_(
        sightings.c.last_seen_at <= now - age,
        sightings.c.page_due_at.is_(None),
        or_(~followed, gone_from_document),
    )


def _feeds_to_read_as_a_whole(keep: Keep, now: datetime) -> Select[Any]:
    """Those that hold something old of which nobody knows whether it still stands there."""
    unknown = or_(feeds.c.whole_at.is_(None), sightings.c.last_seen_at >= feeds.c.whole_at)
    old = or_(
        and_(sightings.c.has_text, sightings.c.last_seen_at <= now - keep.text),
        sightings.c.last_seen_at <= now - keep.keys,
    )
    may_be_asked = or_(feeds.c.whole_at.is_not(None), feeds.c.marks.is_not(None))
    return select(feeds.c.id).join_from(sightings, feeds).where(old, unknown, may_be_asked)


def _story_stands() -> Any:
    """Of an alert: that an article which it tells, or which tells the same story, may come again."""
    return or_(
        exists().where(articles.c.story_id == alerts.c.story_id, sightings.c.article_id == articles.c.id),
        exists().where(sightings.c.article_id == alerts.c.article_id),
    )


def _is_over(delivery: Any, now: datetime, age: timedelta) -> Any:
    return and_(delivery.c.settled_at <= now - age, delivery.c.look_again_at.is_(None))


def _alert_is_past(keep: Keep, now: datetime) -> Any:
    its_delivery = exists().where(deliveries.c.id == alerts.c.delivery_id, _is_over(deliveries, now, keep.outbox))
    return and_(alerts.c.told_at <= now - keep.keys, its_delivery, ~_story_stands())


async def _blank_texts(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    # Without its digest nobody takes what comes again for a change of something that is not known any more.
    said = dict.fromkeys(("text_digest", "title", "summary", "body", "author", "page", "page_state"), "")
    images = dict.fromkeys(("image_url", "image_alt"), "")
    await connection.execute(
        update(sightings).where(_among(sightings, rows)).values(**said, **images, tags=(), has_text=False)
    )


async def _blank_payloads(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    await connection.execute(update(deliveries).where(_among(deliveries, rows)).values(payload="", has_payload=False))


async def _remove_alerts(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    ids = [id_ for (id_,) in rows]
    await connection.execute(delete(reasons).where(reasons.c.alert_id.in_(ids)))
    removed = await connection.execute(delete(alerts).where(alerts.c.id.in_(ids)).returning(alerts.c.delivery_id))
    told = [row.delivery_id for row in removed]
    await connection.execute(delete(deliveries).where(deliveries.c.id.in_(told), _without(deliveries)))


async def _remove_articles(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    await connection.execute(delete(article_keys).where(article_keys.c.article_id.in_([id_ for (id_,) in rows])))
    await connection.execute(delete(articles).where(_among(articles, rows)))


def _just(table: Table) -> Callable[[AsyncConnection, Sequence[Row]], Awaitable[None]]:
    async def remove(connection: AsyncConnection, rows: Sequence[Row]) -> None:
        await connection.execute(delete(table).where(_among(table, rows)))

    return remove


def _article_is_unknown() -> Any:
    """That nothing but its keys refers to it."""
    referring = (sightings, alerts, reasons)
    return and_(*(~exists().where(each.c.article_id == articles.c.id) for each in referring))


# In this order, so that what hangs on another goes before it.
KINDS: dict[str, _Kind] = {
    "texts": _Kind(sightings, lambda keep, now: and_(sightings.c.has_text, _is_past(keep.text, now)), _blank_texts),
    "sightings": _Kind(sightings, lambda keep, now: _is_past(keep.keys, now), _just(sightings)),
    "messages": _Kind(
        deliveries,
        lambda keep, now: and_(deliveries.c.has_payload, _is_over(deliveries, now, keep.outbox), _without(deliveries)),
        _just(deliveries),
    ),
    "payloads": _Kind(
        deliveries,
        lambda keep, now: and_(deliveries.c.has_payload, _is_over(deliveries, now, keep.outbox), ~_without(deliveries)),
        _blank_payloads,
    ),
    "alerts": _Kind(alerts, _alert_is_past, _remove_alerts),
    "articles": _Kind(
        articles,
        lambda keep, now: and_(articles.c.first_seen_at <= now - keep.keys, _article_is_unknown()),
        _remove_articles,
    ),
    "shared_links": _Kind(
        article_keys,
        lambda keep, now: and_(article_keys.c.article_id.is_(None), article_keys.c.since <= now - keep.keys),
        _just(article_keys),
    ),
    "stories": _Kind(
        stories, lambda keep, now: and_(stories.c.begun_at <= now - keep.keys, _without(stories)), _just(stories)
    ),
    "subscriptions": _Kind(
        subscriptions,
        lambda keep, now: and_(subscriptions.c.ended_at <= now - keep.audit, _without(subscriptions)),
        _just(subscriptions),
    ),
    "askings": _Kind(askings, lambda keep, now: askings.c.asked_at <= now - keep.askings, _just(askings)),
}
