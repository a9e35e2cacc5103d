"""What polls that brought no document leave behind, many of them in one commit.

Most polls bring nothing. A transaction of its own costs one of them eighty times what a place in a common one does.
"""

import asyncio
import random
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from bot.feeds.cadence import LONGEST_WAIT, Bounds, Failure, Success, next_poll, publishing_rate
from bot.feeds.moves import next_move
from bot.model.feed import Feed
from bot.model.reading import QuietPoll, Unchanged, Unreachable
from bot.model.sites import registrable_domain
from bot.ports import Storage, Unit

PAUSE = 0.25
"""Seconds in which other polls may join a commit, while there are any under way."""

Quiet = Unchanged | Unreachable


@dataclass
class Ledger:
    storage: Storage
    owner: str
    bounds: Bounds
    _waiting: list[tuple[Feed, Quiet]] = field(init=False, default_factory=list)
    _writing: asyncio.Task[None] | None = field(init=False, default=None)
    _nobody_else: asyncio.Event = field(init=False, default_factory=asyncio.Event)

    def enter(self, feed: Feed, outcome: Quiet) -> Awaitable[None]:
        """To be awaited until it is written down. Raises StorageUnavailable then."""
        self._waiting.append((feed, outcome))
        if self._writing is None:
            self._nobody_else.clear()
            self._writing = asyncio.create_task(self._write_soon(), name="ledger of quiet polls")
        return asyncio.shield(self._writing)

    def hurry(self) -> None:
        """Nobody is under way who could join those who wait."""
        self._nobody_else.set()

    async def _write_soon(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(PAUSE):
                await self._nobody_else.wait()
        try:
            async with self.storage.begin() as unit:
                # Whoever came while others were writing joins, too.
                polls = self._take()
                await unit.feeds.note(self.owner, [self._quiet_poll(*poll, unit.now) for poll in polls])
                for _, outcome in polls:
                    await _heed(unit, outcome)
        finally:
            if self._writing is asyncio.current_task():
                self._take()

    def _take(self) -> list[tuple[Feed, Quiet]]:
        """Those who wait; who comes after them waits for the next commit."""
        polls, self._waiting, self._writing = self._waiting, [], None
        return polls

    def _quiet_poll(self, feed: Feed, outcome: Quiet, now: datetime) -> QuietPoll:
        jitter = random.random()  # noqa: S311 - spreads polls, guards nothing
        match outcome:
            case Unchanged(validators, fresh_for, moved_to):
                rate = publishing_rate(feed, 0, now)
                due = next_poll(feed, Success(rate, fresh_for, feed.hints), now, bounds=self.bounds, jitter=jitter)
                move = next_move(feed, moved_to, now)
                is_as_before = validators == feed.validators and move == feed.move
                return QuietPoll(feed.id, due, None if is_as_before else validators, rate, move)
            case Unreachable(reason, retry_after, kind):
                due = next_poll(feed, Failure(kind, retry_after), now, bounds=self.bounds, jitter=jitter)
                return QuietPoll(feed.id, due, failure=reason, trouble=kind)


async def _heed(unit: Unit, outcome: Quiet) -> None:
    match outcome:
        case Unreachable(retry_after=asked, kind="throttled", host=host) if asked and host:
            await unit.feeds.hush(registrable_domain(host) or host, unit.now + min(asked, LONGEST_WAIT))
