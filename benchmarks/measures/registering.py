"""How long a new subscription takes, once its query is read and with that."""

import asyncio
import time
from statistics import median, quantiles

from benchmarks.measures.matching import filled, met
from benchmarks.workload import Workload
from bot.matching.language import parse
from bot.model.ids import SubscriptionId

NEW = 5_000
ARTICLE_EVERY = 100
"""Registrations between two articles."""


def measure(workload: Workload, size: int) -> dict[str, float]:
    matcher = filled(workload.pairs("mix", size - NEW))
    articles = workload.articles()
    registering, reading = [], []
    for number, typed in enumerate(workload.typed("mix", NEW, first=size - NEW)):
        begun = time.thread_time_ns()
        query = parse(typed)
        read = time.thread_time_ns()
        matcher.register(SubscriptionId(size + number), query)
        registering.append((time.thread_time_ns() - read) / 1e3)
        reading.append((read - begun) / 1e3)
        if number % ARTICLE_EVERY == 0:
            met(matcher, articles[number // ARTICLE_EVERY % len(articles)])
        if matcher.is_due:
            asyncio.run(matcher.merge())
    return {
        "register_us_p50": median(registering),
        "register_us_p99": quantiles(registering, n=100)[-1],
        "register_us_highest": max(registering),
        "parse_us_p50": median(reading),
        "parse_us_p99": quantiles(reading, n=100)[-1],
    }
