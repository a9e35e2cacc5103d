"""An outbox in memory, for the simulation alone. It keeps the contract of the storage as far as a drain needs it.

Units of work come one after the other, as SQLite has them. Nothing is ever summed up: ``ages`` is not looked at.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.model.delivery import (
    Ages,
    Claimed,
    Content,
    Dead,
    Delivery,
    DeliveryState,
    Finished,
    Looked,
    Pending,
    Posted,
    Step,
    Suspended,
    Unknown,
)
from bot.model.destination import Destination, Workspace
from bot.model.ids import DeliveryId, DestinationId
from bot.ports import Overview

DAY = timedelta(days=1)
UNDER_WAY = ("sending", "checking", "unknown")
STOPPED = "Tocsin was stopped before it was answered"


@dataclass(frozen=True, slots=True)
class Row:
    id: DeliveryId
    lane: DestinationId
    delivery: Delivery
    created_at: datetime
    not_before: datetime
    state: DeliveryState = "pending"
    attempt: int = 0
    epoch: int = 0
    owner: str = ""
    lease_until: datetime | None = None
    doubted: bool = False
    reason: str = ""
    receipt: str = ""
    settled_at: datetime | None = None
    look_again_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.settled_at is None


@dataclass(frozen=True, slots=True)
class Door:
    """Why a workspace is shut, and when to try it."""

    reason: str
    try_again_at: datetime


@dataclass
class Tables:
    rows: dict[DeliveryId, Row] = field(default_factory=dict)
    lanes: dict[Destination, DestinationId] = field(default_factory=dict)
    shut_lanes: dict[DestinationId, str] = field(default_factory=dict)
    shut_workspaces: dict[Workspace, Door] = field(default_factory=dict)

    def copy(self) -> "Tables":
        return Tables(dict(self.rows), dict(self.lanes), dict(self.shut_lanes), dict(self.shut_workspaces))

    def resume(self, workspace: Workspace) -> None:
        """What was put off because its door was shut waits no longer."""
        if self.shut_workspaces.pop(workspace, None) is None:
            return
        for row in list(self.rows.values()):
            if row.delivery.destination.workspace == workspace and row.state == "pending":
                self.rows[row.id] = replace(row, not_before=row.created_at)


class MemoryStorage:
    """``begin`` and ``read`` of bot.ports.Storage."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.tables = Tables()
        self._clock = clock
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def begin(self, skew: timedelta = timedelta()) -> AsyncIterator["MemoryUnit"]:
        """``skew``: how far the machine's clock is ahead."""
        async with self._turn:
            tables = self.tables.copy()
            yield MemoryUnit(tables, self._clock() + skew)
            self.tables = tables

    @asynccontextmanager
    async def read(self, skew: timedelta = timedelta()) -> AsyncIterator["MemoryUnit"]:
        yield MemoryUnit(self.tables.copy(), self._clock() + skew)


class MemoryUnit:
    def __init__(self, tables: Tables, now: datetime) -> None:
        self.now = now
        self.outbox = MemoryOutbox(tables, now)
        self.second_looks = MemorySecondLooks(tables, now)
        self.workspaces = MemoryWorkspaces(tables)
        self._tables = tables

    async def overview(self, _workspace: None) -> Overview:
        rows = list(self._tables.rows.values())
        waiting = [row for row in rows if row.is_open]
        lately = [row for row in rows if row.settled_at and self.now - row.settled_at < DAY]
        lanes = {lane: place for place, lane in self._tables.lanes.items()}
        shut = [(lanes[lane], reason) for lane, reason in self._tables.shut_lanes.items()]
        shut += [(Destination(place, ""), door.reason) for place, door in self._tables.shut_workspaces.items()]
        return Overview(
            feeds_by_state={},
            ill=[],
            subscriptions=0,
            waiting=len(waiting),
            oldest_waiting=min((row.created_at for row in waiting), default=None),
            sent_last_day=sum(row.state == "sent" for row in lately),
            dead_last_day=sum(row.state == "dead" for row in lately),
            suspended=shut,
            last_poll=None,
        )


class MemoryWorkspaces:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def resume(self, workspace: Workspace) -> None:
        self._tables.resume(workspace)


class MemoryOutbox:
    def __init__(self, tables: Tables, now: datetime) -> None:
        self._tables = tables
        self._now = now

    async def destination(self, destination: Destination) -> DestinationId:
        return self._tables.lanes.setdefault(destination, DestinationId(len(self._tables.lanes) + 1))

    async def notify(self, destination: DestinationId, content: Content, occasion: str) -> bool:
        key = f"{destination}:{occasion}"[:25]
        if any(row.delivery.key == key for row in self._tables.rows.values()):
            return False
        place = next(place for place, lane in self._tables.lanes.items() if lane == destination)
        id_ = DeliveryId(len(self._tables.rows) + 1)
        self._tables.rows[id_] = Row(id_, destination, Delivery(key, place, content), self._now, self._now)
        return True

    async def claim(  # noqa: PLR0917 - as the port has it
        self,
        owner: str,
        limit: int,
        lease: timedelta,
        grace: timedelta,
        platforms: Mapping[str, timedelta],
        lanes: Sequence[DestinationId] = (),
        *,
        last: Collection[DestinationId] = (),
        ages: Ages | None = None,
    ) -> Sequence[Claimed]:
        heads = [
            row
            for row in self._heads()
            if row.delivery.destination.workspace.platform in platforms
            and self._is_due(row, grace)
            and self._is_reachable(row)
            and (not lanes or row.lane in lanes)
        ]
        heads.sort(key=lambda row: (row.lane in last, row.not_before, row.id))
        return [self._take(row, owner, lease, platforms) for row in heads[:limit]]

    def _heads(self) -> Sequence[Row]:
        """The one that is under way, else the lowest."""
        heads: dict[DestinationId, Row] = {}
        waiting = (row for row in self._tables.rows.values() if row.is_open)
        for row in sorted(waiting, key=lambda row: (row.state not in UNDER_WAY, row.id)):
            heads.setdefault(row.lane, row)
        return list(heads.values())

    def _is_due(self, row: Row, grace: timedelta) -> bool:
        if row.state in ("pending", "unknown"):
            return row.not_before <= self._now
        sent = row.delivery.last_sent_at
        return bool(row.lease_until and row.lease_until <= self._now and sent and sent <= self._now - grace)

    def _is_reachable(self, row: Row) -> bool:
        door = self._tables.shut_workspaces.get(row.delivery.destination.workspace)
        return door is None or door.try_again_at <= self._now

    def _take(self, row: Row, owner: str, lease: timedelta, platforms: Mapping[str, timedelta]) -> Claimed:
        was_left = row.state != "pending"
        first = row.delivery.first_sent_at
        knows_again = platforms[row.delivery.destination.workspace.platform]
        in_doubt = was_left and not (first and self._now - first < knows_again)
        sent = {} if in_doubt else {"first_sent_at": first or self._now, "last_sent_at": self._now}
        taken = replace(
            row,
            state="checking" if in_doubt else "sending",
            delivery=replace(row.delivery, **sent),
            attempt=row.attempt + (not in_doubt),
            epoch=row.epoch + 1,
            owner=owner,
            lease_until=self._now + lease,
            doubted=row.doubted or was_left,
        )
        self._tables.rows[row.id] = taken
        return Claimed(
            id=row.id,
            lane=row.lane,
            delivery=taken.delivery,
            kind="notice",
            owner=owner,
            epoch=taken.epoch,
            attempt=taken.attempt,
            in_doubt=in_doubt,
            is_resend=taken.doubted,
            queued_at=row.created_at,
            claimed_at=self._now,
            lease_until=self._now + lease,
        )

    async def settle(self, claimed: Claimed, step: Step) -> bool:
        row = self._tables.rows[claimed.id]
        if not self.is_still_his(row, claimed):
            return False
        self._tables.rows[row.id] = replace(self._settled(row, step), owner="", lease_until=None)
        if isinstance(step, Suspended):
            self._suspend(row, step)
        elif isinstance(step, Finished):
            self._open(row.lane)
        return True

    def is_still_his(self, row: Row, claimed: Claimed) -> bool:
        """The fence."""
        return (row.epoch, row.owner) == (claimed.epoch, claimed.owner) and row.state in ("sending", "checking")

    def _settled(self, row: Row, step: Step) -> Row:
        match step:
            case Finished(receipt, again):
                return replace(row, state="sent", receipt=receipt, settled_at=self._now, look_again_at=again)
            case Pending(reason, due, repeated):
                delivery = replace(row.delivery, repeated=repeated)
                return replace(row, state="pending", reason=reason, not_before=due, delivery=delivery)
            case Unknown(reason, due):
                return replace(row, state="unknown", reason=reason, not_before=due)
            case Suspended(_, reason, due, in_doubt):
                return replace(row, state="unknown" if in_doubt else "pending", reason=reason, not_before=due)
            case Dead(reason):
                return replace(row, state="dead", reason=reason, settled_at=self._now)
            case _:
                assert_never(step)

    def _suspend(self, row: Row, step: Suspended) -> None:
        if step.scope == "workspace":
            self._tables.shut_workspaces[row.delivery.destination.workspace] = Door(step.reason, step.due)
        else:
            self._tables.shut_lanes[row.lane] = step.reason

    def _open(self, lane: DestinationId) -> None:
        """What was posted there shows that the lane is open, and its workspace too."""
        self._tables.shut_lanes.pop(lane, None)
        place = next(place for place, one in self._tables.lanes.items() if one == lane)
        self._tables.resume(place.workspace)

    async def release(self, owner: str, grace: timedelta) -> None:
        for row in [row for row in self._tables.rows.values() if row.owner == owner]:
            due = self._now + grace if row.state == "sending" else self._now
            left = replace(row, owner="", lease_until=None)
            if row.is_open:
                left = replace(left, state="unknown", reason=STOPPED, not_before=due)
            self._tables.rows[row.id] = left

    async def reopen(self, destination: Destination) -> None:
        lane = await self.destination(destination)
        self._open(lane)
        for row in list(self._tables.rows.values()):
            if row.lane == lane and row.state == "pending" and row.not_before > self._now:
                self._tables.rows[row.id] = replace(row, not_before=self._now)


class MemorySecondLooks:
    def __init__(self, tables: Tables, now: datetime) -> None:
        self._tables = tables
        self._now = now

    async def any_due(self) -> bool:
        return any(map(self._is_due, self._tables.rows.values()))

    def _is_due(self, row: Row) -> bool:
        is_free = row.lease_until is None or row.lease_until <= self._now
        return row.look_again_at is not None and row.look_again_at <= self._now and is_free

    async def claim(self, owner: str, limit: int, lease: timedelta, platforms: Sequence[str]) -> Sequence[Posted]:
        due = [
            (row.look_again_at, row.id)
            for row in self._tables.rows.values()
            if self._is_due(row) and row.delivery.destination.workspace.platform in platforms
        ]
        return [self._take(self._tables.rows[id_], owner, lease) for _, id_ in sorted(due)[:limit]]  # type: ignore[type-var]  # due, and so not None

    def _take(self, row: Row, owner: str, lease: timedelta) -> Posted:
        taken = replace(row, epoch=row.epoch + 1, owner=owner, lease_until=self._now + lease)
        self._tables.rows[row.id] = taken
        return Posted(row.id, row.delivery, owner, taken.epoch, row.receipt, row.created_at)

    async def settle(self, posted: Posted, looked: Looked) -> bool:
        row = self._tables.rows[posted.id]
        if row.epoch != posted.epoch or row.look_again_at is None:
            return False
        self._tables.rows[row.id] = replace(
            row, receipt=looked.receipt, look_again_at=looked.look_again, owner="", lease_until=None
        )
        return True
