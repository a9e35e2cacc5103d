"""The harm that is done: faults on the wire, kills, pauses, and databases that go away."""

import asyncio
import random
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.chaos.scene import TOO_MANY, Constants, Scene, Seat
from tests.standins.postgres import PostgresServer
from tests.standins.trouble import Scripted, Trouble

FAULTS: Mapping[Trouble | str, float] = {
    "429": 0.06,
    "500": 0.03,
    "reset before": 0.03,
    "reset after accept": 0.04,
    "502 after accept": 0.04,
    "hang after accept": 0.03,
}
LATE_FAULTS = {**FAULTS, "late accept": 0.01}
"""A request is carried out after the look for it was answered."""


@dataclass
class Dice:
    """Which trouble meets the next request: ``chances`` are parts of one."""

    chances: Mapping[str, float]
    chance: random.Random
    counted: dict[str, int] = field(default_factory=dict)

    def __call__(self) -> Trouble | Scripted | None:
        drawn = self.chance.random()
        for trouble, part in self.chances.items():
            if drawn < part:
                self.counted[trouble] = self.counted.get(trouble, 0) + 1
                return TOO_MANY if trouble == "429" else trouble  # type: ignore[return-value]  # the keys are troubles
            drawn -= part
        return None


class Database(Protocol):
    """What the processes share, and how it goes away."""

    url: str

    async def fails(self) -> str:
        """For a while; answers what happened."""
        ...


@dataclass
class Sqlite:
    """On a disk of its own, where the machine lets one be made, which is full for a while."""

    folder: Path
    may_fill: bool

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'tocsin.db'}"

    async def fails(self) -> str:
        if not self.may_fill:
            return "nothing: no disk of its own could be made"
        ballast = self.folder / "ballast"
        with ballast.open("wb", buffering=0) as file:
            try:
                while file.write(bytes(1 << 16)):
                    pass
            except OSError:
                pass
        await asyncio.sleep(3)
        ballast.unlink()
        return "the disk was full"


@asynccontextmanager
async def small_disk(folder: Path) -> AsyncIterator[Sqlite]:
    place = folder / "disk"
    place.mkdir()
    mounted = not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(place)], check=False, capture_output=True
    ).returncode
    try:
        yield Sqlite(place, mounted)
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(place)], check=False)


@dataclass
class Postgres:
    server: PostgresServer
    url: str

    async def fails(self) -> str:
        await asyncio.to_thread(self.server.stop)
        await asyncio.sleep(0.5)
        await asyncio.to_thread(self.server.start)
        return "PostgreSQL was stopped at once and started again"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much harm is done, and to how much news."""

    headlines: int
    kills: int
    pauses: int
    failures: int
    publish_every: float
    faults: Mapping[str, float]
    constants: Constants


@dataclass
class Harm:
    """What was done."""

    kills: int = 0
    pauses: int = 0
    failures: list[str] = field(default_factory=list)
    ended_by_themselves: int = 0


async def disturb(scene: Scene, database: Database, plan: Plan, chance: random.Random) -> Harm:
    """Until all is published and all harm is done."""
    harm = Harm()
    done = asyncio.Event()
    others = [
        asyncio.create_task(_pause(scene, plan, chance, harm)),
        asyncio.create_task(_fail(database, plan, harm)),
        asyncio.create_task(_publish(scene, plan)),
    ]
    killing = asyncio.create_task(_kill(scene, plan, chance, harm, done))
    try:
        await asyncio.gather(*others)
        done.set()
        await killing
    finally:
        for task in (*others, killing):
            task.cancel()
        await asyncio.gather(*others, killing, return_exceptions=True)
        for seat in scene.seats:
            seat.go_on()
    return harm


async def _publish(scene: Scene, plan: Plan) -> None:
    for number in range(plan.headlines):
        scene.publishes(f"Auction {number:03} opens in Mainz")
        await asyncio.sleep(plan.publish_every)


async def _kill(scene: Scene, plan: Plan, chance: random.Random, harm: Harm, done: asyncio.Event) -> None:
    while harm.kills < plan.kills or not done.is_set():
        await asyncio.sleep(chance.uniform(1, 2))
        if plan.kills and (able := [seat for seat in scene.seats if not seat.is_stopped]):
            await _kill_one(chance.choice(able), harm)


async def _kill_one(seat: Seat, harm: Harm) -> None:
    if await asyncio.to_thread(seat.kill):
        harm.kills += 1
    else:
        harm.ended_by_themselves += 1


async def _pause(scene: Scene, plan: Plan, chance: random.Random, harm: Harm) -> None:
    """Stopped for longer than its lease, and then it goes on where it was."""
    for _ in range(plan.pauses):
        await asyncio.sleep(chance.uniform(1, 3))
        seat = chance.choice(scene.seats)
        seat.stop()
        await asyncio.sleep(plan.constants.lease + 2)
        seat.go_on()
        harm.pauses += 1


async def _fail(database: Database, plan: Plan, harm: Harm) -> None:
    for _ in range(plan.failures):
        await asyncio.sleep(5)
        harm.failures.append(await database.fails())
