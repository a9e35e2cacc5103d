"""What monitors are told of the tables."""

from datetime import timedelta

from bot.model.delivery import Pending, Suspended, Terms
from bot.ports import Vitals
from storage.unit import SqlStorage
from tests.builders import ACME, NOON, SettableClock
from tests.storage.vital_signs import a_feed_is_due, a_notice_waits

LEASE, GRACE = timedelta(seconds=60), timedelta(seconds=30)
SLACK = {"slack": timedelta()}


async def vitals(storage: SqlStorage) -> Vitals:
    async with storage.read() as unit:
        return await unit.vitals()


async def test_where_nothing_is_there_is_nothing_to_tell(storage: SqlStorage) -> None:
    assert await vitals(storage) == Vitals({}, {}, timedelta(), {}, {})


async def test_what_waits_is_counted_by_platform_and_so_is_for_how_long_it_has_been_due(
    storage: SqlStorage, clock: SettableClock
) -> None:
    await a_notice_waits(storage, "slack:T1/C1", "One.")
    clock.advance(seconds=10)
    await a_notice_waits(storage, "slack:T1/C1", "Two.")
    await a_notice_waits(storage, "discord:1/2")
    clock.advance(seconds=20)

    told = await vitals(storage)

    assert told.waiting == {"slack": 2, "discord": 1}
    assert told.delivery_lag == {"slack": timedelta(seconds=30), "discord": timedelta(seconds=20)}


async def test_what_is_in_hand_is_not_overdue_until_its_lease_has_run_out(
    storage: SqlStorage, clock: SettableClock
) -> None:
    await a_notice_waits(storage, "slack:T1/C1")
    async with storage.begin() as unit:
        assert await unit.outbox.claim("one", 9, Terms(LEASE, GRACE, SLACK))

    clock.advance(seconds=59)
    before = await vitals(storage)
    clock.advance(seconds=11)

    assert before.delivery_lag == {}
    assert (await vitals(storage)).delivery_lag == {"slack": timedelta(seconds=10)}


async def test_what_is_to_be_tried_later_is_not_overdue_nor_is_what_waits_behind_it(
    storage: SqlStorage, clock: SettableClock
) -> None:
    await a_notice_waits(storage, "slack:T1/C1", "One.")
    await a_notice_waits(storage, "slack:T1/C1", "Two.")
    async with storage.begin() as unit:
        [head] = await unit.outbox.claim("one", 9, Terms(LEASE, GRACE, SLACK))
        await unit.outbox.settle(head, Pending("Slack asks for fewer.", NOON + timedelta(minutes=5)))

    clock.advance(minutes=4)

    assert (await vitals(storage)).delivery_lag == {}


async def test_behind_a_closed_door_nothing_is_overdue_but_the_door_is_counted(
    storage: SqlStorage, clock: SettableClock
) -> None:
    await a_notice_waits(storage, "slack:T1/C1")
    await a_notice_waits(storage, "discord:1/2")
    async with storage.begin() as unit:
        [head] = await unit.outbox.claim("one", 9, Terms(LEASE, GRACE, SLACK))
        await unit.outbox.settle(head, Suspended("lane", "It is archived.", NOON + timedelta(minutes=5)))
        [(_, other)] = [each for each in await unit.workspaces.all() if each[1].platform == "discord"]
        await unit.workspaces.suspend(other, "The bot was removed.")

    clock.advance(hours=1)
    told = await vitals(storage)

    assert told.delivery_lag == {}
    assert (told.suspended_lanes, told.suspended_workspaces) == ({"slack": 1}, {"discord": 1})


async def test_the_most_overdue_feed_is_told_that_somebody_follows_and_nobody_has_in_hand(
    storage: SqlStorage, clock: SettableClock
) -> None:
    await a_feed_is_due(storage, "https://one.example/rss")
    clock.advance(seconds=40)
    await a_feed_is_due(storage, "https://two.example/rss")
    clock.advance(seconds=20)
    before = await vitals(storage)
    async with storage.begin() as unit:
        [first] = await unit.feeds.claim_due("one", 1, LEASE)
        in_hand = await unit.vitals()
        await unit.feeds.release("one")
        await unit.feeds.get(first.id)
        for id_, _ in await unit.workspaces.all():
            await unit.feeds.unfollow(id_, first.address)
        left = await unit.vitals()

    assert first.address == "https://one.example/rss"
    assert before.feed_lag == timedelta(seconds=60)
    assert in_hand.feed_lag == timedelta(seconds=20)
    assert left.feed_lag == timedelta(seconds=20)


async def test_one_process_sees_what_another_one_wrote(
    postgresql: SqlStorage, postgresql_database: str, clock: SettableClock
) -> None:
    other = SqlStorage(postgresql_database, clock)
    async with other.begin() as unit:
        await unit.workspaces.register(ACME)
        await unit.workspaces.suspend(ACME, "The token was revoked.")
    await other.close()

    assert (await vitals(postgresql)).suspended_workspaces == {"slack": 1}
