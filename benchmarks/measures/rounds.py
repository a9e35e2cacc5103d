"""Articles matched in forks: each begins with the same matcher, which has seen nothing that it is measured by."""

import gc
import json
import os
import sys
from dataclasses import dataclass
from statistics import median

from benchmarks.measures.matching import cpu_seconds, floor, met, warm_up
from bot.matching.matcher import Matcher
from bot.model.article import Article

BATCH = 10
"""Articles that are matched between two measures of the floor."""
FLOORS = 3


@dataclass(frozen=True, slots=True)
class Round:
    """CPU seconds for an average article."""

    floor: float
    new: float
    repeated: float
    met: float


def settled_down() -> None:
    """What stands now stays: the collector need not walk through it in every fork."""
    gc.collect()
    gc.freeze()


def in_a_fork(matcher: Matcher, known: list[Article], new: list[Article]) -> Round:
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
