"""When things happen."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

from bot.model.ids import DestinationId


class Engine(Protocol):
    """When things happen. The truth is in the tables; an engine only wakes."""

    def every(self, period: timedelta, job: Callable[[], Awaitable[None]]) -> None: ...

    def wake(self, lane: DestinationId, at: datetime | None = None) -> None:
        """Look at a lane now, or then: an optimisation over the sweep."""
        ...

    async def run(self, stop: Awaitable[object]) -> None: ...
