"""The Discord adapter as the application sees it."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from adapters.discord import meaning
from adapters.discord.messenger import DiscordMessenger
from adapters.discord.pace import DiscordPace
from adapters.discord.permissions import ADMINISTRATOR, NEEDED, invite
from adapters.discord.places import DISCORD, Places
from adapters.discord.sessions import FEW_SESSIONS, left
from adapters.discord.settings import DiscordSettings
from adapters.discord.wire import Answer, Call, Failure, Limited, Rest, Said
from bot.commands.command import Command
from bot.commands.once import Once, every_time
from bot.model.delivery import Deferred, Refused
from bot.model.destination import Workspace
from bot.ports import Connection, Examined, Heard, Routes

PAGE = 200
WAITED_OUT = timedelta(seconds=10)
"""A limit as short as this is waited out in the midst of a list."""

Guild = Mapping[str, Any]


class DiscordPlatform:
    """A Platform (bot.commands.platform): one bot, and every guild that it is in is a workspace."""

    def __init__(self, settings: DiscordSettings) -> None:
        self._settings = settings
        self._rest = Rest(settings.token, settings.api_url, settings.request_timeout, settings.contact)
        self._messenger = DiscordMessenger(
            self._rest,
            Places(self._rest, settings.token_variable),
            settings.token_variable,
            settings.request_timeout,
            settings.nonce_window,
        )
        self._catalogue: Sequence[Command] = ()
        self._once: Once = every_time

    @property
    def messenger(self) -> DiscordMessenger:
        return self._messenger

    @property
    def pace(self) -> DiscordPace:
        return self._rest.pace

    @property
    def unserved(self) -> str:
        return "Tocsin is not in this server: invite it again"

    def serve(self, catalogue: Sequence[Command], routes: Routes, once: Once = every_time) -> None:
        """Everything comes in through the gateway."""
        self._catalogue = catalogue
        self._once = once

    async def connect(self) -> Sequence[Connection]:
        self._rest.circuit.try_again()
        guilds = await self._guilds()
        if not isinstance(guilds, list):
            return [self._not_connected(guilds)]
        self._messenger.open()
        return [Connection(Workspace(DISCORD, str(guild["id"])), str(guild.get("name") or "")) for guild in guilds]

    async def listen(self, heard: Heard) -> None:
        # discord.py takes most of a second to import, and only those who listen need it.
        from adapters.discord.commands import DiscordCommands  # noqa: PLC0415 - imported where it is needed
        from adapters.discord.gateway import Gateway  # noqa: PLC0415 - imported where it is needed

        commands = DiscordCommands(self._catalogue, self._once)
        gateway = asyncio.create_task(Gateway(self._settings, self._rest, commands, heard).run())
        try:
            await asyncio.shield(gateway)
        finally:
            # While the connection stands, so that answers under way still find their way.
            await commands.finish()
            gateway.cancel()
            await asyncio.gather(gateway, return_exceptions=True)

    async def examine(self) -> Sequence[Examined]:
        application = await self._rest.ask(Call("GET", "/applications/@me", expects=dict))
        if not isinstance(application, Answer):
            return [self._refused(application)]
        sessions = self._rest.ask(Call("GET", "/gateway/bot", expects=dict))
        guilds, gateway = await asyncio.gather(self._guilds(), sessions)
        subject = f"Discord token ({self._settings.token_variable})"
        link = invite(str(application.data["id"]))
        found = [Examined(subject, ok=True, detail=f"Discord app {application.data.get('name', '')}")]
        found.append(Examined("Discord invite link", ok=True, detail=link))
        found.append(
            Examined("Discord intents", ok=True, detail="none has to be switched on: Guilds is all it asks for")
        )
        found += _sessions(gateway)
        if not isinstance(guilds, list):
            return [*found, replace(self._refused(guilds), subject="Discord servers")]
        return [*found, *_servers(guilds, link)]

    async def close(self) -> None:
        """Nothing stays open between calls, and ``listen`` closes what it opened."""

    async def _guilds(self) -> list[Guild] | Failure:
        """Every guild that the bot is in, with what it may do there."""
        found: list[Guild] = []
        while True:
            query = {"limit": str(PAGE), **({"after": str(found[-1]["id"])} if found else {})}
            page = await self._rest.ask(Call("GET", "/users/@me/guilds", query=query, expects=list))
            if isinstance(page, Limited) and page.retry_after <= WAITED_OUT and found:
                await asyncio.sleep(page.retry_after.total_seconds())
                continue
            if not isinstance(page, Answer):
                return page
            # Discord leaves a guild out of a page now and then: only an empty one is the last.
            if not page.data:
                return found
            found += page.data

    def _not_connected(self, failed: Failure) -> Connection:
        outcome = meaning.before_posting(failed, self._settings.token_variable)
        self._messenger.shut(outcome if isinstance(outcome, Deferred) else Refused("workspace", outcome.reason))
        return Connection(None, "Discord", outcome.reason, passing=isinstance(outcome, Deferred))

    def _refused(self, failed: Failure) -> Examined:
        subject = f"Discord token ({self._settings.token_variable})"
        outcome = meaning.before_posting(failed, self._settings.token_variable)
        if isinstance(failed, Said) and meaning.is_token(failed):
            step = f"Put the bot's token into {self._settings.token_variable}; docs/discord.md says where it stands"
            return Examined(subject, ok=False, detail=outcome.reason, next_step=step, fatal=True)
        step = "Check the network and discord.api_url, then try again"
        return Examined(subject, ok=False, detail=outcome.reason, next_step=step)


def _sessions(gateway: Answer | Failure) -> Iterator[Examined]:
    """How often Tocsin may still begin anew today; nothing where Discord did not say."""
    remaining = left(gateway.data) if isinstance(gateway, Answer) else None
    if remaining is None:
        return
    step = "Something makes Tocsin begin again and again: look at its log"
    yield Examined("Discord sessions", ok=remaining >= FEW_SESSIONS, detail=f"{remaining} left today", next_step=step)


def _servers(guilds: Sequence[Guild], link: str) -> Iterator[Examined]:
    if not guilds:
        yield Examined("Discord servers", ok=False, detail="Tocsin is in none", next_step=f"Invite it: {link}")
    for guild in guilds:
        yield from _permissions(guild)


def _permissions(guild: Guild) -> Iterator[Examined]:
    """One finding a missing permission, as its server settings have it: a channel may allow it all the same."""
    name, bits = str(guild.get("name") or guild["id"]), int(guild.get("permissions") or 0)
    lacking = [bit for bit in NEEDED if not bits & (bit | ADMINISTRATOR)]
    for bit in lacking:
        permission, reason = NEEDED[bit]
        step = f"Server Settings, Roles, Tocsin: switch on {permission}, or allow it in the channels that matter"
        yield Examined(
            f"Discord permission {permission} in {name}", ok=False, detail=f"missing: it {reason}", next_step=step
        )
    if not lacking:
        yield Examined(f"Discord server {name}", ok=True, detail="all permissions that are needed")
