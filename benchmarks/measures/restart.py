"""From the database to the first matched article, with nothing kept beside the database."""

import asyncio
import time

from sqlalchemy import select

from benchmarks.measures.database import url
from benchmarks.measures.matching import filled, met
from benchmarks.workload import Workload
from bot.matching.language import read_back
from bot.matching.matcher import Matcher
from bot.model.ids import SubscriptionId
from storage.engine import open_engine
from storage.tables import subscriptions


def measure(workload: Workload, size: int) -> dict[str, float]:
    article = workload.articles()[0]
    begun, begun_by_the_clock = time.process_time(), time.perf_counter()
    matcher = asyncio.run(load_from_database(url(workload)))
    met(matcher, article)
    spent, lasted = time.process_time() - begun, time.perf_counter() - begun_by_the_clock
    if len(matcher) != size:
        raise RuntimeError(f"{len(matcher)} of {size} subscriptions were loaded")
    return {"restart_s": spent, "restart_wall_s": lasted}


async def load_from_database(address: str) -> Matcher:
    engine = open_engine(address)
    standing = select(subscriptions.c.id, subscriptions.c.normal_form).where(subscriptions.c.ended_at.is_(None))
    async with engine.connect() as connection:
        reading = await connection.execution_options(tocsin_reads=True)
        rows = await reading.execute(standing)
        matcher = filled((SubscriptionId(row.id), read_back(row.normal_form)) for row in rows)
    await engine.dispose()
    return matcher
