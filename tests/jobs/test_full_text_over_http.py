"""From a publisher's feed and pages to a channel: real HTTP, real reading processes, real storage."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.feeds.cadence import Bounds
from bot.feeds.fetch import HttpFetcher
from bot.feeds.pages import PageReader
from bot.feeds.workers import ProcessParser, Workers
from bot.jobs.late_pages import LatePages
from bot.jobs.poll import Poller, Polling
from storage.unit import SqlStorage
from tests.builders import SettableClock
from tests.feeds.pages import HEADLINE, PARAGRAPHS, head, newspaper, paragraphs
from tests.jobs.newsroom import LEASE, Newsroom, finished
from tests.standins.publisher import Publisher

COMMENT = "What about Zeppelin Telecom? They had the same idea years ago, and nobody wanted to hear of it then."
ASIDE = "Quagga Mobile buys the lighthouse of Sandholm"
HTML = "text/html; charset=utf-8"
LOCKED = head(more='<meta property="article:content_tier" content="locked">') + paragraphs(PARAGRAPHS)
OLD = "<item><title>Old news of the harbour</title><guid>1</guid></item>"


class HttpNewsroom(Newsroom):
    def __init__(self, storage: SqlStorage, clock: SettableClock, publisher: Publisher, fetcher: HttpFetcher) -> None:
        self.publisher = publisher
        self.fetcher = fetcher
        self.workers = Workers(1)
        self.version = 0
        super().__init__(storage, clock)
        pages = self.poller.pages
        self.late_pages = LatePages(storage, pages, self.poller.hearing, LEASE, self.woken.append)

    def _poller(self, owner: str) -> Poller:
        settings = Polling(Bounds(), story_window=timedelta(hours=6), lease=LEASE, concurrency=8)
        parser, pages = ProcessParser(self.workers), PageReader(self.fetcher, self.workers)
        tell = (self.woken.append, self.reports.append)
        return Poller(self.storage, self.fetcher, parser, settings, owner, *tell, pages)

    async def reads_late_pages(self, **later: float) -> None:
        self.clock.advance(**later)
        await finished(self.late_pages.sweep())
        await self.delivers()

    @property
    def feed_address(self) -> str:
        return self.publisher.address("/rss.xml")

    def tells(self, *more: str) -> None:
        """What stands in the feed, beside the oldest item."""
        self.version += 1
        document = f'<rss version="2.0"><channel><title>The Wire</title>{"".join(more)}{OLD}</channel></rss>'
        self.publisher.publishes("/rss.xml", document, etag=f'"{self.version}"')

    def an_item(self, path: str = "/ferry") -> str:
        link = self.publisher.address(path)
        summary = "Passengers can now make calls below deck, too."
        return (
            f"<item><title>{HEADLINE}</title><link>{link}</link><guid>{link}</guid>"
            f"<description>{summary}</description></item>"
        )

    async def asks(self, *queries: str) -> None:
        """In full text, and the silent first poll is over."""
        self.tells()
        await self.follows(self.feed_address, full_text=True)
        for query in queries:
            await self.subscribes(query)
        await self.polls()


@pytest.fixture
async def room(sqlite: SqlStorage, clock: SettableClock) -> AsyncIterator[HttpNewsroom]:
    async with Publisher() as publisher:
        fetcher = HttpFetcher(allow_private=["127.0.0.1"], timeout=timedelta(seconds=5))
        room = HttpNewsroom(sqlite, clock, publisher, fetcher)
        yield room
        await fetcher.close()
        await room.workers.close()


async def test_an_article_alerts_by_its_tenth_paragraph_and_not_by_a_comment_or_a_box(room: HttpNewsroom) -> None:
    await room.asks('"5G auction"', "zeppelin", "quagga")
    room.publisher.publishes("/ferry", newspaper(PARAGRAPHS, COMMENT, ASIDE), HTML)
    room.tells(room.an_item())

    await room.goes_on()
    await room.goes_on()

    (alert,) = room.alerts_in()
    assert [reason.query for reason in alert.reasons] == ["5G auction"]
    assert len(room.publisher.asked_for("/ferry")) == 1
    assert room.reports[-1].unchanged


@pytest.mark.parametrize(
    ("status", "headers", "body", "state"),
    [
        (200, {"Content-Type": HTML}, LOCKED, "subscription"),
        (403, {"cf-mitigated": "challenge"}, "", "challenge"),
        (404, {}, "", "unreachable"),
        (402, {}, "", "subscription"),
        (302, {"Location": "http://10.0.0.1/ferry"}, "", "refused"),
        (500, {}, "", "troubled"),
        (200, {"Content-Type": "application/pdf"}, "%PDF-1.7", "no article"),
    ],
)
async def test_a_page_that_is_not_to_be_had_leaves_the_feeds_own_text_and_the_alert_says_so(
    room: HttpNewsroom, status: int, headers: dict[str, str], body: str, state: str
) -> None:
    await room.asks("ferry", '"5G auction"')
    room.publisher.answers("/ferry", status, headers, body.encode())
    room.tells(room.an_item())

    await room.goes_on()

    (alert,) = room.alerts_in()
    assert (alert.on_feed_text, alert.page) == (True, state)
    assert [reason.query for reason in alert.reasons] == ["ferry"]


async def test_a_page_of_a_server_in_trouble_is_asked_for_again_and_found(room: HttpNewsroom) -> None:
    await room.asks('"5G auction"')
    room.publisher.answers("/ferry", 500)
    room.tells(room.an_item())
    await room.goes_on()
    room.publisher.publishes("/ferry", newspaper(PARAGRAPHS, COMMENT, ASIDE), HTML)

    await room.reads_late_pages(minutes=2)

    (alert,) = room.alerts_in()
    assert (alert.found_late, alert.page) == (True, "read")
