"""What polls that brought no document leave behind, many of them in one commit.

Most polls bring nothing. A transaction of its own costs one of them eighty times what a place in a common one does.
"""

import asyncio
import random
from collections.abc import Awaitable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from bot.feeds.cadence import LONGEST_WAIT, Bounds, Failure, Success, next_poll, publishing_rate
from bot.feeds.moves import next_move
from bot.model.feed import Feed
from bot.model.reading import QuietPoll, Unchanged, Unreachable
from bot.model.sites import registrable_domain
from bot.ports import Storage, Unit

PAUSE = 0.25
"""Seconds in which other polls may join a commit, while there are any under way."""

Quiet = Unchanged | Unreachable


class _Entry(NamedTuple):
    feed: Feed
    outcome: Quiet
    written: asyncio.Future[None]


@dataclass
class Ledger:
    storage: Storage
    owner: str
    bounds: Bounds
    _waiting: list[_Entry] = field(init=False, default_factory=list)
    _writing: asyncio.Task[None] | None = field(init=False, default=None)
    _nobody_else: asyncio.Event = field(init=False, default_factory=asyncio.Event)

    def enter(self, feed: Feed, outcome: Quiet) -> Awaitable[None]:
        """To be awaited until it is written down. Raises StorageUnavailable then."""
        entry = _Entry(feed, outcome, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        if self._writing is None:
            self._nobody_else.clear()
            self._writing = asyncio.create_task(self._write_soon(), name="ledger of quiet polls")
        return entry.written

    def hurry(self) -> None:
        """Nobody is under way who could join those who wait."""
        self._nobody_else.set()

    async def _write_soon(self) -> None:
        entries: list[_Entry] = []
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(PAUSE):
                    await self._nobody_else.wait()
            async with self.storage.begin() as unit:
                # Whoever came while others were writing joins, too.
                entries = self._take()
                polls = [self._quiet_poll(entry.feed, entry.outcome, unit.now) for entry in entries]
                await unit.feeds.note(self.owner, polls)
                for entry in entries:
                    await _heed(unit, entry.outcome)
        except Exception as error:  # noqa: BLE001 - raised again by those who wait for it
            for written in _still_waited_for(entries or self._take()):
                written.set_exception(error)
                written.exception()  # who has been ended meanwhile hears it no more: that is nothing to complain of
        except BaseException:
            # It is to end: nobody must wait for it any more.
            for written in _still_waited_for(entries or self._take()):
                written.cancel()
            raise
        else:
            for written in _still_waited_for(entries):
                written.set_result(None)

    def _take(self) -> list[_Entry]:
        """Those who wait; who comes after them waits for the next commit."""
        entries, self._waiting, self._writing = self._waiting, [], None
        return entries

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


def _still_waited_for(entries: Iterable[_Entry]) -> Iterator[asyncio.Future[None]]:
    return (entry.written for entry in entries if not entry.written.done())


async def _heed(unit: Unit, outcome: Quiet) -> None:
    match outcome:
        case Unreachable(retry_after=asked, kind="throttled", host=host) if asked and host:
            await unit.feeds.hush(registrable_domain(host) or host, unit.now + min(asked, LONGEST_WAIT))
