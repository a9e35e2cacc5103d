"""A poll that breaks off: nothing half-written, nothing lost, and only that feed or subscription is harmed."""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from bot.errors import StorageUnavailable
from bot.model.feed import Feed, FeedStatus, Validators
from bot.ports import Unit
from storage.feeds import StoredFeeds
from storage.unit import SqlStorage
from tests.builders import ACME, GLOBEX, HEADLINE, SettableClock, an_article
from tests.jobs.newsroom import LEASE, Newsroom, finished
from tests.standins.postgres import PostgresServer

WIRE = "https://wire.example.org/rss"
POST = "https://post.example.org/atom"


@pytest.fixture
async def on_postgresql(postgresql: SqlStorage, clock: SettableClock) -> Newsroom:
    return Newsroom(postgresql, clock)


async def the_feed(newsroom: Newsroom, address: str = WIRE) -> Feed:
    async with newsroom.storage.read() as unit:
        feed = await unit.feeds.find(address)
    assert feed is not None
    return feed


async def status(newsroom: Newsroom, address: str = WIRE) -> FeedStatus:
    async with newsroom.storage.begin() as unit:
        listed = await unit.feeds.followed(await unit.workspaces.register(ACME))
    return next(one for one in listed if one.address == address)


async def waiting(newsroom: Newsroom) -> int:
    async with newsroom.storage.read() as unit:
        return (await unit.overview(None)).waiting


def before_the_commit(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> None:
    """Once, when everything but the feed's own row is written."""
    read = StoredFeeds.read

    async def interrupted(self: StoredFeeds, *arguments: Any, **named: Any) -> None:
        monkeypatch.setattr(StoredFeeds, "read", read)
        happens()
        await read(self, *arguments, **named)

    monkeypatch.setattr(StoredFeeds, "read", interrupted)


async def test_a_lost_database_leaves_nothing_half_written_and_the_next_poll_brings_it(
    on_postgresql: Newsroom, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off() -> None:
        with psycopg.connect(postgres.url(), autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'fresh%'")

    newsroom = on_postgresql
    await newsroom.reads(WIRE)
    before = await the_feed(newsroom)
    newsroom.publishes(WIRE, HEADLINE)

    before_the_commit(monkeypatch, break_off)
    await newsroom.polls()
    after, queued = await the_feed(newsroom), await waiting(newsroom)
    await newsroom.goes_on(seconds=LEASE.total_seconds())

    assert (after, queued) == (before, 0)
    assert newsroom.heard_in() == [HEADLINE]


async def test_the_same_holds_for_whatever_breaks_a_transaction_off(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise StorageUnavailable("disk I/O error")

    await newsroom.reads(WIRE)
    before = await the_feed(newsroom)
    newsroom.publishes(WIRE, HEADLINE)

    before_the_commit(monkeypatch, fail)
    await newsroom.polls()
    after, queued, reports = await the_feed(newsroom), await waiting(newsroom), len(newsroom.reports)
    await newsroom.goes_on(seconds=LEASE.total_seconds())

    assert (after, queued, reports) == (before, 0, 1)
    assert newsroom.heard_in() == [HEADLINE]


async def test_a_database_that_is_away_when_feeds_are_due_is_asked_again(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any, **__: Any) -> list[Feed]:
        raise StorageUnavailable("database is locked")

    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, HEADLINE)
    with monkeypatch.context() as outage:
        outage.setattr(StoredFeeds, "claim_due", away)
        await newsroom.goes_on()
    during = newsroom.heard_in()

    await newsroom.goes_on()

    assert (during, newsroom.heard_in()) == ([], [HEADLINE])


async def test_a_poll_that_another_process_took_over_keeps_nothing(newsroom: Newsroom) -> None:
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, HEADLINE)
    newsroom.clock.advance(seconds=2)
    async with newsroom.storage.begin() as unit:
        [slow] = await unit.feeds.claim_due("first", 1, LEASE)
    other = newsroom.restarted()
    newsroom.clock.advance(minutes=2)

    async with newsroom.storage.begin() as unit:
        await unit.feeds.claim_due("second", 1, LEASE)
    await newsroom.poller.poll(slow)

    assert await waiting(newsroom) == 0
    await other.goes_on(seconds=LEASE.total_seconds())
    assert newsroom.heard_in() == [HEADLINE]


async def test_a_subscription_whose_stored_query_cannot_be_read_harms_only_itself(newsroom: Newsroom) -> None:
    await newsroom.follows(WIRE)
    await newsroom.subscribes('"never closed', normal_form="?")
    await newsroom.subscribes("auction")
    await newsroom.polls()
    newsroom.publishes(WIRE, HEADLINE)

    await newsroom.goes_on()

    assert newsroom.heard_in() == [HEADLINE]


async def test_a_feed_that_fails_says_why_and_the_others_go_on(newsroom: Newsroom) -> None:
    await newsroom.reads(WIRE, POST)
    newsroom.breaks(WIRE, "the server answered 500")
    newsroom.publishes(POST, HEADLINE)

    await newsroom.goes_on()

    failing = await status(newsroom)
    assert (failing.state, failing.error) == ("failing", "the server answered 500")
    assert newsroom.heard_in() == [HEADLINE]


async def test_a_bug_that_one_feed_brings_to_light_is_told_at_that_feed_and_the_others_go_on(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    await newsroom.reads(WIRE, POST)
    newsroom.publishers.faults[WIRE] = KeyError("a mistake of ours")
    newsroom.publishes(WIRE, HEADLINE)
    newsroom.publishes(POST, "Another auction")

    await newsroom.goes_on()
    failing, heard = await status(newsroom), newsroom.heard_in()
    newsroom.publishers.faults.clear()
    await newsroom.goes_on(minutes=20)

    assert (failing.state, failing.error) == ("failing", "an error inside Tocsin; its log has the details")
    assert heard == ["Another auction"]
    assert newsroom.heard_in() == ["Another auction", HEADLINE]
    assert [record.exc_info is not None for record in caplog.records if record.levelno == logging.ERROR] == [True]


async def test_validators_are_kept_and_asked_with(newsroom: Newsroom) -> None:
    newsroom.publishes(WIRE, HEADLINE)
    await newsroom.reads(WIRE)

    await newsroom.polls()
    await newsroom.polls()

    versions = [validators for _, validators in newsroom.publishers.asked]
    assert versions == [Validators(), Validators("2"), Validators("2")]
    assert [report.unchanged for report in newsroom.reports] == [False, True, True]


async def test_a_failure_keeps_the_validators_of_the_last_success(newsroom: Newsroom) -> None:
    newsroom.publishes(WIRE, HEADLINE)
    await newsroom.reads(WIRE)
    newsroom.breaks(WIRE)

    await newsroom.polls()
    await newsroom.polls(minutes=20)

    assert newsroom.publishers.asked[-1] == (WIRE, Validators("2"))


async def test_a_feed_that_many_follow_is_fetched_once(newsroom: Newsroom) -> None:
    await newsroom.follows(WIRE)
    await newsroom.follows(WIRE, by=GLOBEX)

    await newsroom.polls()

    assert [address for address, _ in newsroom.publishers.asked] == [WIRE]


async def test_no_more_polls_run_at_once_than_there_is_room_for(newsroom: Newsroom) -> None:
    feeds = [f"https://outlet-{number}.example.org/rss" for number in range(10)]
    await newsroom.follows(*feeds)

    await newsroom.polls()

    assert newsroom.publishers.most_at_once == 8
    assert sorted(address for address, _ in newsroom.publishers.asked) == sorted(feeds)


async def test_feeds_of_a_host_that_hardly_answers_hold_up_no_other_host(newsroom: Newsroom) -> None:
    answered = asyncio.Event()
    slow = [f"https://slow.example.org/{number}" for number in range(20)]
    await newsroom.follows(*slow, WIRE)
    newsroom.publishers.slow = dict.fromkeys(slow, answered)
    newsroom.clock.advance(seconds=2)

    await newsroom.poller.sweep()
    await newsroom.poller.sweep()
    while not newsroom.reports:
        await asyncio.sleep(0.001)
    meanwhile = [address for address, _ in newsroom.publishers.asked]
    answered.set()
    await finished(asyncio.sleep(0))
    await finished(newsroom.poller.sweep())

    assert sorted(meanwhile) == sorted([slow[0], WIRE])
    assert newsroom.publishers.most_at_once == 2
    assert sorted(address for address, _ in newsroom.publishers.asked) == sorted([*slow, WIRE])


async def test_nothing_begins_once_the_crew_was_dismissed(newsroom: Newsroom) -> None:
    await newsroom.follows(WIRE)
    await newsroom.poller.crew.dismiss(within=1)

    await newsroom.polls()

    assert newsroom.publishers.asked == []


async def test_no_log_line_holds_the_query_string_of_a_private_feed(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise StorageUnavailable("disk I/O error")

    private = f"{WIRE}?key=open-sesame"
    caplog.set_level(logging.DEBUG, logger="bot")
    await newsroom.reads(private)
    newsroom.publishes(private, HEADLINE)
    before_the_commit(monkeypatch, fail)
    await newsroom.polls()
    newsroom.shows(private, an_article("One", link=WIRE + "/1"), an_article("Two", link=WIRE + "/2"))
    await newsroom.polls(seconds=LEASE.total_seconds())
    newsroom.shows(private, an_article("One", link=WIRE + "/2"))
    await newsroom.polls()
    newsroom.publishers.faults[private] = KeyError("a mistake of ours")
    newsroom.publishes(private, "More")
    await newsroom.polls()

    facts = [str(vars(record)) for record in caplog.records if record.name.startswith("bot")]
    assert len(facts) == 3
    assert not [one for one in facts if "open-sesame" in one]


async def test_a_unit_of_work_stays_closed_to_the_network(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """No transaction is open while a feed is fetched or read, and none while a message is sent."""
    open_units: list[Unit] = []
    begin = newsroom.storage.begin

    class Watched:
        def __init__(self) -> None:
            self._unit = begin()

        async def __aenter__(self) -> Unit:
            open_units.append(await self._unit.__aenter__())
            return open_units[-1]

        async def __aexit__(self, *error: Any) -> bool | None:
            open_units.pop()
            return await self._unit.__aexit__(*error)

    during: list[int] = []
    for port, method in [(newsroom.publishers, "fetch"), (newsroom.publishers, "parse"), (newsroom.channels, "send")]:
        real = getattr(port, method)

        async def noted(*arguments: Any, real: Any = real) -> Any:
            during.append(len(open_units))
            return await real(*arguments)

        monkeypatch.setattr(port, method, noted)
    monkeypatch.setattr(newsroom.storage, "begin", Watched)
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, HEADLINE)

    await newsroom.goes_on()

    assert newsroom.heard_in() == [HEADLINE]
    assert during == [0] * 5


async def test_the_next_poll_is_in_the_table_before_the_poll_ends(newsroom: Newsroom) -> None:
    await newsroom.reads(WIRE, poll_every=timedelta(minutes=10))

    next_poll = (await status(newsroom)).next_poll

    assert timedelta(minutes=10) <= next_poll - newsroom.clock.now <= timedelta(minutes=11)


async def test_a_poll_that_takes_long_is_left_to_its_process_as_long_as_that_lives(newsroom: Newsroom) -> None:
    await newsroom.reads(WIRE)
    answered = newsroom.publishers.slow[WIRE] = asyncio.Event()
    other = newsroom.restarted()
    newsroom.publishes(WIRE, "A slow auction")
    newsroom.clock.advance(seconds=2)
    await newsroom.poller.sweep()
    for _ in range(3):
        newsroom.clock.advance(seconds=LEASE.total_seconds() - 1)
        await newsroom.poller.renew()
        await other.poller.sweep()
    asked_by_the_other = list(other.publishers.asked)

    answered.set()
    await finished(newsroom.poller.sweep())
    await newsroom.delivers()

    assert asked_by_the_other == []
    assert newsroom.heard_in() == ["A slow auction"]


async def test_a_feed_whose_poll_could_not_be_kept_is_not_held_any_longer(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, "An auction")

    async def out_of_reach(*_: object) -> None:
        raise StorageUnavailable("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(StoredFeeds, "hold", out_of_reach)
        await newsroom.polls()
    newsroom.clock.advance(seconds=LEASE.total_seconds() - 1)
    await newsroom.poller.renew()

    await newsroom.restarted().goes_on(seconds=2)

    assert newsroom.heard_in() == ["An auction"]
