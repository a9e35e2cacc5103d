"""Polls that brought no document are written down together; storage that fails is everybody's trouble, and passes."""

import asyncio
import gc
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bot.errors import StorageUnavailable
from bot.feeds.cadence import Bounds
from bot.jobs.ledger import Ledger
from bot.model.feed import Feed
from bot.model.reading import Unreachable
from storage.feeds import StoredFeeds
from storage.unit import SqlStorage
from tests.builders import ACME

OWNER = "first"


@pytest.fixture
async def feeds(sqlite: SqlStorage) -> list[Feed]:
    """Claimed, and polled without an answer."""
    async with sqlite.begin() as unit:
        workspace = await unit.workspaces.register(ACME)
        for name in ("wire", "post"):
            await unit.feeds.follow(workspace, f"https://{name}.example.org/rss", origin="command")
        return list(await unit.feeds.claim_due(OWNER, 2, timedelta(minutes=1)))


@pytest.fixture
def ledger(sqlite: SqlStorage) -> Ledger:
    return Ledger(sqlite, OWNER, Bounds())


@pytest.fixture
def outage(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Of storage, until it is undone."""

    async def away(*_: Any) -> None:
        raise StorageUnavailable("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(StoredFeeds, "note", away)
        yield patched


async def failures(storage: SqlStorage, feeds: list[Feed]) -> list[int]:
    async with storage.read() as unit:
        return [(await unit.feeds.get(feed.id)).failures for feed in feeds]


async def test_everybody_hears_that_storage_failed_and_who_comes_after_it_is_written(
    sqlite: SqlStorage, ledger: Ledger, feeds: list[Feed], outage: pytest.MonkeyPatch
) -> None:
    heard = await asyncio.gather(
        *(ledger.enter(feed, Unreachable("no answer")) for feed in feeds), return_exceptions=True
    )
    outage.undo()

    await asyncio.gather(*(ledger.enter(feed, Unreachable("no answer")) for feed in feeds))

    assert [type(error) for error in heard] == [StorageUnavailable] * 2
    assert await failures(sqlite, feeds) == [1, 1]


async def test_who_waits_no_more_is_written_down_all_the_same(
    sqlite: SqlStorage, ledger: Ledger, feeds: list[Feed]
) -> None:
    first, second = (asyncio.ensure_future(ledger.enter(feed, Unreachable("no answer"))) for feed in feeds)
    first.cancel()

    await second

    assert await failures(sqlite, feeds) == [1, 1]


@pytest.mark.usefixtures("outage")
async def test_nothing_is_complained_of_where_nobody_waits_for_what_could_not_be_written(
    ledger: Ledger, feeds: list[Feed]
) -> None:
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, complaint: complaints.append(complaint))
    ledger.enter(feeds[0], Unreachable("no answer"))

    await asyncio.gather(ledger.enter(feeds[1], Unreachable("no answer")), return_exceptions=True)
    await asyncio.sleep(0)  # until nothing holds it any more
    gc.collect()

    assert complaints == []
