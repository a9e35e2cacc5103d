import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from bot.web.server import Readiness, WebServer


async def fine() -> str:
    return ""


async def lost() -> str:
    return "the database is out of reach"


async def measures() -> bytes:
    return b"tocsin_database_up 1.0\n"


@asynccontextmanager
async def serving(readiness: Readiness, host: str = "127.0.0.1") -> AsyncIterator[str]:
    server = WebServer(host, 0, readiness, measures=measures)
    try:
        yield await server.start()
    finally:
        await server.close()


async def asked(place: str, path: str) -> tuple[int, object]:
    async with aiohttp.ClientSession() as session, session.get(f"http://{place}{path}") as answer:
        return answer.status, json.loads(await answer.text())


async def test_it_says_where_it_listens_where_it_may_choose_the_port() -> None:
    async with serving(fine) as place:
        host, _, port = place.partition(":")

        assert host == "127.0.0.1"
        assert int(port) > 0


async def test_while_all_is_well_it_is_alive_and_ready() -> None:
    async with serving(fine) as place:
        assert await asked(place, "/healthz") == (200, {"alive": True})
        assert await asked(place, "/readyz") == (200, {"ready": True, "reason": ""})


async def test_while_something_is_missing_it_is_alive_and_says_what() -> None:
    async with serving(lost) as place:
        assert await asked(place, "/healthz") == (200, {"alive": True})
        assert await asked(place, "/readyz") == (503, {"ready": False, "reason": "the database is out of reach"})


async def test_metrics_are_told_in_the_format_that_prometheus_reads() -> None:
    async with (
        serving(lost) as place,
        aiohttp.ClientSession() as session,
        session.get(f"http://{place}/metrics") as answer,
    ):
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert await answer.text() == "tocsin_database_up 1.0\n"


async def test_an_address_that_is_taken_is_an_error_of_the_system() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = WebServer("127.0.0.1", taken.getsockname()[1], fine)

        with pytest.raises(OSError, match="address already in use"):
            await server.start()
        await server.close()


async def test_what_never_started_can_be_closed() -> None:
    await WebServer("127.0.0.1", 0, fine).close()
