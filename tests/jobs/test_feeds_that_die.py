"""Whoever runs Tocsin hears once of a feed that dies, and once that it is well again."""

import logging
from collections.abc import Mapping

import pytest

from bot.jobs.health import HealthWatch
from bot.model.destination import parse_destination
from bot.model.feed import Validators
from bot.model.reading import Fetched, FetchOutcome
from bot.ports import NEVER_FETCHED
from storage.unit import SqlStorage
from tests.builders import GLOBEX, SettableClock, an_article
from tests.jobs.newsroom import Newsroom

WIRE = "https://wire.example.org/rss"
FRONT = "https://wire.example.org/"
OPERATOR = "slack:T1/COPS"


class Site:
    """Front pages by address; asks of a publisher what it is not."""

    def __init__(self, pages: Mapping[str, str]) -> None:
        self.pages = pages
        self.asked: list[str] = []

    async def fetch(self, address: str, validators: Validators = NEVER_FETCHED, credential: str = "") -> FetchOutcome:
        self.asked.append(address)
        return Fetched(self.pages.get(address, "").encode(), "text/html", address, NEVER_FETCHED)


@pytest.fixture
def newsroom(storage: SqlStorage, clock: SettableClock) -> Newsroom:
    return Newsroom(storage, clock)


def watch(newsroom: Newsroom, pages: Mapping[str, str] | None = None, to: str | None = OPERATOR) -> HealthWatch:
    return HealthWatch(newsroom.storage, Site(pages or {}), parse_destination(to) if to else None)


async def fails_for(newsroom: Newsroom, hours: int, watching: HealthWatch, **trouble: str) -> None:
    newsroom.breaks(WIRE, "The server is in trouble (500).", **trouble)
    for _ in range(hours):
        await newsroom.polls(hours=1)
        await watching.sweep()
    await newsroom.delivers()


def told(newsroom: Newsroom) -> list[str]:
    return newsroom.heard_in("COPS")


async def test_a_feed_that_is_gone_is_told_at_once_with_what_depends_on_it(newsroom: Newsroom) -> None:
    watching = watch(newsroom)
    await newsroom.reads(WIRE)
    newsroom.breaks(WIRE, "The feed is gone for good (410).", kind="gone")
    await newsroom.polls()
    for _ in range(3):
        await watching.sweep()
    await newsroom.delivers()

    assert told(newsroom) == [
        f"The feed {WIRE} ({WIRE}) is gone for good: its server says so (410). "
        "One subscription hears it. "
        "It is asked no more: remove it, move it to a new address, or add it again once it is back."
    ]


async def test_a_passing_failure_is_told_to_nobody(newsroom: Newsroom) -> None:
    watching = watch(newsroom)
    await newsroom.reads(WIRE)
    await fails_for(newsroom, 23, watching)
    newsroom.mends(WIRE)
    await newsroom.polls(hours=5)
    await watching.sweep()
    await newsroom.delivers()

    assert told(newsroom) == []


async def test_a_feed_that_fails_for_a_day_is_told_once_and_its_recovery_once(newsroom: Newsroom) -> None:
    watching = watch(newsroom)
    await newsroom.reads(WIRE)
    await fails_for(newsroom, 72, watching)
    newsroom.mends(WIRE)
    for _ in range(3):
        await newsroom.polls(hours=5)
        await watching.sweep()
    await newsroom.delivers()

    [illness, recovery] = told(newsroom)
    assert illness.startswith(f"The feed {WIRE} ({WIRE}) has failed for 24 hours: The server is")
    assert recovery == f"The feed {WIRE} is well again."


async def test_a_feed_that_dies_twice_is_told_twice(newsroom: Newsroom) -> None:
    watching = watch(newsroom)
    await newsroom.reads(WIRE)
    for _ in range(2):
        await fails_for(newsroom, 30, watching)
        newsroom.mends(WIRE)
        await newsroom.polls(hours=5)
        await watching.sweep()
    await newsroom.delivers()

    assert len(told(newsroom)) == 4


async def test_a_feed_shut_by_a_bot_challenge_is_told_as_such(newsroom: Newsroom) -> None:
    watching = watch(newsroom)
    await newsroom.reads(WIRE)
    newsroom.breaks(WIRE, "The site wants to see a browser.", kind="challenge")
    for _ in range(4):
        await newsroom.polls(hours=25)
        await watching.sweep()
    await newsroom.delivers()

    [line] = told(newsroom)
    assert "has been shut to programs for 25 hours: The site wants to see a browser." in line


async def test_a_feed_that_is_silent_far_beyond_its_rate_is_told_and_so_are_its_next_news(newsroom: Newsroom) -> None:
    watching = watch(newsroom)
    newsroom.publishes(WIRE, "An auction")
    await newsroom.reads(WIRE)
    for hour in range(6):
        newsroom.publishes(WIRE, f"Auction {hour}")
        await newsroom.goes_on(hours=1)
    for _ in range(10):
        await newsroom.polls(days=1)
        await watching.sweep()
    newsroom.publishes(WIRE, "News at last")
    await newsroom.polls(hours=1)
    await watching.sweep()
    await newsroom.delivers()

    [silence, recovery] = told(newsroom)
    assert "answers, but has brought nothing new for 7 days, far longer than usual" in silence
    assert "is well again" in recovery


async def test_the_new_address_that_the_site_names_is_told_along(newsroom: Newsroom) -> None:
    new = "https://wire.example.org/feed.xml"
    page = f'<html><link rel="alternate" type="application/rss+xml" href="{new}" title="The Wire">'
    watching = watch(newsroom, {FRONT: page})
    await newsroom.reads(WIRE)
    newsroom.breaks(WIRE, "The feed is gone for good (410).", kind="gone")
    await newsroom.polls()
    await watching.sweep()
    await newsroom.delivers()

    notice = newsroom.channels.posted[-1].content
    assert notice.code == f"feeds move {WIRE} {new}"
    assert "Its site names another feed now" in notice.text


@pytest.mark.parametrize("page", ["http://wire.example.org:8080/news/", "http://wire.example.org:8080/"])
async def test_a_site_is_asked_at_its_own_port_and_around_the_feed_first(newsroom: Newsroom, page: str) -> None:
    old, new = "http://wire.example.org:8080/news/rss?format=full", "http://wire.example.org:8080/news/feed.xml"
    site = Site({page: f'<html><link rel="alternate" type="application/rss+xml" href="{new}">'})
    watching = HealthWatch(newsroom.storage, site, parse_destination(OPERATOR))
    await newsroom.reads(old)
    newsroom.breaks(old, "The feed is gone for good (410).", kind="gone")
    await newsroom.polls()
    await watching.sweep()
    await newsroom.delivers()

    assert newsroom.channels.posted[-1].content.code == f"feeds move http://wire.example.org:8080/news/rss?… {new}"
    assert site.asked[0] == "http://wire.example.org:8080/news/"
    assert site.asked[-1] == page


async def test_a_feed_is_told_by_the_name_that_it_has_where_it_is_told(newsroom: Newsroom) -> None:
    watching = watch(newsroom)
    await newsroom.follows(WIRE, by=GLOBEX, name="Theirs")
    await newsroom.reads(WIRE, name="Ours")
    await fails_for(newsroom, 26, watching)
    newsroom.mends(WIRE)
    await newsroom.polls(hours=5)
    await watching.sweep()
    await newsroom.delivers()

    [illness, recovery] = told(newsroom)
    assert illness.startswith(f"The feed Ours ({WIRE}) has failed")
    assert recovery == "The feed Ours is well again."


async def test_what_another_workspace_calls_a_feed_is_told_to_nobody_else(newsroom: Newsroom) -> None:
    watching = watch(newsroom, to="slack:T2/COPS")
    await newsroom.reads(WIRE, name="Ours")
    await fails_for(newsroom, 26, watching)

    assert [line.partition(" has failed")[0] for line in told(newsroom)] == [
        f"The feed {WIRE} by its own title ({WIRE})"
    ]


async def test_a_dead_feed_that_is_moved_to_where_it_lives_is_told_to_be_well_again(newsroom: Newsroom) -> None:
    new = "https://wire.example.org/feed.xml"
    watching = watch(newsroom)
    await newsroom.reads(WIRE, name="Ours")
    newsroom.breaks(WIRE, "The feed is gone for good (410).", kind="gone")
    await newsroom.polls()
    await watching.sweep()
    async with newsroom.storage.begin() as unit:
        dead = await unit.feeds.find(WIRE)
        assert dead is not None
        await unit.feeds.move(dead.id, new)
    assert (await newsroom.overview()).ill == []
    for _ in range(2):
        await watching.sweep()
    await newsroom.delivers()

    [illness, recovery] = told(newsroom)
    assert "is gone for good" in illness
    assert recovery == "The feed Ours is well again."


async def test_of_several_feeds_that_a_site_names_none_is_guessed(newsroom: Newsroom) -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="/{0}" title="{0}">'
    watching = watch(newsroom, {FRONT: "<html>" + link.format("sports") + link.format("politics")})
    await newsroom.reads(WIRE)
    newsroom.breaks(WIRE, "The feed is gone for good (410).", kind="gone")
    await newsroom.polls()
    await watching.sweep()
    await newsroom.delivers()

    notice = newsroom.channels.posted[-1].content
    assert notice.code == ""
    assert f"Its site names several feeds on {FRONT}: one of them may be the same." in notice.text


async def test_without_somebody_to_notify_the_log_and_the_status_say_so(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    watching = watch(newsroom, to=None)
    await newsroom.reads(WIRE)
    with caplog.at_level(logging.INFO, "bot.jobs.health"):
        await fails_for(newsroom, 26, watching)

    assert [record.message for record in caplog.records] == ["a feed fell ill"]
    overview = await newsroom.overview()
    assert overview.ill == [(WIRE, "The server is in trouble (500).")]
    assert overview.feeds_by_state == {"failing": 1}


async def test_two_processes_tell_it_once(newsroom: Newsroom) -> None:
    first, second = watch(newsroom), watch(newsroom.restarted())
    await newsroom.reads(WIRE)
    newsroom.breaks(WIRE, "The feed is gone for good (410).", kind="gone")
    await newsroom.polls()
    async with newsroom.storage.read() as unit:
        [patient] = await unit.feeds.patients(newsroom.poller.settings.lease)
    await first._tell(patient, "gone")
    await second._tell(patient, "gone")
    await newsroom.delivers()

    assert len(told(newsroom)) == 1


async def test_no_key_in_a_query_string_is_told(newsroom: Newsroom) -> None:
    keyed = f"{WIRE}?key=s3cret"
    watching = watch(newsroom)
    newsroom.publishes(keyed, an_article())
    await newsroom.reads(keyed, name="The wire")
    newsroom.breaks(keyed, "The feed is gone for good (410).", kind="gone")
    await newsroom.polls()
    await watching.sweep()
    await newsroom.delivers()

    assert told(newsroom)[0].startswith(f"The feed The wire ({WIRE}?…) is gone for good")
