"""What doctor says of private feeds."""

import io
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.config import Secret, Secrets, Settings
from bot.doctor import examine
from bot.model.destination import CONSOLE, Workspace
from storage.unit import SqlStorage
from tests.polls import fails
from tests.standins.publisher import Publisher

KEY = "ACME_FEED_HEADERS"
PIN = "hunter2-invented"
OPENING = {"X-Member": PIN}
KEYS = Secrets(feeds={KEY: {"X-Member": Secret(PIN)}})
STEP = (
    "        Compare what its headers_env names with what the publisher gave you. It is sent to the server of its "
    "address alone, not to where that redirects."
)


def a_feed(*titles: str) -> str:
    items = "".join(f"<item><title>{title}</title><guid>{title}</guid></item>" for title in titles)
    return f'<rss version="2.0"><channel><title>Example Wire</title>{items}</channel></rss>'


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    async with Publisher() as running:
        running.publishes("/rss.xml", a_feed("One"))
        running.opens("/rss.xml", OPENING, a_feed("One", "Two"))
        yield running


async def check_up(database: str, secrets: Secrets, *feeds: dict[str, Any], offline: bool = False) -> list[str]:
    fetch = {"allow_private": ["127.0.0.1"], "timeout": "5s"}
    settings = Settings.model_validate({"database": {"url": database}, "fetch": fetch, "feeds": feeds})
    out = io.StringIO()
    assert await examine(settings, secrets, out, offline=offline) == 0
    assert PIN not in out.getvalue()
    return out.getvalue().splitlines()[3:-2]


async def test_a_private_feed_is_read_with_its_headers_beside_the_public_one(
    sqlite_database: str, publisher: Publisher
) -> None:
    public = {"url": publisher.address("/rss.xml"), "name": "The Wire"}
    private = {**public, "headers_env": KEY, "workspaces": ["console"]}

    assert await check_up(sqlite_database, KEYS, public, private) == [
        "ok      The Wire: 1 article",
        f"ok      The Wire ({KEY}): 2 articles",
    ]


async def test_a_key_that_does_not_open_is_a_warning_with_the_step_that_helps(
    sqlite_database: str, publisher: Publisher
) -> None:
    publisher.answers("/rss.xml", 401)
    feed = {"url": publisher.address("/rss.xml"), "name": "The Wire", "headers_env": KEY}

    assert await check_up(sqlite_database, KEYS, feed) == [
        f"warning The Wire ({KEY}): The server wants a login (401).",
        STEP,
    ]


async def test_offline_it_tells_what_the_last_poll_of_each_feed_found(
    sqlite: SqlStorage, sqlite_database: str, publisher: Publisher
) -> None:
    address = publisher.address("/rss.xml")
    async with sqlite.begin() as unit:
        workspace = await unit.workspaces.register(Workspace(CONSOLE))
        feed = await unit.feeds.follow(workspace, address, name="The Wire", origin="config", credential=KEY)
        await fails(unit, feed, "The server wants a login (401).", unit.now)

    lines = await check_up(sqlite_database, Secrets(), {"url": address}, offline=True)

    assert lines == [
        f"ok      {address}: not polled yet",
        f"warning The Wire ({KEY}): The server wants a login (401).",
        STEP,
    ]
    assert publisher.requests == []


@pytest.mark.parametrize(
    ("url", "warned"),
    [("http://news.example.org/", True), ("https://news.example.org/", False), ("http://127.0.0.1/rss", False)],
)
async def test_a_secret_that_travels_unencrypted_is_a_warning(sqlite_database: str, url: str, *, warned: bool) -> None:
    lines = await check_up(sqlite_database, KEYS, {"url": url, "headers_env": KEY}, offline=True)

    assert (f"warning {url}: is sent its secret headers unencrypted" in lines) is warned
