"""Publishes the sample newsroom on loopback, under its invented names, to whoever asks through its resolver."""

import socket
from types import TracebackType
from typing import Self

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.demo.newsroom import Newsroom, addresses

LOOPBACK = "127.0.0.1"


class InventedNames(AbstractResolver):
    """Leads the newsroom's host names to its server, whatever port stands in the address; knows no other name."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._names = {address.split("/")[2] for address in addresses()}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises OSError for every name that the newsroom did not invent: the demo asks nobody else."""
        if host not in self._names:
            raise OSError(None, f"{host} is no outlet of the demo")
        return [
            ResolveResult(
                hostname=host,
                host=LOOPBACK,
                port=self._port,
                family=socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        """There is nothing to close."""


class NewsroomServer:
    """Serves what the newsroom has published, on a free port, while it is entered."""

    def __init__(self, newsroom: Newsroom) -> None:
        self._newsroom = newsroom
        application = web.Application()
        application.router.add_get("/{path:.*}", self._answer)
        self._runner = web.AppRunner(application, access_log=None)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, LOOPBACK, 0).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    @property
    def port(self) -> int:
        address = self._runner.addresses[0]
        return int(address[1])

    @property
    def resolver(self) -> AbstractResolver:
        """For the fetcher's ``resolver``; loopback has to be allowed to it."""
        return InventedNames(self.port)

    async def _answer(self, request: web.Request) -> web.Response:
        address = f"http://{request.host}{request.path}"
        document = self._newsroom.document(address) or self._newsroom.page(address)
        if document is None:
            raise web.HTTPNotFound
        if request.headers.get("If-None-Match") == document.etag:
            return web.Response(status=304, headers={"ETag": document.etag})
        headers = {"ETag": document.etag, "Content-Type": document.content_type}
        return web.Response(body=document.body, headers=headers)
