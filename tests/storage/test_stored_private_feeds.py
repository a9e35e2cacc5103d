"""One address, several credentials: feeds that have nothing in common."""

import asyncio
from datetime import timedelta

from bot.jobs.intake import take_in
from bot.model.destination import Workspace
from bot.model.feed import Feed, FeedStatus, Validators
from bot.model.ids import FeedId
from bot.model.reading import ReadPoll
from bot.model.subscription import COMMANDED, DECLARED
from bot.ports import Unit
from storage.unit import SqlStorage
from tests.builders import ACME, GLOBEX, NOON, WINDOW, a_new_subscription, an_article
from tests.polls import fails

WIRE = "https://wire.example.org/rss"
KEY = "ACME_FEED_HEADERS"
LATER = NOON + timedelta(minutes=5)


async def follow(unit: Unit, workspace: Workspace, credential: str = "", origin: str = DECLARED) -> FeedId:
    id_ = await unit.workspaces.register(workspace)
    return await unit.feeds.follow(id_, WIRE, origin=origin, credential=credential)


async def followed(unit: Unit, workspace: Workspace) -> list[FeedStatus]:
    return list(await unit.feeds.followed(await unit.workspaces.register(workspace)))


async def the_feed(unit: Unit, credential: str = "") -> Feed:
    feed = await unit.feeds.find(WIRE, credential)
    assert feed is not None
    return feed


async def test_an_address_is_a_feed_of_its_own_with_every_credential(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        public, private = await follow(unit, GLOBEX), await follow(unit, ACME, KEY)

        assert await unit.feeds.find(WIRE) == Feed(public, WIRE)
        assert await unit.feeds.find(WIRE, KEY) == Feed(private, WIRE, credential=KEY)
        assert await unit.feeds.find(WIRE, "OTHER") is None
        due = await unit.feeds.claim_due("one", 9, timedelta(minutes=1))
        assert [(feed.id, feed.credential) for feed in due] == [(public, ""), (private, KEY)]


async def test_workspaces_with_one_credential_share_one_feed(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        assert await follow(unit, ACME, KEY) == await follow(unit, GLOBEX, KEY)


async def test_what_a_poll_leaves_behind_stays_with_its_credential(storage: SqlStorage) -> None:
    validators = Validators('"members"')
    async with storage.begin() as unit:
        await follow(unit, GLOBEX)
        private = await follow(unit, ACME, KEY)
        await unit.feeds.read(
            [ReadPoll(private, title="For members", validators=validators, complaint="", next_poll=LATER)]
        )
        await fails(unit, private, "The server refuses to show it (403).", LATER)

        (theirs,) = await followed(unit, GLOBEX)
        (ours,) = await followed(unit, ACME)
        public = await the_feed(unit)

    assert (theirs.state, theirs.error, theirs.name, theirs.last_success) == ("new", "", "wire.example.org", None)
    assert (ours.state, ours.name, ours.credential) == ("failing", "For members", KEY)
    assert (public.primed, public.validators, public.failures) == (False, Validators(), 0)


async def test_what_stood_in_a_private_feed_is_read_and_heard_by_its_followers_alone(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        await follow(unit, GLOBEX)
        await follow(unit, ACME, KEY)
        for channel in ("slack:T1/C1", "slack:T2/C2"):
            await unit.subscriptions.add(a_new_subscription(to=channel, feeds=(WIRE,)))
        private = await the_feed(unit, KEY)
        await take_in(unit, private, [an_article(summary="For members.")], WINDOW)
        acme, globex = await unit.workspaces.register(ACME), await unit.workspaces.register(GLOBEX)

        assert [one.article.summary async for one in unit.articles.stored(acme)] == ["For members."]
        assert [one async for one in unit.articles.stored(globex)] == []
        assert [one.workspace for one in await unit.subscriptions.hearing(private)] == [acme]
        assert [one.workspace for one in await unit.feeds.followers(private.id)] == [acme]


async def test_a_workspace_that_is_given_another_credential_follows_the_address_once(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        await follow(unit, ACME)
        await follow(unit, GLOBEX)
        for credential in (KEY, "RENEWED", ""):
            await follow(unit, ACME, credential)

            assert [feed.credential for feed in await followed(unit, ACME)] == [credential]
        assert [feed.credential for feed in await followed(unit, GLOBEX)] == [""]


async def test_a_command_never_takes_the_place_of_what_the_file_declares(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        private = await follow(unit, ACME, KEY)

        assert await follow(unit, ACME, origin=COMMANDED) == private

        (feed,) = await followed(unit, ACME)
        assert (feed.credential, feed.declared) == (KEY, True)
        assert await unit.feeds.find(WIRE) is None


async def test_ending_the_tie_to_an_address_ends_it_whatever_opens_it(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        await follow(unit, GLOBEX)
        await follow(unit, ACME, KEY)

        assert await unit.feeds.unfollow(await unit.workspaces.register(ACME), WIRE)

        assert await followed(unit, ACME) == []
        assert len(await followed(unit, GLOBEX)) == 1
        assert not await unit.feeds.unfollow(await unit.workspaces.register(ACME), WIRE)


async def test_a_private_feed_that_nobody_followed_any_more_begins_anew_and_the_public_one_does_not(
    storage: SqlStorage,
) -> None:
    validators = Validators('"1"')
    async with storage.begin() as unit:
        for feed in (await follow(unit, GLOBEX), await follow(unit, ACME, KEY)):
            await unit.feeds.read([ReadPoll(feed, title="", validators=validators, complaint="", next_poll=LATER)])
        await unit.feeds.unfollow(await unit.workspaces.register(ACME), WIRE)

        await follow(unit, ACME, KEY)

        assert not (await the_feed(unit, KEY)).primed
        assert (await the_feed(unit)).validators == validators


async def test_a_workspace_that_two_processes_tie_at_once_follows_the_address_once(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        await unit.workspaces.register(ACME)

    async def tie(credential: str) -> None:
        async with storage.begin() as unit:
            await follow(unit, ACME, credential)
            await asyncio.sleep(0.05)

    await asyncio.gather(*(tie(credential) for credential in ("", KEY, "OTHER")))

    async with storage.begin() as unit:
        assert len(await followed(unit, ACME)) == 1
