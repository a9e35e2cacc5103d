"""Stories as a workspace may know them: for "why"."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update

from bot.feeds.identity import link_keys
from bot.jobs.intake import take_in
from bot.model.article import Article
from bot.model.delivery import Dead, Finished, Reason, Step, Suspended, Terms
from bot.model.destination import Workspace, parse_destination
from bot.model.ids import WorkspaceId
from bot.model.reading import Sighting
from bot.ports import Telling, Unit
from storage.engine import open_engine
from storage.tables import deliveries
from storage.unit import SqlStorage
from tests.builders import (
    ACME,
    CHANNEL,
    GLOBEX,
    NOON,
    WINDOW,
    SettableClock,
    a_new_subscription,
    an_alert,
    an_article,
)

WIRE = "https://wire.example.org/rss"
POST = "https://post.example.org/atom"
LEASE = timedelta(seconds=60)
AUCTION = an_article()
KEYS = link_keys(AUCTION.link)


async def brings(unit: Unit, *articles: Article, address: str = WIRE, to: Workspace = ACME) -> list[Sighting]:
    """What stands in a feed that a workspace follows."""
    workspace = await unit.workspaces.register(to)
    await unit.feeds.follow(workspace, address, name=address, tags=["telecom"], origin="command")
    feed = await unit.feeds.find(address)
    assert feed is not None
    return list(await take_in(unit, feed, articles, WINDOW))


async def acme(unit: Unit) -> WorkspaceId:
    return await unit.workspaces.register(ACME)


async def tells(unit: Unit, sighting: Sighting, query: str = "auction", to: str = CHANNEL) -> bool:
    """Queues an alert for a new subscription."""
    subscription = await unit.subscriptions.add(a_new_subscription(query, to))
    assert subscription is not None
    alert = an_alert(article=sighting.article, reasons=(Reason(subscription.number, query),))
    lane = subscription.destination_id
    return all(await unit.outbox.tell([Telling(lane, sighting.story, sighting.article_id, alert, (subscription.id,))]))


async def settle(unit: Unit, step: Step) -> None:
    [head] = await unit.outbox.claim("one", 1, Terms(LEASE, LEASE, {"slack": timedelta()}))
    assert await unit.outbox.settle(head, step)


# ---- the article of a link -----------------------------------------------------------------------------------------


async def test_an_article_is_found_by_its_link(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        [sighting, _] = await brings(unit, AUCTION, an_article("Ferry line puts wifi on every deck"))

        assert await unit.stories.linked(await acme(unit), KEYS) == [sighting.article_id]
        assert await unit.stories.linked(await acme(unit), link_keys("https://news.example.org/nothing")) == []


async def test_a_fragment_that_tells_articles_apart_counts_first(storage: SqlStorage) -> None:
    first, second = (an_article(title, link=f"https://news.example.org/log#{title}") for title in ("one", "two"))
    async with storage.begin() as unit:
        [one, two] = await brings(unit, first, second)

        assert await unit.stories.linked(await acme(unit), link_keys(second.link)) == [two.article_id]
        both = await unit.stories.linked(await acme(unit), link_keys("https://news.example.org/log"))
        assert set(both) == {one.article_id, two.article_id}


async def test_a_link_that_several_articles_share_leads_to_all_of_them(
    storage: SqlStorage, clock: SettableClock
) -> None:
    async with storage.begin() as unit:
        [older] = await brings(unit, an_article("One", link=AUCTION.link))
    clock.advance(minutes=1)
    async with storage.begin() as unit:
        [_, newer] = await brings(unit, an_article("One", link=AUCTION.link), an_article("Two", link=AUCTION.link))

        assert await unit.stories.linked(await acme(unit), KEYS) == [newer.article_id, older.article_id]


async def test_what_stood_in_nobody_elses_but_another_workspaces_feed_is_not_known(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        [sighting] = await brings(unit, AUCTION, address=POST, to=GLOBEX)
        await tells(unit, sighting, to="slack:T2/C2")

        assert await unit.stories.linked(await acme(unit), KEYS) == []
        assert await unit.stories.sighted(await acme(unit), sighting.article_id) == []
        assert await unit.stories.told(await acme(unit), sighting.article_id) == []


async def test_what_was_told_stays_known_once_its_feed_is_followed_no_more(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        [sighting] = await brings(unit, AUCTION)
        await tells(unit, sighting)
        await unit.feeds.unfollow(await acme(unit), WIRE)

        assert await unit.stories.linked(await acme(unit), KEYS) == [sighting.article_id]
        assert await unit.stories.sighted(await acme(unit), sighting.article_id) == []
        [told] = await unit.stories.told(await acme(unit), sighting.article_id)
        assert told.headline == AUCTION.title


# ---- how a story stood in feeds ------------------------------------------------------------------------------------


async def test_each_feed_tells_the_story_in_its_own_words(storage: SqlStorage, clock: SettableClock) -> None:
    elsewhere = replace(AUCTION, guid="7", link="https://post.example.org/7", summary="As the post has it.")
    async with storage.begin() as unit:
        [sighting] = await brings(unit, AUCTION)
    clock.advance(minutes=5)
    async with storage.begin() as unit:
        [other] = await brings(unit, elsewhere, address=POST)
        first, second = await unit.stories.sighted(await acme(unit), sighting.article_id)

    assert (first.id, first.article, first.feed, first.address) == (sighting.article_id, AUCTION, WIRE, WIRE)
    assert (first.tags, first.seen, first.followed_since) == (("telecom",), NOON, NOON)
    assert (second.id, second.article, second.feed) == (other.article_id, elsewhere, POST)
    assert second.seen == NOON + timedelta(minutes=5)
    assert first.has_text
    assert second.has_text


async def test_a_story_names_no_feed_of_another_workspace(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        [sighting] = await brings(unit, AUCTION)
        await brings(unit, AUCTION, address=POST, to=GLOBEX)

        assert [one.feed for one in await unit.stories.sighted(await acme(unit), sighting.article_id)] == [WIRE]


async def test_a_first_poll_is_told_from_what_came_later(storage: SqlStorage, clock: SettableClock) -> None:
    async with storage.begin() as unit:
        [old] = await brings(unit, AUCTION)
    clock.advance(minutes=5)
    async with storage.begin() as unit:
        [_, new] = await brings(unit, AUCTION, an_article("Ferry line puts wifi on every deck"))
        workspace = await acme(unit)

        assert [one.is_first_poll for one in await unit.stories.sighted(workspace, old.article_id)] == [True]
        assert [one.is_first_poll for one in await unit.stories.sighted(workspace, new.article_id)] == [False]


async def test_what_stood_in_a_feed_before_it_was_followed_is_older_than_the_tie(
    storage: SqlStorage, clock: SettableClock
) -> None:
    async with storage.begin() as unit:
        [sighting] = await brings(unit, AUCTION, to=GLOBEX)
    clock.advance(days=1)
    async with storage.begin() as unit:
        await brings(unit)
        [stood] = await unit.stories.sighted(await acme(unit), sighting.article_id)

    assert stood.seen == NOON < stood.followed_since
    assert not stood.is_first_poll


async def test_an_article_whose_text_was_tidied_away_has_none(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        [sighting] = await brings(unit, Article("", link=AUCTION.link, guid="1"))
        [stood] = await unit.stories.sighted(await acme(unit), sighting.article_id)

    assert not stood.has_text


# ---- what was told -------------------------------------------------------------------------------------------------


async def test_what_became_of_an_alert_is_known_at_every_step(storage: SqlStorage, clock: SettableClock) -> None:
    async with storage.begin() as unit:
        [sighting] = await brings(unit, AUCTION)
        await tells(unit, sighting)
        workspace = await acme(unit)
        [waiting] = await unit.stories.told(workspace, sighting.article_id)
        clock.advance(seconds=1)
    async with storage.begin() as unit:
        await settle(unit, Finished("1"))
        [sent] = await unit.stories.told(workspace, sighting.article_id)

    assert (waiting.destination, waiting.article) == (parse_destination(CHANNEL), sighting.article_id)
    assert (waiting.state, waiting.attempts, waiting.at, waiting.posted) == ("pending", 0, NOON, (1,))
    assert (waiting.sent_at, waiting.settled_at, waiting.shut) == (None, None, "")
    assert (sent.state, sent.attempts) == ("sent", 1)
    assert sent.sent_at == sent.settled_at == NOON + timedelta(seconds=1)


async def test_why_an_alert_was_given_up_or_waits_is_kept(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        [sighting, other] = await brings(unit, AUCTION, an_article("Ferry line puts wifi on every deck"))
        await tells(unit, sighting)
        await settle(unit, Dead("Slack refused the message"))
        await tells(unit, other, "ferry")
        await settle(unit, Suspended("lane", "not_in_channel", NOON + timedelta(minutes=15)))
        workspace = await acme(unit)

        [dead] = await unit.stories.told(workspace, sighting.article_id)
        [waiting] = await unit.stories.told(workspace, other.article_id)

    assert (dead.state, dead.reason) == ("dead", "Slack refused the message")
    assert (waiting.state, waiting.shut, waiting.due) == ("pending", "not_in_channel", NOON + timedelta(minutes=15))


async def test_reasons_that_came_late_are_told_from_those_that_were_posted(storage: SqlStorage) -> None:
    elsewhere = replace(AUCTION, guid="7", link="https://post.example.org/7")
    async with storage.begin() as unit:
        [sighting] = await brings(unit, AUCTION)
        assert await tells(unit, sighting)
        await settle(unit, Finished("1"))
        [other] = await brings(unit, elsewhere, address=POST)
        assert not await tells(unit, other, "mainz")
        [told] = await unit.stories.told(await acme(unit), other.article_id)

    assert (told.posted, told.kept) == ((1,), (2,))
    assert (told.article, told.headline) == (sighting.article_id, AUCTION.title)


async def test_an_alert_that_cannot_be_read_any_more_has_no_headline(storage: SqlStorage, database: str) -> None:
    async with storage.begin() as unit:
        [sighting] = await brings(unit, AUCTION)
        await tells(unit, sighting)
    engine = open_engine(database)
    async with engine.begin() as connection:
        await connection.execute(update(deliveries).values(payload="{}"))
    await engine.dispose()

    async with storage.read() as unit:
        workspace = await unit.workspaces.find(ACME)
        assert workspace is not None
        [told] = await unit.stories.told(workspace, sighting.article_id)

    assert told.headline == ""


async def test_it_is_known_since_when_each_standing_subscription_stands(
    storage: SqlStorage, clock: SettableClock
) -> None:
    async with storage.begin() as unit:
        first = await unit.subscriptions.add(a_new_subscription("huawei"))
        ended = await unit.subscriptions.add(a_new_subscription("zte"))
        await unit.subscriptions.add(a_new_subscription("zte", "slack:T2/C2"))
        assert first is not None
        assert ended is not None
        await unit.subscriptions.end(ended.id)
    clock.advance(days=1)
    async with storage.begin() as unit:
        second = await unit.subscriptions.add(a_new_subscription("ban"))
        assert second is not None

        since = await unit.stories.subscribed_at(await acme(unit))

    assert since == {first.id: NOON, second.id: NOON + timedelta(days=1)}
