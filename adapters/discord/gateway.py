"""The gateway: the connection on which Discord tells what people type, and which servers Tocsin comes to and leaves.

The connection, its heartbeat and its resumption are discord.py's. Around it: a pause where Discord cannot be reached or
refuses, and words for the admin.
"""

import asyncio
import logging
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NoReturn
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

from adapters.discord.commands import DISCORD, DiscordCommands
from adapters.discord.settings import DiscordSettings
from adapters.discord.vendor import DiscordWebSocket, Route, app_commands, discord
from bot.model.destination import Workspace
from bot.ports import Connection, Heard, Welcome

log = logging.getLogger(__name__)

INTENTS = discord.Intents(guilds=True)
"""Which servers there are, and their channels: nothing that Discord has to approve, and no message's content."""
LONGEST_PAUSE = timedelta(minutes=5)
REFUSED_PAUSE = timedelta(minutes=5)
"""After a refused token: somebody has to act first."""
LEFT = "Tocsin is not in this server any more"

TROUBLE = (discord.DiscordException, aiohttp.ClientError, TimeoutError, OSError)
"""Every exception that discord.py exports, and those of the network that it lets through."""
REFUSED_TOKEN, REFUSED_INTENTS = frozenset({4004}), frozenset({4013, 4014})
"""Why a gateway closes. https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway"""


class Gateway:
    """Listens. ``commands`` come in here, and ``heard`` is told who comes and goes."""

    def __init__(self, settings: DiscordSettings, commands: DiscordCommands, heard: Heard) -> None:
        self._settings = settings
        self._commands = commands
        self._heard = heard
        self._failures = 0
        Route.BASE = settings.api_url
        if settings.gateway_url:
            DiscordWebSocket.DEFAULT_GATEWAY = URL(settings.gateway_url)

    async def run(self) -> NoReturn:
        """Until cancelled. Never raises for anything Discord or the network did."""
        while True:
            pause = await self._once()
            await asyncio.sleep(pause.total_seconds() * (1 + random.random() / 4))  # noqa: S311 - it only spreads

    async def _once(self) -> timedelta:
        """One client, from signing in to the loss of a connection that cannot be resumed; how long to wait then."""
        client = Listener(self._settings, self._commands, self._heard)
        try:
            async with client:
                # A connection that was merely cut is resumed all the same. What discord.py would do beyond that is to
                # wait up to seventeen minutes.
                await client.start(self._settings.token, reconnect=False)
        except TROUBLE as error:
            if words := refusal(error, self._settings.token_variable):
                # Every server is shut with it, until a new connection tells which there are.
                await self._heard([Connection(None, "Discord", words)], complete=True)
                return REFUSED_PAUSE
            log.warning("The connection to Discord was lost", extra={"error": type(error).__name__})
        if client.was_ready:
            self._failures = 0
        return self._pause()

    def _pause(self) -> timedelta:
        self._failures += 1
        return min(self._settings.reconnect_after * (1 << min(self._failures - 1, 10)), LONGEST_PAUSE)


def refusal(error: Exception, token_variable: str) -> str:
    """What the admin has to mend, naming the variable of the token; empty where it may pass by itself."""
    code = error.code if isinstance(error, discord.ConnectionClosed) else 0
    if isinstance(error, discord.LoginFailure) or code in REFUSED_TOKEN:
        return f"Discord refuses the token in {token_variable}: put a new one there and start Tocsin again"
    if isinstance(error, discord.PrivilegedIntentsRequired) or code in REFUSED_INTENTS:
        asked = ", ".join(name for name, wanted in INTENTS if wanted)
        return f"Discord does not grant the intents ({asked}): look at Privileged Gateway Intents in the app's settings"
    return ""


class Listener(discord.Client):
    """One connection to the gateway."""

    def __init__(self, settings: DiscordSettings, commands: DiscordCommands, heard: Heard) -> None:
        super().__init__(
            intents=INTENTS,
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            proxy=_proxy(settings.api_url),
        )
        self.was_ready = False
        self._guilds_at_once = settings.guilds
        self._commands = commands
        self._heard = heard
        self._tree = app_commands.CommandTree(self)

    async def setup_hook(self) -> None:
        """Offer the commands everywhere, which may take Discord a while, and at once where that is asked for."""
        self._tree.add_command(self._commands.news())
        await self._tree.sync()
        for guild in self._guilds_at_once:
            place = discord.Object(int(guild))
            self._tree.copy_global_to(guild=place)
            try:
                await self._tree.sync(guild=place)
            except (discord.Forbidden, discord.NotFound):
                log.warning("Tocsin is not in a server that discord.guilds names", extra={"guild": guild})

    async def on_ready(self) -> None:
        self.was_ready = True
        log.info("Listening to Discord", extra={"guilds": len(self.guilds)})
        await self._tell([_connection(guild) for guild in self.guilds], complete=True)

    async def on_resumed(self) -> None:
        log.info("Listening to Discord again")

    async def on_disconnect(self) -> None:
        log.warning("The connection to Discord was lost; trying to resume it")

    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._tell([_connection(guild, self._commands.first_step)])

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        await self._tell([Connection(_workspace(guild), guild.name or "", LEFT)])

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        if interaction.type is discord.InteractionType.component:
            await self._commands.clicked(interaction)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Our bug: what discord.py tells of it goes through its own log, which is silent."""
        log.exception("Something that Discord told could not be taken in", extra={"event": event_method})

    async def _tell(self, connections: Sequence[Connection], *, complete: bool = False) -> None:
        await self._heard(connections, complete=complete)


def _connection(guild: discord.Guild, first_step: str = "") -> Connection:
    """``first_step`` is for a guild that was joined just now."""
    return Connection(_workspace(guild), guild.name or "", welcome=_welcome(guild, first_step) if first_step else None)


def _welcome(guild: discord.Guild, first_step: str) -> Welcome | None:
    """In the channel for such messages, else in the first one where Tocsin may post; None where there is none."""
    channels = [*([guild.system_channel] if guild.system_channel else []), *guild.text_channels]
    for channel in channels:
        rights = channel.permissions_for(guild.me)
        if rights.view_channel and rights.send_messages and guild.me.joined_at is not None:
            return Welcome(str(channel.id), guild.me.joined_at, first_step)
    return None


def _workspace(guild: discord.Guild) -> Workspace:
    return Workspace(DISCORD, str(guild.id))


def _proxy(url: str) -> str | None:
    """discord.py takes no proxy from the environment by itself."""
    parts = urlsplit(url)
    return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)
