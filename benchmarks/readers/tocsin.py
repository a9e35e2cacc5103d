"""Tocsin as its service polls: the same fetcher, parser, poller and storage, put together by the same root."""

import asyncio
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from adapters.console import ConsolePlatform
from benchmarks.publisher.press import Press
from benchmarks.readers.known import write_down
from benchmarks.readers.queries import queries
from benchmarks.readers.turns import take_turns
from bot.config import Database, Fetch, Settings
from bot.matching.language import parse
from bot.model.destination import CONSOLE, Destination, Workspace
from bot.model.reading import PollReport
from bot.model.subscription import COMMANDED, NewSubscription
from bot.service.memory import keep_what_stands
from bot.service.running import TICK
from bot.wiring import Application, Machinery, assemble, start_up
from storage.unit import SqlStorage

CHANNELS = 30
PROBE = 0.002
"""Seconds between two looks at how late the event loop is."""
LONGER_THAN_ANY_INTERVAL = timedelta(minutes=31)
AT_ONCE = 500
"""Feeds that are followed in one transaction."""


class Tocsin:
    def __init__(self, folder: str, press: dict[str, int], subscriptions: int, loop: str = "asyncio") -> None:
        self._runner = asyncio.Runner(loop_factory=_uvloop if loop == "uvloop" else None)
        self._url = f"sqlite:///{Path(folder) / 'tocsin.db'}"
        self._press = Press(**press)
        self._subscriptions = subscriptions
        self._ahead = timedelta()
        self._reports: Counter[str] = Counter()
        self._failures: list[str] = []
        self._expected = 0
        self._done = asyncio.Event()
        self._imported = psutil.Process().memory_info().rss
        _forget_peak()

    def open(self) -> None:
        self._runner.run(self._open())

    async def _open(self) -> None:
        settings = Settings(database=Database(url=self._url), fetch=Fetch(allow_private=("127.0.0.0/8",)))
        self._storage = SqlStorage(self._url, clock=self._now)
        await self._storage.migrate()
        self._application: Application = assemble(settings, self._storage, {CONSOLE: ConsolePlatform()})
        self._machinery: Machinery = start_up(self._application, self._hear, delivers=False)
        keep_what_stands()
        # Alerts are kept in the outbox; sending them is no part of polling.
        self._machinery.poller.wake = lambda _lane: None
        async with self._storage.begin() as unit:
            self._workspace = await unit.workspaces.register(Workspace(CONSOLE))
            for number, typed in enumerate(queries(self._press, self._subscriptions)):
                channel = Destination(Workspace(CONSOLE), f"channel {number % CHANNELS}")
                normal_form = parse(typed).normal_form
                await unit.subscriptions.add(NewSubscription(channel, typed, normal_form, "operator", COMMANDED))

    def follow(self, addresses: Sequence[str]) -> None:
        self._runner.run(self._follow(addresses))

    async def _follow(self, addresses: Sequence[str]) -> None:
        for first in range(0, len(addresses), AT_ONCE):
            async with self._storage.begin() as unit:
                for address in addresses[first : first + AT_ONCE]:
                    await unit.feeds.follow(self._workspace, address, tags=("wire",), origin=COMMANDED)

    def know(self, addresses: Sequence[str]) -> None:
        """Follow these, the first feeds of the press, as if each had been polled once."""
        self._runner.run(write_down(self._url, self._workspace, self._press, addresses, self._now()))

    def poll(self, feeds: int, *, probed: bool = False) -> dict[str, Any]:
        """So many, which is all that are due."""
        self._reports.clear()
        self._failures.clear()
        delays = self._runner.run(self._poll(feeds, probed=probed))
        found = {**self._reports, "failures": self._failures[:3]}
        return {**found, **_spread(delays)} if probed else found

    async def _poll(self, feeds: int, *, probed: bool) -> list[float]:
        delays: list[float] = []
        probe = asyncio.create_task(_probe(delays)) if probed else None
        self._expected = feeds
        self._done.clear()
        while not self._done.is_set():
            await self._machinery.poller.sweep()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._done.wait(), TICK.total_seconds())
        if probe:
            probe.cancel()
        return delays

    def later(self) -> None:
        """Every feed is due."""
        self._ahead += LONGER_THAN_ANY_INTERVAL

    def memory(self) -> dict[str, float]:
        """Megabytes, without the processes that parse."""
        return {"imported_mb": self._imported / 1e6, "peak_mb": (_peak() - self._imported) / 1e6}

    def close(self) -> None:
        self._runner.run(self._machinery.poller.crew.dismiss(1))
        self._runner.run(self._application.close())
        self._runner.run(self._storage.close())
        self._runner.close()

    def _now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def _hear(self, report: PollReport) -> None:
        self._reports["polls"] += 1
        self._reports["unchanged"] += report.unchanged
        self._reports["articles"] += len(report.judged)
        self._reports.update(judged.verdict for judged in report.judged)
        if report.failed:
            self._failures.append(f"{report.address}: {report.complaint}")
        if self._reports["polls"] == self._expected:
            self._done.set()


async def _probe(delays: list[float]) -> None:
    while True:
        due = time.perf_counter() + PROBE
        await asyncio.sleep(PROBE)
        delays.append(time.perf_counter() - due)


def _spread(delays: Sequence[float]) -> dict[str, float]:
    """Milliseconds."""
    ordered = sorted(delays)
    return {"p99_ms": ordered[len(ordered) * 99 // 100] * 1e3, "worst_ms": ordered[-1] * 1e3}


def parsers_cpu() -> float:
    """Seconds of the processes that parse."""
    spent = 0.0
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):
            times = child.cpu_times()
            spent += times.user + times.system
    return spent


def _forget_peak() -> None:
    """So that what the imports took and gave back does not count."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak() -> int:
    """Bytes. What getrusage says may be the peak of the process that started this one."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def _uvloop() -> asyncio.AbstractEventLoop:
    import uvloop  # noqa: PLC0415 - only where it is asked for

    return uvloop.new_event_loop()


if __name__ == "__main__":
    take_turns(Tocsin(**json.loads(sys.argv[1])), parsers_cpu)
