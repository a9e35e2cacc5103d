"""How long news takes, told for each feed."""

from datetime import timedelta

from bot.model.destination import Workspace
from bot.model.pace import FeedPace, Spread
from storage.unit import SqlStorage
from tests.builders import ACME, GLOBEX, NOON, SettableClock, an_article
from tests.jobs.newsroom import Newsroom

WIRE, POST = "https://wire.example.org/rss", "https://post.example.org/rss"


async def pace(storage: SqlStorage, workspace: Workspace | None = None) -> list[FeedPace]:
    async with storage.read() as unit:
        id_ = await unit.workspaces.find(workspace) if workspace else None
        return list((await unit.overview(id_)).pace)


def all_at(seconds: float, count: int = 1) -> Spread:
    return Spread(count, timedelta(seconds=seconds), timedelta(seconds=seconds))


async def test_from_the_date_of_an_article_to_when_it_was_seen_and_from_there_to_when_it_was_posted(
    storage: SqlStorage, clock: SettableClock
) -> None:
    newsroom = Newsroom(storage, clock)
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, an_article(published=clock.now))
    await newsroom.polls(seconds=60)
    await newsroom.delivers(seconds=3)

    assert newsroom.heard_in() == ["5G auction opens in Mainz"]
    assert await pace(storage) == [FeedPace(WIRE, all_at(60), all_at(3))]


async def test_what_nobody_asked_for_was_seen_and_not_posted(storage: SqlStorage, clock: SettableClock) -> None:
    newsroom = Newsroom(storage, clock)
    await newsroom.reads(WIRE, query="huawei")
    newsroom.publishes(WIRE, an_article(published=clock.now))
    await newsroom.polls(seconds=60)

    assert await pace(storage) == [FeedPace(WIRE, all_at(60), None)]


async def test_what_stood_in_a_feed_before_it_was_followed_and_what_has_no_date_tells_nothing(
    storage: SqlStorage, clock: SettableClock
) -> None:
    newsroom = Newsroom(storage, clock)
    newsroom.publishes(WIRE, an_article("Years ago", published=NOON - timedelta(days=900)))
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, an_article("At some time", published=None))
    await newsroom.polls()

    assert await pace(storage) == []


async def test_of_days_gone_by_nothing_is_told(storage: SqlStorage, clock: SettableClock) -> None:
    newsroom = Newsroom(storage, clock)
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, an_article(published=clock.now))
    await newsroom.polls(seconds=60)
    await newsroom.delivers()
    clock.advance(days=2)

    assert await pace(storage) == []


async def test_a_workspace_is_told_of_its_own_feeds_and_alerts_alone(storage: SqlStorage, clock: SettableClock) -> None:
    newsroom = Newsroom(storage, clock)
    await newsroom.follows(WIRE)
    await newsroom.follows(WIRE, POST, by=GLOBEX)
    await newsroom.subscribes()
    await newsroom.polls()
    newsroom.publishes(WIRE, an_article(published=clock.now))
    newsroom.publishes(POST, an_article("Rain over Oberau", published=clock.now))
    await newsroom.polls(seconds=60)
    await newsroom.delivers(seconds=3)

    assert await pace(storage, ACME) == [FeedPace(WIRE, all_at(60), all_at(3))]
    assert await pace(storage, GLOBEX) == [
        FeedPace(POST, all_at(60), None),
        FeedPace(WIRE, all_at(60), None),
    ]
    assert [one.published_to_seen for one in await pace(storage)] == [all_at(60), all_at(60)]


async def test_a_publisher_whose_clock_goes_ahead_is_seen_at_once(storage: SqlStorage, clock: SettableClock) -> None:
    newsroom = Newsroom(storage, clock)
    await newsroom.reads(WIRE, query="huawei")
    newsroom.publishes(WIRE, an_article(published=clock.now + timedelta(hours=1)))
    await newsroom.polls(seconds=60)

    assert await pace(storage) == [FeedPace(WIRE, all_at(0), None)]
