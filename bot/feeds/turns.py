"""Whose turn it is: so many requests at once to one host, and so many in all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass
class _Queue:
    places: asyncio.Semaphore
    present: int = 0
    """Those who wait, and those who were let in."""


class Turns:
    def __init__(self, at_once: int, per_host: int) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._per_host = per_host
        self._queues: dict[str, _Queue] = {}

    @asynccontextmanager
    async def of(self, host: str) -> AsyncIterator[None]:
        """Wait for a turn with this host. Who waits for one host takes no place from those who visit others."""
        queue = self._queues.setdefault(host, _Queue(asyncio.Semaphore(self._per_host)))
        queue.present += 1
        try:
            async with queue.places, self._places:
                yield
        finally:
            queue.present -= 1
            if not queue.present:
                del self._queues[host]
