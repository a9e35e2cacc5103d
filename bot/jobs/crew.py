"""Work in flight: tasks that outlive the tick that began them, and are waited for at the end."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger(__name__)

OUR_BUG = "an error inside Tocsin; its log has the details"
"""What people read where an exception of our own broke work off."""


class Crew:
    def __init__(self, size: int) -> None:
        self._size = size
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def free(self) -> int:
        """How many more may begin; none once it was dismissed."""
        return 0 if self._closed else max(self._size - len(self._tasks), 0)

    @property
    def is_open(self) -> bool:
        """False once it was dismissed."""
        return not self._closed

    def begin(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Begin, even beyond the size: what was claimed must be worked on."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("broke off %s", task.get_name(), exc_info=error)

    async def dismiss(self, within: float) -> None:
        """Begin nothing more; wait for what is in flight, at most so many seconds, then cancel it."""
        self._closed = True
        clock = asyncio.get_running_loop().time
        end = clock() + within
        # What is in flight may begin what it has claimed, so the tasks are counted anew.
        while self._tasks and clock() < end:
            await asyncio.wait(set(self._tasks), timeout=end - clock())
        late = set(self._tasks)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
