"""Standing subscriptions whose queries mean something else than they did when they were made."""

from typing import Any

import pytest

from bot.model.subscription import DECLARED, Position, Subscription
from bot.ports import Unit
from storage.unit import SqlStorage
from tests.builders import a_new_subscription


async def stands(unit: Unit, query: str, **changes: Any) -> Subscription:
    added = await unit.subscriptions.add(a_new_subscription(query, **changes))
    assert added is not None
    return added


async def normal_forms(unit: Unit) -> list[str]:
    return [one.normal_form for one in await unit.subscriptions.standing()]


async def test_a_subscription_that_reads_otherwise_is_found_by_its_new_reading(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        huawei = await stands(unit, "huawei", tags=("b", "a"))
        await stands(unit, "zte")

        assert await unit.reread({huawei.id: "huawei OR 华为"}) == 1

        twin = await unit.subscriptions.twin(a_new_subscription(normal_form="huawei OR 华为", tags=("a", "b")))
        assert twin is not None
        assert twin.id == huawei.id
        assert await unit.subscriptions.twin(a_new_subscription("huawei", tags=("b", "a"))) is None
        assert await normal_forms(unit) == ["huawei OR 华为", "zte"]


async def test_reading_the_same_again_changes_nothing(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        huawei = await stands(unit, "huawei")

        assert await unit.reread({huawei.id: "huawei"}) == 0


async def test_two_that_now_read_the_same_both_stand_and_again_and_again(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        first, second = await stands(unit, "huawei"), await stands(unit, "华为")
        same = dict.fromkeys((first.id, second.id), "huawei OR 华为")

        assert await unit.reread(same) == 2
        assert await unit.reread(same) == 0
        assert await normal_forms(unit) == ["huawei OR 华为"] * 2
        assert await unit.subscriptions.add(a_new_subscription(normal_form="huawei OR 华为")) is None


async def test_of_two_that_read_the_same_the_one_that_is_left_takes_the_place(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        first, second = await stands(unit, "huawei"), await stands(unit, "华为")
        await unit.reread(dict.fromkeys((first.id, second.id), "huawei OR 华为"))
        await unit.subscriptions.end(first.id)

        assert await unit.reread({second.id: "huawei OR 华为"}) == 1

        twin = await unit.subscriptions.twin(a_new_subscription(normal_form="huawei OR 华为"))
        assert twin is not None
        assert twin.id == second.id


async def test_readings_may_be_exchanged(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        first, second = await stands(unit, "huawei"), await stands(unit, "zte")

        assert await unit.reread({first.id: "zte", second.id: "huawei"}) == 2
        assert await normal_forms(unit) == ["zte", "huawei"]


async def test_the_one_that_the_file_declares_is_found_first(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        commanded = await stands(unit, "huawei")
        declared = await stands(unit, "华为", origin=DECLARED)
        await unit.reread(dict.fromkeys((commanded.id, declared.id), "huawei OR 华为"))

        twin = await unit.subscriptions.twin(a_new_subscription(normal_form="huawei OR 华为"))

    assert twin is not None
    assert twin.id == declared.id


@pytest.mark.parametrize("to", ["slack:T1/C2", "slack:T2/C1"])
async def test_what_reads_the_same_elsewhere_is_no_hindrance(storage: SqlStorage, to: str) -> None:
    async with storage.begin() as unit:
        here = await stands(unit, "huawei")
        there = await stands(unit, "zte", to=to)

        assert await unit.reread({here.id: "zte"}) == 1
        assert await unit.reread({here.id: "zte", there.id: "zte"}) == 0


async def test_what_was_not_read_stays_as_it_is_and_keeps_its_place(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        unread = await stands(unit, "huawei")
        other = await stands(unit, "zte")

        assert await unit.reread({other.id: "huawei"}) == 1

        twin = await unit.subscriptions.twin(a_new_subscription("huawei"))
        assert twin is not None
        assert twin.id == unread.id


async def test_what_has_ended_is_history(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        ended = await stands(unit, "huawei")
        await unit.subscriptions.end(ended.id)

        assert await unit.reread({ended.id: "zte"}) == 0


async def test_by_what_they_were_read_is_kept(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        assert not await unit.read_by()
        await unit.reread({}, "these rules")
        await unit.reread({}, "those rules")

    async with storage.read() as unit:
        assert await unit.read_by() == "those rules"


async def test_what_reads_otherwise_is_a_change_for_who_matches(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        huawei, zte = await stands(unit, "huawei"), await stands(unit, "zte")
        *_, last = await unit.subscriptions.changes(Position(), 10)

        await unit.reread({huawei.id: "huawei OR 华为", zte.id: "zte"})

        assert [one.normal_form for one in await unit.subscriptions.changes(last.position, 10)] == ["huawei OR 华为"]
