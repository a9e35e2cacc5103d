"""What an article costs that the matcher has never seen, in times of the floor."""

import gc
import json
import os
import sys
from dataclasses import dataclass
from random import Random
from statistics import median

from benchmarks.measures.matching import cpu_seconds, filled, floor, met, warm_up
from benchmarks.workload import Workload
from bot.matching.matcher import Matcher
from bot.model.article import Article

ROUNDS = 4
BATCH = 10
"""Articles that are matched between two measures of the floor."""
FLOORS = 3


def measure(workload: Workload, series: str, size: int) -> dict[str, float]:
    matcher = filled(workload.pairs(series, size))
    articles = workload.articles()
    gc.collect()
    gc.freeze()
    halves = _Halves(articles)
    rounds = [_in_a_fork(matcher, *halves.of_round(number)) for number in range(ROUNDS)]
    name = "cost" if series == "mix" else f"{series}_cost"
    return {
        f"{name}_ratio": median(one.new / one.floor for one in rounds),
        f"{name}_ratio_lowest": min(one.new / one.floor for one in rounds),
        f"{name}_ratio_highest": max(one.new / one.floor for one in rounds),
        f"{name}_ratio_repeated": median(one.repeated / one.floor for one in rounds),
        f"{name}_ms": median(one.new for one in rounds) * 1e3,
        f"{name}_floor_ms": median(one.floor for one in rounds) * 1e3,
        f"{name}_matching_share": sum(one.met for one in rounds) / ROUNDS / size,
    }


@dataclass(frozen=True, slots=True)
class Round:
    """CPU seconds for an average article."""

    floor: float
    new: float
    repeated: float
    met: float


class _Halves:
    """Every two rounds the articles fall into two halves, each of which is warmed up with once and measured once."""

    def __init__(self, articles: list[Article]) -> None:
        self._articles = articles

    def of_round(self, number: int) -> tuple[list[Article], list[Article]]:
        shuffled = list(self._articles)
        Random(f"halves {number // 2}").shuffle(shuffled)  # noqa: S311 - a workload, not a secret
        half = len(shuffled) // 2
        halves = shuffled[:half], shuffled[half:]
        return halves if number % 2 else halves[::-1]


def _in_a_fork(matcher: Matcher, known: list[Article], new: list[Article]) -> Round:
    """A process of its own that begins with the same matcher and with what it has not yet seen."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        code = 1
        try:
            one = _round(matcher, known, new)
            os.write(writing, json.dumps((one.floor, one.new, one.repeated, one.met)).encode())
            code = 0
        except BaseException:  # noqa: BLE001 - the traceback is shown, and the fork ends here whatever happened
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return Round(*json.loads(answer))


def _round(matcher: Matcher, known: list[Article], new: list[Article]) -> Round:
    warm_up(matcher, known)
    spent = {"floor": 0.0, "new": 0.0, "repeated": 0.0}
    found = 0

    def match(batch: list[Article]) -> None:
        nonlocal found
        for article in batch:
            found += met(matcher, article)

    for kind in ("new", "repeated"):
        for at in range(0, len(new), BATCH):
            batch = new[at : at + BATCH]
            read = floor(batch)
            spent["floor"] += median(cpu_seconds(read) for _ in range(FLOORS)) / 2
            spent[kind] += cpu_seconds(lambda batch=batch: match(batch))  # type: ignore[misc]
    number = len(new)
    return Round(spent["floor"] / number, spent["new"] / number, spent["repeated"] / number, found / 2 / number)
