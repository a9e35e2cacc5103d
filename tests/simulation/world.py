"""Processes of Tocsin that take one step when they are told, on one storage in memory, and a platform of their own.

Wherever a process awaits the storage or the platform it stops at a gate. Time stands still but for ``pass_time``.
"""

import asyncio
import itertools
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast
from unittest.mock import patch

from bot.alerts.retry import Patience
from bot.errors import StorageUnavailable
from bot.jobs import breath, deliver
from bot.jobs.deliver import Deliverer, Delivering
from bot.jobs.second_look import SecondLook
from bot.model.delivery import (
    Absent,
    Claimed,
    Content,
    Deferred,
    Delivery,
    Finding,
    Found,
    Notice,
    Outcome,
    Refused,
    Sent,
    Step,
    Unconfirmed,
)
from bot.model.destination import Destination, parse_destination
from bot.ports import Storage
from tests.builders import NOON, SettableClock
from tests.chaos.verdict import Asked, Verdict, Wall, judged
from tests.simulation.loop import SteppedLoop
from tests.simulation.memory import MemoryOutbox, MemoryStorage, MemoryUnit

PATIENCE = Patience(catch_up_after=timedelta(minutes=2))
LEASE = timedelta(seconds=60)
NONCE_WINDOW = timedelta(seconds=120)
ANSWERS_WITHIN = timedelta(seconds=8)
"""An attempt is broken off then; the rest of ``request_timeout`` is for clocks that differ."""
NEVER = datetime.max.replace(tzinfo=UTC)
ROUNDS = 200
"""Of half a minute, in which all comes to an end."""
LANES = tuple(map(parse_destination, ("slack:T1/C1", "slack:T1/C2", "discord:100/110")))
Fault = Literal["", "lost answer", "429", "5xx", "not written", "late", "refused", "shut", "away"]
FAULTS: Sequence[Fault] = ("", "lost answer", "429", "5xx", "not written", "late", "refused", "shut", "away")
"""What goes wrong behind a gate, where it can: the last with the storage, all others with whom is asked."""


class Killed(BaseException):
    """What a process that was killed meets, wherever it stood."""


@dataclass(eq=False)
class Gate:
    """Where a process stands until it may go on."""

    process: "Process"
    at: Literal["begin", "commit", "committed", "send", "find", "edit", "delete", "fetch", "answered", "parse", "page"]
    since: datetime
    opened: asyncio.Future[Fault] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def is_asking(self) -> bool:
        """Of the platform."""
        return self.at in ("send", "find", "edit", "delete")


@dataclass(frozen=True, slots=True)
class Late:
    """A request that the platform carries out when nobody waits for it any more."""

    due: datetime
    delivery: Delivery


@dataclass
class Platform:
    """Both of them: what stands in the channels, and what was asked."""

    clock: SettableClock
    stands: dict[Destination, list[tuple[str, str]]] = field(default_factory=dict)
    """Receipt and key, the oldest first."""
    appeared: dict[Destination, list[str]] = field(default_factory=dict)
    says: dict[str, Content] = field(default_factory=dict)
    """By receipt, as it was posted or edited last."""
    known: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    """When a nonce was first accepted, and under which receipt."""
    late: list[Late] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    receipts: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def accept(self, delivery: Delivery) -> str:
        key, place = delivery.key, delivery.destination
        since, receipt = self.known.get(key, (NOON, ""))
        if receipt and place.workspace.platform == "discord" and self.clock.now - since <= NONCE_WINDOW:
            return receipt
        receipt = f"{next(self.receipts):06}"
        self.known[key] = (self.clock.now, receipt)
        self.says[receipt] = delivery.content
        self.stands.setdefault(place, []).append((receipt, key))
        self.appeared.setdefault(place, []).append(key)
        return receipt

    def post(self, delivery: Delivery, fault: Fault) -> Outcome:
        if delivery.destination.workspace.platform == "slack" and fault != "not written":
            certain = fault in ("429", "refused", "shut")
            self.asked.append(Asked("post", delivery.destination.channel, delivery.key, certain))
        match fault:
            case "429":
                return Deferred("rate limited", timedelta(seconds=5))
            case "refused":
                return Refused("delivery", "its content was refused")
            case "shut":
                return Refused("lane", "the channel is shut")
            case "5xx" | "not written":
                return Unconfirmed("no answer")
            case "late":
                self.late.append(Late(self.clock.now + PATIENCE.grace + timedelta(seconds=20), delivery))
                return Unconfirmed("no answer")
            case "lost answer":
                self.accept(delivery)
                return Unconfirmed("no answer")
            case _:
                return Sent(self.accept(delivery))

    def look(self, delivery: Delivery, fault: Fault) -> Finding:
        if fault:
            return Deferred("ask later", timedelta(seconds=5))
        if delivery.destination.workspace.platform == "slack":
            self.asked.append(Asked("look", delivery.destination.channel))
        found = [receipt for receipt, key in self.stands.get(delivery.destination, []) if key == delivery.key]
        return Found(tuple(found)) if found else Absent()

    def edit(self, delivery: Delivery, receipt: str, fault: Fault) -> Outcome:
        """One that is late never comes: it would bring older words back."""
        match fault:
            case "429":
                return Deferred("rate limited", timedelta(seconds=5))
            case "shut":
                return Refused("lane", "the channel is shut")
            case "" | "lost answer":
                self.says[receipt] = delivery.content
                return Unconfirmed("no answer") if fault else Sent(receipt)
            case _:
                return Unconfirmed("no answer")

    def take_back(self, delivery: Delivery, receipt: str, fault: Fault) -> Outcome:
        if fault:
            return Unconfirmed("no answer")
        standing = self.stands[delivery.destination]
        self.stands[delivery.destination] = [one for one in standing if one[0] != receipt]
        return Sent(receipt)

    def carry_out_late(self) -> None:
        for late in [one for one in self.late if one.due <= self.clock.now]:
            self.late.remove(late)
            self.accept(late.delivery)

    def wall(self, place: Destination, queued: Sequence[str], given_up: frozenset[str]) -> Wall:
        standing = [key for _, key in self.stands.get(place, [])]
        return Wall(queued, given_up, self.appeared.get(place, []), standing)


class Watched:
    """A unit of work that remembers who claimed what, and who settled it: the fence is judged by that alone."""

    def __init__(self, unit: MemoryUnit) -> None:
        self.outbox = WatchedOutbox(unit.outbox)
        self._unit = unit

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unit, name)


class WatchedOutbox:
    def __init__(self, outbox: MemoryOutbox) -> None:
        self.claimed: list[Claimed] = []
        self.settled: list[Claimed] = []
        self._outbox = outbox

    def __getattr__(self, name: str) -> Any:
        return getattr(self._outbox, name)

    async def claim(self, *how: Any, **more: Any) -> Sequence[Claimed]:
        claimed = await self._outbox.claim(*how, **more)
        self.claimed += claimed
        return claimed

    async def settle(self, claimed: Claimed, step: Step) -> bool:
        recorded = await self._outbox.settle(claimed, step)
        self.settled += [claimed] * recorded
        return recorded


@dataclass(eq=False, repr=False)
class Process:
    """One life of Tocsin: its ports lead to the world, step by step."""

    world: "World"
    name: str
    skew: timedelta = timedelta()
    is_stopped: bool = False
    is_alive: bool = True

    def __post_init__(self) -> None:
        settings = Delivering(PATIENCE, LEASE)
        messengers = {"slack": Messages(self, timedelta()), "discord": Messages(self, NONCE_WINDOW)}
        storage = cast("Storage", self)
        self.deliverer = Deliverer(storage, cast("Any", messengers), settings, self.name, lambda _lane, _at: None)
        self.second_look = SecondLook(storage, cast("Any", messengers), settings, self.name)

    def __repr__(self) -> str:
        return self.name

    def sweeps(self) -> None:
        self.world.begins(self.deliverer.sweep())
        self.world.begins(self.second_look.sweep())

    async def reaches(self, at: Any) -> Fault:
        """Stands there until the gate is opened; answers what goes wrong behind it."""
        if not self.is_alive:
            raise Killed
        gate = Gate(self, at, self.world.clock.now)
        self.world.gates.append(gate)
        try:
            return await gate.opened
        except asyncio.CancelledError:
            # Nobody waits there any more.
            self.world.gates = [one for one in self.world.gates if one is not gate]
            raise

    async def comes_to(self, at: Any) -> None:
        """The same; what goes wrong there is that the storage is away."""
        if await self.reaches(at) == "away":
            raise StorageUnavailable(f"it was away ({at})")

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[MemoryUnit]:
        await self.comes_to("begin")
        async with self.world.storage.begin(self.skew) as unit:
            watched = self.world.watches(unit)
            yield cast("MemoryUnit", watched)
            await self.comes_to("commit")
            self.world.notes(watched)
        await self.comes_to("committed")

    @asynccontextmanager
    async def read(self) -> AsyncIterator[MemoryUnit]:
        await self.comes_to("begin")
        async with self.world.storage.read(self.skew) as unit:
            yield unit


@dataclass
class Messages:
    """A messenger whose every attempt stops at a gate before it comes to the platform."""

    process: Process
    knows_again: timedelta

    async def send(self, delivery: Delivery) -> Outcome:
        fault = await self.process.reaches("send")
        return self.process.world.platform.post(delivery, fault)

    async def find(self, delivery: Delivery) -> Finding:
        fault = await self.process.reaches("find")
        return self.process.world.platform.look(delivery, fault)

    async def edit(self, delivery: Delivery, receipt: str) -> Outcome:
        fault = await self.process.reaches("edit")
        return self.process.world.platform.edit(delivery, receipt, fault)

    async def delete(self, delivery: Delivery, receipt: str) -> Outcome:
        fault = await self.process.reaches("delete")
        return self.process.world.platform.take_back(delivery, receipt, fault)


class Bugs(logging.Handler):
    """What the application sets aside as a mistake of its own."""

    def __init__(self, found: list[BaseException]) -> None:
        super().__init__(logging.ERROR)
        self._found = found

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and not isinstance(error, Killed):
            self._found.append(error)


@contextmanager
def listening(bugs: list[BaseException]) -> Iterator[None]:
    """To the log of the application, which nobody else hears meanwhile."""
    log, handler = logging.getLogger("bot"), Bugs(bugs)
    log.addHandler(handler)
    log.propagate = False
    try:
        yield
    finally:
        log.propagate = True
        log.removeHandler(handler)


@dataclass
class World:
    clock: SettableClock = field(default_factory=SettableClock)
    bugs: list[BaseException] = field(default_factory=list)
    """What escaped from a sweep, or was set aside as a mistake of ours."""
    broken_fences: list[Claimed] = field(default_factory=list)
    """What was recorded by a process from which another had taken over."""
    holders: dict[int, Claimed] = field(default_factory=dict)
    """Who claimed a delivery last."""
    gates: list[Gate] = field(default_factory=list)
    processes: list[Process] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    names: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.platform = Platform(self.clock)
        self.storage = MemoryStorage(self.clock)
        self.loop = SteppedLoop(self.seconds)
        self.loop.set_exception_handler(lambda _loop, facts: self._hears(facts.get("exception")))

    def seconds(self) -> float:
        return (self.clock() - NOON).total_seconds()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Its clock is the one by which a process sees how much of a lease has passed, and nobody is out of breath."""
        with (
            patch.object(deliver, "passed", self.seconds),
            patch.object(breath, "LONGEST", math.inf),
            listening(self.bugs),
        ):
            yield

    def watches(self, unit: MemoryUnit) -> Watched:
        return Watched(unit)

    def notes(self, unit: Watched) -> None:
        """What is about to be committed."""
        self.broken_fences += [claimed for claimed in unit.outbox.settled if self.holders.get(claimed.id) != claimed]
        self.holders |= {claimed.id: claimed for claimed in unit.outbox.claimed}

    # ---- what happens

    def do(self, act: Callable[[], object]) -> None:
        """Until every process stands at a gate, or has nothing to do."""

        async def acting() -> None:
            act()
            await self.loop.settles()

        with self.running():
            self.loop.run_until_complete(acting())

    def starts(self, skew: timedelta = timedelta()) -> Process:
        process = self.process(f"process {next(self.names)}", skew)
        self.processes.append(process)
        return process

    def process(self, name: str, skew: timedelta) -> Process:
        return Process(self, name, skew)

    def commits(self, work: Callable[[MemoryUnit], Awaitable[object]]) -> None:
        """A unit of work of somebody else, as soon as nobody stands in its way."""

        async def committing() -> None:
            async with self.storage.begin() as unit:
                await work(unit)

        self.do(lambda: self.begins(committing()))

    def begins(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        self._hears(None if task.cancelled() else task.exception())

    def _hears(self, error: BaseException | None) -> None:
        if error is not None and not isinstance(error, Killed):
            self.bugs.append(error)

    def accepts(self, lane: Destination, text: str) -> None:
        async def accepting(unit: MemoryUnit) -> None:
            await unit.outbox.notify(await unit.outbox.destination(lane), Notice(text), text)

        self.commits(accepting)

    @property
    def open_gates(self) -> Sequence[Gate]:
        """Of those that are alive and not stopped."""
        return [gate for gate in self.gates if not gate.process.is_stopped]

    def opens(self, gate: Gate, fault: Fault = "") -> None:
        self.gates.remove(gate)
        self.do(lambda: gate.opened.set_result(fault))

    def kills(self, process: Process) -> None:
        """What it awaits never comes, and nothing of its open unit of work is kept."""
        self.processes.remove(process)
        own = [gate for gate in self.gates if gate.process is process]
        self.gates = [gate for gate in self.gates if gate.process is not process]
        process.is_alive = False
        self.do(lambda: [gate.opened.set_exception(Killed()) for gate in own])

    def passes(self, seconds: float) -> None:
        """What is not answered within its time is broken off."""
        end = self.clock.now + timedelta(seconds=seconds)
        while overdue := [gate for gate in self.open_gates if self._ends(gate) <= end]:
            first = min(overdue, key=self._ends)
            self._sets(max(self._ends(first), self.clock.now))
            self.opens(first, "not written")
        self._sets(end)
        self.do(lambda: None)

    def _ends(self, gate: Gate) -> datetime:
        return gate.since + ANSWERS_WITHIN if gate.is_asking else NEVER

    def _sets(self, now: datetime) -> None:
        while self.platform.late and min(late.due for late in self.platform.late) <= now:
            self.clock.now = max(self.clock.now, min(late.due for late in self.platform.late))
            self.platform.carry_out_late()
        self.clock.now = now

    def close(self) -> None:
        for process in list(self.processes):
            self.kills(process)
        self.do(lambda: [task.cancel() for task in asyncio.all_tasks() - {asyncio.current_task()}])
        self.loop.close()

    # ---- the end

    def heals(self) -> bool:
        """All goes well from now on; whether all comes to an end."""
        for process in self.processes:
            process.is_stopped = False
        if not self.processes:
            self.starts()
        for _ in range(ROUNDS):
            for process in self.processes:
                self.do(process.sweeps)
            while self.gates:
                self.opens(self.gates[0])
            if self.is_over:
                return True
            self.passes(31)
        return False

    @property
    def is_over(self) -> bool:
        rows = self.storage.tables.rows.values()
        return not self.platform.late and all(not row.is_open and row.look_again_at is None for row in rows)

    def verdict(self, lane: Destination) -> Verdict:
        rows = [row for row in self.storage.tables.rows.values() if row.delivery.destination == lane]
        queued = [row.delivery.key for row in rows]
        given_up = frozenset(row.delivery.key for row in rows if row.state == "dead" and row.reason)
        asked = self.platform.asked if lane.workspace.platform == "slack" else []
        return judged(queued, [self.platform.wall(lane, queued, given_up)], asked)
