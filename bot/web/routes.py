"""What adapters answer over HTTP, collected before the one web server starts."""

import logging
from collections.abc import Awaitable, Callable
from typing import Literal

from aiohttp import web

from bot.ports import HttpAnswer, HttpHandler, HttpRequest

log = logging.getLogger(__name__)

LARGEST_BODY = 1024 * 1024
"""Bytes of a request; aiohttp answers 413 to more."""


class RouteTable:
    """Implements ``bot.ports.Routes``. False while nobody wants to be spoken to."""

    def __init__(self) -> None:
        self._routes: list[tuple[str, str, HttpHandler]] = []

    def __bool__(self) -> bool:
        return bool(self._routes)

    def add(self, method: Literal["GET", "POST"], path: str, handler: HttpHandler) -> None:
        self._routes.append((method, path, handler))

    @property
    def paths(self) -> list[str]:
        return [path for _, path, _ in self._routes]

    def put_up(self, router: web.UrlDispatcher) -> None:
        for method, path, handler in self._routes:
            router.add_route(method, path, _over_http(handler))


def _over_http(handler: HttpHandler) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def serve(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = await _answer(handler, HttpRequest(headers, await request.read()), request.path)
        return web.Response(body=answer.body, status=answer.status, content_type=answer.content_type)

    return serve


async def _answer(handler: HttpHandler, request: HttpRequest, path: str) -> HttpAnswer:
    try:
        return await handler(request)
    except Exception:
        log.exception("A request could not be answered", extra={"path": path})
        return HttpAnswer(500)
