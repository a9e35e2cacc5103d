"""An event loop for whom time stands still, and in which everything happens in order.

What the processes take of the machine beside their ports they take of their event loop: its clock, by which they
pause, and its threads.
"""

import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import Any


class SteppedLoop(asyncio.SelectorEventLoop):
    """Threads do their work where they would begin it, so that equal steps lead to equal results."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._its_clock = clock
        self._called = 0
        super().__init__()

    def time(self) -> float:
        return self._its_clock()

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> asyncio.Handle:
        self._called += 1
        return super().call_soon(callback, *args, context=context)

    def run_in_executor(self, _executor: object, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - who waits for it hears of it
            done.set_exception(error)
        return done

    async def settles(self) -> None:
        """Until nothing goes on any more without something from outside."""
        quiet = 0
        while quiet < 2:
            before = self._called
            await asyncio.sleep(0)
            # One call is this coroutine's own.
            quiet = 0 if self._called > before + 1 else quiet + 1
