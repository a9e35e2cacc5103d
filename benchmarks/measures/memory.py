"""What the process keeps for every subscription: ids, queries and index together."""

import gc

import psutil

from benchmarks.measures.matching import filled, met
from benchmarks.workload import Workload


def measure(workload: Workload, size: int) -> dict[str, float]:
    article = workload.articles()[0]
    met(filled(workload.pairs("mix", 1_000)), article)
    before = _resident()
    matcher = filled(workload.pairs("mix", size))
    met(matcher, article)
    return {"bytes_per_subscription": (_resident() - before) / size}


def _resident() -> int:
    gc.collect()
    return int(psutil.Process().memory_info().rss)
