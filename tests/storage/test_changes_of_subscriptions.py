"""What whoever matches reads of the subscriptions' changes."""

import asyncio

import psycopg

from bot.model.subscription import Change, Position
from bot.ports import Unit
from storage.unit import SqlStorage
from tests.builders import ACME, COMMANDED, GLOBEX, a_new_subscription
from tests.standins.postgres import PostgresServer

WIRE = "https://wire.example.org/rss"
FROM_THE_BEGINNING = Position()


async def changes(unit: Unit, since: Position = FROM_THE_BEGINNING) -> list[str]:
    """Normal forms, in order; read in batches of two."""
    found: list[Change] = []
    while more := await unit.subscriptions.changes(found[-1].position if found else since, 2):
        found += more
    return [one.normal_form for one in found]


async def here(unit: Unit) -> Position:
    return [*await unit.subscriptions.changes(FROM_THE_BEGINNING, 100)][-1].position


async def test_all_that_stands_is_a_change_to_who_knows_nothing(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        for query in "abcde":
            await unit.subscriptions.add(a_new_subscription(query))

        assert await changes(unit) == ["a", "b", "c", "d", "e"]


async def test_only_what_changed_since_is_read_and_what_ended_is_empty(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        first = await unit.subscriptions.add(a_new_subscription("a"))
        await unit.subscriptions.add(a_new_subscription("b"))
        before = await here(unit)
        await unit.subscriptions.add(a_new_subscription("c"))
        assert first
        await unit.subscriptions.end(first.id)

        assert await changes(unit, before) == ["c", ""]
        assert await changes(unit, await here(unit)) == []


async def test_who_read_meanwhile_misses_no_change_that_is_committed_late(
    postgres: PostgresServer, postgresql: SqlStorage
) -> None:
    async def adds(query: str, to: str) -> None:
        async with postgresql.begin() as unit:
            await unit.subscriptions.add(a_new_subscription(query, to=to))

    await adds("standing", "slack:T2/C1")
    async with postgresql.begin() as late:
        await late.subscriptions.add(a_new_subscription("late", to="slack:T1/C1"))
        another = asyncio.create_task(adds("soon", "slack:T2/C1"))
        while not (another.done() or somebody_waits(postgres)):
            await asyncio.sleep(0)
        async with postgresql.read() as unit:
            read = await here(unit)
            known = await changes(unit)
    await another

    async with postgresql.read() as unit:
        assert sorted(known + await changes(unit, read)) == ["late", "soon", "standing"]


def somebody_waits(postgres: PostgresServer) -> bool:
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        return connection.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone() is not None


async def test_other_names_of_feeds_change_what_asks_for_feeds_in_that_workspace(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        acme, globex = await unit.workspaces.register(ACME), await unit.workspaces.register(GLOBEX)
        await unit.subscriptions.add(a_new_subscription("huawei", to="slack:T1/C1"))
        await unit.subscriptions.add(a_new_subscription("feed:wire huawei", to="slack:T1/C1"))
        await unit.subscriptions.add(a_new_subscription("feed:post", to="slack:T2/C1"))
        before = await here(unit)

        await unit.feeds.follow(acme, WIRE, name="wire", origin=COMMANDED)
        assert await changes(unit, before) == ["feed:wire huawei"]
        before = await here(unit)
        await unit.feeds.follow(acme, WIRE, name="another", origin=COMMANDED)
        assert await changes(unit, before) == ["feed:wire huawei"]
        before = await here(unit)
        await unit.feeds.unfollow(acme, WIRE)
        assert await changes(unit, before) == ["feed:wire huawei"]
        before = await here(unit)
        await unit.feeds.follow(globex, WIRE, name="post", origin=COMMANDED)
        assert await changes(unit, before) == ["feed:post"]
