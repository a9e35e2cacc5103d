"""Standing queries, numbered per workspace."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.destination import Destination, Workspace
from bot.model.feed import Feed
from bot.model.ids import DestinationId, SubscriptionId, WorkspaceId
from bot.model.subscription import CADENCE_NOW, Change, NewSubscription, Position, Subscription
from storage.destinations import ensure_destination
from storage.dialect import in_lists, insert
from storage.likeness import reads_as
from storage.moves import named_before
from storage.revisions import next_revision
from storage.tables import destinations, follows, subscriptions, workspaces


class StoredSubscriptions:
    def __init__(self, connection: AsyncConnection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    async def add(self, new: NewSubscription) -> Subscription | None:
        destination, workspace = await ensure_destination(self._connection, new.destination)
        if await self.twin(new) is not None:
            return None
        number = (
            await self._connection.execute(
                update(workspaces)
                .where(workspaces.c.id == workspace)
                .values(last_number=workspaces.c.last_number + 1)
                .returning(workspaces.c.last_number)
            )
        ).scalar_one()
        inserted = await self._connection.execute(
            insert(self._connection, subscriptions)
            .values(
                workspace_id=workspace,
                number=number,
                destination_id=destination,
                query=new.query,
                normal_form=new.normal_form,
                name=new.name,
                feeds=new.feeds,
                tags=new.tags,
                cadence=CADENCE_NOW,
                owner=new.owner,
                origin=new.origin,
                reads_as=reads_as(new.normal_form, new.feeds, new.tags),
                created_at=self._now,
                revision=await next_revision(self._connection),
            )
            .on_conflict_do_nothing()
            .returning(subscriptions.c.id)
        )
        row = inserted.first()
        return await self._one(subscriptions.c.id == row.id) if row else None

    async def twin(self, new: NewSubscription) -> Subscription | None:
        return await self._one(
            (workspaces.c.platform == new.destination.workspace.platform)
            & (workspaces.c.external_id == new.destination.workspace.external_id)
            & (destinations.c.channel == new.destination.channel)
            & (subscriptions.c.reads_as == reads_as(new.normal_form, new.feeds, new.tags))
            & subscriptions.c.ended_at.is_(None)
        )

    async def _one(self, condition: Any) -> Subscription | None:
        row = (await self._connection.execute(_all().where(condition))).first()
        return _subscription(row) if row else None

    async def end(self, subscription: SubscriptionId) -> bool:
        ended = await self._connection.execute(
            update(subscriptions)
            .where(subscriptions.c.id == subscription, subscriptions.c.ended_at.is_(None))
            .values(ended_at=self._now, revision=await next_revision(self._connection))
            .returning(subscriptions.c.id)
        )
        return ended.first() is not None

    async def standing(self, workspace: WorkspaceId | None = None) -> Sequence[Subscription]:
        query = _standing().order_by(subscriptions.c.workspace_id, subscriptions.c.number)
        if workspace is not None:
            query = query.where(subscriptions.c.workspace_id == workspace)
        return [_subscription(row) for row in await self._connection.execute(query)]

    async def changes(self, since: Position, limit: int) -> Sequence[Change]:
        place = {"since": since.revision, "after": since.subscription, "most": limit}
        rows = await self._connection.execute(_CHANGES, place)
        return [
            Change(Position(revision, id_), workspace, "" if ended else normal_form)
            for revision, id_, workspace, normal_form, ended in rows
        ]

    async def these(
        self, ids: Collection[SubscriptionId], *, asked_before: datetime | None = None
    ) -> Sequence[Subscription]:
        these = _THESE if asked_before is None else _THESE.where(subscriptions.c.created_at <= asked_before)
        found: list[Subscription] = []
        for some in in_lists(ids):
            found += map(_subscription, await self._connection.execute(these, {"ids": some}))
        return found

    async def any_other(self, feed: Feed, workspaces: Collection[WorkspaceId], ids: Collection[SubscriptionId]) -> bool:
        formerly = await named_before(self._connection, feed.id)
        # Mostly the first one is: so as few as possible are read.
        query = _LISTENING.where(subscriptions.c.workspace_id.in_(workspaces)).order_by(None)
        async with self._connection.stream(query, {"feed": feed.id}) as rows:
            async for row in rows:
                one = _subscription(row)
                formerly_here = formerly.get(one.workspace, ())
                if one.id not in ids and one.listens_to(feed.address, row.feed_tags, formerly_here):
                    return True
        return False

    async def hearing(self, feed: Feed) -> Sequence[Subscription]:
        rows = await self._connection.execute(_LISTENING, {"feed": feed.id})
        found = [(_subscription(row), row.feed_tags) for row in rows]
        asks_for_feeds = any(one.feeds for one, _ in found)
        formerly = await named_before(self._connection, feed.id) if asks_for_feeds else {}
        return [one for one, tags in found if one.listens_to(feed.address, tags, formerly.get(one.workspace, ()))]


def _all() -> Select[Any]:
    return (
        select(subscriptions, destinations.c.channel, workspaces.c.platform, workspaces.c.external_id)
        .join_from(subscriptions, destinations, subscriptions.c.destination_id == destinations.c.id)
        .join(workspaces, subscriptions.c.workspace_id == workspaces.c.id)
    )


def _standing() -> Select[Any]:
    return _all().where(subscriptions.c.ended_at.is_(None))


# Put together once, for every poll that brings something.
_LISTENING = (
    _standing()
    .add_columns(follows.c.tags.label("feed_tags"))
    .join(follows, follows.c.workspace_id == subscriptions.c.workspace_id)
    .where(follows.c.feed_id == bindparam("feed"))
    .order_by(subscriptions.c.workspace_id, subscriptions.c.number)
)
"""In workspaces that follow the feed, with the tags that they give it."""
_THESE = _standing().where(subscriptions.c.id.in_(bindparam("ids", expanding=True))).order_by(subscriptions.c.id)


def _changed(*which: ColumnElement[bool]) -> Select[Any]:
    """In order, each part for itself: only so PostgreSQL reads it from the index as far as it is asked for."""
    ordered = (
        select(
            subscriptions.c.revision,
            subscriptions.c.id,
            subscriptions.c.workspace_id,
            subscriptions.c.normal_form,
            subscriptions.c.ended_at.is_not(None).label("ended"),
        )
        .where(*which)
        .order_by(subscriptions.c.revision, subscriptions.c.id)
        .limit(bindparam("most"))
    )
    return select(ordered.subquery())


# SQLite finds one place in an index by two columns only where the first of them is equal.
_CHANGES = (
    _changed(subscriptions.c.revision == bindparam("since"), subscriptions.c.id > bindparam("after"))
    .union_all(_changed(subscriptions.c.revision > bindparam("since")))
    .order_by("revision", "id")
    .limit(bindparam("most"))
)


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(
        id=SubscriptionId(row.id),
        workspace=WorkspaceId(row.workspace_id),
        number=row.number,
        destination_id=DestinationId(row.destination_id),
        destination=Destination(Workspace(row.platform, row.external_id), row.channel),
        query=row.query,
        normal_form=row.normal_form,
        owner=row.owner,
        origin=row.origin,
        name=row.name,
        feeds=row.feeds,
        tags=row.tags,
        cadence=row.cadence,
    )
