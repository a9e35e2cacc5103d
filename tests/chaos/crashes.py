"""Processes that die at a named point, and what stands in the channels once another has gone on from there."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from signal import SIGKILL
from typing import Literal, get_args

from bot.crash import VARIABLE, Point
from tests.chaos.nursery import Nursery, signalled
from tests.chaos.scene import FEEDS, SHORT, Scene, opened, seats
from tests.chaos.trial import looks_left, started, until_drained, walls
from tests.chaos.verdict import Verdict, judged
from tests.standins.postgres import PostgresServer
from tests.standins.trouble import Trouble

OnTheWire = Literal["wire.after_write", "wire.after_accept"]
"""Where the platform has the request, and has not acted on it, or has. The stand-in does the killing there."""
POINTS: tuple[Point | OnTheWire, ...] = (*get_args(Point), *get_args(OnTheWire))
PLATFORMS, DATABASES = ("slack", "discord"), ("sqlite", "postgres")
CHANNELS = 2
HEADLINES = 4
AT_ONCE = 6
DIES, DRAINS = 40.0, 60.0
"""Seconds at most, on a machine that is busy with other things."""


@dataclass(frozen=True, slots=True)
class Case:
    point: Point | OnTheWire
    platform: str
    database: str
    passage: int
    """Which time it dies there, from one on; for polls that of the news, behind what stood there at the start."""

    def __str__(self) -> str:
        return f"{self.point}:{self.passage} on {self.platform} and {self.database}"

    @property
    def variable(self) -> str:
        first = FEEDS if self.point.startswith("poll.") else 0
        return f"{self.point}:{first + self.passage}"


@dataclass(frozen=True, slots=True)
class Aftermath:
    case: Case
    ended: int | None
    """How the first process ended; None where it lived on."""
    verdict: Verdict
    looks_left: int
    log: str

    @property
    def has_died(self) -> bool:
        """There, by signal 9."""
        return self.ended == -SIGKILL

    @property
    def complaints(self) -> list[str]:
        """What does not hold."""
        found = self.verdict
        wrong = {
            "lost": found.lost,
            "doubled": found.duplicated,
            "out of order": found.out_of_order,
            "sent again without a look": found.unchecked_resends,
            "given up": found.given_up,
            "second looks left": self.looks_left,
            "tracebacks": self.log.count("Traceback"),
        }
        said = [f"{count} {what}" for what, count in wrong.items() if count]
        return said if self.has_died else [f"did not die there, but ended with {self.ended}", *said]


def cases(databases: Sequence[str], chance: random.Random) -> list[Case]:
    """Each point on each platform and database; which passage is drawn."""
    each = product(POINTS, PLATFORMS, databases)
    return [Case(point, platform, database, _passage(point, chance)) for point, platform, database in each]


def _passage(point: str, chance: random.Random) -> int:
    """What happens only behind a fault happens once."""
    return 1 if point in HARM else chance.randint(1, 3)


HARM: dict[str, Trouble] = {
    "deliver.looked": "hang before",
    "second_look.claimed": "hang before",
    "second_look.deleted": "late accept",
}
"""What meets the first post, where nothing would else come to the point."""


async def died(case: Case, url: str, folder: Path) -> Aftermath:
    """One process until it dies at the point, and another one until all is done."""
    async with AsyncExitStack() as stack:
        nursery = stack.enter_context(Nursery())
        scene = await stack.enter_async_context(opened())
        constants = SHORT
        if case.point in HARM:
            # What is late comes behind the look for it and before the second one, and no nonce is known again.
            scene.slack.late = scene.discord.late = SHORT.request_timeout + SHORT.grace + SHORT.second_look / 2
            constants = replace(SHORT, nonce_window=1)
        scene.discord.rest.nonce_lasts = 0 if case.point in HARM else constants.nonce_window + 3
        scene.keep([case.platform], CHANNELS)
        seat, _ = seats(scene, nursery, folder, url, constants, naive=False)
        scene.seats = [seat]
        healthy = seat.birth
        seat.birth = replace(healthy, environment={**healthy.environment, VARIABLE: case.variable})
        await started(scene)
        scene.every_post(_Mischief(case, seat.pid))
        ended = await _until_it_dies(scene, nursery, seat.pid)
        scene.every_post(lambda: None)
        seat.birth = healthy
        seat.start()
        scene.publishes("Auction after the crash opens in Mainz")
        await until_drained(scene, url, DRAINS)
        left = await looks_left(url, constants)
        verdict = judged(scene.published, await walls(scene, url), scene.asked_of_slack)
        seat.ends()
        return Aftermath(case, ended, verdict, left, seat.log)


class _Mischief:
    """What meets each post before the crash."""

    def __init__(self, case: Case, pid: int) -> None:
        self._case = case
        self._pid = pid
        self._posts = 0

    def __call__(self) -> Trouble | None:
        self._posts += 1
        if self._case.point in get_args(OnTheWire) and self._posts == self._case.passage:
            signalled(self._pid, SIGKILL)
            return "reset before" if self._case.point == "wire.after_write" else "reset after accept"
        return HARM.get(self._case.point) if self._posts == 1 else None


async def _until_it_dies(scene: Scene, nursery: Nursery, pid: int) -> int | None:
    """How it ended."""
    end = asyncio.get_running_loop().time() + DIES
    for number in range(HEADLINES):
        scene.publishes(f"Auction {number:03} opens in Mainz")
        await asyncio.sleep(0.3)
    while (ended := nursery.ended(pid)) is None and asyncio.get_running_loop().time() < end:
        await asyncio.sleep(0.05)
    return ended


async def all_died(
    cases: Sequence[Case], postgres: PostgresServer, folder: Path, at_once: int = AT_ONCE
) -> Sequence[Aftermath]:
    """Several at once: most of the time they wait."""
    places = asyncio.Semaphore(at_once)

    async def one(number: int, case: Case) -> Aftermath:
        async with places:
            own = folder / str(number)
            own.mkdir()
            url = postgres.fresh_database() if case.database == "postgres" else f"sqlite:///{own / 'tocsin.db'}"
            return await died(case, url, own)

    return await asyncio.gather(*(one(number, case) for number, case in enumerate(cases)))
