"""The gateway of the Discord stand-in: hello, heartbeats, sessions and their dispatches, and what cuts them short."""

import asyncio
import itertools
import json
import zlib
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from aiohttp import WSCloseCode, WSMsgType, web

from tests.standins.discord_state import World
from tests.standins.discord_wire import guild_create, me

Json = dict[str, Any]
Compress = Callable[[bytes], bytes]

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 0, 1, 2, 6, 7, 9, 10, 11
GUILDS = 1
"""The intent by which guilds, their channels and threads are told of."""

UNKNOWN_OP, NOT_IDENTIFIED, WRONG_TOKEN, IDENTIFIED_TWICE, INVALID_SEQ = 4001, 4003, 4004, 4005, 4007


@dataclass
class Session:
    """What a client may come back to."""

    id: str
    intents: int
    sent: list[Json] = field(default_factory=list)
    """Every dispatch, also those that found no connection."""
    connection: "Connection | None" = None

    def dispatch(self, event: str, data: Any) -> Json:
        self.sent.append({"op": DISPATCH, "t": event, "s": len(self.sent) + 1, "d": data})
        return self.sent[-1]


class Connection:
    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self.socket = socket
        self.session: Session | None = None
        self.beaten = asyncio.Event()
        self._request = request
        self._compress = _compressor(request.query.get("compress", ""))

    async def send(self, payload: Json) -> None:
        text = json.dumps(payload)
        # A socket that has just been closed keeps the dispatch in its session, to be replayed.
        with suppress(ConnectionError):
            if self._compress is None:
                await self.socket.send_str(text)
            else:
                await self.socket.send_bytes(self._compress(text.encode()))

    async def close(self, code: int, message: str = "") -> None:
        await self.socket.close(code=code, message=message.encode(), drain=False)

    def abort(self) -> None:
        """As a network does it."""
        if self._request.transport is not None:
            self._request.transport.abort()


class Host(Protocol):
    @property
    def gateway_url(self) -> str: ...


class Gateway:
    """The sessions of the bot; every one of them hears of everything."""

    def __init__(self, world: World, host: Host) -> None:
        self._world, self._host = world, host
        self._numbers = itertools.count(1)
        self._sessions: dict[str, Session] = {}
        self._open: list[Connection] = []
        self.listening = asyncio.Event()
        self.heartbeat_interval = 41.25
        """Seconds, told to those who connect from now on."""
        self.answers_heartbeats = True
        self.identifies: list[Json] = []
        self.resumes: list[Json] = []
        self.refusals: deque[int] = deque()
        """Close codes that the next identifies are answered, one each."""

    # ---- the wire ----------------------------------------------------------------------------------------------

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=4096)
        await socket.prepare(request)
        connection = Connection(request, socket)
        self._open.append(connection)
        interval = int(self.heartbeat_interval * 1000)
        try:
            if request.query.get("v") != "10" or request.query.get("encoding") != "json":
                await connection.close(4012, "Invalid API version")
            await connection.send({"op": HELLO, "s": None, "t": None, "d": {"heartbeat_interval": interval}})
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    await self._take(connection, frame.json())
        finally:
            self._forget(connection)
            # Who closes in good order ends the session as well.
            if socket.close_code in (WSCloseCode.OK, WSCloseCode.GOING_AWAY) and connection.session:
                self._sessions.pop(connection.session.id, None)
        return socket

    async def _take(self, connection: Connection, payload: Json) -> None:
        match payload["op"]:
            case 1:
                connection.beaten.set()
                if self.answers_heartbeats:
                    await connection.send({"op": HEARTBEAT_ACK, "s": None, "t": None, "d": None})
            case 2:
                self.identifies.append(payload["d"])
                await self._identify(connection, payload["d"])
            case 6:
                self.resumes.append(payload["d"])
                await self._resume(connection, payload["d"])
            case 3 | 4 | 8 if connection.session is None:
                await connection.close(NOT_IDENTIFIED, "Not authenticated.")
            case 3 | 4 | 8:
                pass
            case _:
                await connection.close(UNKNOWN_OP, "Unknown opcode")

    async def _identify(self, connection: Connection, asked: Json) -> None:
        if self.refusals:
            await connection.close(self.refusals.popleft())
        elif not self._knows(asked["token"]):
            await connection.close(WRONG_TOKEN, "Authentication failed.")
        elif connection.session is not None:
            await connection.close(IDENTIFIED_TWICE, "Already authenticated.")
        else:
            await self._begin(connection, asked)

    async def _begin(self, connection: Connection, asked: Json) -> None:
        world = self._world
        session = Session(f"session{next(self._numbers)}", asked["intents"])
        self._sessions[session.id] = connection.session = session
        session.connection = connection
        joined = [guild for guild in world.guilds.values() if guild.joined]
        ready = {
            "v": 10, "user": me(world), "guilds": [{"id": guild.id, "unavailable": True} for guild in joined],
            "session_id": session.id, "resume_gateway_url": f"{self._host.gateway_url}/resume",
            "application": {"id": world.application_id, "flags": 0}, "shard": asked.get("shard", [0, 1]),
        }  # fmt: skip
        await connection.send(session.dispatch("READY", ready))
        if session.intents & GUILDS:
            for guild in joined:
                if guild.available:
                    data = guild_create(world, guild) | {"unavailable": False}
                    await connection.send(session.dispatch("GUILD_CREATE", data))
        self.listening.set()

    async def _resume(self, connection: Connection, asked: Json) -> None:
        session = self._sessions.get(asked["session_id"])
        if not self._knows(asked["token"]):
            await connection.close(WRONG_TOKEN, "Authentication failed.")
        elif session is None:
            await connection.send({"op": INVALID_SESSION, "s": None, "t": None, "d": False})
        elif asked["seq"] > len(session.sent):
            await connection.close(INVALID_SEQ, "Invalid seq")
        else:
            connection.session, session.connection = session, connection
            for missed in session.sent[asked["seq"] :]:
                await connection.send(missed)
            await connection.send(session.dispatch("RESUMED", {"_trace": []}))
            self.listening.set()

    def _knows(self, token: str) -> bool:
        return token.removeprefix("Bot ") == self._world.token and not self._world.revoked

    # ---- what is told ------------------------------------------------------------------------------------------

    async def dispatch(self, event: str, data: Any, intent: int = 0) -> None:
        """Tell every session that asked for it, or will when it comes back."""
        for session in list(self._sessions.values()):
            if not intent or session.intents & intent:
                payload = session.dispatch(event, data)
                if session.connection is not None:
                    await session.connection.send(payload)

    async def beat(self, timeout: float = 10.0) -> None:
        """Ask every client for a heartbeat, and wait for it: by then it has read all that was sent before."""
        for connection in self._listeners():
            connection.beaten.clear()
            await connection.send({"op": HEARTBEAT, "s": None, "t": None, "d": None})
        for connection in self._listeners():
            await asyncio.wait_for(connection.beaten.wait(), timeout)

    async def reconnect(self) -> None:
        """Ask every client to come back over a new connection, as Discord does every few hours."""
        for connection in self._part():
            await connection.send({"op": RECONNECT, "s": None, "t": None, "d": None})

    async def invalidate(self, resumable: bool = False) -> None:
        for connection in self._part():
            if connection.session is not None and not resumable:
                self._sessions.pop(connection.session.id, None)
            await connection.send({"op": INVALID_SESSION, "s": None, "t": None, "d": resumable})

    async def cut(self) -> None:
        """Drop every connection without a word; the sessions may be resumed."""
        for connection in self._part():
            connection.abort()

    async def close(self, code: int) -> None:
        """Close every connection in good order, with this code."""
        for connection in self._part():
            await connection.close(code)

    def end(self) -> None:
        """Nothing may be resumed after this."""
        self._sessions.clear()

    def _listeners(self) -> list[Connection]:
        return [connection for connection in self._open if connection.session is not None]

    def _part(self) -> list[Connection]:
        """The connections that stand, which count as gone from now on."""
        parted = list(self._open)
        for connection in parted:
            self._forget(connection)
        return parted

    def _forget(self, connection: Connection) -> None:
        if connection in self._open:
            self._open.remove(connection)
        if connection.session is not None and connection.session.connection is connection:
            connection.session.connection = None
        if not self._listeners():
            self.listening.clear()


def _compressor(asked: str) -> Compress | None:
    """Of one connection, over which every message continues one stream."""
    match asked:
        case "zlib-stream":
            stream = zlib.compressobj()
            return lambda data: stream.compress(data) + stream.flush(zlib.Z_SYNC_FLUSH)
        case "zstd-stream":
            return _zstandard()
    return None


def _zstandard() -> Compress:
    """By whichever library discord.py reads it with, for without one it asks for zlib."""
    try:
        import zstandard
    except ImportError:
        from compression import zstd

        newer = zstd.ZstdCompressor()
        return lambda data: newer.compress(data, mode=zstd.ZstdCompressor.FLUSH_BLOCK)
    older = zstandard.ZstdCompressor().compressobj()
    return lambda data: older.compress(data) + older.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
