"""What people asked for and is being done, and its end."""

import asyncio
import logging
from collections.abc import Coroutine

log = logging.getLogger(__name__)

FINISH_WITHIN = 5.0
"""Seconds that commands under way are given when Tocsin stops."""


class UnderWay:
    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self.is_over = False
        """Whether Tocsin is stopping: then nothing new is begun."""

    def begin(self) -> None:
        self.is_over = False

    def start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def finish(self) -> None:
        """Let it all come to its end, within a few seconds."""
        self.is_over = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=FINISH_WITHIN)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (bug := task.exception()):
            log.error("A command could not be answered", exc_info=bug)
