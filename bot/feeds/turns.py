"""Whose turn it is: so many requests at once to one host, a pause between them, and so many in all."""

import asyncio
import random
from dataclasses import dataclass
from types import TracebackType

JITTER = 0.5
"""By how much of itself a pause is made longer or shorter, so that requests do not come like a clock's."""


@dataclass(slots=True)
class _Queue:
    places: asyncio.Semaphore
    present: int = 0
    """Those who wait, and those who were let in."""


class Turns:
    """``pause`` is how many seconds pass, more or less, between the end of one request to a host and the next."""

    def __init__(self, at_once: int, per_host: int, pause: float = 0.0) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._per_host = per_host
        self._pause = pause
        self._queues: dict[str, _Queue] = {}
        self._resting: dict[str, float] = {}
        """Hosts that were visited just now, and until when on the loop's clock; the oldest visit first."""

    def of(self, host: str, *, paced: bool = True, patience: float | None = None) -> "Turn":
        """To be waited for with ``async with``. Who waits for one host takes no place from those who visit others.

        A host that is not ``paced`` needs no pause between requests. TimeoutError where no turn came within
        ``patience`` seconds.
        """
        return Turn(self, host, paced=paced, patience=patience)

    async def enter(self, host: str, *, paced: bool, patience: float | None) -> None:
        queue = self._queues.get(host)
        if queue is None:
            queue = self._queues[host] = _Queue(asyncio.Semaphore(self._per_host))
        queue.present += 1
        try:
            if self._is_free(queue, host, paced=paced):
                await self._take_places(queue, host, paced=paced)
            else:
                async with asyncio.timeout(patience):
                    await self._take_places(queue, host, paced=paced)
        except BaseException:
            self._go(queue, host)
            raise

    def leave(self, host: str, *, paced: bool) -> None:
        queue = self._queues[host]
        self._places.release()
        queue.places.release()
        if paced:
            self._rest(host)
        self._go(queue, host)

    def _is_free(self, queue: _Queue, host: str, *, paced: bool) -> bool:
        """Whether nobody has to be waited for, and so no timer is needed."""
        return not (queue.places.locked() or self._places.locked() or (paced and host in self._resting))

    async def _take_places(self, queue: _Queue, host: str, *, paced: bool) -> None:
        await queue.places.acquire()
        try:
            if paced:
                await self._rested(host)
            await self._places.acquire()
        except BaseException:
            queue.places.release()
            raise

    def _go(self, queue: _Queue, host: str) -> None:
        queue.present -= 1
        if not queue.present:
            del self._queues[host]

    async def _rested(self, host: str) -> None:
        """Wait until the host had its pause, and let the next wait from now on."""
        now = asyncio.get_running_loop().time
        while (seconds := self._resting.get(host, 0.0) - now()) > 0:  # noqa: ASYNC110 - others move it meanwhile
            await asyncio.sleep(seconds)
        self._rest(host)

    def _rest(self, host: str) -> None:
        now = asyncio.get_running_loop().time()
        self._resting.pop(host, None)
        while self._resting and self._resting[oldest := next(iter(self._resting))] <= now:
            del self._resting[oldest]
        self._resting[host] = now + self._pause * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - guards nothing


class Turn:
    __slots__ = ("_host", "_paced", "_patience", "_turns")

    def __init__(self, turns: Turns, host: str, *, paced: bool, patience: float | None) -> None:
        self._turns, self._host, self._paced, self._patience = turns, host, paced, patience

    async def __aenter__(self) -> None:
        await self._turns.enter(self._host, paced=self._paced, patience=self._patience)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._turns.leave(self._host, paced=self._paced)
