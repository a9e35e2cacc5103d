"""What waits to be written at the same time is written in one commit: each costs more than what most polls bring."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bot.errors import StorageUnavailable
from bot.ports import Storage, Unit

T = TypeVar("T")
Work = Callable[[Unit], Awaitable[Any]]

LONGEST = 0.05
"""Seconds after which nobody joins any more: others want to write, too."""


@dataclass(slots=True)
class Together:
    storage: Storage
    _waiting: list[tuple[Work, asyncio.Future[Any]]] = field(init=False, default_factory=list)
    _writing: asyncio.Task[None] | None = field(init=False, default=None)

    async def write(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        """What ``work`` answers, once that is committed; it may be called again, in another unit of work.

        Others may be written in the same one, before and behind it. Where it fails, nothing of it stays, and it harms
        nobody else. Raises StorageUnavailable where nothing was written.
        """
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, done))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all(), name="writing what polls brought")
        return await done

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                await self._write_some()
        finally:
            self._writing = None

    async def _write_some(self) -> None:
        written: list[tuple[Work, asyncio.Future[Any]]] = []
        answers: list[Any] = []
        now = asyncio.get_running_loop().time
        try:
            async with self.storage.begin() as unit:
                until = now() + LONGEST
                # Whoever came while others were writing joins, too.
                while self._waiting and (not written or now() < until):
                    work, done = self._waiting.pop(0)
                    if not done.cancelled():
                        written.append((work, done))
                        answers.append(await work(unit))
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
        except BaseException:
            for _, done in (*written, *self._take_all()):
                done.cancel()
            raise
        else:
            for (_, done), answer in zip(written, answers, strict=True):
                _answer(done, answer)

    async def _write_each(self, written: Sequence[tuple[Work, asyncio.Future[Any]]]) -> None:
        """By itself, until the database takes nothing any more."""
        for place, (work, done) in enumerate(written):
            try:
                async with self.storage.begin() as unit:
                    answer = await work(unit)
            except StorageUnavailable as trouble:
                for _, waiting in written[place:]:
                    _fail(waiting, trouble)
                return
            except Exception as error:  # noqa: BLE001 - raised again where it is waited for
                _fail(done, error)
            else:
                _answer(done, answer)

    def _take_all(self) -> list[tuple[Work, asyncio.Future[Any]]]:
        waiting, self._waiting = self._waiting, []
        return waiting


def _answer(done: asyncio.Future[Any], answer: Any) -> None:
    """Unless nobody waits for it any more."""
    if not done.done():
        done.set_result(answer)


def _fail(done: asyncio.Future[Any], error: Exception) -> None:
    if not done.done():
        done.set_exception(error)
