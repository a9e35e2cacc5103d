"""One trial: publish, disturb, let it drain, and judge what stands."""

import asyncio
import random
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Select, func, select

from bot.model.delivery import Alert
from storage import payload
from storage.engine import open_engine
from storage.tables import deliveries, destinations, workspaces
from tests.chaos.disturbance import Database, Dice, Harm, Plan, disturb
from tests.chaos.nursery import Nursery
from tests.chaos.scene import FEEDS, Constants, Scene, opened, seats
from tests.chaos.verdict import Verdict, Wall, judged

ALL = ("slack", "discord")
PACE = 10.0
"""Deliveries a second that two processes manage at least on two busy cores, without faults."""
PATIENCE = 60.0
"""Seconds beyond what draining may take, after which a trial ends in any case."""
STARTS = 60.0
LATE = 1.0
"""Seconds after the look for it that a late request is carried out."""


@dataclass(frozen=True, slots=True)
class Outcome:
    verdict: Verdict
    harm: Harm
    troubles: Mapping[str, int]
    """How often each met a request."""
    drain_s: float
    drain_bound_s: float
    looks_left: int
    """Second looks that were not over in time."""
    log: str


async def tried(
    database: Database, plan: Plan, folder: Path, seed: int, *, naive: bool = False, platforms: Collection[str] = ALL
) -> Outcome:
    """``naive``: as the negative control has it. ``platforms``: where there are subscriptions."""
    chance = random.Random(seed)
    dice = Dice(plan.faults, random.Random(seed + 1))
    async with AsyncExitStack() as stack:
        nursery = stack.enter_context(Nursery())
        scene = await stack.enter_async_context(opened())
        scene.slack.late = scene.discord.late = plan.constants.grace + LATE
        # A platform forgets a nonce shortly after it is no more relied on; for the control it never knew one.
        scene.discord.rest.nonce_lasts = 0 if naive else plan.constants.nonce_window + 3
        scene.keep(platforms)
        scene.seats = seats(scene, nursery, folder, database.url, plan.constants, naive=naive)
        await started(scene)
        scene.every_request(dice)
        harm = await disturb(scene, database, plan, chance)
        scene.every_request(lambda: None)
        begun = time.monotonic()
        bound = plan.constants.lease + plan.constants.grace + scene.missing / PACE
        await until_drained(scene, database.url, bound + PATIENCE)
        drained = time.monotonic() - begun
        left = 0 if naive else await looks_left(database.url, plan.constants)
        verdict = judged(scene.published, await walls(scene, database.url), scene.asked_of_slack)
        for seat in scene.seats:
            seat.ends()
        log = "".join(seat.log for seat in scene.seats)
        return Outcome(verdict, harm, dice.counted, drained, bound, left, log)


async def started(scene: Scene) -> None:
    """Both have come up, one after the other, and each feed was read for the first time."""
    async with asyncio.timeout(STARTS):
        for seat in scene.seats:
            seat.start()
            while " ready " not in seat.log:
                assert seat.is_alive, seat.log
                await asyncio.sleep(0.1)
        while not all(_was_read(scene, feed) for feed in range(FEEDS)):
            await asyncio.sleep(0.1)


def _was_read(scene: Scene, feed: int) -> bool:
    """Whether the first poll is over and kept: one that is cut short is a first one again, and tells nobody of news."""
    return any(f"/{feed}.xml first_poll=" in seat.log for seat in scene.seats)


async def until_drained(scene: Scene, url: str, within: float) -> None:
    expected = len(scene.published) * len(scene.walls)
    end = time.monotonic() + within
    while time.monotonic() < end:
        settled, still_open = await _counts(url)
        if settled >= expected and not still_open:
            return
        await asyncio.sleep(0.25)


async def _counts(url: str) -> tuple[int, int]:
    is_open = deliveries.c.settled_at.is_(None)
    is_alert = deliveries.c.kind == "alert"
    query = select(
        func.count().filter(is_alert, ~is_open).label("settled"), func.count().filter(is_alert, is_open).label("open")
    ).select_from(deliveries)
    [row] = await _asked(url, query)
    return row.settled, row.open


async def looks_left(url: str, constants: Constants) -> int:
    """Once all second looks are over, or should be."""
    query = select(func.count().label("left")).where(deliveries.c.look_again_at.is_not(None))
    end = time.monotonic() + constants.second_look + constants.lease + PATIENCE
    while True:
        [row] = await _asked(url, query)
        if not row.left or time.monotonic() > end:
            return int(row.left)
        await asyncio.sleep(0.25)


async def walls(scene: Scene, url: str) -> list[Wall]:
    query = (
        select(
            deliveries.c.payload,
            deliveries.c.state,
            (workspaces.c.platform + ":" + workspaces.c.external_id + "/" + destinations.c.channel).label("place"),
        )
        .join_from(deliveries, destinations)
        .join(workspaces)
        .where(deliveries.c.kind == "alert")
        .order_by(deliveries.c.id)
    )
    queued: dict[str, list[str]] = {}
    given_up: dict[str, set[str]] = {}
    for row in await _asked(url, query):
        title = _title(row.payload)
        queued.setdefault(row.place, []).append(title)
        if row.state == "dead":
            given_up.setdefault(row.place, set()).add(title)
    return [
        Wall(queued.get(to, []), frozenset(given_up.get(to, ())), wall.appeared, wall.standing)
        for to, wall in scene.walls.items()
    ]


def _title(text: str) -> str:
    alert = payload.load("alert", text)
    assert isinstance(alert, Alert)
    return alert.article.title


async def _asked(url: str, query: Select[Any]) -> Sequence[Row[Any]]:
    engine = open_engine(url)
    try:
        async with engine.connect() as connection:
            reading = await connection.execution_options(tocsin_reads=True)
            return (await reading.execute(query)).all()
    finally:
        await engine.dispose()
