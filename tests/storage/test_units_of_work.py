"""Whole or not at all, one after the other, and back at work after an outage."""

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import IntegrityError

from bot.errors import StorageUnavailable
from bot.jobs.intake import take_in
from bot.model.article import Article
from bot.model.delivery import Notice, Terms
from bot.model.destination import parse_destination
from bot.model.feed import Validators
from bot.model.ids import StoryId
from bot.model.reading import ReadPoll, Sighting
from bot.ports import Telling, Unit
from storage.unit import SqlStorage
from tests.builders import ACME, CHANNEL, HEADLINE, NOON, WINDOW, a_new_subscription, an_alert, an_article
from tests.standins.postgres import PostgresServer

FEEDS = [f"https://outlet-{number}.example.org/rss" for number in range(4)]


@pytest.fixture
async def feeds(storage: SqlStorage) -> SqlStorage:
    """Four feeds, and a subscription."""
    async with storage.begin() as unit:
        workspace = await unit.workspaces.register(ACME)
        for address in FEEDS:
            await unit.feeds.follow(workspace, address, origin="command")
        await unit.subscriptions.add(a_new_subscription("auction", CHANNEL))
    return storage


async def keep(unit: Unit, address: str, *articles: Article) -> list[Sighting]:
    feed = await unit.feeds.find(address)
    assert feed is not None
    return list(await take_in(unit, feed, articles, WINDOW))


async def tell(unit: Unit, sighting: Sighting) -> bool:
    [subscription] = await unit.subscriptions.standing()
    telling = Telling(
        subscription.destination_id,
        sighting.story,
        sighting.article_id,
        an_alert(article=sighting.article),
        (subscription.id,),
    )
    return all(await unit.outbox.tell([telling]))


async def in_parallel(storage: SqlStorage, work: Callable[[Unit, str], Awaitable[Sighting]]) -> list[Sighting]:
    """The same work for every feed, each in a unit of work and on a connection of its own, at the same time."""

    async def one(address: str) -> Sighting:
        async with storage.begin() as unit:
            return await work(unit, address)

    return await asyncio.gather(*(one(address) for address in FEEDS))


async def test_two_units_of_work_that_bring_one_link_at_once_keep_one_article(feeds: SqlStorage) -> None:
    async def work(unit: Unit, address: str) -> Sighting:
        [sighting] = await keep(unit, address, an_article("Told by many", guid=address))
        return sighting

    sightings = await in_parallel(feeds, work)

    assert len({sighting.article_id for sighting in sightings}) == 1


async def test_two_units_of_work_that_bring_one_headline_at_once_begin_one_story(feeds: SqlStorage) -> None:
    async def work(unit: Unit, address: str) -> Sighting:
        [sighting] = await keep(unit, address, an_article(guid=address, link=f"{address}/1"))
        return sighting

    sightings = await in_parallel(feeds, work)

    assert len({sighting.article_id for sighting in sightings}) == 4
    assert len({sighting.story for sighting in sightings}) == 1


async def test_two_units_of_work_that_tell_one_destination_at_once_queue_one_alert(feeds: SqlStorage) -> None:
    told: list[bool] = []

    async def work(unit: Unit, address: str) -> Sighting:
        [sighting] = await keep(unit, address, an_article(guid=address, link=f"{address}/1"))
        told.append(await tell(unit, sighting))
        return sighting

    await in_parallel(feeds, work)

    assert sorted(told) == [False, False, False, True]
    async with feeds.read() as unit:
        assert (await unit.overview(None)).waiting == 1


async def test_tellings_outside_of_a_poll_meet_the_same_constraint(feeds: SqlStorage) -> None:
    async with feeds.begin() as unit:
        [sighting] = await keep(unit, FEEDS[0], an_article())

    async def one() -> bool:
        async with feeds.begin() as unit:
            return await tell(unit, sighting)

    assert sorted(await asyncio.gather(*(one() for _ in range(4)))) == [False, False, False, True]


async def test_two_processes_never_lease_the_same_feed(feeds: SqlStorage) -> None:
    async def one(owner: str) -> list[str]:
        async with feeds.begin() as unit:
            return [feed.address for feed in await unit.feeds.claim_due(owner, 2, timedelta(minutes=1))]

    leased = await asyncio.gather(*(one(f"process {number}") for number in range(4)))

    assert sorted(address for addresses in leased for address in addresses) == FEEDS


async def test_two_processes_never_lease_the_same_delivery(feeds: SqlStorage) -> None:
    async with feeds.begin() as unit:
        [sighting] = await keep(unit, FEEDS[0], an_article())
        await tell(unit, sighting)

    async def one(owner: str) -> int:
        async with feeds.begin() as unit:
            terms = Terms(timedelta(minutes=1), timedelta(seconds=30), {"slack": timedelta()})
            return len(await unit.outbox.claim(owner, 5, terms))

    assert sorted(await asyncio.gather(*(one(f"process {number}") for number in range(4)))) == [0, 0, 0, 1]


async def test_a_feed_that_another_process_is_just_leasing_is_passed_over(postgresql: SqlStorage) -> None:
    async with postgresql.begin() as unit:
        for address in FEEDS:
            await unit.feeds.follow(await unit.workspaces.register(ACME), address, origin="command")

    async def rest() -> list[str]:
        async with postgresql.begin() as unit:
            return [feed.address for feed in await unit.feeds.claim_due("two", 9, timedelta(minutes=1))]

    async with postgresql.begin() as unit:
        first = [feed.address for feed in await unit.feeds.claim_due("one", 2, timedelta(minutes=1))]
        second = await asyncio.wait_for(rest(), 5)

    assert (first, second) == (FEEDS[:2], FEEDS[2:])


async def test_a_delivery_that_another_process_is_just_leasing_is_not_leased_twice(
    postgres: PostgresServer, postgresql: SqlStorage
) -> None:
    async def claim(unit: Unit, owner: str) -> int:
        minute = timedelta(minutes=1)
        return len(await unit.outbox.claim(owner, 9, Terms(minute, minute, {"slack": timedelta()})))

    async def another() -> int:
        async with postgresql.begin() as unit:
            return await claim(unit, "two")

    async with postgresql.begin() as unit:
        await unit.outbox.notify(await unit.outbox.destination(parse_destination(CHANNEL)), Notice("A line."), "test")

    async with postgresql.begin() as unit:
        first = await claim(unit, "one")
        second = asyncio.create_task(another())
        await asyncio.to_thread(until_somebody_waits, postgres)

    assert (first, await second) == (1, 0)


async def test_following_as_before_waits_for_no_poll_that_is_being_written(postgresql: SqlStorage) -> None:
    async def follow() -> None:
        async with postgresql.begin() as unit:
            workspace = await unit.workspaces.register(ACME, "Acme")
            for address in FEEDS:
                await unit.feeds.follow(workspace, address, tags=["wires"], origin="declared")

    await follow()
    async with postgresql.begin() as unit:
        feed = await unit.feeds.find(FEEDS[0])
        assert feed is not None
        await unit.feeds.read([ReadPoll(feed.id, title="T", validators=Validators("v"), complaint="", next_poll=NOON)])
        await asyncio.wait_for(follow(), 5)


async def test_who_asks_for_a_whole_document_waits_for_all_polls_that_are_being_written(
    postgres: PostgresServer, postgresql: SqlStorage
) -> None:
    """Else what these write would undo it."""
    async with postgresql.begin() as unit:
        workspace = await unit.workspaces.register(ACME)
        ids = [await unit.feeds.follow(workspace, address, origin="command") for address in FEEDS]
        await unit.feeds.claim_due("one", 9, timedelta(minutes=1))

    async def ask() -> None:
        async with postgresql.begin() as unit:
            await unit.feeds.owe(workspace, ids[-1], 2)

    async with postgresql.begin() as unit:
        await unit.feeds.hold(ids, "one")
        asking = asyncio.create_task(ask())
        await asyncio.wait_for(asyncio.to_thread(until_somebody_waits, postgres, asking.done), 60)
        assert not asking.done()
        await unit.feeds.read([ReadPoll(id_, "", Validators("v"), "", NOON) for id_ in ids])
    await asking

    async with postgresql.begin() as unit:
        owing = await unit.feeds.get(ids[-1])
        assert owing.validators == Validators()


def until_somebody_waits(postgres: PostgresServer, is_over: Callable[[], bool] = lambda: False) -> None:
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        while connection.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone() is None and not is_over():
            pass


async def test_an_exception_leaves_nothing_half_written(feeds: SqlStorage) -> None:
    async def everything() -> None:
        async with feeds.begin() as unit:
            [sighting] = await keep(unit, FEEDS[0], an_article())
            await tell(unit, sighting)
            feed = await unit.feeds.find(FEEDS[0])
            assert feed is not None
            await unit.feeds.read(
                [ReadPoll(feed.id, title="T", validators=Validators("v"), complaint="", next_poll=NOON)]
            )
            raise KeyError(HEADLINE)

    with pytest.raises(KeyError):
        await everything()

    async with feeds.read() as unit:
        feed = await unit.feeds.find(FEEDS[0])
        overview = await unit.overview(None)
        assert feed is not None
        assert (feed.primed, feed.validators) == (False, Validators())
        assert overview.waiting == 0
        assert [stored async for stored in unit.articles.stored(None)] == []


async def test_a_reader_stands_in_no_writers_way(feeds: SqlStorage) -> None:
    async with feeds.read() as reader:
        assert await reader.subscriptions.standing()
        async with feeds.begin() as writer:
            await writer.workspaces.register(ACME, "Acme")

        assert await reader.workspaces.find(ACME)


async def test_our_own_mistakes_are_not_taken_for_an_outage(feeds: SqlStorage) -> None:
    async def mistake() -> None:
        async with feeds.begin() as unit:
            [sighting] = await keep(unit, FEEDS[0], an_article())
            await tell(unit, replace(sighting, story=StoryId(404)))

    with pytest.raises(IntegrityError):
        await mistake()


async def test_a_text_that_the_database_does_not_take_is_not_taken_for_an_outage(postgresql: SqlStorage) -> None:
    with pytest.raises(Exception, match="NUL") as raised:
        async with postgresql.begin() as unit:
            await unit.workspaces.register(ACME, "\x00")

    assert not isinstance(raised.value, StorageUnavailable)


async def test_the_time_is_the_databases_on_postgresql_and_aware_of_its_zone_everywhere(database: str) -> None:
    storage = SqlStorage(database)
    before = datetime.now(UTC) - timedelta(seconds=60)

    async with storage.begin() as unit:
        assert before < unit.now < before + timedelta(seconds=120)
        assert unit.now.utcoffset() == timedelta()

    await storage.close()


def test_a_database_of_another_kind_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="mysql is no database that Tocsin knows"):
        SqlStorage("mysql://example.org/tocsin")


# ---- outages


async def works(storage: SqlStorage) -> bool:
    async with storage.begin() as unit:
        return await unit.workspaces.register(ACME) is not None


async def test_a_stopped_postgresql_is_unavailable_and_work_goes_on_when_it_is_back(
    postgres: PostgresServer, postgresql: SqlStorage
) -> None:
    assert await works(postgresql)

    postgres.stop()
    try:
        with pytest.raises(StorageUnavailable):
            await works(postgresql)
        with pytest.raises(StorageUnavailable):
            async with postgresql.read() as unit:
                await unit.workspaces.all()
    finally:
        postgres.start()

    assert await works(postgresql)


async def test_a_connection_that_is_lost_within_a_unit_of_work_takes_all_of_it_along(
    postgres: PostgresServer, postgresql: SqlStorage
) -> None:
    async def work() -> None:
        async with postgresql.begin() as unit:
            await unit.workspaces.register(ACME)
            break_off_connections(postgres)
            await unit.workspaces.register(ACME, "Acme")

    with pytest.raises(StorageUnavailable):
        await work()

    async with postgresql.read() as unit:
        assert await unit.workspaces.all() == []


def break_off_connections(postgres: PostgresServer) -> None:
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'fresh%'")


async def test_a_locked_sqlite_file_is_unavailable_and_work_goes_on_when_it_is_free(sqlite_database: str) -> None:
    storage = SqlStorage(sqlite_database, busy_timeout=timedelta(milliseconds=10))
    assert await works(storage)

    with closing(sqlite3.connect(sqlite_database.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageUnavailable, match="locked"):
            await works(storage)
        async with storage.read() as unit:
            assert await unit.workspaces.find(ACME)

    assert await works(storage)
    await storage.close()


async def test_those_who_write_to_a_sqlite_file_take_turns_as_they_came(sqlite_database: str) -> None:
    storage = SqlStorage(sqlite_database)
    written = []

    async def write(number: int) -> None:
        async with storage.begin() as unit:
            await unit.workspaces.register(ACME)
            written.append(number)

    await asyncio.gather(*(write(number) for number in range(40)))
    await storage.close()

    assert written == list(range(40))


async def test_who_waits_too_long_for_a_turn_finds_the_database_unavailable(sqlite_database: str) -> None:
    storage = SqlStorage(sqlite_database, busy_timeout=timedelta(milliseconds=10))

    async with storage.begin():
        with pytest.raises(StorageUnavailable, match="too long"):
            await works(storage)

    assert await works(storage)
    await storage.close()


async def test_a_new_sqlite_file_that_another_program_holds_is_unavailable_until_it_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    storage = SqlStorage(f"sqlite:///{path}", busy_timeout=timedelta(milliseconds=10))

    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageUnavailable, match="locked"):
            await storage.migrate()

    assert await storage.migrate()
    await storage.close()
    await workers_gone()


async def test_a_database_that_cannot_be_opened_leaves_no_thread_behind() -> None:
    before = set(threading.enumerate())
    storage = SqlStorage("sqlite:////no/such/folder/tocsin.db")
    with pytest.raises(StorageUnavailable):
        await storage.migrate()
    await storage.close()

    assert set(threading.enumerate()) - before == set()


async def test_a_database_that_cannot_be_opened_is_unavailable() -> None:
    storage = SqlStorage("sqlite:////nowhere/at/all/tocsin.db")

    with pytest.raises(StorageUnavailable, match="unable to open database file"):
        await works(storage)
    with pytest.raises(StorageUnavailable):
        await storage.migrate()

    await storage.close()
    await workers_gone()


async def workers_gone() -> None:
    """aiosqlite stops the thread of a connection that could not be opened, but does not wait for it."""
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            await asyncio.to_thread(thread.join)


async def test_what_is_said_of_an_outage_holds_no_password(postgres: PostgresServer) -> None:
    address = postgres.url("no_such_database").replace("tocsin@", "tocsin:open-sesame@")
    storage = SqlStorage(address)

    with pytest.raises(StorageUnavailable) as raised:
        await works(storage)

    assert "no_such_database" in str(raised.value)
    assert "open-sesame" not in str(raised.value)
    await storage.close()
