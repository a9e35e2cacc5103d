"""The gateway: the connection on which Discord tells what people type, and which servers Tocsin comes to and leaves.

The connection, its heartbeat and its resumption are discord.py's. Around it: a pause where Discord cannot be reached or
refuses, a budget for the sessions that may begin in a day, and words for the admin.
"""

import asyncio
import logging
import random
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, NoReturn
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

from adapters.discord.commands import TROUBLE, DiscordCommands
from adapters.discord.places import DISCORD
from adapters.discord.sessions import wait_before
from adapters.discord.settings import DiscordSettings
from adapters.discord.vendor import DiscordWebSocket, ReconnectWebSocket, Route, app_commands, discord
from adapters.discord.wire import Answer, Call, Rest, is_shared
from bot.model.destination import Workspace
from bot.ports import Connection, Heard, Welcome

log = logging.getLogger(__name__)

INTENTS = discord.Intents(guilds=True)
"""Which servers there are, and their channels: nothing that Discord has to approve, and no message's content."""
LONGEST_PAUSE = timedelta(minutes=5)
REFUSED_PAUSE = timedelta(minutes=5)
"""After a refused token: somebody has to act first."""
STEADY = timedelta(minutes=10)
"""A connection that broke off sooner makes the next pause longer: Discord counts how often a bot begins anew."""
LEFT = "Tocsin is not in this server any more"

WAITS_FOR_SERVERS = 3.0
"""Seconds; discord.py's own limit is two."""

REFUSED_TOKEN, REFUSED_INTENTS = frozenset({4004}), frozenset({4013, 4014})
"""Why a gateway closes. https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway"""


class Gateway:
    """Listens. ``commands`` come in here, and ``heard`` is told who comes and goes."""

    def __init__(self, settings: DiscordSettings, rest: Rest, commands: DiscordCommands, heard: Heard) -> None:
        self._settings = settings
        self._rest = rest
        self._commands = commands
        self._heard = heard
        self._failures = 0
        Route.BASE = settings.api_url
        if settings.gateway_url:
            DiscordWebSocket.DEFAULT_GATEWAY = URL(settings.gateway_url)

    async def run(self) -> NoReturn:
        """Until cancelled. Never raises for anything Discord or the network did."""
        while True:
            await asyncio.sleep((await self._budget()).total_seconds())
            pause = await self._once()
            await asyncio.sleep(pause.total_seconds() * (1 + random.random() / 4))  # noqa: S311 - it only spreads

    async def _budget(self) -> timedelta:
        """How long to wait before another session. Where Discord does not say how many are left: not at all."""
        loop = asyncio.get_running_loop()
        if rest := self._rest.circuit.rests_for(loop.time()):
            return timedelta(seconds=rest)
        answer = await self._rest.ask(Call("GET", "/gateway/bot", expects=dict))
        wait = wait_before(answer.data) if isinstance(answer, Answer) else timedelta()
        if wait:
            log.warning("Few sessions are left for today; waiting", extra={"seconds": round(wait.total_seconds())})
        return wait

    async def _once(self) -> timedelta:
        """One client, from signing in to the loss of a connection that cannot be resumed; how long to wait then."""
        client = Listener(self._settings, self._rest, self._commands, self._heard)
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
        if client.stood_for() > STEADY:
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


class SessionLost(discord.DiscordException):
    """It cannot be resumed."""


class Listener(discord.Client):
    """One session at the gateway."""

    def __init__(self, settings: DiscordSettings, rest: Rest, commands: DiscordCommands, heard: Heard) -> None:
        super().__init__(
            intents=INTENTS,
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            proxy=_proxy(settings.api_url),
            http_trace=_counted(rest),
        )
        self._since: float | None = None
        self._guilds_at_once = settings.guilds
        self._commands = commands
        self._heard = heard
        self._telling: set[asyncio.Task[None]] = set()
        self._tree = Tree(self)

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """discord.py would begin session after session by itself; each is to come out of the budget.

        At this place it has closed the old connection, and not yet opened another.
        """
        super().dispatch(event, *args, **kwargs)
        lost = sys.exception()
        if event == "disconnect" and isinstance(lost, ReconnectWebSocket) and not lost.resume:
            raise SessionLost("the session cannot be resumed")

    def stood_for(self) -> timedelta:
        """How long ago the connection first stood."""
        now = asyncio.get_running_loop().time()
        return timedelta(seconds=now - (now if self._since is None else self._since))

    async def setup_hook(self) -> None:
        """Offer the commands everywhere, which may take Discord a while, and at once where that is asked for.

        Where Discord does not take them now, those that it knows from before work all the same.
        """
        self._tree.add_command(self._commands.news())
        await self._register(None)
        for guild in self._guilds_at_once:
            await self._register(discord.Object(int(guild)))

    async def _register(self, guild: discord.Object | None) -> None:
        if guild is not None:
            self._tree.copy_global_to(guild=guild)
        try:
            await self._tree.sync(guild=guild)
        except (discord.Forbidden, discord.NotFound):
            log.warning("Tocsin is not in a server that discord.guilds names", extra={"guild": guild and guild.id})
        except discord.HTTPException as error:
            facts = {"guild": guild and guild.id, "status": error.status, "code": error.code}
            log.error("Discord did not take the commands", extra=facts)  # noqa: TRY400 - its traceback says no more

    async def close(self) -> None:
        if self._since is not None and not self.is_closed():
            # discord.py stumbles over a connection that is closed while it waits for the last servers.
            with suppress(TimeoutError):
                await asyncio.wait_for(self.wait_until_ready(), WAITS_FOR_SERVERS)
        for task in self._telling:
            task.cancel()
        await super().close()

    async def on_connect(self) -> None:
        self._since = asyncio.get_running_loop().time()

    async def on_ready(self) -> None:
        log.info("Listening to Discord", extra={"guilds": len(self.guilds)})
        await self._tell([_connection(guild) for guild in self.guilds], complete=True)

    async def on_resumed(self) -> None:
        log.info("Listening to Discord again")

    async def on_disconnect(self) -> None:
        log.info("Discord's gateway is gone for the moment")

    async def on_guild_join(self, guild: discord.Guild) -> None:
        if str(guild.id) in self._guilds_at_once:
            await self._register(discord.Object(guild.id))
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
        """Nothing of it outlives this connection, whose successor tells it all anew."""
        task = asyncio.ensure_future(self._heard(connections, complete=complete))
        self._telling.add(task)
        try:
            await task
        finally:
            self._telling.discard(task)


class Tree(app_commands.CommandTree[Listener]):
    """Says in our own log, and to the person, what discord.py would keep to itself."""

    async def on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /) -> None:
        if isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
            log.warning("Discord still offers a command of another version", extra={"error": type(error).__name__})
            await self._answer(interaction, "This command has just changed. Type it again, from its first letter.")
            return
        log.error("A command failed", exc_info=error)
        await self._answer(interaction, "That went wrong inside Tocsin, and it is our mistake. It stands in the log.")

    async def _answer(self, interaction: discord.Interaction[Any], words: str) -> None:
        with suppress(*TROUBLE):
            if interaction.response.is_done():
                await interaction.edit_original_response(content=words)
            elif interaction.type is discord.InteractionType.application_command:
                await interaction.response.send_message(words, ephemeral=True)


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


def _counted(rest: Rest) -> aiohttp.TraceConfig:
    """What discord.py asks counts towards the same bar as all else."""

    async def ended(session: object, context: object, params: aiohttp.TraceRequestEndParams) -> None:
        now = asyncio.get_running_loop().time()
        rest.circuit.note(params.response.status, now, shared=is_shared(params.response.headers))

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(ended)
    return trace


def _proxy(url: str) -> str | None:
    """discord.py takes no proxy from the environment by itself."""
    parts = urlsplit(url)
    return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)
