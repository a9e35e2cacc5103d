"""Feeds as a poll leaves them, written into the database: where there are many, their first polls take minutes."""

from collections.abc import Sequence
from datetime import datetime

from benchmarks.publisher.press import Press
from bot.model.ids import WorkspaceId
from bot.model.subscription import COMMANDED
from storage.engine import open_engine
from storage.moves import place
from storage.tables import feeds, follows


async def write_down(url: str, workspace: WorkspaceId, press: Press, addresses: Sequence[str], now: datetime) -> None:
    """The first document of each is known by its validators, its articles are not kept; all of them are due."""
    engine = open_engine(url)
    try:
        async with engine.begin() as connection:
            rows = [
                {
                    "address": address,
                    **place(address),
                    "title": f"Example Wire {number}",
                    "etag": press.validators(number, 0)["ETag"],
                    "last_modified": press.validators(number, 0)["Last-Modified"],
                    "primed": True,
                    "items": press.entries,
                    "last_poll_at": now,
                    "last_success_at": now,
                    "next_poll_at": now,
                }
                for number, address in enumerate(addresses)
            ]
            written = await connection.execute(feeds.insert().returning(feeds.c.id), rows)
            follow = {"workspace_id": workspace, "tags": ("wire",), "since": now, "origin": COMMANDED}
            await connection.execute(follows.insert(), [{**follow, "feed_id": row.id} for row in written])
    finally:
        await engine.dispose()
