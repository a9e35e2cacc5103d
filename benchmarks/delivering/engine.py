"""What the engine delivers on its own: real storage, lanes, leases and clock, and platforms that accept at once."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from bot.alerts.retry import Patience
from bot.jobs.deliver import Deliverer, Delivering, unheard
from bot.jobs.engine import ClockEngine
from bot.model.delivery import Absent, Content, Deferred, Delivery, Finding, Notice, Outcome, Refused, Sent
from bot.model.destination import Destination, Workspace
from bot.model.ids import DestinationId
from bot.ports import Messenger, Pace, SettledReport
from storage.unit import SqlStorage
from tests.standins.postgres import PostgresServer

LEASE = timedelta(seconds=60)
CHANNELS = 200
TICK = timedelta(seconds=1)
STEADY_SECONDS = 15.0
PACE = 60.0
"""Deliveries a second while due to posted is measured: below what the engine manages, so that nothing queues up."""
KINDS = ("slack", "discord")
NO_PACES: Mapping[str, Pace] = {}


class Accepting:
    """A messenger that takes everything at once, and notes when."""

    knows_again = timedelta()

    def __init__(self) -> None:
        self.took: dict[tuple[str, Content], datetime] = {}
        """By channel and content."""
        self.enough = asyncio.Event()
        self.wanted = 0

    async def send(self, delivery: Delivery) -> Outcome:
        self.took[delivery.destination.channel, delivery.content] = datetime.now(UTC)
        if len(self.took) >= self.wanted:
            self.enough.set()
        return Sent(delivery.key)

    async def find(self, delivery: Delivery) -> Finding:
        return Absent()

    async def edit(self, delivery: Delivery, receipt: str) -> Outcome:
        return Sent(receipt)

    async def delete(self, delivery: Delivery, receipt: str) -> Outcome:
        return Sent(receipt)

    async def reach(self, destination: Destination) -> Deferred | Refused | None:
        return None


async def lanes(storage: SqlStorage) -> list[DestinationId]:
    """Half of them on each platform, ten in a workspace."""
    async with storage.begin() as unit:
        return [
            await unit.outbox.destination(Destination(Workspace(KINDS[n % 2], f"W{n // 20}"), f"C{n}"))
            for n in range(CHANNELS)
        ]


async def queue(storage: SqlStorage, lane: DestinationId, occasions: range) -> None:
    async with storage.begin() as unit:
        for occasion in occasions:
            await unit.outbox.notify(lane, news(occasion), str(occasion))


def news(number: int) -> Notice:
    return Notice(f"The invented news number {number}.")


@asynccontextmanager
async def at_work(
    storage: SqlStorage,
    messengers: Mapping[str, Messenger],
    report: SettledReport = unheard,
    paces: Mapping[str, Pace] = NO_PACES,
) -> AsyncIterator[ClockEngine]:
    """As ``tocsin run --only deliver`` is, without what it hears of its platforms."""
    deliverer = Deliverer(
        storage,
        messengers,
        Delivering(Patience(), LEASE),
        "benchmark",
        wake=lambda lane, at: engine.wake(lane, at),  # noqa: PLW0108 - the engine is made after it
        report=report,
        paces=paces,
    )
    engine = ClockEngine(deliverer.look_at)
    engine.every(TICK, deliverer.sweep)
    stop = asyncio.Event()
    running = asyncio.create_task(engine.run(stop.wait()))
    try:
        yield engine
    finally:
        stop.set()
        await running
        await deliverer.crew.dismiss(5)


async def ceiling(url: str, deliveries: int) -> float:
    """Deliveries a second, from the first claim to the last one accepted."""
    storage = SqlStorage(url)
    await storage.migrate()
    for lane in await lanes(storage):
        await queue(storage, lane, range(deliveries // CHANNELS))
    messenger = Accepting()
    messenger.wanted = deliveries
    begun = time.monotonic()
    async with at_work(storage, dict.fromkeys(KINDS, messenger)):
        await messenger.enough.wait()
        took = time.monotonic() - begun
    await storage.close()
    return deliveries / took


async def due_to_posted(url: str) -> list[float]:
    """Seconds from the commit that queues an alert until the platform is asked to post it, under a steady load."""
    storage = SqlStorage(url)
    await storage.migrate()
    places = await lanes(storage)
    messenger = Accepting()
    messenger.wanted = int(STEADY_SECONDS * PACE)
    due: dict[tuple[str, Content], datetime] = {}
    async with at_work(storage, dict.fromkeys(KINDS, messenger)) as engine:
        for number in range(messenger.wanted):
            began = time.monotonic()
            lane = places[number % CHANNELS]
            await queue(storage, lane, range(number, number + 1))
            due[f"C{number % CHANNELS}", news(number)] = datetime.now(UTC)
            engine.wake(lane)
            await asyncio.sleep(max(0.0, 1 / PACE - (time.monotonic() - began)))
        await messenger.enough.wait()
    await storage.close()
    # The sweep may come upon one between its commit and the look at the clock.
    return [max((messenger.took[one] - at).total_seconds(), 0.0) for one, at in due.items()]


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    with TemporaryDirectory(prefix="tocsin-bench-") as folder, PostgresServer() as server:
        yield {
            "sqlite": f"sqlite:///{Path(folder) / 'ceiling.db'}",
            "sqlite_steady": f"sqlite:///{Path(folder) / 'steady.db'}",
            "sqlite_paced": f"sqlite:///{Path(folder) / 'paced.db'}",
            "postgres": server.fresh_database(),
            "postgres_steady": server.fresh_database(),
        }


def percentiles(seconds: list[float]) -> tuple[float, float, float]:
    cut = quantiles(seconds, n=100)
    return cut[49], cut[94], cut[98]
