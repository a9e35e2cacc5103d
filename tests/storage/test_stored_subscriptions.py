"""Standing queries, numbered per workspace."""

import asyncio

from bot.model.subscription import CADENCE_NOW, Subscription
from bot.ports import Unit
from storage.unit import SqlStorage
from tests.builders import ACME, GLOBEX, a_new_subscription

WIRE = "https://wire.example.org/rss"


async def add(unit: Unit, query: str = "auction", to: str = "slack:T1/C1", **changes: object) -> Subscription:
    subscription = await unit.subscriptions.add(a_new_subscription(query, to, **changes))
    assert subscription is not None
    return subscription


async def test_a_subscription_comes_back_as_it_was_made(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        made = await add(unit, '"5G Auction" -Huawei', name="auctions", feeds=(WIRE,), tags=("telecom",))
        [standing] = await unit.subscriptions.standing()

    assert standing == made
    assert (made.number, made.query, made.normal_form) == (1, '"5G Auction" -Huawei', '"5g auction" -huawei')
    assert (made.name, made.feeds, made.tags, made.cadence) == ("auctions", (WIRE,), ("telecom",), CADENCE_NOW)
    assert str(made.destination) == "slack:T1/C1"


async def test_numbers_count_per_workspace(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        numbers = [
            (await add(unit, query, to)).number
            for query, to in [("a", "slack:T1/C1"), ("b", "slack:T1/C2"), ("a", "slack:T2/C1"), ("c", "slack:T1/C1")]
        ]

    assert numbers == [1, 2, 1, 3]


async def test_a_number_is_never_given_again(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        first = await add(unit)
        assert await unit.subscriptions.end(first.id)
        assert not await unit.subscriptions.end(first.id)

        again = await add(unit)

        assert (first.number, again.number) == (1, 2)
        assert await unit.subscriptions.standing() == [again]


async def test_what_reads_the_same_for_the_same_channel_stands_once(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        first = await add(unit, "Huawei AND ban", feeds=("b", "a"))
        same = a_new_subscription("huawei BAN", feeds=("a", "b"), owner="U2")

        assert await unit.subscriptions.add(same) is None
        assert await unit.subscriptions.twin(same) == first


async def test_another_channel_other_feeds_or_tags_make_another_subscription(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        await add(unit)
        for other in (
            a_new_subscription(to="slack:T1/C2"),
            a_new_subscription(to="slack:T2/C1"),
            a_new_subscription(feeds=(WIRE,)),
            a_new_subscription(tags=("telecom",)),
        ):
            assert await unit.subscriptions.twin(other) is None
            assert await unit.subscriptions.add(other) is not None


async def test_the_same_wish_at_the_same_time_is_kept_once(storage: SqlStorage) -> None:
    async def one() -> Subscription | None:
        async with storage.begin() as unit:
            return await unit.subscriptions.add(a_new_subscription())

    made = await asyncio.gather(*(one() for _ in range(4)))

    assert len([subscription for subscription in made if subscription is not None]) == 1


async def test_they_stand_by_workspace_and_number(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        await unit.workspaces.register(ACME)
        globex = await unit.workspaces.register(GLOBEX)
        for query, to in [("b", "slack:T2/C1"), ("a", "slack:T1/C1"), ("c", "slack:T2/C1")]:
            await add(unit, query, to)

        assert [one.query for one in await unit.subscriptions.standing()] == ["a", "b", "c"]
        assert [one.query for one in await unit.subscriptions.standing(globex)] == ["b", "c"]


async def test_only_those_hear_a_feed_that_listen_to_it(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        acme = await unit.workspaces.register(ACME)
        await unit.feeds.follow(acme, WIRE, tags=("telecom", "de"), origin="command")
        await add(unit, "everything")
        await add(unit, "this-feed", feeds=(WIRE,))
        await add(unit, "its-tag", tags=("other", "telecom"))
        await add(unit, "another-feed", feeds=("https://post.example.org/",))
        await add(unit, "another-tag", tags=("sports",))
        ended = await add(unit, "ended")
        await unit.subscriptions.end(ended.id)
        feed = await unit.feeds.find(WIRE)
        assert feed is not None

        hearing = await unit.subscriptions.hearing(feed)

    assert [one.query for one in hearing] == ["everything", "this-feed", "its-tag"]


async def test_of_those_that_are_asked_for_the_standing_ones_answer_by_id(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        one, two, three = [await add(unit, query) for query in ("one", "two", "three")]
        await unit.subscriptions.end(two.id)

        assert await unit.subscriptions.these({three.id, two.id, one.id}) == [one, three]
