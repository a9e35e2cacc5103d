"""The embedded clock: APScheduler with its memory store. It only wakes; what is due stands in the tables."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.model.ids import DestinationId

LAST_TICKS = 3.0
"""Seconds that ticks under way get at the end: what one has claimed must be handed on, or nobody works on it."""
AT_ONCE = 100
"""A lane may be woken while it is looked at."""


class ClockEngine:
    """See bot.ports.Engine. One instance a process; ``on_wake`` looks at one lane."""

    def __init__(self, on_wake: Callable[[DestinationId], Awaitable[None]]) -> None:
        self._on_wake = on_wake
        self._ticks: set[asyncio.Future[None]] = set()
        self._is_stopping = False
        defaults = {"coalesce": True, "misfire_grace_time": None}
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=defaults)

    def every(self, period: timedelta, job: Callable[[], Awaitable[None]]) -> None:
        self._scheduler.add_job(
            self._tick,
            "interval",
            args=[job],
            seconds=period.total_seconds(),
            next_run_time=datetime.now(UTC),
            timezone=UTC,
            max_instances=1,
        )

    def wake(self, lane: DestinationId, at: datetime | None = None) -> None:
        self._scheduler.add_job(
            self._tick,
            "date",
            args=[partial(self._on_wake, lane)],
            run_date=max(at, datetime.now(UTC)) if at else datetime.now(UTC),
            id=f"lane {lane}",
            replace_existing=True,
            timezone=UTC,
            max_instances=AT_ONCE,
        )

    async def run(self, stop: Awaitable[object]) -> None:
        self._scheduler.start()
        try:
            await stop
        finally:
            self._is_stopping = True
            self._scheduler.shutdown(wait=False)
            await self._finish()

    async def _tick(self, job: Callable[[], Awaitable[None]]) -> None:
        """The scheduler cancels its jobs when it is shut down; the tick itself goes on."""
        tick = asyncio.ensure_future(job())
        self._ticks.add(tick)
        tick.add_done_callback(self._ticks.discard)
        try:
            await asyncio.shield(tick)
        except asyncio.CancelledError:
            # The scheduler would log its own cancelling as an error, with a traceback; nobody else awaits this.
            if not self._is_stopping:
                raise

    async def _finish(self) -> None:
        ticks = set(self._ticks)
        if ticks:
            await asyncio.wait(ticks, timeout=LAST_TICKS)
        for tick in ticks:
            tick.cancel()
        await asyncio.gather(*ticks, return_exceptions=True)
