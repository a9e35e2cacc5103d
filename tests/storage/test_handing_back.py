"""What a process that ends still had in hand goes to the next one, without waiting for a lease."""

from datetime import timedelta

from bot.model.delivery import Terms, Unknown
from storage.unit import SqlStorage
from tests.builders import NOON, SettableClock
from tests.storage.vital_signs import WIRE, a_feed_is_due, a_notice_waits

LEASE, GRACE = timedelta(hours=1), timedelta(seconds=30)
SLACK = {"slack": timedelta()}


async def test_a_feed_can_be_claimed_again_at_once(storage: SqlStorage) -> None:
    await a_feed_is_due(storage)
    async with storage.begin() as unit:
        await unit.feeds.claim_due("one", 9, LEASE)
        held = await unit.feeds.claim_due("two", 9, LEASE)
        await unit.feeds.release("one")
        claimed = await unit.feeds.claim_due("two", 9, LEASE)

    assert held == []
    assert [feed.address for feed in claimed] == [WIRE]


async def test_nothing_of_another_process_is_handed_back(storage: SqlStorage) -> None:
    await a_feed_is_due(storage)
    await a_notice_waits(storage, "slack:T1/C1")
    async with storage.begin() as unit:
        await unit.feeds.claim_due("two", 9, LEASE)
        await unit.outbox.claim("two", 9, Terms(LEASE, GRACE, SLACK))
        await unit.feeds.release("one")
        await unit.outbox.release("one", GRACE)

        assert await unit.feeds.claim_due("three", 9, LEASE) == []
        assert await unit.outbox.claim("three", 9, Terms(LEASE, GRACE, SLACK)) == []


async def test_a_delivery_that_was_being_sent_is_looked_for_once_grace_is_over(
    storage: SqlStorage, clock: SettableClock
) -> None:
    await a_notice_waits(storage, "slack:T1/C1")
    async with storage.begin() as unit:
        await unit.outbox.claim("one", 9, Terms(LEASE, GRACE, SLACK))
        await unit.outbox.release("one", GRACE)
        too_soon = await unit.outbox.claim("two", 9, Terms(LEASE, GRACE, SLACK))
    clock.advance(seconds=30)
    async with storage.begin() as unit:
        [claimed] = await unit.outbox.claim("two", 9, Terms(LEASE, GRACE, SLACK))

    assert too_soon == []
    assert claimed.in_doubt
    assert claimed.is_resend


async def test_one_that_was_being_looked_for_is_looked_for_again_at_once(
    storage: SqlStorage, clock: SettableClock
) -> None:
    await a_notice_waits(storage, "slack:T1/C1")
    async with storage.begin() as unit:
        [sent] = await unit.outbox.claim("one", 9, Terms(LEASE, GRACE, SLACK))
        await unit.outbox.settle(sent, Unknown("No answer.", NOON))
    async with storage.begin() as unit:
        [looking] = await unit.outbox.claim("one", 9, Terms(LEASE, GRACE, SLACK))
        await unit.outbox.release("one", GRACE)
        [again] = await unit.outbox.claim("two", 9, Terms(LEASE, GRACE, SLACK))

    assert (looking.in_doubt, again.in_doubt) == (True, True)
    assert again.epoch == looking.epoch + 1
