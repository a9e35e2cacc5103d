import asyncio
import socket
import threading
from collections.abc import AsyncIterator

import pytest

from bot.feeds.lookups import MOST_LOOKUPS, Lookups


@pytest.fixture
async def lookups() -> AsyncIterator[Lookups]:
    running = Lookups()
    yield running
    await running.close()


async def test_every_address_of_a_host_is_found(lookups: Lookups, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda *_, **__: [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2606:4700::1111", 443, 0, 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("1.1.1.1", 443)),
        ],
    )

    found = await lookups.resolve("one.example", 443)

    assert [(each["family"], each["host"], each["port"], each["hostname"]) for each in found] == [
        (socket.AF_INET6, "2606:4700::1111", 443, "one.example"),
        (socket.AF_INET, "1.1.1.1", 443, "one.example"),
    ]


async def test_a_host_without_an_address_is_an_error(lookups: Lookups, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nothing)

    with pytest.raises(OSError, match="not known"):
        await lookups.resolve("none.example", 443)


async def test_dead_name_servers_hold_up_no_thread_that_others_use(
    lookups: Lookups, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive = threading.Event()

    def dead_server(*_: object, **__: object) -> list[object]:
        alive.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", dead_server)
    dead = [asyncio.create_task(lookups.resolve(f"{number}.example")) for number in range(2 * MOST_LOOKUPS)]
    await asyncio.sleep(0)

    answered = await asyncio.to_thread(lambda: "by a thread of the process")

    assert answered
    assert not any(lookup.done() for lookup in dead)
    alive.set()
    await asyncio.gather(*dead)
