"""Workspaces, and what stands between them."""

from datetime import timedelta

from bot.jobs.intake import take_in
from bot.model.delivery import Notice, Suspended, Terms
from bot.model.destination import CONSOLE, Destination, Workspace, parse_destination
from bot.model.feed import Feed
from bot.model.ids import WorkspaceId
from bot.ports import Unit
from storage.unit import SqlStorage
from tests.builders import ACME, GLOBEX, NOON, WINDOW, a_new_subscription, an_article
from tests.polls import fails

WIRE = "https://wire.example.org/rss"
POST = "https://post.example.org/atom"


async def settle_in(unit: Unit) -> tuple[WorkspaceId, WorkspaceId]:
    """Acme follows the wire and Globex the post; each has a subscription, a notice that waits, and an article."""
    acme, globex = await unit.workspaces.register(ACME), await unit.workspaces.register(GLOBEX)
    await unit.feeds.follow(acme, WIRE, name="Acme's wire", origin="command")
    await unit.feeds.follow(globex, POST, name="Globex' post", origin="command")
    for channel, address, title in [("T1/C1", WIRE, "Said by the wire"), ("T2/C2", POST, "Said by the post")]:
        subscription = await unit.subscriptions.add(a_new_subscription("said", f"slack:{channel}"))
        assert subscription is not None
        await unit.outbox.notify(subscription.destination_id, Notice("A line."), "test")
        await take_in(unit, await the_feed(unit, address), [an_article(title)], WINDOW)
    return acme, globex


async def the_feed(unit: Unit, address: str) -> Feed:
    feed = await unit.feeds.find(address)
    assert feed is not None
    return feed


async def test_a_workspace_keeps_its_id_and_takes_a_new_name(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        first = await unit.workspaces.register(ACME, "Acme")
        other = await unit.workspaces.register(GLOBEX)
        again = await unit.workspaces.register(ACME, "Acme Inc.")

        assert first == again != other
        assert await unit.workspaces.all() == [(first, ACME), (other, GLOBEX)]
        assert await unit.workspaces.find(GLOBEX) == other
        assert await unit.workspaces.find(Workspace(CONSOLE)) is None


async def test_workspaces_of_one_id_on_two_platforms_are_two(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        assert await unit.workspaces.register(Workspace("slack", "1")) != await unit.workspaces.register(
            Workspace("discord", "1")
        )


async def test_a_workspace_lists_only_the_feeds_that_it_follows(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        acme, globex = await settle_in(unit)

        assert [status.name for status in await unit.feeds.followed(acme)] == ["Acme's wire"]
        assert [status.name for status in await unit.feeds.followed(globex)] == ["Globex' post"]


async def test_a_workspace_lists_only_its_own_subscriptions(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        acme, globex = await settle_in(unit)

        assert [str(one.destination) for one in await unit.subscriptions.standing(acme)] == ["slack:T1/C1"]
        assert [str(one.destination) for one in await unit.subscriptions.standing(globex)] == ["slack:T2/C2"]
        assert len(await unit.subscriptions.standing()) == 2


async def test_a_feed_is_heard_only_by_subscriptions_of_workspaces_that_follow_it(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        acme, _ = await settle_in(unit)

        assert [one.workspace for one in await unit.subscriptions.hearing(await the_feed(unit, WIRE))] == [acme]


async def test_a_workspace_reads_only_articles_of_feeds_that_it_follows_in_its_own_words(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        acme, _ = await settle_in(unit)

        stored = [(one.feed, one.article.title) async for one in unit.articles.stored(acme)]

    assert stored == [("Acme's wire", "Said by the wire")]


async def test_what_one_feed_says_of_an_article_is_not_read_by_followers_of_another(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        acme, globex = await settle_in(unit)
        await take_in(unit, await the_feed(unit, WIRE), [an_article(summary="For members.")], WINDOW)
        await take_in(unit, await the_feed(unit, POST), [an_article(summary="For all.")], WINDOW)

        assert "For all." not in {one.article.summary async for one in unit.articles.stored(acme)}
        assert "For members." not in {one.article.summary async for one in unit.articles.stored(globex)}


async def test_an_overview_of_a_workspace_counts_nothing_of_another(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        acme, globex = await settle_in(unit)
        await unit.workspaces.suspend(GLOBEX, "token_revoked")
        [claimed] = await unit.outbox.claim("x", 9, Terms(timedelta(minutes=1), timedelta(), {"slack": timedelta()}))
        await unit.outbox.settle(claimed, Suspended("lane", "not_in_channel", NOON + WINDOW))
        feed = await the_feed(unit, POST)
        await fails(unit, feed.id, "the server answered 500", NOON + WINDOW)

        ours, theirs, everyones = [await unit.overview(which) for which in (acme, globex, None)]

    assert (ours.feeds_by_state, theirs.feeds_by_state) == ({"new": 1}, {"failing": 1})
    assert (ours.subscriptions, theirs.subscriptions, everyones.subscriptions) == (1, 1, 2)
    assert (ours.waiting, theirs.waiting, everyones.waiting) == (1, 1, 2)
    assert ours.suspended == [(parse_destination("slack:T1/C1"), "not_in_channel")]
    assert theirs.suspended == [(Destination(GLOBEX), "token_revoked")]
    assert (ours.last_poll, theirs.last_poll, everyones.last_poll) == (None, NOON, NOON)
    assert ours.oldest_waiting == NOON


async def test_an_overview_counts_what_was_settled_within_a_day(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        overview = await unit.overview(None)

    assert (overview.sent_last_day, overview.dead_last_day, overview.oldest_waiting) == (0, 0, None)


async def test_ending_the_follow_of_one_workspace_leaves_the_others_alone(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        acme, globex = await settle_in(unit)
        await unit.feeds.follow(globex, WIRE, name="Wire of Globex", origin="command")

        assert await unit.feeds.unfollow(acme, WIRE)

        assert [follow.name for follow in await unit.feeds.followers((await the_feed(unit, WIRE)).id)] == [
            "Wire of Globex"
        ]
        assert not await unit.feeds.unfollow(acme, WIRE)
        assert not await unit.feeds.unfollow(acme, "https://unknown.example.org/rss")
