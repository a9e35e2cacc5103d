"""The embedded clock: APScheduler with its memory store. It only wakes; what is due stands in the tables."""

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.model.ids import DestinationId

log = logging.getLogger(__name__)


class ClockEngine:
    """See bot.ports.Engine. One instance a process; ``on_wake`` looks at one lane."""

    def __init__(self, on_wake: Callable[[DestinationId], Awaitable[None]]) -> None:
        self._on_wake = on_wake
        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=defaults)

    def every(self, period: timedelta, job: Callable[[], Awaitable[None]]) -> None:
        self._scheduler.add_job(
            job, "interval", seconds=period.total_seconds(), next_run_time=datetime.now(UTC), timezone=UTC
        )

    def wake(self, lane: DestinationId, at: datetime | None = None) -> None:
        when = max(at, datetime.now(UTC)) if at else datetime.now(UTC)
        self._scheduler.add_job(
            self._on_wake, "date", run_date=when, args=[lane], id=f"lane {lane}", replace_existing=True, timezone=UTC
        )

    async def run(self, stop: Awaitable[object]) -> None:
        self._scheduler.start()
        try:
            await stop
        finally:
            self._scheduler.shutdown(wait=False)
