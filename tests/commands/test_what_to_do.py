"""What stands in the way of a feed is told with what to do about it, as real servers answer."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest

from bot.commands.command import Problem
from bot.feeds.fetch import HttpFetcher
from bot.feeds.workers import ProcessParser
from bot.model.reading import Unreachable
from tests.builders import SettableClock
from tests.commands.office import FEED, Office
from tests.polls import fails
from tests.standins.names import NoSuchName
from tests.standins.publisher import Publisher

HOUR = timedelta(hours=1)
RSS = b'<rss version="2.0"><channel><title>Wire</title><item><title>An auction</title></item></channel></rss>'
OPML = b'<?xml version="1.0"?><opml version="2.0"><body><outline xmlUrl="http://wire.example/rss"/></body></opml>'


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    async with Publisher() as running:
        yield running


@pytest.fixture
async def real_office(office: Office) -> AsyncIterator[Office]:
    """Its fetcher may ask loopback; its parser is a process."""
    fetcher = HttpFetcher(allow_private=["127.0.0.1"], resolver=NoSuchName())
    parser = ProcessParser(cpu_seconds=1.0)
    office.configured(fetcher=fetcher, parser=parser)
    yield office
    await fetcher.close()
    await parser.close()


async def check(office: Office, address: str, words: str = "feeds check") -> Problem:
    reply = await office.admin(words, url=address)
    assert isinstance(reply, Problem), reply
    return reply


@pytest.mark.parametrize(
    ("status", "step"),
    [
        (401, "headers_env"),
        (403, "Ask its publisher"),
        (404, "spelt right"),
        (410, "Look on the site for another feed"),
        (418, "spelt right"),
        (429, "Try again in some hours"),
        (500, "Try again later"),
        (503, "Try again later"),
    ],
)
async def test_what_a_status_asks_of_people(real_office: Office, publisher: Publisher, status: int, step: str) -> None:
    publisher.answers("/rss", status)

    reply = await check(real_office, publisher.address("/rss"))

    assert f"({status})" in reply.text or f"status {status}" in reply.text
    assert step in reply.hint
    assert not reply.mistake


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("words", ["feeds check", "feeds add"])
async def test_a_server_that_wants_to_be_left_alone_is_told_with_until_when(
    real_office: Office, publisher: Publisher, words: str, status: int
) -> None:
    publisher.answers("/rss", status, {"Retry-After": "5400"})

    reply = await check(real_office, publisher.address("/rss"), words)

    assert reply.hint == "Try again after 2026-03-14 13:30 UTC."


@pytest.mark.parametrize(
    ("body", "reason", "step"),
    [
        (b"", "The answer is empty.", "Try again later"),
        (b'{"version": "https://jsonfeed.org/version/1.1", ', "This is broken JSON", "Tell its publisher"),
        (b'{"version": 7}', "This is JSON, but not a JSON Feed.", "Tell its publisher"),
        (OPML, "This is a list of feeds (OPML), not a feed.", "one by one"),
        (b"<svg/>", "This is not a feed", "Look on the site for a link called RSS"),
        (b"<rss><channel><title>Wire", "The feed breaks off before its first article", "Try again later"),
    ],
)
async def test_what_a_document_that_is_no_feed_asks_of_people(
    real_office: Office, publisher: Publisher, body: bytes, reason: str, step: str
) -> None:
    publisher.publishes("/rss", body)

    reply = await check(real_office, publisher.address("/rss"))

    assert reason in reply.text
    assert step in reply.hint


async def test_a_packed_answer_that_breaks_off_may_come_whole_later(real_office: Office, publisher: Publisher) -> None:
    publisher.publishes_gzipped("/rss", RSS, cut_to=40)

    reply = await check(real_office, publisher.address("/rss"))

    assert reply.text.endswith("breaks off before its end.")
    assert reply.hint.startswith("Try again later")


@pytest.mark.parametrize(
    ("address", "reason", "step"),
    [
        (lambda port: "http://nowhere.example/rss", "cannot be resolved", "spelt right"),
        (lambda port: f"https://127.0.0.1:{port}/rss", "No secure connection", "Look whether the port is right"),
        (lambda port: "http://127.0.0.1:1/rss", "refuses connections on port 1", "Look whether host and port"),
    ],
)
async def test_what_a_network_that_leads_nowhere_asks_of_people(
    real_office: Office, publisher: Publisher, address: Callable[[int], str], reason: str, step: str
) -> None:
    reply = await check(real_office, address(publisher.port))

    assert reason in reply.text
    assert step in reply.hint


async def test_a_server_that_is_too_slow_may_get_more_time(office: Office, publisher: Publisher) -> None:

    publisher.never_answers("/rss")
    fetcher = HttpFetcher(allow_private=["127.0.0.1"], timeout=timedelta(seconds=0.2))
    office.configured(fetcher=fetcher)

    reply = await check(office, publisher.address("/rss"))
    await fetcher.close()

    assert reply.hint == "Try again later, or allow more time: fetch.timeout in the configuration."


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        ("feeds check", {"url": FEED}),
        ("feeds check", {"url": "http://www.wire.example/politics"}),
        ("feeds add", {"url": "http://www.wire.example/politics"}),
        ("feeds move", {"old": "http://other.example/rss", "new": "http://www.wire.example/politics"}),
    ],
)
async def test_a_domain_that_asked_the_poller_for_fewer_requests_is_left_alone_by_commands_too(
    office: Office, clock: SettableClock, words: str, arguments: dict[str, str]
) -> None:
    await office.follows(address="http://other.example/rss")
    feed = await office.follows()
    async with office.storage.begin() as unit:
        await fails(unit, feed, "The server asks for fewer requests (429).", unit.now + HOUR, trouble="throttled")

    reply = await office.admin(words, **arguments)

    assert isinstance(reply, Problem)
    assert reply.text == "wire.example asked for fewer requests, and is left alone until 2026-03-14 13:00 UTC."
    assert reply.hint.startswith("Try again after that.")
    assert not reply.mistake
    assert office.shelf.asked == []


async def test_the_minute_is_named_by_which_the_time_is_over(office: Office, clock: SettableClock) -> None:
    office.shelf.fetched[FEED] = Unreachable("The server asks for fewer requests (429).", timedelta(seconds=61))

    reply = await check(office, FEED)

    assert reply.hint == "Try again after 2026-03-14 12:02 UTC."


async def test_a_domain_is_asked_again_once_its_time_is_over_and_others_are_asked_meanwhile(
    office: Office, clock: SettableClock
) -> None:
    feed = await office.follows()
    async with office.storage.begin() as unit:
        await fails(unit, feed, "The server asks for fewer requests (429).", unit.now + HOUR, trouble="throttled")

    await office.admin("feeds check", url="http://other.example/rss")
    clock.advance(hours=1)
    await office.admin("feeds check", url=FEED)

    assert office.shelf.asked == ["http://other.example/rss", FEED]


async def test_a_port_that_there_cannot_be_is_told(office: Office) -> None:
    reply = await check(office, "http://wire.example:99999/rss")

    assert reply.mistake
    assert "a number up to 65535" in reply.hint


@pytest.mark.parametrize(
    "address",
    [
        "https://reader:s3cret@wire.example/rss",
        "https://reader:s3cret@wire.example:99999/rss",
        "https://reader:s3c/ret@wire.example/rss",
        "reader:s3cret@wire.example/rss",
        "ftp://reader:s3cret@wire.example/rss",
    ],
)
async def test_a_password_in_an_address_is_a_mistake_and_is_never_repeated(office: Office, address: str) -> None:
    await office.follows()

    checked = await office.admin("feeds check", url=address)
    added = await office.admin("feeds add", url=address)
    moved = await office.admin("feeds move", old=FEED, new=address)
    removed = await office.admin("feeds remove", url=address)

    assert isinstance(checked, Problem)
    assert checked.mistake
    assert "s3c" not in repr(checked)
    assert "headers_env" in checked.hint
    assert added == moved == removed == checked
    assert office.shelf.asked == []


async def test_an_address_may_hold_the_sign_behind_its_host(office: Office) -> None:
    office.shelf.holds("https://wire.example/@auctions/rss")

    reply = await office.admin("feeds add", url="https://wire.example/@auctions/rss")

    assert not isinstance(reply, Problem)
