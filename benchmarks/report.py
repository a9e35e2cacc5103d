"""The figures as a table for people, next to what is asked of each, and as one flat object for programs."""

import json
import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

Figures = Mapping[str, float | str]
PACKAGES = ("numpy", "opencc", "py3langid", "publicsuffixlist")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a figure must be at least, and what it should be: at most that much, or no less where more is better."""

    title: str
    figure: str
    least: float | None = None
    aim: float | None = None
    unit: str = ""
    more_is_better: bool = False

    def verdict(self, value: float) -> str:
        for bound, word in ((self.aim, "aim"), (self.least, "yes")):
            if bound is not None and (value >= bound if self.more_is_better else value <= bound):
                return word
        return "" if self.least is None else "NO"


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


def show(figures: Figures, *, full: bool) -> None:
    table = Table("measure", "here", "at least", "aim", "met", title="make bench-match")
    for column in table.columns[1:]:
        column.justify = "right"
    shown = {asked.figure for asked in ASKED}
    for asked in ASKED:
        value = figures.get(asked.figure)
        if isinstance(value, int | float):
            bounds = [_number(asked.least), _number(asked.aim)]
            table.add_row(asked.title, f"{_number(value)} {asked.unit}".strip(), *bounds, asked.verdict(value))
        elif asked.figure in ONLY_IN_FULL and not full:
            table.add_row(asked.title, "FULL=1", _number(asked.least), _number(asked.aim), "")
    table.add_section()
    for name, value in figures.items():
        if name not in shown:
            table.add_row(name, value if isinstance(value, str) else _number(value), "", "", "")
    Console(width=None if sys.stdout.isatty() else 110).print(table)


def write(figures: Figures, path: Path) -> None:
    path.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def machine(seed: int) -> dict[str, float | str]:
    return {
        "seed": seed,
        "machine": f"{platform.system()} {platform.machine()}, {_processor()}",
        "cores": os.cpu_count() or 1,
        "python": platform.python_version(),
        **{package: version(package) for package in PACKAGES},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")


def _number(value: float | None) -> str:
    if value is None:
        return ""
    if value == int(value) or abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.4f}" if abs(value) < 0.1 else f"{value:.2f}"
