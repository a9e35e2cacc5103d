"""What was asked is claimed by one, and taken up by another where that one left it undone."""

import asyncio

import pytest

from bot.commands.once import LEASE, once_on
from bot.jobs.tidy import Tidier
from bot.ports import Keep
from storage.unit import SqlStorage
from tests.builders import SettableClock

ASKED = "slack 1.2.abc"


async def claims(storage: SqlStorage, owner: str, name: str = ASKED) -> bool:
    async with storage.begin() as unit:
        return await unit.askings.claim(name, owner, LEASE)


async def settles(storage: SqlStorage, owner: str) -> None:
    async with storage.begin() as unit:
        await unit.askings.settle(ASKED, owner)


async def test_of_many_that_claim_at_once_one_gets_it(storage: SqlStorage) -> None:
    claimed = await asyncio.gather(*(claims(storage, f"process {number}") for number in range(6)))

    assert sorted(claimed) == [False] * 5 + [True]


async def test_other_things_are_claimed_on_their_own(storage: SqlStorage) -> None:
    assert await claims(storage, "one")
    assert await claims(storage, "two", "slack 1.2.xyz")


async def test_what_was_left_undone_is_taken_up_once_its_lease_is_over(
    storage: SqlStorage, clock: SettableClock
) -> None:
    assert await claims(storage, "one")
    clock.advance(seconds=LEASE.total_seconds() - 1)
    assert not await claims(storage, "two")
    clock.advance(seconds=1)

    taken = await asyncio.gather(claims(storage, "two"), claims(storage, "three"))

    assert sorted(taken) == [False, True]


async def test_what_is_done_is_not_taken_up_again(storage: SqlStorage, clock: SettableClock) -> None:
    await claims(storage, "one")
    await settles(storage, "one")
    clock.advance(minutes=9)

    assert not await claims(storage, "two")


async def test_who_was_overtaken_settles_nothing(storage: SqlStorage, clock: SettableClock) -> None:
    await claims(storage, "one")
    clock.advance(seconds=LEASE.total_seconds())
    await claims(storage, "two")

    await settles(storage, "one")
    clock.advance(seconds=LEASE.total_seconds())

    assert await claims(storage, "three")


async def test_after_ten_minutes_it_is_forgotten(storage: SqlStorage, clock: SettableClock) -> None:
    await claims(storage, "one")
    await settles(storage, "one")
    tidier = Tidier(storage, Keep())
    clock.advance(minutes=10)

    await tidier.sweep()
    while tidier.is_at_it:
        await tidier.sweep()

    assert await claims(storage, "two")


async def test_what_failed_is_done_and_what_was_cut_short_is_not(storage: SqlStorage, clock: SettableClock) -> None:
    one, two = once_on(storage, "one"), once_on(storage, "two")
    with pytest.raises(ValueError, match="ours"):
        async with one("failed"):
            raise ValueError("ours")
    with pytest.raises(asyncio.CancelledError):
        async with one("cut short"):
            raise asyncio.CancelledError
    clock.advance(seconds=LEASE.total_seconds())

    async with two("failed") as failed, two("cut short") as cut_short:
        assert (failed, cut_short) == (False, True)


async def test_without_a_database_it_is_left_to_the_command_to_say_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    nowhere = SqlStorage("postgresql://127.0.0.1:1/tocsin")

    async with once_on(nowhere, "one")(ASKED) as is_ours:
        assert is_ours
    await nowhere.close()

    assert "could not note what was done" in caplog.text
