"""``tocsin run`` that is told to end (SIGTERM) while Slack has not answered yet."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from storage.engine import open_engine
from storage.tables import deliveries
from tests.acceptance.newsroom import Newsroom
from tests.acceptance.program import Program
from tests.acceptance.world import Channels, World, opened, platforms, tokens

pytestmark = pytest.mark.acceptance

AUCTION = "5G auction opens in Mainz"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with opened() as standing:
        yield standing


async def test_what_it_was_sending_is_handed_back_in_doubt_and_nobody_waits_for_its_lease(
    tocsin: Program, empty_database: str, world: World
) -> None:
    tocsin.configure(
        *("[database]", f'url = "{empty_database}"', "[web]", 'listen = ""'),
        *("[delivery]", 'request_timeout = "20s"'),
        *("[fetch]", 'allow_private = ["127.0.0.1"]', *platforms(world)),
        *("[[feeds]]", f'url = "{world.publisher.address("/rss.xml")}"', 'poll_every = "1s"'),
        *("[[subscriptions]]", "query = 'auction'", 'to = "slack:T1/C1"'),
    )
    tocsin.environment = tokens(world)
    newsroom = Newsroom(world.publisher)

    with tocsin.started("run") as process:
        channels = Channels(process, world)
        await process.until(lambda: "polled" in process.log, "the first poll is over")
        world.acme.fail("chat.postMessage", "hang after accept")
        newsroom.publishes(AUCTION)
        await channels.all_hear(AUCTION, "slack:T1/C1")
        code = await process.stop()

    assert code == 0
    assert "Traceback" not in process.log
    engine = open_engine(empty_database)
    async with engine.connect() as connection:
        [left] = await connection.execute(select(deliveries).where(deliveries.c.kind == "alert"))
    await engine.dispose()
    assert (left.state, left.owner, left.lease_until) == ("unknown", None, None)
    assert left.not_before > left.last_sent_at
    assert channels.heard("slack:T1/C1", AUCTION) == 1
