"""The figures as a table for people, next to what is asked of each, and as one flat object for programs."""

import json
import os
import platform
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

Figures = Mapping[str, float | str]


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


def show(figures: Figures, asked_for: Sequence[Asked], title: str, only_in_full: Collection[str] = ()) -> None:
    """``only_in_full`` are figures that take FULL=1, which was not asked for."""
    table = Table("measure", "here", "at least", "aim", "met", title=title)
    for column in table.columns[1:]:
        column.justify = "right"
    shown = {asked.figure for asked in asked_for}
    for asked in asked_for:
        value = figures.get(asked.figure)
        if isinstance(value, int | float):
            bounds = [_number(asked.least), _number(asked.aim)]
            table.add_row(asked.title, f"{_number(value)} {asked.unit}".strip(), *bounds, asked.verdict(value))
        elif asked.figure in only_in_full:
            table.add_row(asked.title, "FULL=1", _number(asked.least), _number(asked.aim), "")
    table.add_section()
    for name, value in figures.items():
        if name not in shown:
            table.add_row(name, value if isinstance(value, str) else _number(value), "", "", "")
    Console(width=None if sys.stdout.isatty() else 110).print(table)


def write(figures: Figures, path: Path) -> None:
    path.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def machine(seed: int, packages: Sequence[str]) -> dict[str, float | str]:
    return {
        "seed": seed,
        "machine": f"{platform.system()} {platform.machine()}, {_processor()}",
        "cores": os.cpu_count() or 1,
        "python": platform.python_version(),
        **{package: version(package) for package in packages},
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
