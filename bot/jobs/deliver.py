"""Delivering: the head of each lane, one attempt at a time, until the lane is empty or has to wait."""

import logging
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from bot import crash
from bot.alerts.retry import Patience, after_search, before_sending, next_step, out_of_time
from bot.errors import StorageUnavailable
from bot.jobs.crew import OUR_BUG, Crew
from bot.jobs.fair_queue import FairQueue
from bot.model.delivery import (
    Claimed,
    Dead,
    Delivery,
    Finished,
    Outcome,
    Pending,
    Refused,
    Step,
    Suspended,
    Terms,
    Unconfirmed,
    Unknowable,
    Unknown,
)
from bot.model.destination import Workspace
from bot.model.ids import DeliveryId, DestinationId
from bot.ports import Messenger, Pace, SettledReport, Storage, Unit

log = logging.getLogger(__name__)

TURN = 10
"""Deliveries that a lane may send in a row while others wait for room."""
MOST_BROKEN = 20
"""Times after which a delivery that a bug of ours breaks off is given up, ten minutes with the default grace."""

Answer = TypeVar("Answer")


def unheard(_claimed: Claimed, _step: Step) -> None:
    """Where nobody wants to hear of it."""


@dataclass(frozen=True, slots=True)
class Delivering:
    """The settings of delivery."""

    patience: Patience
    lease: timedelta
    request_timeout: timedelta = timedelta(seconds=10)
    """The longest that one attempt takes."""
    concurrency: int = 50


@dataclass(frozen=True, slots=True)
class Next:
    """What is to be sent, and when it was claimed by the clock ``passed``."""

    claimed: Claimed
    claimed_at: float


@dataclass
class Deliverer:
    """Claims lanes whose head is due and drains them, several at a time, each at its platform's pace."""

    storage: Storage
    messengers: Mapping[str, Messenger]
    """By platform. A lane of a platform that is not running here waits for one that is."""
    settings: Delivering
    owner: str
    wake: Callable[[DestinationId, datetime], None]
    report: SettledReport = unheard
    paces: Mapping[str, Pace] = field(default_factory=dict)
    """By platform, of those that have one."""
    crew: Crew = field(init=False)
    _waiting: FairQueue = field(init=False)
    _workspaces: dict[DestinationId, Workspace] = field(default_factory=dict, init=False)
    """Of the lanes that were met so far; it never changes."""
    _broken: Counter[DeliveryId] = field(default_factory=Counter, init=False)
    """How often bugs of ours broke a delivery off."""

    def __post_init__(self) -> None:
        self.crew = Crew(self.settings.concurrency)
        self._waiting = FairQueue(self.paces)

    async def sweep(self) -> None:
        """Begin to drain the lanes that are due, as many as there is room for."""
        try:
            async with self.storage.read() as unit:
                due = await unit.outbox.due(self._terms, self.settings.concurrency)
        except StorageUnavailable as trouble:
            log.warning("could not look for deliveries; trying again", extra={"reason": str(trouble)})
            return
        for lane, workspace in due:
            self._workspaces[lane] = workspace
            self._waiting.put(lane, workspace)
        await self._begin(self.crew.free)

    async def look_at(self, lane: DestinationId) -> None:
        """Begin to drain one lane, if it is due."""
        workspace = self._workspaces.get(lane)
        if workspace is None:
            await self.sweep()
            return
        self._waiting.put(lane, workspace)
        await self._begin(self.crew.free)

    async def _begin(self, room: int) -> None:
        """Drain lanes that wait, as long as there is room, and come back when the next one may send."""
        while lanes := self._waiting.take(room):
            room -= await self._begin_with(lanes)
        if room and (waiting := self._waiting.next_in()):
            lane, wait = waiting
            self.wake(lane, datetime.now(UTC) + timedelta(seconds=wait))

    async def _begin_with(self, lanes: Sequence[tuple[DestinationId, Workspace]]) -> int:
        """How many of them there was something to send in."""
        began = passed()
        try:
            async with self.storage.begin() as unit:
                claimed = await self._claim(unit, [lane for lane, _ in lanes])
        except StorageUnavailable as trouble:
            log.warning("could not look for deliveries; trying again", extra={"reason": str(trouble)})
            claimed = ()
        for head in claimed:
            crash.at("deliver.claimed")
            self.crew.begin(self._drain(head, began), f"lane {head.lane}")
        found = {head.lane for head in claimed}
        for lane, workspace in lanes:
            if lane not in found:
                self._waiting.give_back(workspace)
        return len(claimed)

    @property
    def _terms(self) -> Terms:
        patience = self.settings.patience
        knows_again = {platform: each.knows_again for platform, each in self.messengers.items()}
        return Terms(self.settings.lease, patience.grace, knows_again, patience.ages)

    async def _claim(self, unit: Unit, lanes: Sequence[DestinationId]) -> Sequence[Claimed]:
        return await unit.outbox.claim(self.owner, len(lanes), self._terms, lanes)

    async def _drain(self, head: Claimed, claimed_at: float) -> None:
        """Its lane, until nothing is due there; where others wait for room, a turn of it, and then one of theirs."""
        following: Next | None = Next(head, claimed_at)
        sent = 0
        while following is not None:
            sent += 1
            following = await self._attempt(following, goes_on=sent < TURN or not self._waiting)
        if self.crew.is_open:
            # In the place of this task, which ends here.
            await self._begin(max(self.crew.free, 1))

    async def _attempt(self, at_hand: Next, *, goes_on: bool) -> Next | None:
        """One attempt, or one look for an earlier one, its outcome on record, and what its lane sends next."""
        claimed = at_hand.claimed
        decide = await self._ask(claimed, at_hand.claimed_at)
        try:
            settled = await self._settle(claimed, decide, goes_on=goes_on)
        except StorageUnavailable as trouble:
            # The lease will end, and then the platform is asked whether the message arrived.
            log.warning("could not record an outcome", extra=_facts(claimed) | {"reason": str(trouble)})
            return None
        crash.at("deliver.after_commit")
        if settled is None:
            log.warning("left a delivery to another process", extra=_facts(claimed))
            return None
        step, following = settled
        _tell_log(claimed, step)
        self.report(claimed, step)
        if due := _comes_back(step):
            self.wake(claimed.lane, due)
        if following is not None:
            crash.at("deliver.claimed")
        return following

    async def _settle(
        self, claimed: Claimed, decide: Callable[[datetime], Step], *, goes_on: bool
    ) -> tuple[Step, Next | None] | None:
        """What was decided and recorded, and what its lane sends at once; None where another has taken over."""
        workspace = claimed.delivery.destination.workspace
        began, following, is_admitted = passed(), None, False
        try:
            async with self.storage.begin() as unit:
                step = decide(unit.now)
                if not await unit.outbox.settle(claimed, step):
                    return None
                is_ready = _comes_back(step) is None
                if is_ready and goes_on and self.crew.is_open and self._waiting.admit(workspace):
                    is_admitted = True
                    # In the same transaction: another one would cost as much again.
                    following = next(iter(await self._claim(unit, [claimed.lane])), None)
                crash.at("deliver.before_commit")
        except StorageUnavailable:
            following = None
            raise
        finally:
            if is_admitted and following is None:
                self._waiting.give_back(workspace)
        if is_ready and not is_admitted:
            self._waiting.put(claimed.lane, workspace)
        return step, Next(following, began) if following else None

    def _after_our_bug(self, delivery: DeliveryId) -> Outcome:
        """Bytes may have left. One that always breaks off must not hold up its lane for ever."""
        self._broken[delivery] += 1
        if self._broken[delivery] < MOST_BROKEN:
            return Unconfirmed(OUR_BUG)
        del self._broken[delivery]
        return Refused("delivery", OUR_BUG)

    async def _ask(self, claimed: Claimed, claimed_at: float) -> Callable[[datetime], Step]:
        """The platform's answer, as what is to be decided once the time is known.

        ``claimed_at``, of the clock ``passed``, is before the lease began.
        """
        patience = self.settings.patience
        messenger = self.messengers[claimed.delivery.destination.workspace.platform]
        if claimed.in_doubt:
            finding = await guarded(messenger.find(claimed.delivery), lambda: Unknowable(OUR_BUG), claimed.delivery)
            crash.at("deliver.looked")
            return lambda now: after_search(claimed, finding, now, patience)
        if step := before_sending(claimed, patience):
            return lambda now: step
        time_left = self.settings.lease.total_seconds() - (passed() - claimed_at)
        if not self.crew.is_open or time_left < self.settings.request_timeout.total_seconds():
            return lambda now: out_of_time(claimed)
        crash.at("deliver.before_write")
        attempt = (
            messenger.edit(claimed.delivery, claimed.receipt) if claimed.receipt else messenger.send(claimed.delivery)
        )
        outcome = await guarded(attempt, lambda: self._after_our_bug(claimed.id), claimed.delivery)
        crash.at("deliver.answered")
        return lambda now: next_step(claimed, outcome, now, patience, _jitter())


def _comes_back(step: Step) -> datetime | None:
    """When there may be something to do in its lane again; None: at once."""
    match step:
        case Finished(lane_rests_until=rests_until):
            return rests_until
        case Dead():
            return None
        case _:
            return step.due


async def guarded(answer: Awaitable[Answer], otherwise: Callable[[], Answer], delivery: Delivery) -> Answer:
    """A messenger never raises for what a platform did: what it raises is our bug, and stops no other lane."""
    try:
        return await answer
    except Exception:
        log.exception("set a delivery aside", extra={"destination": str(delivery.destination), "key": delivery.key})
        return otherwise()


def _tell_log(claimed: Claimed, step: Step) -> None:
    facts = _facts(claimed)
    match step:
        case Finished():
            log.info("posted", extra=facts)
        case Pending(reason, due) | Unknown(reason, due):
            log.info("will try again", extra=facts | {"reason": reason, "due": due.isoformat()})
        case Suspended(scope, reason):
            log.warning("suspended", extra=facts | {"scope": scope, "reason": reason})
        case Dead(reason):
            log.error("gave up", extra=facts | {"reason": reason})


def _facts(claimed: Claimed) -> dict[str, object]:
    return {
        "destination": str(claimed.delivery.destination),
        "kind": claimed.kind,
        "key": claimed.delivery.key,
        "attempt": claimed.attempt,
    }


def passed() -> float:
    """Seconds on a clock that nobody sets, and that goes on while the machine sleeps, where the system has one."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _jitter() -> float:
    return random.random()  # noqa: S311 - spreads attempts, guards nothing
