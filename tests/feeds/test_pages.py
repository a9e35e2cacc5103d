"""The pages of articles, from the socket to the text: fetched from a publisher on loopback, read by a real process."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.feeds.fetch import HttpFetcher
from bot.feeds.pages import PageReader
from bot.feeds.workers import Workers
from bot.model.article import Article
from bot.model.reading import Page
from tests.feeds.pages import HEADLINE, LAYOUTS, PARAGRAPHS, Layout, head, newspaper, paragraphs
from tests.standins.publisher import Publisher

COMMENT = "What about Zeppelin Telecom? They had the same idea years ago, and nobody wanted to hear of it then."
ASIDE = "Quagga Mobile buys the lighthouse of Sandholm"
PAGE = newspaper(PARAGRAPHS, COMMENT, ASIDE)
HTML = "text/html; charset=utf-8"
CHALLENGE = "<!doctype html><html><head><title>Just a moment...</title></head><body><script>_cf_chl_opt</script></body>"


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    workers = Workers(1)
    yield workers
    await workers.close()


@pytest.fixture
def reader(fetcher: HttpFetcher, workers: Workers) -> PageReader:
    return PageReader(fetcher, workers)


def an_article_at(publisher: Publisher, path: str = "/ferry", **changes: str) -> Article:
    article = Article(HEADLINE, publisher.address(path), summary="Passengers can now make calls below deck, too.")
    return replace(article, **changes)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
async def test_a_page_gives_all_of_its_article_and_nothing_else(
    publisher: Publisher, reader: PageReader, layout: Layout
) -> None:
    publisher.publishes("/ferry", layout(PARAGRAPHS, COMMENT, ASIDE), HTML)

    page = await reader.read(an_article_at(publisher))

    assert page.state == "read"
    assert [text for text in PARAGRAPHS if text not in page.text] == []
    assert not re.search("zeppelin|quagga", page.text, re.IGNORECASE)


async def test_a_page_is_asked_for_once_as_a_page_and_without_the_secrets_of_its_feed(
    publisher: Publisher, workers: Workers
) -> None:
    credentials = {"ACME": {"Authorization": "Bearer invented"}}
    fetcher = HttpFetcher(allow_private=["127.0.0.1"], credentials=credentials)
    publisher.publishes("/feed.xml", "<rss/>")
    publisher.publishes("/ferry", PAGE, HTML)

    await fetcher.fetch(publisher.address("/feed.xml"), credential="ACME")
    await PageReader(fetcher, workers).read(an_article_at(publisher))
    await fetcher.close()

    (feed,), (page,) = publisher.asked_for("/feed.xml"), publisher.asked_for("/ferry")
    assert "Authorization" in feed.headers
    assert "Authorization" not in page.headers
    assert page.headers["Accept"].startswith("text/html")
    assert not feed.headers["Accept"].startswith("text/html")


async def test_a_page_behind_a_redirect_is_read_but_not_the_front_page_of_its_site(
    publisher: Publisher, reader: PageReader
) -> None:
    publisher.redirects("/short", publisher.address("/ferry"))
    publisher.publishes("/ferry", PAGE, HTML)
    publisher.redirects("/gone", publisher.address("/"))
    publisher.publishes("/", PAGE, HTML)

    assert (await reader.read(an_article_at(publisher, "/short"))).state == "read"
    assert await reader.read(an_article_at(publisher, "/gone")) == Page(
        "no article", reason="It leads to a front page."
    )


async def test_a_page_is_refused_where_its_address_is_not_public(publisher: Publisher, workers: Workers) -> None:
    stranger = HttpFetcher("mailto:news@example.org")
    publisher.publishes("/ferry", PAGE, HTML)

    page = await PageReader(stranger, workers).read(an_article_at(publisher))
    await stranger.close()

    assert page.state == "refused"
    assert not page.is_wanted
    assert "not a public address" in page.reason
    assert publisher.requests == []


async def test_a_page_that_leads_to_no_public_address_is_refused_for_good(
    publisher: Publisher, reader: PageReader
) -> None:
    publisher.redirects("/ferry", "http://10.0.0.1/ferry")
    publisher.redirects("/other", "ftp://wire.example/ferry")

    assert (await reader.read(an_article_at(publisher))).state == "refused"
    assert (await reader.read(an_article_at(publisher, "/other"))).state == "refused"


async def test_a_page_that_wants_to_be_paid_for_is_for_subscribers(publisher: Publisher, reader: PageReader) -> None:
    publisher.answers("/ferry", 402)

    page = await reader.read(an_article_at(publisher))

    assert (page.state, page.is_wanted) == ("subscription", False)


async def test_a_bot_challenge_is_told_and_not_tried_again(publisher: Publisher, reader: PageReader) -> None:
    publisher.answers("/ferry", 403, {"cf-mitigated": "challenge", "Content-Type": HTML}, CHALLENGE.encode())
    publisher.publishes("/other", CHALLENGE, HTML)

    assert (await reader.read(an_article_at(publisher))).state == "challenge"
    assert (await reader.read(an_article_at(publisher, "/other"))).state == "challenge"


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_a_page_that_is_not_shown_to_us_is_not_tried_again(
    publisher: Publisher, reader: PageReader, status: int
) -> None:
    publisher.answers("/ferry", status)

    assert (await reader.read(an_article_at(publisher))).state == "unreachable"


async def test_a_page_of_a_server_in_trouble_is_told_so_and_wanted_still(
    publisher: Publisher, reader: PageReader
) -> None:
    publisher.answers("/ferry", 500)

    page = await reader.read(an_article_at(publisher))

    assert (page.state, page.is_wanted) == ("troubled", True)
    assert page.reason == "The server is in trouble (500)."


async def test_a_server_that_asks_for_fewer_requests_is_not_asked_for_its_next_page_before(
    publisher: Publisher, reader: PageReader
) -> None:
    publisher.answers("/ferry", 429, {"Retry-After": "120"})
    publisher.publishes("/other", PAGE, HTML)

    first = await reader.read(an_article_at(publisher))
    second = await reader.read(an_article_at(publisher, "/other"))

    assert (first.is_wanted, first.retry_after) == (True, timedelta(seconds=120))
    assert second.is_wanted
    assert publisher.asked_for("/other") == []


async def test_a_page_that_never_comes_is_wanted_still(
    publisher: Publisher, hasty: HttpFetcher, workers: Workers
) -> None:
    publisher.never_answers("/ferry")

    assert (await PageReader(hasty, workers).read(an_article_at(publisher))).is_wanted


async def test_a_page_that_says_much_less_than_the_feed_is_not_taken(publisher: Publisher, reader: PageReader) -> None:
    publisher.publishes("/ferry", newspaper(PARAGRAPHS[:1], COMMENT, ASIDE), HTML)

    whole = await reader.read(an_article_at(publisher))
    shorter = await reader.read(an_article_at(publisher, body=" ".join(PARAGRAPHS)))

    assert whole.state == "read"
    assert (shorter.state, shorter.text) == ("shorter", "")


async def test_a_wall_is_told(publisher: Publisher, reader: PageReader) -> None:
    locked = head(more='<meta property="article:content_tier" content="locked">') + paragraphs(PARAGRAPHS)
    publisher.publishes("/ferry", locked, HTML)

    assert await reader.read(an_article_at(publisher)) == Page("subscription", reason="It is for subscribers.")


@pytest.mark.parametrize(
    "hostile",
    [
        "<html><body><article>" + "word<br>" * 100_000,
        "<html><body>" + "<div>" * 50_000 + "word",
        "<html><body><article>" + "<p>some words</p>" * 50_000,
        "<html><body>" + "<div>word</div>" * 50_000,
    ],
    ids=["breaks", "nested boxes", "paragraphs", "boxes"],
)
async def test_a_page_that_would_take_long_ends_under_its_allowance_and_the_next_is_read(
    publisher: Publisher, fetcher: HttpFetcher, workers: Workers, hostile: str
) -> None:
    reader = PageReader(fetcher, workers, cpu_seconds=0.3)
    publisher.publishes("/hostile", hostile, HTML)
    publisher.publishes("/ferry", PAGE, HTML)

    ended = await reader.read(an_article_at(publisher, "/hostile"))
    after = await reader.read(an_article_at(publisher))

    assert ended.state in {"unreachable", "no article"}
    assert ended.state == "no article" or ended.reason == "Reading its page took more than 0.3 s of CPU time."
    assert after.state == "read"
