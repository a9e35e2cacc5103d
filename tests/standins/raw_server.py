"""A server that says whatever bytes it is told to, in HTTP or not.

async with RawServer() as server:
    server.says("/cut", b"HTTP/1.1 200 OK\\r\\nContent-Length: 9\\r\\n\\r\\n<rss")
    await fetcher.fetch(server.address("/cut"))
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import repeat
from types import TracebackType
from typing import Self

Saying = Callable[[asyncio.StreamWriter], Awaitable[None]]


class RawServer:
    def __init__(self) -> None:
        self._sayings: dict[str, Saying] = {}
        self._talks: set[asyncio.Task[None]] = set()
        self.heads: list[bytes] = []
        """Of every request, in order."""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def says(self, path: str, answer: bytes) -> None:
        """Once, and then closes the connection."""

        async def say(writer: asyncio.StreamWriter) -> None:
            writer.write(answer)

        self._sayings[path] = say

    def keeps_saying(self, path: str, begin: bytes, again: bytes, *, every: float = 0.0) -> None:
        """A beginning, and then the same without end, every so many seconds."""

        async def say(writer: asyncio.StreamWriter) -> None:
            writer.write(begin)
            for piece in repeat(again):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(every)

        self._sayings[path] = say

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.create_task(self._talk(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                await self._sayings[head.split(b" ")[1].decode()](writer)
                await writer.drain()
        finally:
            writer.close()
