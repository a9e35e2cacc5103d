"""What monitors look for, put into the tables."""

from bot.model.delivery import Notice
from bot.model.destination import parse_destination
from bot.model.ids import DestinationId
from storage.unit import SqlStorage
from tests.builders import ACME

WIRE = "https://wire.example.org/rss"


async def a_notice_waits(storage: SqlStorage, to: str, text: str = "A line.") -> DestinationId:
    async with storage.begin() as unit:
        lane = await unit.outbox.destination(parse_destination(to))
        assert await unit.outbox.notify(lane, Notice(text), text)
    return lane


async def a_feed_is_due(storage: SqlStorage, address: str = WIRE) -> None:
    async with storage.begin() as unit:
        await unit.feeds.follow(await unit.workspaces.register(ACME), address, origin="command")
