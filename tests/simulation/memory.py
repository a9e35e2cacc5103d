"""A storage in memory, for the simulation alone. It keeps the contract of the storage as far as that needs it.

Units of work come one after the other, as SQLite has them.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.alerts.catching_up import MOST_NAMED, summed_up
from bot.alerts.noise import gathered, gathers
from bot.model.delivery import (
    Ages,
    Alert,
    CatchUp,
    Claimed,
    Content,
    Dead,
    Delivery,
    DeliveryState,
    Finished,
    Gathered,
    Kind,
    Looked,
    Noise,
    Notice,
    Pending,
    Posted,
    Step,
    Suspended,
    Terms,
    Unknown,
)
from bot.model.destination import Destination, Workspace
from bot.model.identity import KnownContent
from bot.model.ids import ArticleId, DeliveryId, DestinationId, FeedId, StoryId, SubscriptionId, WorkspaceId
from bot.ports import Overview, Telling
from tests.simulation.memory_articles import ArticleRow, MemoryArticles, SightingRow, StoryRow
from tests.simulation.memory_feeds import FeedRow, MemoryFeeds, Tie
from tests.simulation.memory_pages import MemoryWantedPages
from tests.simulation.memory_subscriptions import MemorySubscriptions, SubscriptionRow

DAY = timedelta(days=1)
UNDER_WAY = ("sending", "checking", "unknown")
KINDS: Mapping[type, Kind] = {Alert: "alert", Notice: "notice", CatchUp: "catch-up", Gathered: "gathered"}
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
    told_in: str = ""

    @property
    def is_open(self) -> bool:
        return self.settled_at is None

    @property
    def kind(self) -> Kind:
        return KINDS[type(self.delivery.content)]

    def saying(self, content: Content) -> "Row":
        return replace(self, delivery=replace(self.delivery, content=content))

    def again(self, now: datetime) -> "Row":
        """What stands in its channel and is to be edited."""
        waiting = replace(self, state="pending", reason="", attempt=0, doubted=False, not_before=now, created_at=now)
        return replace(waiting, delivery=replace(self.delivery, repeated=False), settled_at=None)


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
    rests_until: dict[DestinationId, datetime] = field(default_factory=dict)
    shut_workspaces: dict[Workspace, Door] = field(default_factory=dict)
    workspaces: dict[Workspace, WorkspaceId] = field(default_factory=dict)
    feeds: dict[FeedId, FeedRow] = field(default_factory=dict)
    ties: dict[tuple[WorkspaceId, FeedId], Tie] = field(default_factory=dict)
    former: dict[tuple[WorkspaceId, str], FeedId] = field(default_factory=dict)
    """Addresses at which followers knew feeds before they moved."""
    stories: dict[StoryId, StoryRow] = field(default_factory=dict)
    articles: dict[ArticleId, ArticleRow] = field(default_factory=dict)
    links: dict[str, ArticleId | None] = field(default_factory=dict)
    contents: dict[str, KnownContent] = field(default_factory=dict)
    sightings: dict[tuple[FeedId, str], SightingRow] = field(default_factory=dict)
    subscriptions: dict[SubscriptionId, SubscriptionRow] = field(default_factory=dict)
    alerts: dict[tuple[DestinationId, StoryId], DeliveryId] = field(default_factory=dict)
    reasons: dict[tuple[DeliveryId, SubscriptionId, ArticleId], datetime] = field(default_factory=dict)
    """Why alerts were told, and since when."""

    def copy(self) -> "Tables":
        return Tables(**{one.name: dict(getattr(self, one.name)) for one in fields(self)})

    def workspace(self, workspace: Workspace) -> WorkspaceId:
        return self.workspaces.setdefault(workspace, WorkspaceId(len(self.workspaces) + 1))

    def lane(self, destination: Destination) -> DestinationId:
        self.workspace(destination.workspace)
        return self.lanes.setdefault(destination, DestinationId(len(self.lanes) + 1))

    def formerly(self, workspace: WorkspaceId, feed: FeedId) -> tuple[str, ...]:
        return tuple(sorted(address for (one, address), id_ in self.former.items() if (one, id_) == (workspace, feed)))

    def next_revision(self) -> int:
        return max((row.revision for row in self.subscriptions.values()), default=1) + 1

    def note_other_names(self, workspace: WorkspaceId) -> None:
        """It calls its feeds differently, or follows others: what asks for feeds by name means others, too."""
        revision = self.next_revision()
        for id_, row in self.subscriptions.items():
            if row.one.workspace == workspace and not row.has_ended and "feed:" in row.one.normal_form:
                self.subscriptions[id_] = replace(row, revision=revision)

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
        self.feeds = MemoryFeeds(tables, now)
        self.articles = MemoryArticles(tables, now)
        self.wanted_pages = MemoryWantedPages(tables, now)
        self.subscriptions = MemorySubscriptions(tables, now)
        self.outbox = MemoryOutbox(tables, now)
        self.second_looks = MemorySecondLooks(tables, now)
        self.workspaces = MemoryWorkspaces(tables)
        self.tables = tables

    async def overview(self, _workspace: None) -> Overview:
        rows = list(self.tables.rows.values())
        waiting = [row for row in rows if row.is_open]
        lately = [row for row in rows if row.settled_at and self.now - row.settled_at < DAY]
        lanes = {lane: place for place, lane in self.tables.lanes.items()}
        shut = [(lanes[lane], reason) for lane, reason in self.tables.shut_lanes.items()]
        shut += [(Destination(place, ""), door.reason) for place, door in self.tables.shut_workspaces.items()]
        return Overview(
            feeds_by_state={},
            ill=[],
            subscriptions=0,
            waiting=len(waiting),
            oldest_waiting=min((row.created_at for row in waiting), default=None),
            sent_last_day=sum(row.state == "sent" for row in lately),
            dead_last_day=sum(row.state == "dead" and not row.told_in for row in lately),
            suspended=shut,
            last_poll=None,
        )


class MemoryWorkspaces:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def register(self, workspace: Workspace, _name: str = "") -> WorkspaceId:
        return self._tables.workspace(workspace)

    async def find(self, workspace: Workspace) -> WorkspaceId | None:
        return self._tables.workspaces.get(workspace)

    async def all(self) -> Sequence[tuple[WorkspaceId, Workspace]]:
        return [(id_, workspace) for workspace, id_ in self._tables.workspaces.items()]

    async def resume(self, workspace: Workspace) -> None:
        """Signing in is a new beginning: the doors of lanes that are shut are tried at once as well."""
        self._tables.resume(workspace)
        for row in list(self._tables.rows.values()):
            is_shut = row.lane in self._tables.shut_lanes and row.delivery.destination.workspace == workspace
            if is_shut and row.state == "pending":
                self._tables.rows[row.id] = replace(row, not_before=row.created_at)


class MemoryOutbox:
    def __init__(self, tables: Tables, now: datetime) -> None:
        self._tables = tables
        self._now = now

    async def destination(self, destination: Destination) -> DestinationId:
        return self._tables.lane(destination)

    async def notify(self, destination: DestinationId, content: Content, occasion: str) -> bool:
        return self._queue(destination, content, f"{destination}:{occasion}"[:25]) is not None

    def _queue(self, destination: DestinationId, content: Content, key: str) -> DeliveryId | None:
        """None where it stands there already."""
        if not self.is_new(key):
            return None
        place = next(place for place, lane in self._tables.lanes.items() if lane == destination)
        id_ = DeliveryId(len(self._tables.rows) + 1)
        self._tables.rows[id_] = Row(id_, destination, Delivery(key, place, content), self._now, self._now)
        return id_

    def is_new(self, key: str) -> bool:
        """The unique key of deliveries."""
        return all(row.delivery.key != key for row in self._tables.rows.values())

    async def tell(self, tellings: Sequence[Telling], noise: Noise | None = None) -> Sequence[bool]:
        asked = [one for telling in tellings for one in telling.subscriptions]
        heard = Counter(await self.heard(asked, self._now - noise.window)) if noise else Counter()
        queued = [self._queue_alert(telling) for telling in tellings]
        for telling in tellings:
            self._note(telling)
        for telling, id_ in zip(tellings, queued, strict=True):
            row = self._tables.rows[self._tables.alerts[telling.destination, telling.story]]
            if id_ is None:
                self._join(row, telling.alert)
            elif noise:
                if gathers(telling.subscriptions, heard, noise):
                    self._gather(row, telling, self._now - noise.window)
                heard.update(telling.subscriptions)
        return [id_ is not None for id_ in queued]

    def _note(self, telling: Telling) -> None:
        """Why it is told."""
        delivery = self._tables.alerts[telling.destination, telling.story]
        for subscription in telling.subscriptions:
            self._tables.reasons.setdefault((delivery, subscription, telling.article), self._now)

    def _queue_alert(self, telling: Telling) -> DeliveryId | None:
        queued = self._queue(telling.destination, telling.alert, f"{telling.destination} story {telling.story}")
        if queued is not None:
            self._tables.alerts[telling.destination, telling.story] = queued
        return queued

    async def heard(self, subscriptions: Iterable[SubscriptionId], since: datetime) -> Mapping[SubscriptionId, int]:
        asked = set(subscriptions)
        return Counter(one for (_, one, _), at in self._tables.reasons.items() if one in asked and at > since)

    def _gather(self, row: Row, telling: Telling, since: datetime) -> None:
        """It ends at once: one message tells it."""
        standing = self._standing_for(telling, since)
        reason = telling.alert.reasons[0]
        if standing is None:
            key = f"{telling.destination} noise {telling.subscriptions[0]} {telling.story}"
            self._queue(telling.destination, gathered(telling.alert, reason, None), key)
        else:
            said, key = standing.delivery.content, standing.delivery.key
            grown = standing.saying(gathered(telling.alert, reason, said if isinstance(said, Gathered) else None))
            self._tables.rows[standing.id] = grown.again(self._now) if standing.state == "sent" else grown
        ended = f"told in the message {key}, in which a noisy subscription gathers"
        self._tables.rows[row.id] = replace(row, state="dead", reason=ended, settled_at=self._now, told_in=key)

    def _standing_for(self, telling: Telling, since: datetime) -> Row | None:
        """The message in which the first of the alert's subscriptions has gathered of late."""
        rows = self._tables.rows
        told_in = {
            rows[delivery].told_in
            for (delivery, subscription, _), _ in self._tables.reasons.items()
            if subscription == telling.subscriptions[0] and rows[delivery].created_at > since
        }
        found = [
            row
            for row in rows.values()
            if row.delivery.key in told_in
            and row.lane == telling.destination
            and row.state != "dead"
            and isinstance(row.delivery.content, Gathered)
            and row.delivery.content.reason.subscription == telling.alert.reasons[0].subscription
        ]
        return max(found, key=lambda row: row.id, default=None)

    def _join(self, row: Row, alert: Alert) -> None:
        """What still waits takes in new reasons."""
        told = row.delivery.content
        if row.state != "pending" or not isinstance(told, Alert):
            return
        new = tuple(reason for reason in alert.reasons if reason not in told.reasons)
        self._tables.rows[row.id] = row.saying(replace(told, reasons=told.reasons + new))

    async def due(self, terms: Terms, most: int) -> Sequence[tuple[DestinationId, Workspace]]:
        found: dict[Workspace, list[DestinationId]] = {}
        for row in self._due_heads(terms):
            found.setdefault(row.delivery.destination.workspace, []).append(row.lane)
        return [(lane, workspace) for workspace, lanes in found.items() for lane in lanes[:most]]

    async def claim(
        self, owner: str, limit: int, terms: Terms, lanes: Sequence[DestinationId] = ()
    ) -> Sequence[Claimed]:
        heads = [row for row in self._due_heads(terms) if not lanes or row.lane in lanes]
        chosen = [self._with_its_backlog(row, terms.ages) if terms.ages else row for row in heads[:limit]]
        return [self._take(row, owner, terms.lease, terms.platforms) for row in chosen]

    def _with_its_backlog(self, head: Row, ages: Ages) -> Row:
        """The summary in the place of the head and of what has grown old behind it; the head, where there is none."""
        is_old = head.kind == "alert" and ages.catch_up_after <= self._now - head.created_at <= ages.expire_after
        if not (is_old or head.kind == "catch-up") or head.state != "pending" or head.doubted:
            return head
        old = [row for row in self._tables.rows.values() if row.lane == head.lane and self._may_be_summed_up(row, ages)]
        if len(old) + (head.kind == "catch-up") < 2:
            return head
        standing = head if head.kind == "catch-up" else None
        key = standing.delivery.key if standing else f"catch-up {head.id}"
        for row in old:
            told = f"told in the catch-up summary {key}"
            self._tables.rows[row.id] = replace(row, state="dead", reason=told, settled_at=self._now, told_in=key)
        named = [row.delivery.content for row in old[-MOST_NAMED:]]
        before = standing.delivery.content if standing else None
        content = summed_up(
            [one for one in named if isinstance(one, Alert)],
            len(old),
            min(row.created_at for row in old),
            before if isinstance(before, CatchUp) else None,
        )
        id_ = standing.id if standing else self._queue(head.lane, content, key)
        assert id_ is not None
        self._tables.rows[id_] = replace(self._tables.rows[id_].saying(content), created_at=self._now)
        return self._tables.rows[id_]

    def _may_be_summed_up(self, row: Row, ages: Ages) -> bool:
        waited = self._now - row.created_at
        is_old = ages.catch_up_after <= waited <= ages.expire_after
        return is_old and row.kind == "alert" and row.state == "pending" and not row.doubted

    def _due_heads(self, terms: Terms) -> Sequence[Row]:
        """The longest due first."""
        heads = [
            row
            for row in self._heads()
            if row.delivery.destination.workspace.platform in terms.platforms
            and self._is_due(row, terms.grace)
            and self._tables.rests_until.get(row.lane, self._now) <= self._now
            and self._is_reachable(row)
        ]
        return sorted(heads, key=lambda row: (row.not_before, row.id))

    def _heads(self) -> Sequence[Row]:
        """The one that is under way, else a summary, else the lowest."""
        heads: dict[DestinationId, Row] = {}
        waiting = (row for row in self._tables.rows.values() if row.is_open)
        for row in sorted(waiting, key=lambda row: (row.state not in UNDER_WAY, row.kind != "catch-up", row.id)):
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
        in_doubt = was_left and not row.receipt and not (first and self._now - first < knows_again)
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
            kind=taken.kind,
            owner=owner,
            epoch=taken.epoch,
            attempt=taken.attempt,
            in_doubt=in_doubt,
            is_resend=taken.doubted,
            queued_at=row.created_at,
            claimed_at=self._now,
            lease_until=self._now + lease,
            receipt=row.receipt,
        )

    async def settle(self, claimed: Claimed, step: Step) -> bool:
        row = self._tables.rows[claimed.id]
        if not self.is_still_his(row, claimed):
            return False
        settled = replace(self._settled(row, step), owner="", lease_until=None)
        # An edit changes nothing about a second look at the post.
        settled = replace(settled, look_again_at=row.look_again_at) if claimed.receipt else settled
        is_known = bool(claimed.receipt) or not claimed.is_resend
        has_grown = row.kind == "gathered" and not (is_known and row.delivery.content == claimed.delivery.content)
        if isinstance(step, Finished) and has_grown:
            settled = settled.again(self._now)
        self._tables.rows[row.id] = settled
        if isinstance(step, Suspended):
            self._suspend(row, step)
        elif isinstance(step, Finished):
            self._open(row.lane)
            if step.lane_rests_until:
                self._tables.rests_until[row.lane] = step.lane_rests_until
        return True

    def is_still_his(self, row: Row, claimed: Claimed) -> bool:
        """The fence."""
        return (row.epoch, row.owner) == (claimed.epoch, claimed.owner) and row.state in ("sending", "checking")

    def _settled(self, row: Row, step: Step) -> Row:
        match step:
            case Finished(receipt=receipt, look_again=again):
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
        settled = replace(row, receipt=looked.receipt, look_again_at=looked.look_again, owner="", lease_until=None)
        if row.kind == "gathered" and looked.receipt != posted.receipt:
            # The copy that stays was never edited.
            settled = settled.again(self._now)
        self._tables.rows[row.id] = settled
        return True
