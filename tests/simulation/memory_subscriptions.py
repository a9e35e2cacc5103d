"""Standing queries in memory, numbered per workspace, and when they changed."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from bot.model.feed import Feed
from bot.model.ids import DestinationId, SubscriptionId, WorkspaceId
from bot.model.subscription import Change, NewSubscription, Position, Subscription
from storage.likeness import reads_as

if TYPE_CHECKING:
    from tests.simulation.memory import Tables


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    one: Subscription
    created_at: datetime
    revision: int
    """The last one in which it changed."""
    has_ended: bool = False

    @property
    def reads_as(self) -> tuple[DestinationId, str]:
        return self.one.destination_id, reads_as(self.one.normal_form, self.one.feeds, self.one.tags)


class MemorySubscriptions:
    def __init__(self, tables: "Tables", now: datetime) -> None:
        self._tables = tables
        self._rows = tables.subscriptions
        self._now = now

    async def add(self, new: NewSubscription) -> Subscription | None:
        if await self.twin(new) is not None:
            return None
        workspace = self._tables.workspace(new.destination.workspace)
        one = Subscription(
            id=SubscriptionId(len(self._rows) + 1),
            workspace=workspace,
            number=1 + sum(row.one.workspace == workspace for row in self._rows.values()),
            destination_id=self._tables.lane(new.destination),
            destination=new.destination,
            query=new.query,
            normal_form=new.normal_form,
            owner=new.owner,
            origin=new.origin,
            name=new.name,
            feeds=new.feeds,
            tags=new.tags,
        )
        self._rows[one.id] = SubscriptionRow(one, self._now, self._tables.next_revision())
        return one

    async def twin(self, new: NewSubscription) -> Subscription | None:
        wanted = self._tables.lane(new.destination), reads_as(new.normal_form, new.feeds, new.tags)
        return next((row.one for row in self._standing() if row.reads_as == wanted), None)

    def _standing(self) -> Iterator[SubscriptionRow]:
        return (row for row in self._rows.values() if not row.has_ended)

    async def end(self, subscription: SubscriptionId) -> bool:
        row = self._rows[subscription]
        if row.has_ended:
            return False
        self._rows[subscription] = replace(row, has_ended=True, revision=self._tables.next_revision())
        return True

    async def standing(self, workspace: WorkspaceId | None = None) -> Sequence[Subscription]:
        found = (row.one for row in self._standing() if workspace in (None, row.one.workspace))
        return sorted(found, key=lambda one: (one.workspace, one.number))

    async def changes(self, since: Position, limit: int) -> Sequence[Change]:
        changes = (
            Change(Position(row.revision, row.one.id), row.one.workspace, "" if row.has_ended else row.one.normal_form)
            for row in self._rows.values()
        )
        return sorted(change for change in changes if change.position > since)[:limit]

    async def these(
        self, ids: Collection[SubscriptionId], *, asked_before: datetime | None = None
    ) -> Sequence[Subscription]:
        return [
            row.one
            for row in self._standing()
            if row.one.id in ids and (asked_before is None or row.created_at <= asked_before)
        ]

    async def any_other(self, feed: Feed, workspaces: Collection[WorkspaceId], ids: Collection[SubscriptionId]) -> bool:
        return any(one.workspace in workspaces and one.id not in ids for one in await self.hearing(feed))

    async def hearing(self, feed: Feed) -> Sequence[Subscription]:
        ties = {workspace: tie for (workspace, followed), tie in self._tables.ties.items() if followed == feed.id}
        return [
            one
            for one in await self.standing()
            if one.workspace in ties
            and one.listens_to(feed.address, ties[one.workspace].tags, self._tables.formerly(one.workspace, feed.id))
        ]
