"""What waits to be written at the same time is written in one commit: each costs more than what most polls bring."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from bot.errors import StorageUnavailable
from bot.ports import Storage, Unit

What = TypeVar("What")
Answer = TypeVar("Answer")

PAUSE = 0.1
"""Seconds in which others may join a commit, while there are any under way."""
LONGEST = 0.05
"""Seconds of a commit after which nobody joins it any more: others want to write, too."""
MOST = 64
"""The weight of what is written at once; more in one commit is written one after the other."""


@dataclass(slots=True)
class Together(Generic[What, Answer]):
    """``write_at_once`` writes several in a unit of work, and answers in order; ``weight`` is one's, against MOST."""

    storage: Storage
    write_at_once: Callable[[Unit, Sequence[What]], Awaitable[Sequence[Answer]]]
    weight: Callable[[What], int]
    _waiting: list[tuple[What, asyncio.Future[Answer]]] = field(init=False, default_factory=list)
    _weight: int = field(init=False, default=0)
    """Of those who wait."""
    _writing: asyncio.Task[None] | None = field(init=False, default=None)
    _no_more: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    _unanswered: set[asyncio.Future[Answer]] = field(init=False, default_factory=set)

    @property
    def unanswered(self) -> int:
        """How many wait or are being written."""
        return len(self._unanswered)

    def write(self, what: What) -> asyncio.Future[Answer]:
        """The answer, once that is committed; it may be written again, in another unit of work.

        Others may be written in the same one, before, behind and with it. Where it fails, nothing of it stays, and it
        harms nobody else. Raises StorageUnavailable where nothing was written.
        """
        done: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._unanswered.add(done)
        done.add_done_callback(self._unanswered.discard)
        self._waiting.append((what, done))
        self._weight += self.weight(what)
        self._no_more.clear()
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all(), name="writing what polls brought")
        if self._weight >= MOST:
            self._no_more.set()
        return done

    def hurry(self) -> None:
        """Nobody is under way who could join those who wait."""
        self._no_more.set()

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                with suppress(TimeoutError):
                    async with asyncio.timeout(PAUSE):
                        await self._no_more.wait()
                await self._write_some()
        except BaseException:
            # It is to end: nobody must wait for it any more.
            self._take_all()
            for done in self._unanswered:
                done.cancel()
            raise
        finally:
            self._writing = None

    async def _write_some(self) -> None:
        written: list[tuple[What, asyncio.Future[Answer]]] = []
        answers: list[Answer] = []
        now = asyncio.get_running_loop().time
        try:
            async with self.storage.begin() as unit:
                until = now() + LONGEST
                # Whoever came while others were writing joins, too.
                while self._waiting and (not written or now() < until):
                    some = self._take_some()
                    written += some
                    answers += await self.write_at_once(unit, [what for what, _ in some])
        except StorageUnavailable as trouble:
            if len(written) > 1:
                # It may be a deadlock with another process, which hits a large commit sooner than a small one.
                await self._write_each(written)
            else:
                for _, done in written or self._take_all():
                    _fail(done, trouble)
        except Exception:  # noqa: BLE001 - raised again by the one whose it is
            # Nothing of it stands: each by itself, so that it is known whose it was.
            await self._write_each(written)
        else:
            for (_, done), answer in zip(written, answers, strict=True):
                _answer(done, answer)

    async def _write_each(self, written: Sequence[tuple[What, asyncio.Future[Answer]]]) -> None:
        """By itself, until the database takes nothing any more."""
        for place, (what, done) in enumerate(written):
            try:
                async with self.storage.begin() as unit:
                    (answer,) = await self.write_at_once(unit, [what])
            except StorageUnavailable as trouble:
                for _, waiting in written[place:]:
                    _fail(waiting, trouble)
                return
            except Exception as error:  # noqa: BLE001 - raised again where it is waited for
                _fail(done, error)
            else:
                _answer(done, answer)

    def _take_some(self) -> list[tuple[What, asyncio.Future[Answer]]]:
        """Who still waits for it, up to MOST."""
        some: list[tuple[What, asyncio.Future[Answer]]] = []
        taken = 0
        while self._waiting and (not some or taken + self.weight(self._waiting[0][0]) <= MOST):
            what, done = self._waiting.pop(0)
            weight = self.weight(what)
            self._weight -= weight
            if not done.cancelled():
                some.append((what, done))
                taken += weight
        return some

    def _take_all(self) -> list[tuple[What, asyncio.Future[Answer]]]:
        waiting, self._waiting, self._weight = self._waiting, [], 0
        return waiting


def _answer(done: asyncio.Future[Any], answer: Any) -> None:
    """Unless nobody waits for it any more."""
    if not done.done():
        done.set_result(answer)


def _fail(done: asyncio.Future[Any], error: Exception) -> None:
    if not done.done():
        done.set_exception(error)
