"""Health over HTTP: ``/healthz`` while the process lives, ``/readyz`` while it can do its work, ``/metrics``."""

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.web.metrics import CONTENT_TYPE
from bot.web.routes import LARGEST_BODY, RouteTable

log = logging.getLogger(__name__)

LAST_ANSWERS = 1.0
"""Seconds that answers under way are given at the end."""

Readiness = Callable[[], Awaitable[str]]
"""What keeps Tocsin from its work, in a few words without a secret; empty: nothing."""

Measures = Callable[[], Awaitable[bytes]]
"""What Prometheus is told."""


async def nothing_measured() -> bytes:
    return b""


class WebServer:
    """Listens between ``start`` and ``close``."""

    def __init__(
        self,
        host: str,
        port: int,
        readiness: Readiness,
        routes: RouteTable | None = None,
        measures: Measures = nothing_measured,
    ) -> None:
        self._host, self._port = host, port
        self._readiness, self._measures = readiness, measures
        self._routes = routes or RouteTable()
        self._runner: web.AppRunner | None = None

    async def start(self) -> str:
        """Where it listens, a port that was chosen for it included. Raises OSError where that is taken or not ours."""
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_get("/healthz", self._alive)
        app.router.add_get("/readyz", self._ready)
        app.router.add_get("/metrics", self._measured)
        self._routes.put_up(app.router)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=LAST_ANSWERS)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        host, port = self._runner.addresses[0][:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _alive(self, _request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def _ready(self, _request: web.Request) -> web.Response:
        reason = await self._readiness()
        return web.json_response({"ready": not reason, "reason": reason}, status=503 if reason else 200)

    async def _measured(self, _request: web.Request) -> web.Response:
        return web.Response(body=await self._measures(), headers={"Content-Type": CONTENT_TYPE})
