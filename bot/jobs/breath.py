"""Long work on the event loop, cut into slices: a hostile document must not hold up whoever else waits for it."""

import asyncio
import time

LONGEST = 0.004
"""Seconds."""


class Breath:
    def __init__(self) -> None:
        self._since = time.monotonic()

    async def take(self, longest: float | None = None) -> None:
        """Let others have the event loop, where they have waited for long. To be called between two small steps.

        ``longest``: seconds that it may be kept, where they are not the usual ones.
        """
        if time.monotonic() - self._since > (LONGEST if longest is None else longest):
            await asyncio.sleep(0)
            self._since = time.monotonic()
