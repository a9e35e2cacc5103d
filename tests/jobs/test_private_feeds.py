"""Two workspaces at one address, one with what opens it: nothing of the private document is seen by the other.

A real publisher, fetcher, parser and storage; what is private says so in every text.
"""

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, Select, select

from bot.feeds.cadence import Bounds
from bot.feeds.fetch import HttpFetcher
from bot.feeds.workers import ProcessParser
from bot.jobs.declared import declare
from bot.jobs.poll import Poller, Polling
from bot.model.declared import DeclaredFeed
from bot.model.destination import Destination, Workspace
from bot.model.subscription import DECLARED
from storage.engine import open_engine
from storage.tables import (
    alerts,
    article_keys,
    articles,
    destinations,
    feeds,
    follows,
    reasons,
    sightings,
    stories,
    workspaces,
)
from storage.unit import SqlStorage
from tests.builders import ACME, GLOBEX, SettableClock, a_new_subscription
from tests.commands.office import Office
from tests.jobs.newsroom import LEASE, Newsroom, finished
from tests.standins.publisher import Publisher

KEY = "ACME_FEED_HEADERS"
SECRET = "hunter2-invented"
OPENING = {"Authorization": f"Bearer {SECRET}"}
PRIVATE = "members only"
"""Stands in every text of the private document."""
AT_ACME, AT_GLOBEX = Destination(ACME, "C1"), Destination(GLOBEX, "C2")
OWNER = "first"
Item = tuple[str, str]
"""Its title and its summary."""

OLD = ("Old auction closes in Bonn", "Told long ago.")
SHARED = "5G auction opens in Mainz"
FOR_MEMBERS = ("Secret bids of the auction", f"The bids, {PRIVATE}.")


def a_document(name: str, items: Sequence[Item]) -> str:
    told = "".join(
        f"<item><title>{title}</title><link>https://wire.example/{'-'.join(title.lower().split())}</link>"
        f"<guid>tag:wire.example:{title}</guid><description>{summary}</description></item>"
        for title, summary in reversed(items)
    )
    return f'<rss version="2.0"><channel><title>{name}</title>{told}</channel></rss>'


@dataclass
class Wire:
    """A publisher that tells its members more."""

    publisher: Publisher
    version: int = 0

    @property
    def address(self) -> str:
        return self.publisher.address("/rss.xml")

    def tells(self, public: Sequence[Item], private: Sequence[Item]) -> None:
        self.version += 1
        etag = f'"{self.version}"'
        self.publisher.publishes("/rss.xml", a_document("The Wire", public), etag=etag)
        # The same validator for both: a copy of one must never pass for the other.
        self.publisher.opens("/rss.xml", OPENING, a_document(f"The Wire, {PRIVATE}", private), etag=etag)

    def tells_the_news(self) -> None:
        self.tells(
            [OLD, (SHARED, "What all may read of the auction.")],
            [OLD, (SHARED, f"The price of the auction, {PRIVATE}."), FOR_MEMBERS],
        )


class WiredNewsroom(Newsroom):
    """Polls over HTTP."""

    def __init__(self, storage: SqlStorage, clock: SettableClock, fetcher: HttpFetcher, parser: ProcessParser) -> None:
        self.fetcher = fetcher
        self.parser = parser
        self.private_first = False
        super().__init__(storage, clock, OWNER)

    def _poller(self, owner: str) -> Poller:
        settings = Polling(Bounds(), story_window=timedelta(hours=6), lease=LEASE, concurrency=8)
        return Poller(self.storage, self.fetcher, self.parser, settings, owner, self.woken.append, self.reports.append)

    async def polls(self, **later: float) -> None:
        self.clock.advance(**(later or {"seconds": 2}))
        async with self.storage.begin() as unit:
            due = await unit.feeds.claim_due(OWNER, 9, LEASE)
        for feed in sorted(due, key=lambda feed: bool(feed.credential) is not self.private_first):
            await self.poller.poll(feed)

    async def delivers(self, **later: float) -> None:
        await self.fetcher.close()
        self.clock.advance(**later)
        await finished(self.deliverer.sweep())

    async def declares(self, *feeds: DeclaredFeed) -> None:
        channels = [
            a_new_subscription("auction", str(each), owner=DECLARED, origin=DECLARED) for each in (AT_ACME, AT_GLOBEX)
        ]
        async with self.storage.begin() as unit:
            await declare(unit, feeds, channels)

    def sent_to(self, destination: Destination) -> str:
        """All that was sent there, down to the last field."""
        return repr([each for each in self.channels.attempts if each.destination == destination])


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    async with Publisher() as publisher:
        wire = Wire(publisher)
        wire.tells([OLD], [OLD])
        yield wire


@pytest.fixture
async def member() -> AsyncIterator[HttpFetcher]:
    fetcher = HttpFetcher(allow_private=["127.0.0.1"], timeout=timedelta(seconds=10), credentials={KEY: OPENING})
    yield fetcher
    await fetcher.close()


@pytest.fixture
async def parser() -> AsyncIterator[ProcessParser]:
    parser = ProcessParser()
    yield parser
    await parser.close()


@pytest.fixture
async def newsroom(
    storage: SqlStorage, clock: SettableClock, member: HttpFetcher, parser: ProcessParser
) -> WiredNewsroom:
    return WiredNewsroom(storage, clock, member, parser)


def everybody_reads(wire: Wire) -> DeclaredFeed:
    return DeclaredFeed(wire.address, poll_every=timedelta(seconds=1))


def acme_opens(wire: Wire) -> DeclaredFeed:
    return DeclaredFeed(wire.address, poll_every=timedelta(seconds=1), workspaces=(ACME,), credential=KEY)


@pytest.fixture
async def told(newsroom: WiredNewsroom, wire: Wire) -> WiredNewsroom:
    """Both workspaces follow the wire, and have heard the news."""
    await newsroom.declares(everybody_reads(wire), acme_opens(wire))
    await newsroom.polls()
    wire.tells_the_news()
    await newsroom.goes_on()
    return newsroom


def office_of(newsroom: WiredNewsroom) -> Office:
    return Office(newsroom.storage, fetcher=newsroom.fetcher, parser=newsroom.parser)


async def all_that_is_shown_in(newsroom: WiredNewsroom, here: Destination, wire: Wire) -> str:
    """Every answer that reads something, to an admin of the workspace."""
    office = office_of(newsroom)
    asked: list[tuple[str, dict[str, str]]] = [
        *((words, {}) for words in ("feeds list", "subscriptions", "status")),
        *(("preview", {"query": query}) for query in ("auction", "bids", "price", "members", "feed:members")),
        ("feeds check", {"url": wire.address}),
        ("feeds add", {"url": wire.address}),
        ("subscribe", {"query": "bids"}),
    ]
    replies = [await office.asks(words, here=here, is_admin=True, **arguments) for words, arguments in asked]
    return repr(replies)


@pytest.mark.parametrize("private_first", [True, False])
async def test_each_workspace_hears_once_what_its_own_document_says(
    newsroom: WiredNewsroom, wire: Wire, *, private_first: bool
) -> None:
    newsroom.private_first = private_first
    await newsroom.declares(everybody_reads(wire), acme_opens(wire))
    await newsroom.polls()
    wire.tells_the_news()

    for _ in range(3):
        await newsroom.goes_on()

    assert newsroom.heard_in("C1") == [SHARED, FOR_MEMBERS[0]]
    assert newsroom.heard_in("C2") == [SHARED]
    assert PRIVATE in newsroom.sent_to(AT_ACME)
    assert PRIVATE not in newsroom.sent_to(AT_GLOBEX)
    assert [alert.source for alert in newsroom.alerts_in("C2")] == ["The Wire"]
    assert {alert.source for alert in newsroom.alerts_in("C1")} == {f"The Wire, {PRIVATE}"}


async def test_nothing_that_a_workspace_can_ask_for_shows_the_private_feed_of_another(
    told: WiredNewsroom, wire: Wire
) -> None:
    assert PRIVATE in await all_that_is_shown_in(told, AT_ACME, wire)

    shown = await all_that_is_shown_in(told, AT_GLOBEX, wire)

    assert SHARED in shown
    for private in (PRIVATE, KEY, SECRET, FOR_MEMBERS[0]):
        assert private not in shown


async def rows(database: str, query: Select[Any]) -> Sequence[Row[Any]]:
    """The tables themselves."""
    engine = open_engine(database)
    try:
        async with engine.connect() as connection:
            return (await connection.execute(query)).all()
    finally:
        await engine.dispose()


async def test_no_row_of_a_workspace_leads_to_what_only_the_private_feed_of_another_said(
    told: WiredNewsroom, database: str
) -> None:
    globex = select(workspaces.c.id).where(workspaces.c.external_id == GLOBEX.external_id).scalar_subquery()
    followed = select(follows.c.feed_id).where(follows.c.workspace_id == globex)
    lanes = select(destinations.c.id).where(destinations.c.workspace_id == globex)
    theirs = select(alerts.c.id).where(alerts.c.destination_id.in_(lanes))

    titles = await rows(database, select(feeds.c.title).where(feeds.c.id.in_(followed)))
    seen = await rows(database, select(sightings).where(sightings.c.feed_id.in_(followed)))
    told_of = await rows(database, select(alerts.c.article_id).where(alerts.c.id.in_(theirs)))
    explained = await rows(database, select(reasons.c.article_id).where(reasons.c.alert_id.in_(theirs)))

    assert titles == [("The Wire",)]
    assert PRIVATE not in repr(seen)
    assert len(told_of) == len(explained) == 1
    assert {row.article_id for row in (*told_of, *explained)} <= {row.article_id for row in seen}


async def test_an_article_that_both_documents_tell_is_one_and_told_in_the_words_of_each(
    told: WiredNewsroom, database: str
) -> None:
    shared = await rows(database, select(sightings).where(sightings.c.title == SHARED))

    assert len({row.article_id for row in shared}) == 1
    assert sorted(PRIVATE in row.summary for row in shared) == [False, True]
    assert len(await rows(database, select(articles))) == 3
    assert PRIVATE not in repr([await rows(database, select(table)) for table in (articles, article_keys, stories)])


async def test_trouble_of_the_private_feed_is_told_to_its_followers_alone(told: WiredNewsroom, wire: Wire) -> None:
    wire.publisher.opens("/rss.xml", OPENING, f"<!doctype html><html><body>Renew, {PRIVATE}</body></html>")

    await told.polls()

    async with told.storage.begin() as unit:
        acme, globex = await unit.workspaces.register(ACME), await unit.workspaces.register(GLOBEX)
        (ours,), (theirs,) = await unit.feeds.followed(acme), await unit.feeds.followed(globex)
        states = [(await unit.overview(one)).feeds_by_state for one in (acme, globex)]
    assert (ours.state, theirs.state, theirs.error) == ("failing", "ok", "")
    assert ours.error
    assert states == [{"failing": 1}, {"ok": 1}]


async def test_a_change_of_the_private_document_alerts_its_followers_alone(told: WiredNewsroom, wire: Wire) -> None:
    wire.tells([("Quiet day in Bonn", "Nothing.")], [("Quiet day in Bonn", "Nothing.")])
    await told.goes_on()
    wire.tells([("Quiet day in Bonn", "Nothing.")], [("Quiet day in Bonn", f"An auction after all, {PRIVATE}.")])

    await told.goes_on()

    assert told.heard_in("C1")[-1] == "Quiet day in Bonn"
    assert told.heard_in("C2") == [SHARED]


async def test_whoever_adds_the_address_by_command_follows_the_public_feed_alone(
    newsroom: WiredNewsroom, wire: Wire
) -> None:
    spelled = f"{wire.address}#members-only"
    await newsroom.declares(DeclaredFeed(spelled, workspaces=(ACME,), credential=KEY))
    await newsroom.polls()

    reply = await office_of(newsroom).asks("feeds add", here=AT_GLOBEX, is_admin=True, url=wire.address)

    async with newsroom.storage.begin() as unit:
        (feed,) = await unit.feeds.followed(await unit.workspaces.register(GLOBEX))
    assert (feed.address, feed.credential, feed.name) == (wire.address, "", "The Wire")
    assert "members" not in repr(reply)
    assert "Authorization" not in wire.publisher.requests[-1].headers


async def test_an_address_that_opens_only_for_members_is_refused_to_others_as_to_a_stranger(
    newsroom: WiredNewsroom, wire: Wire
) -> None:
    wire.publisher.answers("/rss.xml", 401)
    wire.publisher.opens("/rss.xml", OPENING, a_document(f"The Wire, {PRIVATE}", [OLD]))
    office = office_of(newsroom)
    stranger = await office.asks("feeds add", here=AT_GLOBEX, is_admin=True, url=wire.address)
    await newsroom.declares(acme_opens(wire))
    await newsroom.polls()

    assert await office.asks("feeds add", here=AT_GLOBEX, is_admin=True, url=wire.address) == stranger
    assert PRIVATE in await all_that_is_shown_in(newsroom, AT_ACME, wire)


async def test_a_workspace_whose_credential_is_taken_out_of_the_file_reads_what_all_read_from_then_on(
    told: WiredNewsroom, wire: Wire
) -> None:
    await told.declares(everybody_reads(wire))
    await told.polls()
    wire.tells([OLD, ("Third auction", "For all.")], [OLD, ("Third auction", f"Not for all, {PRIVATE}.")])
    await told.goes_on()

    assert told.heard_in("C1")[-1] == told.heard_in("C2")[-1] == "Third auction"
    assert not any("was removed" in line for line in told.heard_in("C1"))
    assert PRIVATE not in repr(told.channels.posted[-2:])


async def test_a_private_feed_taken_out_of_the_file_tells_its_subscribers_and_nobody_else(
    newsroom: WiredNewsroom, wire: Wire
) -> None:
    others = DeclaredFeed(wire.address, workspaces=(GLOBEX,))
    await newsroom.declares(others, acme_opens(wire))
    await newsroom.polls()

    await newsroom.declares(others)
    await newsroom.delivers()

    (said,) = newsroom.heard_in("C1")
    assert said.startswith(f"The feed The Wire, {PRIVATE} was removed by the configuration file")
    assert newsroom.heard_in("C2") == []


async def test_no_redirect_and_no_failure_shows_the_secret_to_anybody(
    told: WiredNewsroom, wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with Publisher() as elsewhere:
        wire.publisher.redirects("/rss.xml", elsewhere.address("/stolen"))
        elsewhere.answers("/stolen", 403)
        await told.polls()
        told.poller.fetcher = stranger = HttpFetcher(allow_private=["127.0.0.1"])
        await told.polls(hours=24)
        await stranger.close()

    assert elsewhere.requests
    assert not any("Authorization" in asked.headers for asked in elsewhere.requests)
    records = [*(repr(vars(record)) for record in caplog.records), caplog.text, *map(repr, told.reports)]
    assert not any(SECRET in each for each in records)
    assert [report.complaint for report in told.reports if report.credential][-1] == (
        f"Its secret request headers are not known here: its headers_env names {KEY}."
    )


async def test_a_third_workspace_that_signs_in_later_follows_the_public_feed(told: WiredNewsroom, wire: Wire) -> None:
    newcomer = Workspace("slack", "T3")
    async with told.storage.begin() as unit:
        id_ = await unit.workspaces.register(newcomer)
    await told.declares(everybody_reads(wire), acme_opens(wire))

    shown = await all_that_is_shown_in(told, Destination(newcomer, "C3"), wire)

    async with told.storage.read() as unit:
        assert [feed.credential for feed in await unit.feeds.followed(id_)] == [""]
    assert PRIVATE not in shown
