"""Feeds and subscriptions as code."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from bot.jobs.declared import declare
from bot.model.declared import DeclaredFeed
from bot.model.feed import FeedStatus
from bot.model.subscription import COMMANDED, DECLARED, NewSubscription, Subscription
from tests.builders import ACME, GLOBEX, HEADLINE, a_new_subscription
from tests.jobs.newsroom import Newsroom

WIRE = DeclaredFeed("https://wire.example.org/rss", name="The Wire", tags=("telecom",))
POST = DeclaredFeed("https://post.example.org/atom", name="The Post")


def declared(query: str = "auction", to: str = "slack:T1/C1", **changes: Any) -> NewSubscription:
    return a_new_subscription(query, to, owner=DECLARED, origin=DECLARED, **changes)


async def declares(
    newsroom: Newsroom, feeds: Sequence[DeclaredFeed] = (), subscriptions: Sequence[NewSubscription] = ()
) -> None:
    async with newsroom.storage.begin() as unit:
        await declare(unit, feeds, subscriptions)


async def followed(newsroom: Newsroom) -> list[FeedStatus]:
    async with newsroom.storage.begin() as unit:
        return list(await unit.feeds.followed(await unit.workspaces.register(ACME)))


async def standing(newsroom: Newsroom) -> list[Subscription]:
    async with newsroom.storage.read() as unit:
        return list(await unit.subscriptions.standing())


async def test_what_is_declared_stands_for_every_workspace_that_is_known(newsroom: Newsroom) -> None:
    await newsroom.follows(POST.address, by=GLOBEX, origin=COMMANDED)

    await declares(newsroom, [WIRE], [declared()])

    async with newsroom.storage.read() as unit:
        for _, workspace in await unit.workspaces.all():
            id_ = await unit.workspaces.find(workspace)
            assert id_ is not None
            assert WIRE.address in {feed.address for feed in await unit.feeds.followed(id_)}
    assert [(one.query, one.origin) for one in await standing(newsroom)] == [("auction", DECLARED)]


async def test_a_feed_for_some_workspaces_is_followed_by_those_alone(newsroom: Newsroom) -> None:
    await declares(
        newsroom,
        [DeclaredFeed(WIRE.address, workspaces=(GLOBEX,)), POST],
        [declared(), declared(to="slack:T2/C2")],
    )

    assert [feed.address for feed in await followed(newsroom)] == [POST.address]


async def test_declaring_is_idempotent(newsroom: Newsroom) -> None:
    feed = DeclaredFeed(WIRE.address, "The Wire", ("telecom",), timedelta(seconds=1), backfill=1)
    newsroom.publishes(WIRE.address, HEADLINE)
    await declares(newsroom, [feed], [declared()])
    await newsroom.goes_on()
    before = await followed(newsroom), await standing(newsroom), await newsroom.overview()

    for _ in range(2):
        await declares(newsroom, [feed], [declared()])

    assert (await followed(newsroom), await standing(newsroom), await newsroom.overview()) == before
    await newsroom.goes_on()
    assert newsroom.heard_in() == [HEADLINE]


async def test_a_feed_taken_out_of_the_configuration_tells_its_subscribers(newsroom: Newsroom) -> None:
    await declares(
        newsroom, [WIRE, POST], [declared(), declared("mainz"), declared(to="slack:T1/C2", feeds=(POST.address,))]
    )

    await declares(newsroom, [POST], [declared(), declared("mainz"), declared(to="slack:T1/C2", feeds=(POST.address,))])
    await newsroom.delivers()

    assert newsroom.heard_in("C1") == [
        "The feed The Wire was removed by the configuration file; subscriptions 1, 2 hear nothing from it any more."
    ]
    assert newsroom.heard_in("C2") == []
    assert [feed.address for feed in await followed(newsroom)] == [POST.address]


async def test_removing_a_feed_tells_nobody_in_a_workspace_that_keeps_it(newsroom: Newsroom) -> None:
    everywhere = [declared(), declared(to="slack:T2/C2")]
    await declares(newsroom, [WIRE], everywhere)

    await declares(newsroom, [DeclaredFeed(WIRE.address, workspaces=(GLOBEX,))], everywhere)
    await newsroom.delivers()

    assert len(newsroom.heard_in("C1")) == 1
    assert newsroom.heard_in("C2") == []


async def test_a_feed_that_a_command_added_is_not_the_files_to_remove(newsroom: Newsroom) -> None:
    await newsroom.follows(WIRE.address, origin=COMMANDED)

    await declares(newsroom)

    assert [feed.address for feed in await followed(newsroom)] == [WIRE.address]


async def test_a_subscription_taken_out_of_the_file_ends_and_a_commanded_one_stays(newsroom: Newsroom) -> None:
    await newsroom.subscribes("huawei")
    await declares(newsroom, subscriptions=[declared("auction"), declared("mainz")])

    await declares(newsroom, subscriptions=[declared("mainz")])

    assert [(one.number, one.query) for one in await standing(newsroom)] == [(1, "huawei"), (3, "mainz")]


async def test_a_declared_subscription_that_a_command_made_before_stands_once(newsroom: Newsroom) -> None:
    await newsroom.subscribes("auction")

    await declares(newsroom, subscriptions=[declared("auction")])

    assert [one.query for one in await standing(newsroom)] == ["auction"]


async def test_a_feed_named_or_tagged_anew_is_so_at_once(newsroom: Newsroom) -> None:
    await declares(newsroom, [WIRE], [declared()])

    await declares(newsroom, [DeclaredFeed(WIRE.address, name="Wire", tags=("news",))], [declared()])

    assert [(feed.name, feed.tags) for feed in await followed(newsroom)] == [("Wire", ("news",))]
