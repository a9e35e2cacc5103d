"""``make chaos``: kills, pauses, faults and crash points on both databases, a control, and the figures that must hold.

SEED, JSON, DATABASE (sqlite, postgres; else both) and SHORT=1 (without the run of default constants, and with fewer
kills) are read from the environment. Ends with 1 where a figure is missed.
"""

import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from pathlib import Path

from benchmarks import report
from tests.chaos.crashes import DATABASES, Aftermath, all_died, cases
from tests.chaos.disturbance import FAULTS, LATE_FAULTS, Database, Plan, Postgres, small_disk
from tests.chaos.scene import DEFAULT, SHORT
from tests.chaos.trial import ALL, Outcome, tried
from tests.standins.postgres import PostgresServer

PLANS = {
    "chaos": Plan(50, kills=25, pauses=3, failures=3, publish_every=0.9, faults=FAULTS, constants=SHORT),
    "late accepts": Plan(50, kills=5, pauses=0, failures=0, publish_every=0.4, faults=LATE_FAULTS, constants=SHORT),
    "control": Plan(25, kills=5, pauses=0, failures=0, publish_every=0.7, faults=FAULTS, constants=SHORT),
}
PATIENT = Plan(4, kills=2, pauses=0, failures=0, publish_every=2, faults=FAULTS, constants=DEFAULT)
"""With the constants that are the default; one run for each platform."""
ENOUGH_DUPLICATES = 10
"""Of the control: with fewer the harness would prove nothing."""


@asynccontextmanager
async def opened(name: str, folder: Path) -> AsyncIterator[Database]:
    if name == "sqlite":
        async with small_disk(folder) as disk:
            yield disk
    else:
        with PostgresServer() as server:
            yield Postgres(server, server.fresh_database())


async def run(name: str, plan: Plan, database: str, seed: int, platforms: Sequence[str] = ALL) -> Outcome:
    if database == "sqlite":
        plan = replace(plan, failures=min(plan.failures, 1))
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tocsin-chaos-") as folder:
        async with opened(database, Path(folder)) as standing:
            outcome = await tried(standing, plan, Path(folder), seed, naive=name == "control", platforms=platforms)
    print(f"{name} on {database} ({', '.join(platforms)}), {time.monotonic() - begun:.0f} s")
    print("  done:  ", _said({"kills": outcome.harm.kills, "pauses": outcome.harm.pauses, **outcome.troubles}))
    for failure in outcome.harm.failures:
        print("         ", failure)
    print("  found: ", _said(asdict(outcome.verdict)))
    print(f"  drained in {outcome.drain_s:.1f} s, at most {outcome.drain_bound_s:.1f}", flush=True)
    if missed(name, outcome):
        print(f"  what the processes said: {_kept(outcome.log)}", flush=True)
    return outcome


def _kept(log: str) -> str:
    """The file that holds it from now on."""
    with tempfile.NamedTemporaryFile("w", prefix="tocsin-chaos-", suffix=".log", delete=False) as file:
        file.write(log)
    return file.name


async def crashes(database: str, seed: int) -> Sequence[Aftermath]:
    """Dying at each point, on each platform."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tocsin-crashes-") as folder, PostgresServer() as server:
        found = await all_died(cases([database], random.Random(seed)), server, Path(folder))
    print(f"crash points on {database}, {time.monotonic() - begun:.0f} s")
    for each in found:
        print(f"  {each.case}: {'; '.join(each.complaints) or 'well'}", flush=True)
    return found


def _said(figures: Mapping[str, float]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in figures.items())


def missed(name: str, outcome: Outcome) -> list[str]:
    """What does not hold."""
    verdict = outcome.verdict
    if name == "control":
        few = [f"the control shows only {verdict.duplicated} duplicates"]
        lost = [f"the control lost {verdict.lost}, though it only delivers otherwise"]
        return few * (verdict.duplicated < ENOUGH_DUPLICATES) + lost * bool(verdict.lost)
    must_be_none = {
        "lost": verdict.lost,
        "duplicated": verdict.duplicated,
        "out of order": verdict.out_of_order,
        "sent again without a look": verdict.unchecked_resends,
        "given up": verdict.given_up,
        "second looks left": outcome.looks_left,
    }
    found = [f"{count} {what}" for what, count in must_be_none.items() if count]
    return found + ([f"drained in {outcome.drain_s:.1f} s"] if outcome.drain_s > outcome.drain_bound_s else [])


async def main() -> int:
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
    short = os.environ.get("SHORT", "") not in {"", "0"}
    databases = [one for one in DATABASES if os.environ.get("DATABASE", one) == one]
    print(f"seed {seed}")
    figures: dict[str, float | str] = {**report.machine(seed, ("slack-bolt", "discord.py", "sqlalchemy"))}
    complaints = []
    for database in databases:
        for name, plan in PLANS.items():
            few = replace(plan, headlines=plan.headlines // 3, kills=plan.kills // 3, pauses=1) if short else plan
            outcome = await run(name, few, database, seed)
            complaints += [f"{name} on {database}: {one}" for one in missed(name, outcome)]
            figures |= _figures(name, database, outcome)
        if not short:
            both = await asyncio.gather(
                *(run("default constants", PATIENT, database, seed, [platform]) for platform in ALL)
            )
            for outcome in both:
                complaints += [f"default constants on {database}: {one}" for one in missed("default", outcome)]
    for database in databases:
        aftermaths = await crashes(database, seed)
        complaints += [f"{each.case}: {one}" for each in aftermaths for one in each.complaints]
        figures |= _crash_figures(database, aftermaths)
    if path := os.environ.get("JSON"):
        report.write(figures, Path(path))
    print("\n".join(complaints) or "all that must hold holds")
    return int(bool(complaints))


def _figures(name: str, database: str, outcome: Outcome) -> Mapping[str, float]:
    verdict = outcome.verdict
    if name == "control":
        return {f"negative_control_duplicates_{database}": verdict.duplicated}
    if name == "late accepts":
        return {f"late_{each}_{database}": getattr(verdict, each) for each in ("lost", "duplicated", "out_of_order")}
    harm = {"kills": outcome.harm.kills, "drain_s": round(outcome.drain_s, 1)}
    return {f"{each}_{database}": count for each, count in {**asdict(verdict), **harm}.items()}


def _crash_figures(database: str, found: Sequence[Aftermath]) -> Mapping[str, float]:
    totals = {"died": sum(each.has_died for each in found)}
    totals |= {
        each: sum(getattr(one.verdict, each) for one in found)
        for each in ("lost", "duplicated", "out_of_order", "unchecked_resends")
    }
    cases_run = {f"crash_cases_{database}": len(found)}
    return cases_run | {f"crash_{each}_{database}": count for each, count in totals.items()}


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
