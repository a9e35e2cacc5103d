"""What is over goes in small batches, on both databases; what may still be needed stays."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.errors import StorageUnavailable
from bot.jobs import tidy
from bot.jobs.tidy import Tidier
from bot.model.delivery import Refused, Unconfirmed
from bot.ports import Keep
from storage.engine import open_engine
from storage.tables import (
    alerts,
    article_keys,
    articles,
    deliveries,
    feeds,
    metadata,
    sightings,
    stories,
    subscriptions,
)
from storage.tidying import KINDS
from storage.unit import SqlStorage
from tests.builders import HEADLINE, SettableClock, an_article
from tests.jobs.newsroom import Newsroom

WIRE, POST = "https://wire.example.org/rss", "https://post.example.org/rss"
KEEP = Keep()
OTHER = "A bridge is closed"


class Rows:
    """Looks into the tables, past the ports."""

    def __init__(self, database: str) -> None:
        self._database = database

    async def ask(self, statement: Any) -> Any:
        engine = open_engine(self._database)
        try:
            async with engine.begin() as connection:
                answer = await connection.execute(statement)
                return answer.all() if answer.returns_rows else None
        finally:
            await engine.dispose()

    async def count(self, table: Any) -> int:
        [(count,)] = await self.ask(select(func.count()).select_from(table))
        return int(count)


@pytest.fixture
def newsroom(storage: SqlStorage, clock: SettableClock) -> Newsroom:
    room = Newsroom(storage, clock)
    room.publishers.reads_only_what_is_new = True
    return room


@pytest.fixture
def rows(database: str) -> Rows:
    return Rows(database)


async def tidies_up(newsroom: Newsroom, keep: Keep = KEEP, **later: float) -> int:
    """A whole round; answers how many sweeps it took."""
    newsroom.clock.advance(**later)
    tidier, sweeps = Tidier(newsroom.storage, keep), 1
    await tidier.sweep()
    while tidier.is_at_it:
        await tidier.sweep()
        sweeps += 1
    return sweeps


async def lets_go(newsroom: Newsroom, *addresses: str, **later: float) -> None:
    """The feeds show something else for so long, and are asked for it as a whole."""
    for address in addresses:
        newsroom.shows(address, an_article(OTHER, guid=f"other {address}", link=f"{address}/other"))
    await newsroom.polls()
    await tidies_up(newsroom, **later)
    for address in addresses:
        newsroom.publishes(address, an_article("A tunnel is open", guid=f"next {address}", link=f"{address}/next"))
    await newsroom.polls()
    newsroom.clock.advance(days=8)


async def test_an_item_that_its_feed_still_shows_stays_known_however_old_it_is(newsroom: Newsroom, rows: Rows) -> None:
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, HEADLINE)
    await newsroom.goes_on()
    for year in range(3):
        await tidies_up(newsroom, days=400)
        newsroom.publishes(WIRE, f"Something else in year {year}")
        await newsroom.goes_on()
        await tidies_up(newsroom, days=10)

    newsroom.changes(WIRE, an_article().guid, summary="An auction, told in other words.")
    await newsroom.goes_on()

    assert newsroom.heard_in() == [HEADLINE]
    [(text,)] = await rows.ask(select(sightings.c.title).where(sightings.c.guid == an_article().guid))
    assert text == HEADLINE


async def test_what_stood_in_the_last_whole_document_is_not_overdue_before_the_feed_is_read_as_a_whole_again(
    newsroom: Newsroom,
) -> None:
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, HEADLINE)
    await newsroom.goes_on()
    newsroom.clock.advance(days=800)

    async with newsroom.storage.read() as unit:
        assert [await unit.tidying.overdue(kind, KEEP, 9) for kind in ("texts", "sightings")] == [[], []]


async def test_an_item_that_its_feed_does_not_show_any_more_loses_its_text_and_stays_old(
    newsroom: Newsroom, rows: Rows
) -> None:
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, HEADLINE)
    await newsroom.goes_on()

    await lets_go(newsroom, WIRE, days=31)
    await tidies_up(newsroom)

    [(title, digest)] = await rows.ask(
        select(sightings.c.title, sightings.c.text_digest).where(sightings.c.guid == an_article().guid)
    )
    assert (title, digest) == ("", "")
    newsroom.publishes(WIRE, an_article(summary="The auction comes again, in other words."))
    await newsroom.goes_on()
    assert newsroom.heard_in() == [HEADLINE]


async def test_what_was_dropped_from_a_document_within_the_week_is_kept(newsroom: Newsroom, rows: Rows) -> None:
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, HEADLINE)
    await newsroom.goes_on()
    await tidies_up(newsroom, days=400)
    newsroom.shows(WIRE, an_article(OTHER))
    await newsroom.goes_on()

    await tidies_up(newsroom, days=6)

    assert await rows.count(sightings) == 2


async def test_after_the_keys_have_run_out_nothing_of_an_article_is_left(newsroom: Newsroom, rows: Rows) -> None:
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, HEADLINE)
    await newsroom.goes_on()
    before = {table.name: await rows.count(table) for table in (articles, stories, alerts, deliveries)}

    await lets_go(newsroom, WIRE, days=370)
    await tidies_up(newsroom)

    assert before == {"articles": 1, "stories": 1, "alerts": 1, "deliveries": 1}
    assert await rows.ask(select(sightings.c.guid).order_by(sightings.c.guid)) == [
        (f"next {WIRE}",),
        (f"other {WIRE}",),
    ]
    assert [await rows.count(table) for table in (articles, stories, alerts, deliveries)] == [2, 2, 0, 0]
    assert await rows.count(article_keys) == 2


async def test_a_channel_is_not_told_again_while_another_feed_shows_the_story(newsroom: Newsroom, rows: Rows) -> None:
    await newsroom.reads(WIRE, POST)
    newsroom.publishes(WIRE, an_article(guid="1"))
    newsroom.publishes(POST, an_article(guid="2"))
    await newsroom.goes_on()
    await lets_go(newsroom, WIRE, days=370)
    await tidies_up(newsroom)

    newsroom.publishes(WIRE, an_article(guid="3"))
    await newsroom.goes_on()

    assert newsroom.heard_in() == [HEADLINE]
    assert await rows.count(alerts) == 1


async def test_what_a_message_said_goes_before_it_is_forgotten_that_the_channel_heard_it(
    newsroom: Newsroom, rows: Rows
) -> None:
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, HEADLINE)
    await newsroom.goes_on()

    await tidies_up(newsroom, days=91)
    newsroom.publishes(WIRE, an_article("A copy", guid="copy", link=an_article().link))
    await newsroom.goes_on()

    assert await rows.ask(select(deliveries.c.state, deliveries.c.payload)) == [("sent", "")]
    assert newsroom.heard_in() == [HEADLINE]


async def test_nothing_that_waits_or_is_in_doubt_goes(newsroom: Newsroom, rows: Rows) -> None:
    await newsroom.reads(WIRE)
    await newsroom.subscribes("auction", "slack:T1/C2")
    newsroom.channels.answers("C1", Unconfirmed("no answer"))
    newsroom.channels.answers("C2", Refused("lane", "the channel is archived"))
    newsroom.publishes(WIRE, HEADLINE)
    await newsroom.goes_on()
    await newsroom.unfollows(WIRE)

    await tidies_up(newsroom, days=800)

    found = await rows.ask(select(deliveries.c.state, deliveries.c.has_payload).order_by(deliveries.c.state))
    assert found == [("pending", True), ("unknown", True)]
    assert await rows.count(alerts) == 2


async def test_what_waits_for_a_second_look_stays_until_then(newsroom: Newsroom, rows: Rows) -> None:
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, HEADLINE)
    await newsroom.goes_on()
    await rows.ask(update(deliveries).values(look_again_at=newsroom.clock.now))

    await tidies_up(newsroom, days=91)
    [(payload,)] = await rows.ask(select(deliveries.c.payload))
    assert payload
    await rows.ask(update(deliveries).values(look_again_at=None))
    await tidies_up(newsroom)

    assert await rows.ask(select(deliveries.c.payload)) == [("",)]


async def test_what_nobody_follows_any_more_goes_without_being_read_again(newsroom: Newsroom, rows: Rows) -> None:
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, HEADLINE)
    await newsroom.goes_on()
    await newsroom.unfollows(WIRE)

    await tidies_up(newsroom, days=370)

    assert [await rows.count(table) for table in (sightings, articles, stories, alerts)] == [0, 0, 0, 0]
    await newsroom.follows(WIRE)
    await newsroom.goes_on()
    assert newsroom.heard_in() == [HEADLINE]


async def test_a_subscription_that_ended_goes_and_its_number_is_not_given_again(newsroom: Newsroom, rows: Rows) -> None:
    first, second = await newsroom.subscribes("auction"), await newsroom.subscribes("bridge")
    async with newsroom.storage.begin() as unit:
        await unit.subscriptions.end(second.id)

    await tidies_up(newsroom, days=91)

    assert await rows.ask(select(subscriptions.c.number)) == [(first.number,)]
    assert (await newsroom.subscribes("tunnel")).number == 3


async def test_a_feed_is_asked_for_its_whole_document_once_and_without_giving_up_its_validators(
    newsroom: Newsroom, rows: Rows
) -> None:
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, HEADLINE)
    await newsroom.goes_on()
    before = (await newsroom.feed(WIRE)).validators

    await tidies_up(newsroom, days=31)

    feed = await newsroom.feed(WIRE)
    assert (feed.marks, feed.validators) == (b"", before)
    newsroom.publishes(WIRE, OTHER)
    await newsroom.polls()
    await tidies_up(newsroom)
    [(marks,)] = await rows.ask(select(feeds.c.marks))
    assert marks


async def test_no_unit_of_work_removes_more_than_a_batch(
    newsroom: Newsroom, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tidy, "BATCH", 10)
    await newsroom.follows(WIRE)
    newsroom.publishes(WIRE, *(an_article(f"Number {number}") for number in range(35)))
    await newsroom.polls()
    await newsroom.unfollows(WIRE)
    newsroom.clock.advance(days=370)
    tidier, left = Tidier(newsroom.storage, KEEP), []

    await tidier.sweep()
    while tidier.is_at_it:
        left.append(sum([await rows.count(table) for table in (sightings, articles, stories)]))
        await tidier.sweep()

    steps = [before - after for before, after in pairwise(left)]
    assert left[-1] == 0
    assert max(steps) == 10


async def test_two_that_tidy_up_at_once_remove_everything_once(
    newsroom: Newsroom, rows: Rows, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot.jobs.tidy")
    await newsroom.follows(WIRE)
    newsroom.publishes(WIRE, *(an_article(f"Number {number}") for number in range(35)))
    await newsroom.polls()
    await newsroom.unfollows(WIRE)
    newsroom.clock.advance(days=370)

    await asyncio.gather(tidies_up(newsroom), tidies_up(newsroom))

    assert await rows.count(sightings) == 0
    said = [vars(record) for record in caplog.records if record.message == "tidied up"]
    assert sum(each.get("sightings", 0) for each in said) == 35


async def test_while_it_rests_the_database_is_left_alone(newsroom: Newsroom) -> None:
    tidier = Tidier(newsroom.storage, KEEP)
    await tidier.sweep()
    while tidier.is_at_it:
        await tidier.sweep()
    tidier.storage = Closed()  # type: ignore[assignment] # only what is asked here

    await tidier.sweep()

    assert not tidier.is_at_it


async def test_a_database_out_of_reach_is_told_and_waited_out(
    newsroom: Newsroom, rows: Rows, caplog: pytest.LogCaptureFixture
) -> None:
    await newsroom.subscribes("auction")
    tidier = Tidier(Closed(), KEEP)  # type: ignore[arg-type] # only what is asked here

    await tidier.sweep()
    tidier.storage = newsroom.storage
    await tidier.sweep()

    assert "could not tidy up; trying again" in caplog.messages
    assert tidier.is_at_it


class Closed:
    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Any]:
        raise StorageUnavailable("it is gone")
        yield


def test_every_table_that_grows_is_held_by_something() -> None:
    bounded = {"workspaces", "destinations", "feeds", "follows", "former_addresses", "revisions", "kept"}
    with_another = {"reasons"}

    held = {kind.table.name for kind in KINDS.values()} | bounded | with_another
    assert held == set(metadata.tables)
