"""How long the event loop waits for its turn while new subscriptions are filed in a thread beside it."""

import asyncio
import time
from contextlib import suppress

from benchmarks.measures.matching import filled, met
from benchmarks.workload import Workload
from bot.matching.matcher import Matcher

FRESH = 4_000
TICK = 0.001
"""Seconds."""
MERGES = 3


def measure(workload: Workload, size: int) -> dict[str, float]:
    matcher = filled(workload.pairs("mix", size - MERGES * FRESH))
    met(matcher, workload.articles()[0])
    delays, lasted = [], []
    for first in range(size - MERGES * FRESH, size, FRESH):
        for subscription, query in workload.pairs("mix", FRESH, first=first):
            matcher.register(subscription, query)
        delay, seconds = asyncio.run(_merged(matcher))
        delays.append(delay * 1e3)
        lasted.append(seconds)
    return {"loop_stall_ms": max(delays), "loop_stall_ms_idle": asyncio.run(_idle()), "merge_s": max(lasted)}


async def _merged(matcher: Matcher) -> tuple[float, float]:
    """The longest that a tick was late, and how long the merge took."""
    delays: list[float] = []
    ticking = asyncio.create_task(_tick(delays))
    await asyncio.sleep(0.1)
    begun = time.perf_counter()
    delays.clear()
    await matcher.merge()
    seconds = time.perf_counter() - begun
    await asyncio.sleep(2 * TICK)
    ticking.cancel()
    with suppress(asyncio.CancelledError):
        await ticking
    return max(delays), seconds


async def _idle() -> float:
    """What this machine delays a tick by while nothing is merged, in milliseconds."""
    delays: list[float] = []
    ticking = asyncio.create_task(_tick(delays))
    await asyncio.sleep(1)
    ticking.cancel()
    return max(delays) * 1e3


async def _tick(delays: list[float]) -> None:
    while True:
        due = time.perf_counter() + TICK
        await asyncio.sleep(TICK)
        delays.append(time.perf_counter() - due)
