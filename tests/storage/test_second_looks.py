"""What was sent again in doubt is looked at once more: by one process, and until it is settled."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import update

from bot.model.delivery import Dead, Finished, Looked, Notice, Posted, Terms
from bot.model.destination import parse_destination
from bot.ports import Unit
from storage.engine import open_engine
from storage.tables import deliveries
from storage.unit import SqlStorage
from tests.builders import NOON, SettableClock

LEASE, GRACE, MINUTE = timedelta(seconds=60), timedelta(seconds=30), timedelta(minutes=1)
PLACE = "slack:T1/C1"


async def posts(unit: Unit, text: str = "One.", look_again: timedelta | None = MINUTE) -> None:
    lane = await unit.outbox.destination(parse_destination(PLACE))
    await unit.outbox.notify(lane, Notice(text), text)
    [head] = await unit.outbox.claim("one", 1, Terms(LEASE, GRACE, {"slack": timedelta()}))
    assert await unit.outbox.settle(
        head, Finished(f"receipt of {text}", None if look_again is None else unit.now + look_again)
    )


async def claim(unit: Unit, owner: str = "one", limit: int = 9, platform: str = "slack") -> Sequence[Posted]:
    return await unit.second_looks.claim(owner, limit, LEASE, (platform,))


async def test_it_is_due_when_it_was_asked_for_and_not_without(storage: SqlStorage, clock: SettableClock) -> None:
    async with storage.begin() as unit:
        await posts(unit)
        await posts(unit, "Two.", look_again=None)
        assert not await unit.second_looks.any_due()
        assert await claim(unit) == []
    clock.advance(minutes=1)

    async with storage.begin() as unit:
        assert await unit.second_looks.any_due()
        [posted] = await claim(unit)

    assert (posted.receipt, posted.delivery.content, posted.queued_at) == ("receipt of One.", Notice("One."), NOON)
    assert (posted.delivery.destination, posted.delivery.last_sent_at) == (parse_destination(PLACE), NOON)


async def test_nobody_else_gets_it_until_its_lease_is_over(storage: SqlStorage, clock: SettableClock) -> None:
    async with storage.begin() as unit:
        await posts(unit, look_again=timedelta())
        [slow] = await claim(unit)
        assert await claim(unit, "two") == []
        assert not await unit.second_looks.any_due()
    clock.advance(seconds=60)

    async with storage.begin() as unit:
        [taken] = await claim(unit, "two")
        assert not await unit.second_looks.settle(slow, Looked("too late"))
        assert await unit.second_looks.settle(taken, Looked("1"))
        assert not await unit.second_looks.any_due()


async def test_one_that_is_to_be_looked_at_again_is_due_then(storage: SqlStorage, clock: SettableClock) -> None:
    async with storage.begin() as unit:
        await posts(unit, look_again=timedelta())
        [posted] = await claim(unit)
        assert await unit.second_looks.settle(posted, Looked("the older one", NOON + MINUTE))
        assert await claim(unit) == []
    clock.advance(minutes=1)

    async with storage.begin() as unit:
        [again] = await claim(unit)

    assert again.receipt == "the older one"


async def test_the_longest_due_come_first_and_no_more_than_asked_for(storage: SqlStorage, clock: SettableClock) -> None:
    async with storage.begin() as unit:
        await posts(unit, "One.", look_again=2 * MINUTE)
        await posts(unit, "Two.", look_again=MINUTE)
    clock.advance(minutes=3)

    async with storage.begin() as unit:
        [first] = await claim(unit, limit=1)
        [second] = await claim(unit, limit=1)

    assert [first.delivery.content, second.delivery.content] == [Notice("Two."), Notice("One.")]


async def test_those_of_a_platform_that_does_not_run_here_wait(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        await posts(unit, look_again=timedelta())

        assert await claim(unit, platform="discord") == []
        assert len(await claim(unit)) == 1


async def test_the_lane_does_not_wait_for_it(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        await posts(unit, look_again=timedelta())
        await claim(unit)

        await posts(unit, "Two.", look_again=None)

        assert (await unit.overview(None)).sent_last_day == 2


async def test_one_that_cannot_be_read_any_more_is_left_alone(storage: SqlStorage, database: str) -> None:
    async with storage.begin() as unit:
        await posts(unit, look_again=timedelta())
    engine = open_engine(database)
    async with engine.begin() as connection:
        await connection.execute(update(deliveries).values(payload='{"of": "the future"}'))
    await engine.dispose()

    async with storage.begin() as unit:
        assert await claim(unit) == []
        assert not await unit.second_looks.any_due()


async def test_what_is_dead_is_never_looked_at(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        lane = await unit.outbox.destination(parse_destination(PLACE))
        await unit.outbox.notify(lane, Notice("One."), "One.")
        [head] = await unit.outbox.claim("one", 1, Terms(LEASE, GRACE, {"slack": timedelta()}))
        await unit.outbox.settle(head, Dead("invalid_blocks"))

        assert not await unit.second_looks.any_due()
