"""Delivering: the head of each lane, one attempt at a time, until the lane is empty or has to wait."""

import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from bot import crash
from bot.alerts.retry import Patience, after_search, before_sending, next_step, out_of_time
from bot.errors import StorageUnavailable
from bot.jobs.crew import OUR_BUG, Crew
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
    Unconfirmed,
    Unknowable,
    Unknown,
)
from bot.model.ids import DestinationId
from bot.ports import Messenger, SettledReport, Storage

log = logging.getLogger(__name__)

MOST_BROKEN = 20
"""Attempts after which a delivery that a bug of ours breaks off is given up, ten minutes with the default grace."""

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


@dataclass
class Deliverer:
    """Claims lanes whose head is due and drains them, several at a time."""

    storage: Storage
    messengers: Mapping[str, Messenger]
    """By platform. A lane of a platform that is not running here waits for one that is."""
    settings: Delivering
    owner: str
    wake: Callable[[DestinationId, datetime], None]
    report: SettledReport = unheard
    crew: Crew = field(init=False)

    def __post_init__(self) -> None:
        self.crew = Crew(self.settings.concurrency)

    async def sweep(self) -> None:
        """Begin to drain the lanes that are due, as many as there is room for."""
        await self._begin(())

    async def look_at(self, lane: DestinationId) -> None:
        """Begin to drain one lane, if it is due."""
        await self._begin((lane,))

    async def _begin(self, lanes: tuple[DestinationId, ...]) -> None:
        if not self.crew.free:
            return
        began = passed()
        try:
            async with self.storage.begin() as unit:
                claimed = await unit.outbox.claim(
                    self.owner,
                    self.crew.free,
                    self.settings.lease,
                    self.settings.patience.grace,
                    platforms={platform: each.knows_again for platform, each in self.messengers.items()},
                    lanes=lanes,
                    ages=self.settings.patience.ages,
                )
        except StorageUnavailable as trouble:
            log.warning("could not look for deliveries; trying again", extra={"reason": str(trouble)})
            return
        for head in claimed:
            crash.at("deliver.claimed")
            self.crew.begin(self._drain(head, began), f"lane {head.lane}")

    async def _drain(self, head: Claimed, claimed_at: float) -> None:
        step = await self._attempt(head, claimed_at)
        if isinstance(step, Finished | Dead):
            await self.look_at(head.lane)
        elif step is not None:
            self.wake(head.lane, step.due)

    async def _attempt(self, claimed: Claimed, claimed_at: float) -> Step | None:
        """One attempt, or one look for an earlier one, and its outcome on record; None where it could not be kept."""
        decide = await self._ask(claimed, claimed_at)
        try:
            async with self.storage.begin() as unit:
                step = decide(unit.now)
                recorded = await unit.outbox.settle(claimed, step)
                crash.at("deliver.before_commit")
        except StorageUnavailable as trouble:
            # The lease will end, and then the platform is asked whether the message arrived.
            log.warning("could not record an outcome", extra=_facts(claimed) | {"reason": str(trouble)})
            return None
        crash.at("deliver.after_commit")
        if not recorded:
            log.warning("left a delivery to another process", extra=_facts(claimed))
            return None
        _tell_log(claimed, step)
        self.report(claimed, step)
        return step

    async def _ask(self, claimed: Claimed, claimed_at: float) -> Callable[[datetime], Step]:
        """The platform's answer, as what is to be decided once the time is known.

        ``claimed_at``, of the clock ``passed``, is before the lease began.
        """
        patience = self.settings.patience
        messenger = self.messengers[claimed.delivery.destination.workspace.platform]
        if claimed.in_doubt:
            finding = await guarded(messenger.find(claimed.delivery), Unknowable(OUR_BUG), claimed.delivery)
            crash.at("deliver.looked")
            return lambda now: after_search(claimed, finding, now, patience)
        if step := before_sending(claimed, patience):
            return lambda now: step
        time_left = self.settings.lease.total_seconds() - (passed() - claimed_at)
        if not self.crew.is_open or time_left < self.settings.request_timeout.total_seconds():
            return lambda now: out_of_time(claimed)
        crash.at("deliver.before_write")
        outcome = await guarded(messenger.send(claimed.delivery), _after_our_bug(claimed), claimed.delivery)
        crash.at("deliver.answered")
        return lambda now: next_step(claimed, outcome, now, patience, _jitter())


async def guarded(answer: Awaitable[Answer], otherwise: Answer, delivery: Delivery) -> Answer:
    """A messenger never raises for what a platform did: what it raises is our bug, and stops no other lane."""
    try:
        return await answer
    except Exception:
        log.exception("set a delivery aside", extra={"destination": str(delivery.destination), "key": delivery.key})
        return otherwise


def _after_our_bug(claimed: Claimed) -> Outcome:
    """Bytes may have left. One that always breaks off must not hold up its lane for ever."""
    return Unconfirmed(OUR_BUG) if claimed.attempt < MOST_BROKEN else Refused("delivery", OUR_BUG)


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
