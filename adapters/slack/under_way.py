"""What people asked for and is being done, by one of all processes, and its end."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from bot.commands.once import Once

log = logging.getLogger(__name__)

FINISH_WITHIN = 5.0
"""Seconds that commands under way are given when Tocsin stops."""


def name_of(payload: Mapping[str, Any]) -> str:
    """What Slack calls a thing, however often it says it; empty where it has no name."""
    return str(payload.get("trigger_id") or payload.get("event_id") or "")


class UnderWay:
    def __init__(self, once: Once) -> None:
        self._once = once
        self._tasks: set[asyncio.Task[None]] = set()
        self.is_over = False
        """Whether Tocsin is stopping: then nothing new is begun."""

    def begin(self) -> None:
        self.is_over = False

    def start(self, payload: Mapping[str, Any], work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        task = asyncio.create_task(self._do(payload, work))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def _do(self, payload: Mapping[str, Any], work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        name = name_of(payload)
        if not name:
            await work()
            return
        async with self._once(f"slack {name}") as is_ours:
            if is_ours:
                await work()

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
