"""A Slack that speaks the wire: Web API, Socket Mode and response_url on one port of 127.0.0.1, signed requests too.

The real slack_sdk and slack-bolt run against it by ``api_url`` alone, in this process or in another one::

    async with SlackStandIn() as slack:
        slack.channel("C1")
        ...                                            # start what talks to slack.api_url
        await slack.connected()
        exchange = await slack.command("U1", "C1", "/news subscribe huawei")
        assert "huawei" in exchange.last
        assert slack.messages("C1")[0]["text"] == "…"
        window = await slack.shortcut("U1", "C1", slack.writes("U1", "C1", "Look at this"))
        await slack.submit(window, "subscribe huawei")
        await slack.post_command("http://127.0.0.1:8080/slack/events", "U1", "C1", "/news help")

One stand-in is one workspace; several can run at once. Nothing happens at random: what goes wrong is scripted with
``fail``.
"""

import asyncio
import itertools
import json
import socket
import struct
from collections import defaultdict, deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.standins import slack_http, slack_people
from tests.standins.slack_api import Api
from tests.standins.slack_checks import refusal, shown
from tests.standins.slack_socket import Exchange, Sockets
from tests.standins.slack_state import Call
from tests.standins.slack_windows import Window
from tests.standins.slack_workspace import ApiError, TooMany
from tests.standins.trouble import LATE, Scripted, Trouble

USES = 5
"""How often a response_url may be used."""


class SlackStandIn(Api):
    def __init__(self, team_id: str = "T1", **more: Any) -> None:
        super().__init__(team_id, **more)
        self.calls: list[Call] = []
        self.sockets = Sockets(self)
        self.exchanges: dict[str, Exchange] = {}
        """By the secret part of their response_url."""
        self.applies_after = 0.0
        """Seconds from the acknowledgement of a window until it is shown."""
        self.mischief: Callable[[str], Trouble | Scripted | None] = lambda method: None
        """What happens to a request of the method, where nothing is scripted."""
        self.late = LATE
        self._troubles: dict[str, deque[Trouble | Scripted]] = defaultdict(deque)
        self._numbers = itertools.count(1)
        self._port = 0
        self._runner: web.AppRunner | None = None
        self._closing = asyncio.Event()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_url(self) -> str:
        return f"{self.origin}/api/"

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
        app.router.add_route("*", "/api/{method}", self._serve)
        app.router.add_get("/link", self.sockets.serve)
        app.router.add_post("/commands/{team}/{secret}", self._respond)
        self._runner = web.AppRunner(app, shutdown_timeout=1.0, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Refuse every connection from now on, and cut those that stand."""
        self._closing.set()
        await self.sockets.cut()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    # ---- what goes wrong ---------------------------------------------------------------------------------------

    def fail(self, method: str, *troubles: Trouble | Scripted) -> None:
        """What happens to the next requests of the method, one each."""
        self._troubles[method].extend(troubles)

    def calls_of(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    # ---- what people do ----------------------------------------------------------------------------------------

    async def connected(self, timeout: float = 10.0) -> None:
        """Until a client listens."""
        await asyncio.wait_for(self.sockets.listening.wait(), timeout)

    def utter(self, user: str, channel: str, line: str) -> Exchange:
        """What is typed, before it is sent to anybody."""
        return self._exchange(slack_people.command(self.team_id, user, self._named(channel), line))

    async def command(self, user: str, channel: str, line: str, replies: int = 1, timeout: float = 10.0) -> Exchange:
        """Type a slash command, and wait for its acknowledgement and for so many answers."""
        exchange = self.utter(user, channel, line)
        await self.sockets.deliver(exchange)
        await exchange.heard(replies, timeout)
        return exchange

    async def post_command(self, url: str, user: str, channel: str, line: str, *, replies: int = 1) -> Exchange:
        """The same over HTTP, to whoever listens there."""
        exchange = self.utter(user, channel, line)
        assert await self.post(url, exchange) == 200
        await exchange.heard(replies)
        return exchange

    async def post(self, url: str, exchange: Exchange, at: float | None = None) -> int:
        """Deliver it over HTTP with this workspace's signature. Answers the status."""
        return await slack_http.deliver(url, exchange, self.signing_secret, at)

    def point(self, user: str, channel: str, ts: str, callback_id: str = "tocsin_thread") -> Window:
        """A message shortcut that is chosen, before it is sent to anybody."""
        message = self.channels[channel].message(ts) or {"ts": ts}
        payload = slack_people.message_action(self.team_id, user, self._named(channel), message, callback_id)
        return self.windows.awaited(self._exchange(payload))

    async def shortcut(self, user: str, channel: str, ts: str, url: str = "") -> Window:
        """Choose the message shortcut, by socket or at that address, and wait for a window or what is said instead."""
        window = self.point(user, channel, ts)
        await self._deliver(window.exchange, url)
        await window.until(lambda: bool(window.id or window.exchange.replies))
        return window

    async def submit(self, window: Window, said: str, url: str = "") -> Window:
        """Type that into the window and send it, and wait until its answer or a mistake is shown."""
        before = len(window.said)
        await self.send_off(window, said, url)
        await window.until(lambda: bool(window.mistakes or window.is_closed or len(window.said) >= before + 2))
        return window

    async def send_off(self, window: Window, said: str, url: str = "") -> Exchange:
        """The same, without waiting for more than the acknowledgement."""
        user = window.exchange.payload["user"]["id"]
        values = slack_people.typed(window.view, said)
        payload = slack_people.view_submission(self.team_id, user, window.id, window.view, values)
        exchange = self._exchange(payload)
        await self._deliver(exchange, url)
        await asyncio.sleep(self.applies_after)
        window.answered(exchange.acks[-1])
        return exchange

    def _named(self, channel: str) -> tuple[str, str]:
        return channel, self.channels[channel].name if channel in self.channels else channel.lower()

    def _exchange(self, payload: dict[str, Any]) -> Exchange:
        number = next(self._numbers)
        secret = f"secret{number}"
        given = {"trigger_id": f"{number}.{self.team_id}"}
        if payload.get("type") != "view_submission":
            given["response_url"] = f"{self.origin}/commands/{self.team_id}/{secret}"
        self.exchanges[secret] = Exchange({**payload, **given})
        return self.exchanges[secret]

    async def _deliver(self, exchange: Exchange, url: str) -> None:
        if url:
            assert await self.post(url, exchange) == 200
        else:
            await self.sockets.deliver(exchange)

    # ---- the wire ----------------------------------------------------------------------------------------------

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method, token = request.match_info["method"], _token(request)
        arguments = await _arguments(request)
        trouble = self._troubles[method].popleft() if self._troubles[method] else self.mischief(method)
        self.calls.append(Call(method, arguments, token, trouble))
        match trouble:
            case Scripted(status, body, headers):
                return web.json_response(body, status=status, headers=headers)
            case "500":
                return web.Response(status=500, text="<html>oops</html>", content_type="text/html")
            case "reset before":
                return _reset(request)
            case "hang before":
                return await self._hang()
            case "late accept":
                asyncio.get_running_loop().call_later(self.late, self._answer, method, token, arguments)
                return await self._hang()
            case "not json":
                return web.Response(text="<html>maintenance</html>", content_type="application/json")
        answer = self._answer(method, token, arguments)
        match trouble:
            case "reset after accept":
                return _reset(request)
            case "hang after accept":
                return await self._hang()
            case "502 after accept":
                return web.Response(status=502, text="<html>bad gateway</html>", content_type="text/html")
        return answer

    def _answer(self, method: str, token: str, arguments: dict[str, Any]) -> web.Response:
        try:
            if method == "apps.connections.open":
                self.check(token, self.app_token)
                return web.json_response({"ok": True, "url": self.sockets.ticket()})
            body = self.answer(method, token, arguments)
        except TooMany as many:
            headers = {"Retry-After": str(many.retry_after)}
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        except ApiError as error:
            body = error.body
        headers = {"x-oauth-scopes": ",".join(sorted(self.scopes))} if token == self.bot_token else {}
        return web.json_response(body, headers=headers)

    async def _respond(self, request: web.Request) -> web.Response:
        exchange = self.exchanges.get(request.match_info["secret"])
        if exchange is None or len(exchange.replies) >= USES:
            return web.Response(status=404, text="used_url")
        reply = await request.json()
        refused = refusal(reply)
        if refused:
            exchange.refused.append(refused[0])
            return web.Response(status=400, text=refused[0])
        exchange.add(reply, shown(reply))
        return web.Response(text="ok")

    async def _hang(self) -> web.StreamResponse:
        await self._closing.wait()
        return web.Response(status=503)


def _token(request: web.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer").strip()


async def _arguments(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        return dict(json.loads(await request.text() or "{}"))
    return {**request.query, **await request.post()}


def _reset(request: web.Request) -> web.Response:
    """Cut the connection so hard that the other side sees a reset."""
    transport = request.transport
    if transport is not None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()
