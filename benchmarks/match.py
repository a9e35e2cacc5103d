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
from benchmarks.report import Asked, Figures
from benchmarks.workload import Workload

SEED = 7
SIZES = {10_000: "10k", 100_000: "100k", 1_000_000: "1m"}
PAIRS = 800_000
PACKAGES = ("numpy", "opencc", "py3langid", "publicsuffixlist")
ASKED = (
    Asked("cost per article ÷ floor, 10,000", "cost_ratio_10k", 6, 4),
    Asked("cost per article ÷ floor, 100,000", "cost_ratio_100k", 14, 8),
    Asked("cost per article ÷ floor, 1,000,000", "cost_ratio_1m", 36, 20),
    Asked("tail, 1,000,000 ÷ 10,000", "tail_ratio", 2.6, 2),
    Asked("tail, 100,000 ÷ 10,000", "tail_ratio_100k"),
    Asked("one regular expression each ÷ matcher, 10,000", "regex_ratio_10k", 3_000, unit="×", more_is_better=True),
    Asked("PostgreSQL ÷ matcher, 100,000", "postgres_ratio_100k", 25, 60, "×", more_is_better=True),
    Asked("register, median", "register_us_p50", 30, 10, "µs"),
    Asked("register, p99", "register_us_p99", 250, 60, "µs"),
    Asked("event loop held up by a merge", "loop_stall_ms", 150, 50, "ms"),
    Asked("memory per subscription, 1,000,000", "bytes_per_subscription", 1_200, 300, "B"),
    Asked("memory per subscription, 100,000", "bytes_per_subscription_100k", unit="B"),
    Asked("restart, 1,000,000", "restart_s", 30, 10, "s"),
    Asked("restart, 100,000", "restart_s_100k", unit="s"),
    Asked("explain one article and query", "explain_ms", 5, 1, "ms"),
    Asked("oracle: pairs", "oracle_pairs", 800_000, more_is_better=True),
    Asked("oracle: share that matches", "oracle_matching_share", 0.05, more_is_better=True),
    Asked("oracle: differences", "oracle_differences", 0),
    Asked("workload: words of the shortest article", "words_fewest", 200, more_is_better=True),
    Asked("workload: words of the median article", "words_median", 500, more_is_better=True),
    Asked("workload: words of the longest article", "words_most", 6_000),
    Asked("workload: share of Chinese articles", "chinese_share", 0.15, more_is_better=True),
    Asked("workload: share of distinct normal forms", "distinct_share", 0.6, more_is_better=True),
)
ONLY_IN_FULL = frozenset({"cost_ratio_1m", "tail_ratio", "bytes_per_subscription", "restart_s"})


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
    figures: dict[str, float | str] = {**report.machine(seed, PACKAGES), "full": int(full)}
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
    report.show(figures, ASKED, "make bench-match", () if full else ONLY_IN_FULL)
    if path := os.environ.get("JSON"):
        report.write(figures, Path(path))
    if broken:
        print(f"Broken off: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
