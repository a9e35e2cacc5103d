"""Slack workspaces and a Discord with limits, in a process: ``python -m benchmarks.delivering.platforms``.

It reads the limits from its first line and says where it listens; when its input ends, what it let through.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from benchmarks.delivering.limits import Discord, Slack, read
from tests.standins.discord_standin import DiscordStandIn
from tests.standins.limits import Bucket
from tests.standins.slack import SlackStandIn

POSTS = "chat.postMessage"


@dataclass
class Hidden:
    """A bucket as the stand-in for Slack asks it."""

    bucket: Bucket
    clock: Callable[[], float] = field(default=time.monotonic)

    def wait(self) -> int:
        """Whole seconds until the next one is let through, 0 where one is now, which is then taken."""
        if pause := self.bucket.wait(self.clock()):
            return max(1, ceil(pause))
        self.bucket.take()
        return 0


def a_slack(limits: Slack) -> SlackStandIn:
    slack = SlackStandIn(limits.team)
    slack.limit = bucket(limits.rate, limits.burst)
    for name in limits.names:
        slack.channel(name).limit = bucket(limits.channel_rate, limits.channel_burst)
    return slack


def bucket(rate: float, burst: float) -> Any:
    """Full from now on."""
    filled = Bucket(rate, burst)
    filled.wait(time.monotonic())
    return Hidden(filled)


def a_discord(limits: Discord) -> DiscordStandIn:
    discord = DiscordStandIn()
    for number in range(limits.channels):
        guild, channel = str(100 + number // 10), str(1000 + number)
        if guild not in discord.guilds:
            discord.guild(guild, "Invented Guild")
        discord.guilds[guild].channel(channel)
        discord.limits(limits.in_a_bucket, limits.bucket_lasts, channel=channel)
    discord.limits(limits.a_second, 1.0)
    return discord


async def serve() -> None:
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    limits = read(json.loads(await lines.readline()))
    async with AsyncExitStack() as stack:
        slacks = [await stack.enter_async_context(a_slack(each)) for each in limits.slacks]
        discord = await stack.enter_async_context(a_discord(limits.discord))
        found = [{"team": each.team_id, "token": each.bot_token, "api_url": each.api_url} for each in slacks]
        print(
            json.dumps({"slacks": found, "discord": {"token": discord.token, "api_url": discord.api_url}}), flush=True
        )
        await lines.read()
        asked = {each.team_id: sum(call.method == POSTS for call in each.calls) for each in slacks}
        stands = {each.team_id: sum(len(one.messages) for one in each.channels.values()) for each in slacks}
        asked["discord"] = len(discord.calls_of("POST", "/channels/{id}/messages"))
        stands["discord"] = sum(
            len(one.messages) for guild in discord.guilds.values() for one in guild.channels.values()
        )
        print(json.dumps({"asked": asked, "stands": stands}), flush=True)


if __name__ == "__main__":
    asyncio.run(serve())
