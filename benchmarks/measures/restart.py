"""From the database to the first matched article, with nothing kept beside the database."""

import asyncio
import time

from benchmarks.measures.database import url
from benchmarks.measures.matching import met
from benchmarks.workload import Workload
from bot.jobs.standing import Standing
from bot.matching.matcher import Matcher
from storage.unit import SqlStorage


def measure(workload: Workload, size: int) -> dict[str, float]:
    article = workload.articles()[0]
    begun, begun_by_the_clock = time.process_time(), time.perf_counter()
    matcher = asyncio.run(_loaded(url(workload)))
    met(matcher, article)
    spent, lasted = time.process_time() - begun, time.perf_counter() - begun_by_the_clock
    if len(matcher) != size:
        raise RuntimeError(f"{len(matcher)} of {size} subscriptions were loaded")
    return {"restart_s": spent, "restart_wall_s": lasted}


async def _loaded(address: str) -> Matcher:
    """As the service does before its first poll."""
    storage = SqlStorage(address)
    standing = Standing()
    await standing.load(storage)
    async with storage.read() as unit:
        matcher = await standing.matcher(unit)
    await storage.close()
    return matcher
