"""``make bench-feeds``: what a poll costs, against a bare fetch and against peers, and what it holds up.

SEED, FULL, JSON and ONLY (polls, loop, scale, with commas between) are read from the environment.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import report
from benchmarks.polling import loop, polls, scale
from benchmarks.polling.place import FULL, Place, Sizes
from benchmarks.readers.seats import ROOT, Failed
from benchmarks.report import Asked, Figures

SEED = 7
PEERS = ROOT / ".bench/peers/bin/python"
PACKAGES = ("aiohttp", "feedparser", "sqlalchemy", "selectolax", "chardet")
ASKED = (
    Asked("poll answered 304 ÷ bare aiohttp", "poll304_vs_aiohttp", 2.0, 1.3),
    Asked("poll answered 304 ÷ reader", "poll304_vs_reader", 1 / 6, 1 / 10),
    Asked("200 with an unchanged body ÷ reader", "unchanged_vs_reader", 1 / 50, 1 / 80),
    Asked("one new item ÷ reader", "one_new_vs_reader", 1 / 8, 1 / 12),
    Asked("first poll ÷ feedparser alone", "first_poll_vs_feedparser", 1.1, 0.5),
    Asked("memory above the imported process, 1,000 feeds", "peak_mb_1000", 60, 40, "MB"),
    Asked("a poll with 10,000 feeds ÷ with 1,000", "scale_10k_vs_1k", 1.2, 1.0),
    Asked("event loop held up while parsing, p99", "loop_p99_ms", 20, 10, "ms"),
    Asked("event loop held up by a hostile feed", "loop_hostile_ms", 100, 50, "ms"),
)


MEASURES: Mapping[str, Callable[[Place], Figures]] = {
    "polls": polls.measure,
    "loop": loop.measure,
    "scale": scale.measure,
}


def measured(place: Place, only: Sequence[str] = ()) -> Iterator[tuple[str, Figures | Failed]]:
    for name, measure in MEASURES.items():
        if only and name not in only:
            continue
        try:
            yield name, measure(place)
        except Failed as failed:
            yield name, failed


def main() -> int:
    begun = time.monotonic()
    seed, full = int(os.environ.get("SEED") or SEED), os.environ.get("FULL", "") not in {"", "0"}
    only = [name for name in os.environ.get("ONLY", "").split(",") if name]
    figures: dict[str, float | str] = {**report.machine(seed, PACKAGES), "full": int(full)}
    broken = []
    with TemporaryDirectory(prefix="tocsin-bench-") as folder:
        place = Place(Path(folder), seed, FULL if full else Sizes(), PEERS if PEERS.exists() else None)
        for name, found in measured(place, only):
            print(f"{time.monotonic() - begun:4.0f} s  {name}", file=sys.stderr)
            if isinstance(found, Failed):
                broken.append(f"{name} ({found})")
            else:
                figures |= found
    figures["seconds"] = round(time.monotonic() - begun)
    report.show(figures, ASKED, "make bench-feeds")
    if path := os.environ.get("JSON"):
        report.write(figures, Path(path))
    if broken:
        print(f"Broken off: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
