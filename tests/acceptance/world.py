"""A publisher, two Slack workspaces and two Discord servers, and what a program has to know of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.acceptance.program import Running
from tests.standins.discord_standin import DiscordStandIn
from tests.standins.publisher import Publisher
from tests.standins.slack import SlackStandIn


@dataclass
class World:
    publisher: Publisher
    acme: SlackStandIn
    globex: SlackStandIn
    discord: DiscordStandIn


@asynccontextmanager
async def opened() -> AsyncIterator[World]:
    """The workspaces of one platform have the same channels and people."""
    async with Publisher() as publisher, SlackStandIn("T1") as acme, SlackStandIn("T2") as globex:
        for slack in (acme, globex):
            slack.channel("C1")
            slack.channel("C2")
            slack.person("U1")
        async with DiscordStandIn() as discord:
            for guild, channels in (("100", ("110", "120")), ("300", ("310", "320"))):
                standing = discord.guild(guild, f"Invented Guild {guild}")
                for channel in channels:
                    standing.channel(channel)
            discord.person("7")
            yield World(publisher, acme, globex, discord)
            assert not discord.violations


def platforms(world: World) -> tuple[str, ...]:
    """The sections of a configuration that turn them on."""
    slacks, discord = {"ACME": world.acme, "GLOBEX": world.globex}, world.discord
    return (
        "[slack]",
        *(line for name, slack in slacks.items() for line in _workspace(name, slack)),
        *("[discord]", f'api_url = "{discord.api_url}"', f'gateway_url = "{discord.gateway_url}"', 'guilds = ["100"]'),
    )


def tokens(world: World) -> dict[str, str]:
    """The variables that they name."""
    slacks = {"ACME": world.acme, "GLOBEX": world.globex}
    return {
        "DISCORD_TOKEN": world.discord.token,
        **{f"{name}_BOT": slack.bot_token for name, slack in slacks.items()},
        **{f"{name}_APP": slack.app_token for name, slack in slacks.items()},
    }


def _workspace(name: str, slack: SlackStandIn) -> tuple[str, ...]:
    variables = f'bot_token_env = "{name}_BOT"', f'app_token_env = "{name}_APP"'
    return "[[slack.workspaces]]", f'name = "{name}"', *variables, f'api_url = "{slack.api_url}"'


class Channels:
    """Everything that was said, wherever it was said."""

    def __init__(self, running: Running, world: World) -> None:
        self._running = running
        self._slack = {"T1": world.acme, "T2": world.globex}
        self._discord = world.discord

    def heard(self, destination: str, headline: str, source: str = "Example Wire") -> int:
        """How often the alert stands there."""
        if destination == "console":
            return self._running.printed.count(f"{headline}\n")
        return self._said(destination).count(f"{headline} — {source}")

    def mentions(self, destination: str, word: str) -> int:
        """How many messages there say the word in their text."""
        return sum(word.lower() in text.lower() for text in self._said(destination))

    def _said(self, destination: str) -> list[str]:
        platform, _, place = destination.partition(":")
        workspace, _, channel = place.partition("/")
        if platform == "slack":
            return [message["text"] for message in self._slack[workspace].messages(channel)]
        return [message["content"] for message in self._discord.messages(channel)]

    async def all_hear(self, headline: str, *destinations: str) -> None:
        await self._running.until(
            lambda: all(self.heard(each, headline) for each in destinations), f"{headline} stands everywhere"
        )
