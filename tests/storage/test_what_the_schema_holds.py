"""What the schema itself holds: each promise of the design by its name, on both databases, with the real jobs."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Table, func, inspect, select, text
from sqlalchemy.exc import IntegrityError

from bot.errors import StorageUnavailable
from bot.model.delivery import Reason, Refused
from bot.model.feed import Validators
from storage.engine import open_engine
from storage.feeds import StoredFeeds
from storage.tables import (
    alerts,
    article_keys,
    articles,
    askings,
    deliveries,
    feeds,
    kept,
    metadata,
    reasons,
    revisions,
    sightings,
    stories,
)
from storage.unit import SqlStorage
from tests.builders import GLOBEX, HEADLINE, NOON, SettableClock, an_article
from tests.jobs.newsroom import LEASE, Newsroom

WIRE = "https://wire.example.org/rss"
POST = "https://post.example.org/atom"
HERALD = "https://herald.example.org/rss"
OLD = "The 5G auction is announced"
GLOBAL = {feeds, stories, articles, article_keys, sightings, revisions, kept, askings}


@pytest.fixture
def newsroom(storage: SqlStorage, clock: SettableClock) -> Newsroom:
    return Newsroom(storage, clock)


async def count(address: str, table: Table) -> int:
    engine = open_engine(address)
    async with engine.connect() as connection:
        number: int = (await connection.execute(select(func.count()).select_from(table))).scalar_one()
    await engine.dispose()
    return number


async def insert(address: str, table: Table, **values: Any) -> None:
    engine = open_engine(address)
    try:
        async with engine.begin() as connection:
            await connection.execute(table.insert().values(**values))
    finally:
        await engine.dispose()


async def test_nothing_is_lost_between_poll_and_post(
    newsroom: Newsroom, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Articles, outbox rows, validators and the next poll advance together, or not at all."""

    async def breaks_off(*_: Any, **__: Any) -> None:
        raise StorageUnavailable("the connection was lost")

    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, HEADLINE)
    with monkeypatch.context() as outage:
        outage.setattr(StoredFeeds, "read", breaks_off)
        await newsroom.polls()
    lost = [await count(database, table) for table in (articles, sightings, article_keys, stories, deliveries, alerts)]
    async with newsroom.storage.read() as unit:
        feed = await unit.feeds.find(WIRE)

    await newsroom.polls(seconds=LEASE.total_seconds())
    await newsroom.restarted().delivers()

    assert lost == [0] * 6
    assert feed is not None
    assert feed.validators == Validators("1")
    assert newsroom.heard_in() == [HEADLINE]


async def test_a_destination_hears_of_a_story_once_however_many_feeds_articles_and_subscriptions_carry_it(
    newsroom: Newsroom, database: str
) -> None:
    await newsroom.follows(WIRE, POST, HERALD)
    for query in ("auction", "mainz", "5G"):
        await newsroom.subscribes(query)
    await newsroom.polls()
    newsroom.publishes(WIRE, an_article())
    newsroom.publishes(POST, an_article(guid="post", link=f"{an_article().link}?utm_source=post"))
    newsroom.publishes(HERALD, an_article(guid="herald", link=f"{HERALD}/own"))

    await newsroom.goes_on()

    assert newsroom.heard_in() == [HEADLINE]
    assert [await count(database, table) for table in (articles, stories, alerts)] == [2, 1, 1]


async def test_unique_constraints_hold_that_and_not_checks(newsroom: Newsroom, database: str) -> None:
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, HEADLINE)
    await newsroom.goes_on()

    with pytest.raises(IntegrityError):
        await insert(database, alerts, destination_id=1, story_id=1, article_id=1, delivery_id=1, told_at=NOON)
    with pytest.raises(IntegrityError):
        await insert(
            database,
            sightings,
            feed_id=1,
            guid=an_article().guid,
            article_id=1,
            first_seen_at=NOON,
            text_digest="",
            tags=(),
        )
    with pytest.raises(IntegrityError):
        await insert(
            database,
            article_keys,
            kind="link",
            value="news.example.org/5g-auction-opens-in-mainz",
            article_id=1,
            since=NOON,
        )


async def test_two_polls_at_the_same_moment_tell_a_destination_once(
    newsroom: Newsroom, database: str, clock: SettableClock
) -> None:
    """Two processes, each with a connection of its own, and a feed each."""
    await newsroom.follows(WIRE, POST)
    await newsroom.subscribes("auction")
    await newsroom.polls()
    newsroom.publishes(WIRE, an_article())
    newsroom.publishes(POST, an_article(guid="post", link=f"{POST}/own"))
    clock.advance(seconds=2)
    other = newsroom.restarted()
    async with newsroom.storage.begin() as unit:
        [wire] = await unit.feeds.claim_due("first", 1, LEASE)
        [post] = await unit.feeds.claim_due("second", 1, LEASE)

    await asyncio.gather(newsroom.poller.poll(wire), other.poller.poll(post))
    await asyncio.gather(newsroom.deliverer.sweep(), other.deliverer.sweep())
    await newsroom.delivers()

    assert newsroom.heard_in() == [HEADLINE]
    assert [await count(database, table) for table in (stories, alerts, deliveries)] == [1, 1, 1]


async def test_reasons_that_arrive_while_the_delivery_waits_join_it_and_later_ones_are_kept_for_why_and_not_posted(
    newsroom: Newsroom, database: str
) -> None:
    await newsroom.follows(WIRE, POST, HERALD)
    for query, feed in [("auction", WIRE), ("mainz", POST), ("5G", HERALD)]:
        await newsroom.subscribes(query, feeds=(feed,))
    await newsroom.polls()
    newsroom.publishes(WIRE, HEADLINE)
    await newsroom.polls()
    newsroom.publishes(POST, HEADLINE)
    await newsroom.goes_on()
    newsroom.publishes(HERALD, HEADLINE)
    await newsroom.goes_on()

    assert [alert.reasons for alert in newsroom.alerts_in()] == [(Reason(1, "auction"), Reason(2, "mainz"))]
    assert await count(database, reasons) == 3


async def test_an_update_is_told_only_where_the_story_has_not_been_heard(newsroom: Newsroom) -> None:
    await newsroom.follows(WIRE)
    await newsroom.subscribes("auction", to="slack:T1/C1")
    await newsroom.subscribes("bidders", to="slack:T1/C1")
    await newsroom.subscribes("bidders", to="slack:T1/C2")
    await newsroom.polls()
    newsroom.publishes(WIRE, HEADLINE)
    await newsroom.goes_on()

    newsroom.changes(WIRE, an_article().guid, summary="The bidders are named.")
    await newsroom.goes_on()

    assert [alert.updated for alert in newsroom.alerts_in("C1")] == [False]
    assert [alert.updated for alert in newsroom.alerts_in("C2")] == [True]


async def test_a_new_feed_does_not_flood(newsroom: Newsroom) -> None:
    for feed in (WIRE, POST):
        newsroom.publishes(feed, *(f"Auction number {number} of {feed}" for number in range(20)))
    await newsroom.follows(WIRE)
    await newsroom.follows(POST, backfill=2)
    await newsroom.subscribes("auction")

    await newsroom.goes_on()

    assert newsroom.heard_in() == [f"Auction number 1 of {POST}", f"Auction number 0 of {POST}"]


async def test_a_resurrected_article_stays_old(newsroom: Newsroom) -> None:
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, HEADLINE)
    await newsroom.goes_on()
    newsroom.shows(WIRE)
    await newsroom.polls(days=100)

    newsroom.shows(WIRE, an_article(published=newsroom.clock.now))
    await newsroom.goes_on(days=100)

    assert newsroom.heard_in() == [HEADLINE]


async def test_one_bad_query_feed_or_lane_harms_only_itself(newsroom: Newsroom) -> None:
    await newsroom.follows(WIRE, POST, HERALD)
    await newsroom.subscribes('"never closed', normal_form="?", to="slack:T1/C1")
    await newsroom.subscribes("auction", to="slack:T1/C1")
    await newsroom.subscribes("auction", to="slack:T1/C2")
    await newsroom.polls()
    for feed in (WIRE, POST, HERALD):
        newsroom.publishes(feed, f"Auction of {feed}")
    newsroom.breaks(WIRE)
    newsroom.publishers.faults[POST] = KeyError("a mistake of ours")
    newsroom.channels.answers("C1", Refused("lane", "not_in_channel"))

    await newsroom.goes_on()

    assert newsroom.heard_in("C2") == [f"Auction of {HERALD}"]
    await newsroom.delivers(minutes=15)
    assert newsroom.heard_in("C1") == [f"Auction of {HERALD}"]


def test_every_tenants_row_carries_its_workspace_and_feeds_and_articles_carry_none() -> None:
    """Straight, or through the row that it hangs on."""

    def leads_to_a_workspace(table: Table) -> bool:
        parents = {key.column.table for key in table.foreign_keys if not key.parent.nullable}
        return table.name == "workspaces" or any(leads_to_a_workspace(parent) for parent in parents)

    assert {table for table in metadata.sorted_tables if not leads_to_a_workspace(table)} == GLOBAL
    assert not [key for table in GLOBAL for key in table.foreign_keys if key.column.table not in GLOBAL]


async def test_every_tenants_query_carries_its_workspace(newsroom: Newsroom) -> None:
    """Two workspaces that follow one feed and hear one story see nothing of each other."""
    await newsroom.follows(WIRE, name="The Wire")
    await newsroom.follows(WIRE, by=GLOBEX, name="Secret source")
    await newsroom.subscribes("auction", to="slack:T1/C1")
    await newsroom.subscribes("mainz", to="slack:T2/C2")
    await newsroom.polls()
    newsroom.publishes(WIRE, HEADLINE)
    await newsroom.goes_on()

    async with newsroom.storage.begin() as unit:
        globex = await unit.workspaces.register(GLOBEX)
        told_acme, told_globex = newsroom.alerts_in("C1"), newsroom.alerts_in("C2")
        assert [one.query for one in await unit.subscriptions.standing(globex)] == ["mainz"]
        assert [one.name for one in await unit.feeds.followed(globex)] == ["Secret source"]
        assert [one.feed async for one in unit.articles.stored(globex)] == ["Secret source"]
        assert (await unit.overview(globex)).sent_last_day == 1
    assert [(one.source, one.reasons) for one in told_acme] == [("The Wire", (Reason(1, "auction"),))]
    assert [(one.source, one.reasons) for one in told_globex] == [("Secret source", (Reason(1, "mainz"),))]


async def test_what_hangs_on_a_row_cannot_outlive_it(newsroom: Newsroom, database: str) -> None:
    """Foreign keys are on, on SQLite too."""
    await newsroom.reads(WIRE)
    engine = open_engine(database)

    with pytest.raises(IntegrityError):
        async with engine.begin() as connection:
            await connection.execute(text("DELETE FROM workspaces"))

    await engine.dispose()


async def test_every_foreign_key_that_is_searched_by_has_an_index(database: str) -> None:
    """Of the rows that grow with every article."""

    def unindexed(connection: Connection) -> set[tuple[str, str]]:
        inspector = inspect(connection)
        missing = set()
        for table in ("sightings", "article_keys", "articles", "follows"):
            leading = {index["column_names"][0] for index in inspector.get_indexes(table)}
            leading |= {one["column_names"][0] for one in inspector.get_unique_constraints(table)}
            leading.add(inspector.get_pk_constraint(table)["constrained_columns"][0])
            for key in inspector.get_foreign_keys(table):
                if key["constrained_columns"][0] not in leading:
                    missing.add((table, key["constrained_columns"][0]))
        return missing

    engine = open_engine(database)
    async with engine.connect() as connection:
        assert await connection.run_sync(unindexed) == set()
    await engine.dispose()


async def test_instants_keep_their_zone_and_their_microseconds(newsroom: Newsroom) -> None:
    odd = (NOON + timedelta(microseconds=123456)).astimezone()
    newsroom.publishes(WIRE, an_article(published=odd))
    await newsroom.reads(WIRE)

    async with newsroom.storage.read() as unit:
        [stored] = [one async for one in unit.articles.stored(None)]

    assert stored.article.published == odd
    assert stored.article.published.utcoffset() == timedelta()
