"""Socket Mode of the Slack stand-in: hello, envelopes, acknowledgements with their delay, disconnects, redelivery."""

import asyncio
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from aiohttp import WSCloseCode, WSMsgType, web

from tests.standins.slack_checks import shown

ACK_WITHIN = 3.0
"""Seconds that Slack waits for an acknowledgement."""


@dataclass
class Exchange:
    """What somebody did, and what came of it."""

    payload: dict[str, Any]
    acked_after: list[float] = field(default_factory=list)
    """Seconds, for every time that it was delivered."""
    acks: list[dict[str, Any]] = field(default_factory=list)
    """What was said in the acknowledgements."""
    replies: list[dict[str, Any]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    """The replies as the person reads them."""
    refused: list[str] = field(default_factory=list)
    """Codes of the replies that Slack would not take."""
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def last(self) -> str:
        return self.said[-1]

    def acknowledged(self, after: float, body: dict[str, Any]) -> None:
        """A slash command may be answered in its acknowledgement."""
        self.acked_after.append(after)
        self.acks.append(body)
        if "text" in body:
            self.add(body, shown(body))

    def add(self, reply: dict[str, Any], words: str) -> None:
        self.replies.append(reply)
        self.said.append(words)
        self.stir()

    def stir(self) -> None:
        """Something changed: look again, whoever waits."""
        task = asyncio.create_task(self._notify())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def heard(self, replies: int, timeout: float = 10.0) -> None:
        """Until so many replies have come."""
        await self.until(lambda: len(self.replies) >= replies, timeout)

    async def until(self, is_so: Callable[[], bool], timeout: float = 10.0) -> None:
        async with asyncio.timeout(timeout), self._changed:
            await self._changed.wait_for(is_so)

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()


class Host(Protocol):
    @property
    def origin(self) -> str: ...


class Sockets:
    """The connections of the app; envelopes go to the newest one."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._numbers = itertools.count(1)
        self._tickets: set[str] = set()
        self._open: list[web.WebSocketResponse] = []
        self._acks: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self.listening = asyncio.Event()
        self.hellos = 0

    def ticket(self) -> str:
        """An address that opens one connection, once."""
        ticket = f"ticket{next(self._numbers)}"
        self._tickets.add(ticket)
        return f"{self._host.origin.replace('http', 'ws', 1)}/link?ticket={ticket}"

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPForbidden
        self._tickets.discard(ticket)
        connection = web.WebSocketResponse()
        await connection.prepare(request)
        await connection.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A1"}})
        self._open.append(connection)
        self.hellos += 1
        self.listening.set()
        try:
            async for frame in connection:
                if frame.type is WSMsgType.TEXT:
                    self._acknowledged(frame.json())
        finally:
            self._forget(connection)
        return connection

    async def deliver(self, exchange: Exchange, retry: int = 0) -> None:
        """Send it and wait for its acknowledgement. Raises TimeoutError after three seconds."""
        envelope_id = f"envelope{next(self._numbers)}"
        retried = {"retry_attempt": retry, "retry_reason": "timeout"} if retry else {}
        envelope = {
            "type": "interactive" if "type" in exchange.payload else "slash_commands",
            "envelope_id": envelope_id,
            "payload": exchange.payload,
            "accepts_response_payload": True,
            **retried,
        }
        await self.listening.wait()
        self._acks[envelope_id] = asyncio.get_running_loop().create_future()
        sent = time.monotonic()
        await self._open[-1].send_json(envelope)
        ack = await asyncio.wait_for(self._acks[envelope_id], ACK_WITHIN)
        exchange.acknowledged(time.monotonic() - sent, ack.get("payload") or {})

    async def say(self, message: dict[str, Any]) -> None:
        """Send anything over the newest connection."""
        await self.listening.wait()
        await self._open[-1].send_json(message)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask the client to come back over a new connection, as Slack does every few hours."""
        connection = self._open[-1]
        self._forget(connection)
        await connection.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "invented"}})

    async def cut(self) -> None:
        """Close every connection without a word."""
        for connection in list(self._open):
            self._forget(connection)
            await connection.close(code=WSCloseCode.GOING_AWAY, drain=False)

    def _forget(self, connection: web.WebSocketResponse) -> None:
        if connection in self._open:
            self._open.remove(connection)
        if not self._open:
            self.listening.clear()

    def _acknowledged(self, message: dict[str, Any]) -> None:
        waiting = self._acks.pop(str(message.get("envelope_id")), None)
        if waiting is not None and not waiting.done():
            waiting.set_result(message)
