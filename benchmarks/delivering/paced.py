"""How much of what limited platforms let through is used, and how many requests they refuse.

The real deliverer, storage, clock and messengers; the platforms in a process of their own, with limits that nobody
tells Tocsin. All deliveries are due at the beginning.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from adapters.discord.platform import DiscordPlatform
from adapters.discord.settings import DiscordSettings
from adapters.slack.platform import SlackPlatform
from adapters.slack.settings import SlackSettings
from benchmarks.delivering.engine import at_work, news
from benchmarks.delivering.limits import EACH, Limits, drawn, fewest_seconds
from bot.commands.platform import Platform
from bot.model.delivery import Claimed, Finished, Step
from bot.model.destination import Destination, Workspace
from storage.unit import SqlStorage

LONGEST = 480.0
"""Seconds after which a run is given up."""


@dataclass
class Progress:
    """What was posted in each workspace of Slack and in all of Discord, and when the last one was."""

    wanted: int
    begun: float = field(default_factory=time.monotonic)
    posted: dict[str, int] = field(default_factory=dict)
    last: dict[str, float] = field(default_factory=dict)
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, claimed: Claimed, step: Step) -> None:
        if not isinstance(step, Finished):
            return
        workspace = claimed.delivery.destination.workspace
        group = workspace.external_id if workspace.platform == "slack" else "discord"
        self.posted[group] = self.posted.get(group, 0) + 1
        self.last[group] = time.monotonic() - self.begun
        if sum(self.posted.values()) >= self.wanted:
            self.enough.set()


@dataclass(frozen=True, slots=True)
class Paced:
    """What came of a run."""

    deliveries: int
    efficiency: Mapping[str, float]
    """By group: the fewest seconds that its limits allow, over the seconds that it took."""
    refused: float
    """Of all posts."""
    seconds: float

    @property
    def mean(self) -> float:
        return sum(self.efficiency.values()) / len(self.efficiency)


async def paced(url: str, seed: int, each: int = EACH) -> Paced:
    """``each``: deliveries to a Slack workspace; four times as many go to Discord."""
    limits = drawn(seed)
    storage = SqlStorage(url)
    await storage.migrate()
    wanted = await _queue(storage, limits, each)
    async with _platforms(limits) as (platforms, end):
        progress = Progress(wanted)
        messengers = {name: platform.messenger for name, platform in platforms.items()}
        paces = {name: platform.pace for name, platform in platforms.items() if platform.pace}
        async with at_work(storage, messengers, progress, paces), asyncio.timeout(LONGEST):
            await progress.enough.wait()
        counted = await end()
    await storage.close()
    asked, stands = sum(counted["asked"].values()), sum(counted["stands"].values())
    if stands != wanted:
        raise RuntimeError(f"{stands} of {wanted} stand in their channels")
    fewest = {slack.team: fewest_seconds(slack, each) for slack in limits.slacks}
    fewest["discord"] = (4 * each - limits.discord.a_second) / limits.discord.a_second
    efficiency = {group.lower(): seconds / progress.last[group] for group, seconds in fewest.items()}
    return Paced(wanted, efficiency, (asked - stands) / asked, max(progress.last.values()))


async def _queue(storage: SqlStorage, limits: Limits, each: int) -> int:
    """How many there are: each channel of a platform has as many as the others."""
    places = [
        (Destination(Workspace("slack", one.team), name), each // one.channels)
        for one in limits.slacks
        for name in one.names
    ]
    channels = limits.discord.channels
    places += [
        (Destination(Workspace("discord", str(100 + number // 10)), str(1000 + number)), 4 * each // channels)
        for number in range(channels)
    ]
    async with storage.begin() as unit:
        for place, messages in places:
            lane = await unit.outbox.destination(place)
            for number in range(messages):
                await unit.outbox.notify(lane, news(number), str(number))
    return sum(messages for _, messages in places)


@asynccontextmanager
async def _platforms(limits: Limits) -> AsyncIterator[tuple[Mapping[str, Platform], Any]]:
    """Signed in; and what ends their process and says what it saw."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.delivering.platforms",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin  # noqa: S101 - it is a pipe
    assert process.stdout  # noqa: S101 - it is a pipe

    async def end() -> Any:
        process.stdin.close()
        return json.loads(await process.stdout.readline())

    try:
        process.stdin.write(json.dumps(limits.plain()).encode() + b"\n")
        found = json.loads(await process.stdout.readline())
        slack = SlackPlatform(
            [SlackSettings(bot_token=one["token"], name=one["team"], api_url=one["api_url"]) for one in found["slacks"]]
        )
        discord = DiscordPlatform(DiscordSettings(**found["discord"]))
        for connection in (*await slack.connect(), *await discord.connect()):
            if connection.problem:
                raise RuntimeError(connection.problem)
        yield {"slack": slack, "discord": discord}, end
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
