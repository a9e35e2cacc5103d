"""``make bench-match``: what the matcher costs, against a floor and against its peers, and what it promises.

SEED, FULL, JSON and ONLY (names of measures, with commas between) are read from the environment.
"""

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import report
from benchmarks.child import Failed, measured
from benchmarks.report import Figures
from benchmarks.workload import Workload

SEED = 7
SIZES = {10_000: "10k", 100_000: "100k", 1_000_000: "1m"}
PAIRS = 800_000


@dataclass(frozen=True, slots=True)
class Step:
    measure: str
    options: dict[str, Any] = field(default_factory=dict)
    suffix: str = ""
    """Of the names of its figures, where they count something."""

    def named(self, found: Figures) -> dict[str, float | str]:
        return {name if isinstance(value, str) else name + self.suffix: value for name, value in found.items()}


def plan(seed: int, *, full: bool) -> Iterator[Step]:
    largest = 1_000_000 if full else 100_000
    smaller_than_asked = "" if full else f"_{SIZES[largest]}"
    yield Step("promises", {"size": largest})
    for size, name in SIZES.items():
        if size <= largest:
            yield Step("cost", {"size": size}, f"_{name}")
    yield Step("tails", {"fewer": 10_000, "more": largest}, smaller_than_asked)
    yield Step("regexes", {"size": 10_000}, "_10k")
    yield Step("postgres", {"size": 100_000}, "_100k")
    yield Step("registering", {"size": 100_000})
    yield Step("merging", {"size": largest})
    yield Step("memory", {"size": largest}, smaller_than_asked)
    yield Step("database", {"size": largest}, smaller_than_asked)
    yield Step("restart", {"size": largest}, smaller_than_asked)
    yield Step("explaining")
    yield Step("agreement", {"pairs": PAIRS, "seed": seed})


def main() -> int:
    begun = time.monotonic()
    seed, full = int(os.environ.get("SEED") or SEED), os.environ.get("FULL", "") not in {"", "0"}
    only = {name for name in os.environ.get("ONLY", "").split(",") if name}
    figures: dict[str, float | str] = {**report.machine(seed), "full": int(full)}
    broken = []
    with TemporaryDirectory(prefix="tocsin-bench-") as folder:
        workload = Workload.drawn(Path(folder), seed, 1_000_000 if full else 100_000)
        for step in plan(seed, full=full):
            if only and step.measure not in only:
                continue
            print(f"{time.monotonic() - begun:4.0f} s  {step.measure} {step.options or ''}", file=sys.stderr)
            try:
                found = measured(workload, step.measure, step.options)
            except Failed as failed:
                broken.append(str(failed))
            else:
                figures |= step.named(found)
    figures["seconds"] = round(time.monotonic() - begun)
    report.show(figures, full=full)
    if path := os.environ.get("JSON"):
        report.write(figures, Path(path))
    if broken:
        print(f"Broken off: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
