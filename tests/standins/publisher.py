"""A publisher on loopback: serves feeds as servers do, the broken and the hostile ones included.

    async with Publisher() as publisher:
        publisher.publishes("/feed.xml", body, etag='"1"')
        await fetcher.fetch(publisher.address("/feed.xml"))

It answers conditional requests as RFC 9110 asks, and keeps what it was asked.
"""

import asyncio
import gzip
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from aiohttp import web
from multidict import CIMultiDictProxy

UNTYPED = "none/none"
ALSO_UNCHANGED = frozenset({"cache-control", "date", "expires", "vary"})
"""What goes with a 304 as it would go with the document (RFC 9110, 15.4.5), beside the tag."""
Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it arrived."""

    path: str
    headers: CIMultiDictProxy[str]
    at: float = 0.0
    """When, on the loop's clock."""


class Publisher:
    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._host = host
        self._port = port
        self._answers: dict[str, Answering] = {}
        self._closing = asyncio.Event()
        self.requests: list[Asked] = []
        """Every request, in order."""
        self.at_once = 0
        """The most requests that were under way at the same time."""
        self._under_way = 0

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        application.on_response_prepare.append(_without_content_type)
        self._runner = web.AppRunner(application, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._closing.set()
        await self._runner.cleanup()

    def address(self, path: str, host: str | None = None) -> str:
        return f"http://{host or self._host}:{self._port}{path}"

    @property
    def port(self) -> int:
        return self._port

    def asked_for(self, path: str) -> list[Asked]:
        return [asked for asked in self.requests if asked.path == path]

    def publishes(
        self,
        path: str,
        body: bytes | str,
        content_type: str = "application/rss+xml",
        *,
        etag: str = "",
        last_modified: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """What stands at a path from now on. An empty content type sends none."""
        payload = body.encode() if isinstance(body, str) else body
        described = {
            "Content-Type": content_type or UNTYPED,
            "ETag": etag,
            "Last-Modified": last_modified,
            **(headers or {}),
        }
        present = {name: value for name, value in described.items() if value}
        unchanged = {name: value for name, value in present.items() if name == "ETag" or name.lower() in ALSO_UNCHANGED}

        async def answer(request: web.Request) -> web.StreamResponse:
            if _holds(request, etag, last_modified):
                return web.Response(status=304, headers=unchanged)
            return web.Response(body=payload, headers=present)

        self._answers[path] = answer

    def publishes_gzipped(self, path: str, body: bytes, *, cut_to: int | None = None) -> None:
        """Packed, and where ``cut_to`` is given, broken off after so many packed bytes, with a length that agrees."""
        self.publishes(path, gzip.compress(body)[:cut_to], headers={"Content-Encoding": "gzip"})

    def opens(self, path: str, headers: Mapping[str, str], body: bytes | str, *, etag: str = "") -> None:
        """What stands there for those who send these headers; everybody else is answered as before."""
        for_all = self._answers[path]
        self.publishes(path, body, etag=etag)
        for_members = self._answers[path]

        async def answer(request: web.Request) -> web.StreamResponse:
            is_member = all(request.headers.get(name) == value for name, value in headers.items())
            return await (for_members if is_member else for_all)(request)

        self._answers[path] = answer

    def withdraws(self, path: str) -> None:
        self._answers.pop(path, None)

    def answers(
        self,
        path: str,
        status: int,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        *,
        after_seconds: float = 0.0,
    ) -> None:
        async def answer(request: web.Request) -> web.StreamResponse:
            await asyncio.sleep(after_seconds)
            return web.Response(status=status, headers=headers, body=body)

        self._answers[path] = answer

    def redirects(self, path: str, to: str, status: int = 302, *, after_seconds: float = 0.0) -> None:
        self.answers(path, status, {"Location": to}, after_seconds=after_seconds)

    def never_answers(self, path: str) -> None:
        """Takes the request and says nothing."""

        async def answer(request: web.Request) -> web.StreamResponse:
            await self._closing.wait()
            return web.Response()

        self._answers[path] = answer

    def never_ends(self, path: str, piece: bytes = b" ") -> None:
        """A piece every hundredth of a second, without end: no read ever waits long."""

        async def answer(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "application/rss+xml"})
            await response.prepare(request)
            with suppress(ConnectionError):
                while not self._closing.is_set():
                    await response.write(piece)
                    await asyncio.sleep(0.01)
            return response

        self._answers[path] = answer

    def resets(self, path: str, after: bytes = b"") -> None:
        """Breaks the connection, before an answer or in its midst."""

        async def answer(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Length": "100000"})
            if after:
                await response.prepare(request)
                await response.write(after)
            assert request.transport is not None
            request.transport.abort()
            return response

        self._answers[path] = answer

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(Asked(request.path_qs, request.headers, asyncio.get_running_loop().time()))
        answer = self._answers.get(request.path_qs)
        if answer is None:
            return web.Response(status=404)
        self._under_way += 1
        self.at_once = max(self.at_once, self._under_way)
        try:
            return await answer(request)
        finally:
            self._under_way -= 1


def _holds(request: web.Request, etag: str, last_modified: str) -> bool:
    """Whether the asker's copy is still good: the tag decides where one was sent (RFC 9110, 13.2.2)."""
    if "If-None-Match" in request.headers:
        return bool(etag) and request.headers["If-None-Match"] == etag
    return bool(last_modified) and request.headers.get("If-Modified-Since") == last_modified


async def _without_content_type(request: web.Request, response: web.StreamResponse) -> None:
    """aiohttp adds one where none is given."""
    if response.headers.get("Content-Type") == UNTYPED:
        del response.headers["Content-Type"]
