"""``make bench-delivery``: what the engine delivers on its own, how soon, and how it uses what platforms let through.

SEED, FULL and JSON are read from the environment; SEED draws the limits of the platforms.
"""

import asyncio
import os
import sys
import time
from pathlib import Path

from benchmarks import report
from benchmarks.delivering.engine import CHANNELS, PACE, ceiling, databases, due_to_posted, percentiles
from benchmarks.delivering.paced import paced
from benchmarks.report import Asked

SHORT, FULL = 2_000, 10_000
"""Deliveries for which a ceiling is measured."""
PACKAGES = ("sqlalchemy", "aiosqlite", "psycopg", "apscheduler")
ASKED = (
    Asked("used of what limited platforms allow", "pace_efficiency", least=0.95, more_is_better=True),
    Asked("of the posts answered 429", "rate_429", least=0.01),
    Asked("deliveries a second, SQLite", "ceiling_sqlite", unit="/s", more_is_better=True),
    Asked("deliveries a second, PostgreSQL", "ceiling_postgres", unit="/s", more_is_better=True),
    Asked("due to posted, p50", "due_to_posted_p50_s", unit="s"),
    Asked("due to posted, p95", "due_to_posted_p95_s", unit="s"),
    Asked("due to posted, p99", "due_to_posted_p99_s", unit="s"),
)


def main() -> int:
    begun = time.monotonic()
    seed = int(os.environ.get("SEED") or 7)
    full = os.environ.get("FULL", "") not in {"", "0"}
    size = FULL if full else SHORT
    figures: dict[str, float | str] = {**report.machine(seed, PACKAGES), "full": int(full)}
    figures |= {"deliveries": size, "channels": CHANNELS, "steady_pace": PACE}
    with databases() as urls:
        for name in ("sqlite", "postgres"):
            figures[f"ceiling_{name}"] = asyncio.run(ceiling(urls[name], size))
            p50, p95, p99 = percentiles(asyncio.run(due_to_posted(urls[f"{name}_steady"])))
            suffix = "_postgres" if name == "postgres" else ""
            figures |= {f"due_to_posted_{of}_s{suffix}": at for of, at in (("p50", p50), ("p95", p95), ("p99", p99))}
            print(f"{time.monotonic() - begun:4.0f} s  {name}", file=sys.stderr)
        run = asyncio.run(paced(urls["sqlite_paced"], seed))
    figures |= {"pace_efficiency": run.mean, "rate_429": run.refused, "paced_deliveries": run.deliveries}
    figures |= {f"pace_efficiency_{group}": efficiency for group, efficiency in run.efficiency.items()}
    figures |= {"paced_seconds": run.seconds, "seconds": round(time.monotonic() - begun)}
    report.show(figures, ASKED, "make bench-delivery")
    if path := os.environ.get("JSON"):
        report.write(figures, Path(path))
    return 0


if __name__ == "__main__":
    sys.exit(main())
