"""Pages beside sightings, and the leases of those that are wanted still."""

from collections.abc import Sequence
from datetime import timedelta

from bot.jobs.intake import Document, take_in_all
from bot.model.article import Article
from bot.model.feed import Feed
from bot.model.reading import Page
from bot.ports import PAGE_PAUSE, Unit, WantedPage
from storage.unit import SqlStorage
from tests.builders import ACME, CHANNEL, GLOBEX, NOON, WINDOW, SettableClock, a_new_subscription, an_article

WIRE = "https://wire.example.org/rss"
LEASE = timedelta(seconds=90)
TEXT = "All that stands on its page."


async def a_feed(unit: Unit, **wishes: bool) -> Feed:
    await unit.feeds.follow(await unit.workspaces.register(ACME), WIRE, name=WIRE, origin="command", **wishes)
    feed = await unit.feeds.find(WIRE)
    assert feed is not None
    return feed


async def keep(storage: SqlStorage, page: Page, *articles: Article) -> Feed:
    async with storage.begin() as unit:
        feed = await a_feed(unit)
        pages = {article.guid: page for article in articles}
        await take_in_all(unit, [Document(feed, articles, pages=pages)], WINDOW)
    return feed


async def claim(storage: SqlStorage, limit: int = 9) -> Sequence[WantedPage]:
    async with storage.begin() as unit:
        return await unit.wanted_pages.claim(limit, LEASE)


async def pages(storage: SqlStorage, feed: Feed, *articles: Article) -> list[Page]:
    async with storage.read() as unit:
        found = await unit.articles.pages(feed.id, [article.guid for article in articles])
    return [found[article.guid] for article in articles]


async def test_a_page_is_kept_beside_what_the_feed_says(storage: SqlStorage) -> None:
    article = an_article()
    feed = await keep(storage, Page("read", TEXT), article)

    assert await pages(storage, feed, article) == [Page("read", TEXT)]
    async with storage.read() as unit:
        assert (await unit.articles.texts(feed.id, [article.guid]))[article.guid] == article
        assert await unit.articles.pages(feed.id, ["another"]) == {}


async def test_a_page_stays_when_the_feed_says_something_else(storage: SqlStorage) -> None:
    article = an_article()
    feed = await keep(storage, Page("read", TEXT), article)

    await keep(storage, Page(), an_article(summary="Told anew."))

    assert await pages(storage, feed, article) == [Page("read", TEXT)]


async def test_a_wanted_page_is_due_after_a_pause_and_what_is_read_never_is(
    storage: SqlStorage, clock: SettableClock
) -> None:
    wanted = an_article()
    await keep(storage, Page("wanted"), wanted)
    await keep(storage, Page("read", TEXT), an_article("Another one"))
    async with storage.read() as unit:
        early = await unit.wanted_pages.any_due()
    clock.now += PAGE_PAUSE

    async with storage.read() as unit:
        assert (early, await unit.wanted_pages.any_due()) == (False, True)
    (claimed,) = await claim(storage)
    assert (claimed.article, claimed.guid, claimed.seen) == (wanted, wanted.guid, NOON)
    assert claimed.lease_until == clock.now + LEASE


async def test_a_claimed_page_is_nobody_elses_until_its_lease_is_over(
    storage: SqlStorage, clock: SettableClock
) -> None:
    await keep(storage, Page("wanted"), an_article(), an_article("Another one"))
    clock.now += PAGE_PAUSE

    first, others = await claim(storage, limit=1), await claim(storage)
    meanwhile = await claim(storage)
    clock.now += LEASE

    assert (len(first), len(others), len(meanwhile)) == (1, 1, 0)
    assert len(await claim(storage)) == 2


async def test_what_became_of_a_page_counts_only_while_the_lease_is_held(
    storage: SqlStorage, clock: SettableClock
) -> None:
    article = an_article()
    feed = await keep(storage, Page("wanted"), article)
    clock.now += PAGE_PAUSE
    (late,) = await claim(storage)
    clock.now += LEASE
    (taken_over,) = await claim(storage)

    async with storage.begin() as unit:
        assert not await unit.wanted_pages.settle(late, Page("read", "by the first"))
        assert await unit.wanted_pages.settle(taken_over, Page("read", TEXT))
        assert not await unit.wanted_pages.settle(taken_over, Page("read", "twice"))
    clock.now += LEASE * 9

    assert await pages(storage, feed, article) == [Page("read", TEXT)]
    assert await claim(storage) == []


async def test_a_page_that_is_tried_again_is_due_when_it_was_said(storage: SqlStorage, clock: SettableClock) -> None:
    await keep(storage, Page("wanted"), an_article())
    clock.now += PAGE_PAUSE
    (claimed,) = await claim(storage)
    async with storage.begin() as unit:
        await unit.wanted_pages.settle(claimed, Page("wanted"), clock.now + timedelta(minutes=5))

    clock.advance(minutes=4)
    early = await claim(storage)
    clock.advance(minutes=1)

    assert (len(early), len(await claim(storage))) == (0, 1)


async def test_a_wanted_page_follows_its_article_to_another_story(storage: SqlStorage, clock: SettableClock) -> None:
    async with storage.begin() as unit:
        feed = await a_feed(unit)
        document = Document(feed, [an_article()], pages={an_article().guid: Page("wanted")})
        (sighting,) = (await take_in_all(unit, [document], WINDOW))[feed.id]
    clock.now += PAGE_PAUSE

    (claimed,) = await claim(storage)

    assert (claimed.feed, claimed.article_id, claimed.story) == (feed.id, sighting.article_id, sighting.story)
    async with storage.read() as unit:
        assert (await unit.feeds.get(claimed.feed)).address == WIRE


async def test_a_claimed_feed_says_whether_a_follower_asks_for_full_text(
    storage: SqlStorage, clock: SettableClock
) -> None:
    async with storage.begin() as unit:
        await a_feed(unit)
        await unit.feeds.follow(await unit.workspaces.register(GLOBEX), WIRE, origin="command")
        before = [feed.wants_pages for feed in await unit.feeds.claim_due("first", 9, LEASE)]
        await a_feed(unit, full_text=True)
        wishes = [follow.full_text for follow in await unit.feeds.followers((await a_feed(unit, full_text=True)).id)]
    clock.now += LEASE

    async with storage.begin() as unit:
        after = [feed.wants_pages for feed in await unit.feeds.claim_due("second", 9, LEASE)]
    assert (before, after, wishes) == ([False], [True], [True, False])


async def test_whether_any_other_subscription_hears_a_feed_is_known(storage: SqlStorage, clock: SettableClock) -> None:
    async with storage.begin() as unit:
        feed = await a_feed(unit)
        mine = await unit.subscriptions.add(a_new_subscription("auction"))
        deaf = await unit.subscriptions.add(a_new_subscription("ferry", feeds=("https://other.example.org/",)))
        assert mine
        assert deaf
        acme, globex = mine.workspace, await unit.workspaces.register(GLOBEX)

        assert await unit.subscriptions.any_other(feed, {acme}, [])
        assert not await unit.subscriptions.any_other(feed, {acme}, [mine.id])
        assert not await unit.subscriptions.any_other(feed, {globex}, [])
        assert not await unit.subscriptions.any_other(feed, [], [])


async def test_of_these_subscriptions_only_those_are_asked_that_are_old_enough(
    storage: SqlStorage, clock: SettableClock
) -> None:
    async with storage.begin() as unit:
        old = await unit.subscriptions.add(a_new_subscription("auction"))
    clock.advance(minutes=1)
    async with storage.begin() as unit:
        young = await unit.subscriptions.add(a_new_subscription("ferry", CHANNEL))
        assert old
        assert young
        ids = [old.id, young.id]

        assert [one.id for one in await unit.subscriptions.these(ids)] == ids
        assert [one.id for one in await unit.subscriptions.these(ids, asked_before=NOON)] == [old.id]
