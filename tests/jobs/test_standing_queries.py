"""That the queries which stand in the matcher are those which stand in the database."""

from collections.abc import Sequence

import pytest

from bot.errors import StorageUnavailable
from bot.jobs import standing
from bot.model.ids import SubscriptionId
from bot.model.subscription import Change, Position
from storage.subscriptions import StoredSubscriptions
from tests.jobs.newsroom import Newsroom

WIRE = "https://wire.example.org/rss"
POST = "https://post.example.org/rss"


async def ends(newsroom: Newsroom, subscription: SubscriptionId) -> None:
    async with newsroom.storage.begin() as unit:
        await unit.subscriptions.end(subscription)


async def test_what_another_process_changes_holds_for_the_very_next_article(newsroom: Newsroom) -> None:
    await newsroom.reads(WIRE, query="auction")
    other = newsroom.restarted()
    here = await other.subscribes("mainz", "slack:T1/C2")
    newsroom.publishes(WIRE, "Mainz votes")
    await newsroom.goes_on()
    await ends(other, here.id)
    await other.subscribes("bonn", "slack:T1/C2")

    newsroom.publishes(WIRE, "Mainz counts", "Bonn counts")
    await newsroom.goes_on(minutes=10)

    assert newsroom.heard_in("C2") == ["Mainz votes", "Bonn counts"]


async def test_a_query_that_names_a_feed_follows_what_the_workspace_calls_its_feeds(newsroom: Newsroom) -> None:
    await newsroom.follows(WIRE, name="The Wire")
    await newsroom.follows(POST, name="The Post")
    await newsroom.subscribes('feed:"the wire"')
    await newsroom.polls()
    newsroom.publishes(WIRE, "One of the wire")
    newsroom.publishes(POST, "One of the post")
    await newsroom.goes_on()
    await newsroom.follows(POST, name="The Wire")
    await newsroom.follows(WIRE, name="Another")

    newsroom.publishes(WIRE, "Two of the wire")
    newsroom.publishes(POST, "Two of the post")
    await newsroom.goes_on(minutes=10)

    assert newsroom.heard_in() == ["One of the wire", "Two of the post"]


async def test_all_that_stands_is_loaded_however_many_batches_it_takes(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "BATCH", 2)
    await newsroom.follows(WIRE)
    for number in range(7):
        await newsroom.subscribes(f"auction OR number{number}", f"slack:T1/D{number}")
    await newsroom.polls()

    newsroom.publishes(WIRE, "Auction opens")
    await newsroom.goes_on()

    assert [newsroom.heard_in(f"D{number}") for number in range(7)] == [["Auction opens"]] * 7


async def test_nothing_is_missed_where_the_database_goes_away_while_all_is_loaded(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "BATCH", 2)
    await newsroom.follows(WIRE)
    for number in range(5):
        await newsroom.subscribes(f"auction OR number{number}", f"slack:T1/D{number}")
    changes, calls = StoredSubscriptions.changes, iter(range(100))

    async def goes_away(self: StoredSubscriptions, since: Position, limit: int) -> Sequence[Change]:
        if next(calls) == 1:
            raise StorageUnavailable("gone for a moment")
        return await changes(self, since, limit)

    monkeypatch.setattr(StoredSubscriptions, "changes", goes_away)
    await newsroom.polls()
    await newsroom.polls()

    newsroom.publishes(WIRE, "Auction opens")
    await newsroom.goes_on(minutes=10)

    assert [newsroom.heard_in(f"D{number}") for number in range(5)] == [["Auction opens"]] * 5
