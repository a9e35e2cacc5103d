"""A Discord that speaks the wire: REST v10 and the gateway on one port of 127.0.0.1.

The real discord.py runs against it by two addresses alone (``Route.BASE`` and ``DiscordWebSocket.DEFAULT_GATEWAY``), in
this process or in another one::

    async with DiscordStandIn() as discord:
        guild = discord.guild("100")
        guild.channel("200")
        discord.person("7")
        ...                        # start what talks to discord.api_url and discord.gateway_url
        await discord.connected()
        exchange = await discord.command("7", "200", "subscribe", query="huawei")
        assert "huawei" in exchange.last
        assert discord.messages("200")[0]["content"] == "…"
        assert not discord.violations

Nothing happens at random: what goes wrong is scripted with ``fail``. (The module cannot be called ``discord``: pytest
puts this folder at the head of sys.path, where it would hide the library.)
"""

import asyncio
import json
import math
import socket
import struct
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.standins.discord_api import POSTS, Api, Asked, TooMany, fit
from tests.standins.discord_checks import buttons
from tests.standins.discord_commands import filled, found, nested
from tests.standins.discord_gateway import GUILDS, WRONG_TOKEN, Gateway
from tests.standins.discord_interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    ApiError,
    Exchange,
    Interactions,
)
from tests.standins.discord_state import Call, Channel, Guild, World
from tests.standins.discord_wire import channel as channel_object
from tests.standins.discord_wire import guild_create, written
from tests.standins.trouble import LATE, Limit, Scripted, Trouble

ROOT = "/api/v10"
CLOUDFLARE_BAN = Scripted(
    429, "<html>error code: 1015</html>", {"Retry-After": "600", "Content-Type": "text/html; charset=UTF-8"}
)
"""What those hear who made too many invalid requests: not from Discord, hence without ``Via``."""


class Choices(list[dict[str, Any]]):
    """What was offered for completion."""

    answered_after: float = 0.0
    """Seconds."""


class DiscordStandIn(World):
    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.calls: list[Call] = []
        self.gateway = Gateway(self, self)
        self.interactions = Interactions(self)
        self.rest = Api(self, self.interactions, self.gateway, self)
        self.says_only: Scripted | None = None
        """While it is set, every request is answered with it."""
        self.mischief: Callable[[str, str], Trouble | Scripted | None] = lambda method, path: None
        """What happens to a request, where nothing is scripted."""
        self.late = LATE
        self._troubles: list[tuple[str, deque[Trouble | Scripted]]] = []
        self._port = 0
        self._runner: web.AppRunner | None = None
        self._closing = asyncio.Event()

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self._port}{ROOT}"

    @property
    def gateway_url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/gateway"

    @property
    def violations(self) -> list[str]:
        """Requests that broke Discord's own description of its API."""
        return self.rest.violations

    @property
    def identifies(self) -> list[dict[str, Any]]:
        return self.gateway.identifies

    @property
    def resumes(self) -> list[dict[str, Any]]:
        return self.gateway.resumes

    # ---- coming and going --------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Answer again, on the same port as before."""
        self._closing = asyncio.Event()
        app = web.Application()
        app.router.add_route("*", f"{ROOT}/{{path:.*}}", self._serve)
        app.router.add_get("/gateway", self.gateway.serve)
        app.router.add_get("/gateway/resume", self.gateway.serve)
        self._runner = web.AppRunner(app, shutdown_timeout=1.0, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Refuse every connection from now on, and cut those that stand; sessions may be resumed after start."""
        self._closing.set()
        await self.gateway.cut()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    # ---- what goes wrong ---------------------------------------------------------------------------------------

    def fail(self, route: str, *troubles: Trouble | Scripted) -> None:
        """What happens to the next requests of the route, one each.

        ``POST /channels/{id}/messages`` is any channel, ``POST /channels/200/messages`` that one.
        """
        method, path = route.split(" ")
        if not any(each.startswith(f"{method} ") and _overlap(each.split(" ")[1], path) for each in self.rest.routes):
            raise LookupError(f"the stand-in has no route {route}")
        self._troubles.append((route, deque(troubles)))

    def calls_of(self, method: str, path: str) -> list[Call]:
        """Those of the path, in which ``{id}`` or ``…`` stands for any part."""
        return [call for call in self.calls if call.method == method and fit(path, call.path) is not None]

    def limits(self, allowed: int, seconds: float, channel: str = "", route: str = "") -> None:
        """Of posts in the channel, or of the route there; of all requests together where neither is named."""
        limit = Limit(allowed, seconds, self.clock)
        if channel or route:
            if (route or POSTS) not in self.rest.routes:
                raise LookupError(f"the stand-in has no route {route}")
            self.rest.limits.by_route[route or POSTS, channel] = limit
        else:
            self.rest.limits.everything = limit

    async def revoke(self) -> None:
        """The token opens nothing any more."""
        self.revoked = True
        self.gateway.end()
        await self.gateway.close(WRONG_TOKEN)

    async def cut(self) -> None:
        """Drop every gateway connection without a word."""
        await self.gateway.cut()

    # ---- what happens to guilds --------------------------------------------------------------------------------

    async def joins(self, guild: Guild | str) -> None:
        """Somebody adds the bot."""
        guild = self._guild(guild)
        guild.joined, guild.available = True, True
        await self.gateway.dispatch("GUILD_CREATE", guild_create(self, guild), GUILDS)

    async def removes(self, guild: Guild | str) -> None:
        """Somebody throws the bot out."""
        guild = self._guild(guild)
        guild.joined = False
        await self.gateway.dispatch("GUILD_DELETE", {"id": guild.id}, GUILDS)

    async def outage(self, guild: Guild | str) -> None:
        """Discord's trouble, in which the bot is still a member."""
        guild = self._guild(guild)
        guild.available = False
        await self.gateway.dispatch("GUILD_DELETE", {"id": guild.id, "unavailable": True}, GUILDS)

    async def returns(self, guild: Guild | str) -> None:
        """After an outage."""
        guild = self._guild(guild)
        guild.available = True
        await self.gateway.dispatch("GUILD_CREATE", guild_create(self, guild) | {"unavailable": False}, GUILDS)

    async def updates(self, channel: str) -> None:
        """Tell of what the test has changed about the channel or thread."""
        changed = self.channels[channel]
        event = "THREAD_UPDATE" if changed.is_thread else "CHANNEL_UPDATE"
        await self.gateway.dispatch(event, channel_object(self, changed), GUILDS)

    async def deletes(self, channel: str) -> None:
        gone = self.channels.pop(channel)
        event = "THREAD_DELETE" if gone.is_thread else "CHANNEL_DELETE"
        told = channel_object(self, gone)
        if gone.guild is not None:
            gone.guild.channels.pop(channel)
        await self.gateway.dispatch(event, told, GUILDS)

    def _guild(self, guild: Guild | str) -> Guild:
        return self.guilds[guild] if isinstance(guild, str) else guild

    # ---- what people do ----------------------------------------------------------------------------------------

    async def connected(self, timeout: float = 10.0) -> None:
        """Until a client is ready, or has resumed."""
        await asyncio.wait_for(self.gateway.listening.wait(), timeout)

    def says(self, user: str, channel: str, content: str) -> dict[str, Any]:
        """A person writes a message, which nobody is told of."""
        message = written(self, self.channels[channel], {"content": content}, author=self.people[user].id)
        self.channels[channel].messages.append(message)
        return message

    async def command(
        self, user: str, channel: str, line: str, /, *, root: str = "news", replies: int = 1, **options: Any
    ) -> Exchange:
        """Use ``/news subscribe query:huawei`` (the line: ``subscribe``), and wait for the final answer.

        Raises LookupError where no such command or option is registered or a required option is missing, ValueError for
        a value that Discord would not let be typed, TimeoutError where no callback or no final answer comes in time.
        """
        place = self.channels[channel]
        way, where = self._typed(place, [root, *line.split()])
        options_typed = filled(way[-1], options)
        data = self._data(way, where, options_typed) | self.interactions.resolved(place, options_typed)
        exchange = self.interactions.begin(COMMAND, user, place, data)
        await self._deliver(exchange)
        await exchange.heard(replies)
        return exchange

    async def completes(
        self, user: str, channel: str, line: str, option: str, /, *, typed: str = "", root: str = "news", **options: Any
    ) -> Choices:
        """What is offered while the option is being typed."""
        place = self.channels[channel]
        way, where = self._typed(place, [root, *line.split()])
        data = self._data(way, where, filled(way[-1], {**options, option: typed}, focused=option))
        exchange = self.interactions.begin(AUTOCOMPLETE, user, place, data)
        await self._deliver(exchange)
        choices = Choices(exchange.choices)
        choices.answered_after = exchange.acked_after or 0.0
        return choices

    async def clicks(
        self, user: str, channel: str, message: dict[str, Any] | str, custom_id: str, /, *, replies: int = 1
    ) -> Exchange:
        """Press a button, and wait for the final answer. Raises LookupError where there is none to press."""
        shown = self._message(channel, message) if isinstance(message, str) else message
        if not any(each.get("custom_id") == custom_id and not each.get("disabled") for each in buttons(shown)):
            raise LookupError(f"no button {custom_id!r} among {buttons(shown)}")
        data = {"custom_id": custom_id, "component_type": 2}
        exchange = self.interactions.begin(COMPONENT, user, self.channels[channel], data, shown)
        await self._deliver(exchange)
        await exchange.heard(replies)
        return exchange

    async def again(self, exchange: Exchange) -> None:
        """Deliver it once more, as a replay does, and wait until the client has read it."""
        await self.connected()
        await self.gateway.dispatch("INTERACTION_CREATE", exchange.payload)
        await self.gateway.beat()

    async def _deliver(self, exchange: Exchange) -> None:
        await self.connected()
        await self.gateway.dispatch("INTERACTION_CREATE", exchange.payload)
        await exchange.until(lambda: exchange.acked_after is not None, self.interactions.ack_within)

    def _typed(self, channel: Channel, words: list[str]) -> tuple[list[Any], str | None]:
        """The way to the command, and the guild of which it is, if it is of one."""
        if channel.guild is not None and any(
            each["name"] == words[0] for each in self.guild_commands.get(channel.guild.id, [])
        ):
            return found(self.guild_commands[channel.guild.id], words), channel.guild.id
        way = found(self.commands, words)
        contexts = way[0].get("contexts")
        offered = way[0].get("dm_permission") is not False if contexts is None else 1 in contexts
        if channel.guild is None and not offered:
            raise LookupError(f"/{words[0]} is not offered in direct messages")
        return way, None

    def _data(self, way: list[Any], guild_id: str | None, options: list[dict[str, Any]]) -> dict[str, Any]:
        owner = {"guild_id": guild_id} if guild_id else {}
        return {"id": way[0]["id"], "name": way[0]["name"], "type": 1, "options": nested(way, options), **owner}

    def _message(self, channel: str, id: str) -> dict[str, Any]:
        replies = [reply for exchange in self.interactions.exchanges.values() for reply in exchange.replies]
        return next(message for message in [*self.messages(channel), *replies] if message["id"] == id)

    # ---- the wire ----------------------------------------------------------------------------------------------

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        call = Call(request.method, f"/{request.match_info['path']}", dict(request.query), None, dict(request.headers))
        self.calls.append(call)
        trouble = self.says_only or self._trouble(call)
        text = await _text(request)
        with suppress(ValueError):
            call.body = json.loads(text) if text else None
        match trouble:
            case Scripted(status, body, headers):
                return _logged(call, _word_for_word(status, body, headers))
            case "500":
                return _logged(call, _json(500, {"message": "500: Internal Server Error", "code": 0}))
            case "reset before":
                return _reset(request)
            case "hang before":
                return await self._hang()
            case "late accept":
                readable = not text or call.body is not None
                asyncio.get_running_loop().call_later(self.late, self._answer, call, readable)
                return await self._hang()
            case "not json":
                maintenance = _word_for_word(200, "<html>maintenance</html>", {"Content-Type": "application/json"})
                return _logged(call, maintenance)
        answer = self._answer(call, is_readable=not text or call.body is not None)
        match trouble:
            case "reset after accept":
                return _reset(request)
            case "hang after accept":
                return await self._hang()
            case "502 after accept":
                answer = _word_for_word(502, "<html>bad gateway</html>", {"Content-Type": "text/html"})
        return _logged(call, answer)

    def _trouble(self, call: Call) -> Trouble | Scripted | None:
        for route, troubles in self._troubles:
            method, path = route.split(" ")
            if troubles and method == call.method and fit(path, call.path) is not None:
                return troubles.popleft()
        return self.mischief(call.method, call.path)

    def _answer(self, call: Call, is_readable: bool) -> web.Response:
        asked: Asked | None = None
        try:
            asked = self.rest.found(call)
            if not is_readable:
                raise ApiError(400, 50109, "The request body contains invalid JSON.")
            answer = _json(*self.rest.answer(asked))
        except TooMany as many:
            answer = _too_many(many)
        except ApiError as error:
            answer = _json(error.status, error.body)
        if asked is not None:
            answer.headers.update(self.rest.limits.headers(asked, self.clock()))
        return answer

    async def _hang(self) -> web.StreamResponse:
        await self._closing.wait()
        return web.Response(status=503)


async def _text(request: web.Request) -> str:
    """The JSON of the request, which stands in ``payload_json`` where files come with it."""
    if request.content_type.startswith("multipart/"):
        return str((await request.post()).get("payload_json", ""))
    return await request.text()


def _logged(call: Call, answer: web.Response) -> web.Response:
    call.status = answer.status
    return answer


def _json(status: int, body: Any) -> web.Response:
    if status == 204:
        return web.Response(status=204)
    # Without a charset, or discord.py would not read it as JSON.
    return web.Response(status=status, body=json.dumps(body).encode(), content_type="application/json")


def _too_many(many: TooMany) -> web.Response:
    words = "You are being rate limited."
    answer = _json(429, {"message": words, "retry_after": many.retry_after, "global": many.is_global, "code": 0})
    answer.headers["Retry-After"] = str(math.ceil(many.retry_after))
    answer.headers["Via"] = "1.1 google"
    answer.headers["X-RateLimit-Scope"] = "global" if many.is_global else "user"
    if many.is_global:
        answer.headers["X-RateLimit-Global"] = "true"
    return answer


def _word_for_word(status: int, body: Any, headers: dict[str, str]) -> web.Response:
    if isinstance(body, str):
        return web.Response(status=status, body=body.encode(), headers={"Content-Type": "text/html", **headers})
    return web.Response(
        status=status, body=json.dumps(body).encode(), headers={"Content-Type": "application/json", **headers}
    )


def _reset(request: web.Request) -> web.Response:
    """Cut the connection so hard that the other side sees a reset."""
    transport = request.transport
    if transport is not None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()


def _overlap(template: str, pattern: str) -> bool:
    """Whether a path may be meant by both."""
    wanted, given = template.split("/"), pattern.split("/")
    return len(wanted) == len(given) and all(
        want == have or want.startswith("{") or have.startswith("{") or have == "…"
        for want, have in zip(wanted, given, strict=True)
    )
