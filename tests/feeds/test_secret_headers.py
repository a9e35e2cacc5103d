"""The secret headers of private feeds: sent where they belong, and nowhere else."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from yarl import URL

from bot.feeds.fetch import HttpFetcher
from bot.feeds.redirects import is_same_origin
from bot.model.feed import Validators
from bot.model.reading import Fetched, Unchanged, Unreachable
from tests.standins.publisher import Asked, Publisher

FOR_ALL = b'<rss version="2.0"><channel><title>For all</title></channel></rss>'
FOR_MEMBERS = b'<rss version="2.0"><channel><title>For members</title></channel></rss>'
SECRET = "hunter2-invented"
OPENING = {"Authorization": f"Bearer {SECRET}", "X-Member": SECRET}
ACME = "ACME_FEED_HEADERS"


@pytest.fixture
async def member() -> AsyncIterator[HttpFetcher]:
    """Knows what opens the feeds of Acme."""
    fetcher = HttpFetcher(allow_private=["127.0.0.1"], timeout=timedelta(seconds=5), credentials={ACME: OPENING})
    yield fetcher
    await fetcher.close()


@pytest.fixture
async def elsewhere() -> AsyncIterator[Publisher]:
    """The same host on another port: another origin."""
    async with Publisher() as running:
        yield running


def knew_the_secret(asked: Asked) -> bool:
    return SECRET in repr(asked)


async def test_a_private_feed_is_asked_with_its_headers_and_the_public_one_without(
    publisher: Publisher, member: HttpFetcher
) -> None:
    publisher.publishes("/feed", FOR_ALL)
    publisher.opens("/feed", OPENING, FOR_MEMBERS)
    address = publisher.address("/feed")

    private, public = await member.fetch(address, credential=ACME), await member.fetch(address)

    assert isinstance(private, Fetched)
    assert isinstance(public, Fetched)
    assert (private.body, public.body) == (FOR_MEMBERS, FOR_ALL)
    assert [knew_the_secret(asked) for asked in publisher.requests] == [True, False]


async def test_who_we_are_and_what_we_have_is_said_beside_the_secret(publisher: Publisher, member: HttpFetcher) -> None:
    publisher.publishes("/feed", FOR_ALL)
    publisher.opens("/feed", OPENING, FOR_MEMBERS, etag='"1"')

    answer = await member.fetch(publisher.address("/feed"), Validators(etag='"1"'), ACME)

    assert isinstance(answer, Unchanged)
    assert publisher.requests[0].headers["User-Agent"].startswith("Tocsin/")


async def test_a_process_that_does_not_know_the_secret_says_which_and_asks_nobody(
    publisher: Publisher, fetcher: HttpFetcher
) -> None:
    answer = await fetcher.fetch(publisher.address("/feed"), credential=ACME)

    assert answer == Unreachable(
        "Its secret request headers are not known here: its headers_env names ACME_FEED_HEADERS."
    )
    assert publisher.requests == []


async def test_a_redirect_within_the_server_keeps_the_headers(publisher: Publisher, member: HttpFetcher) -> None:
    publisher.redirects("/old", "/new")
    publisher.publishes("/new", FOR_MEMBERS)

    await member.fetch(publisher.address("/old"), credential=ACME)

    assert [knew_the_secret(asked) for asked in publisher.requests] == [True, True]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_another_server_loses_the_headers(
    status: int, publisher: Publisher, elsewhere: Publisher, member: HttpFetcher
) -> None:
    publisher.redirects("/feed", elsewhere.address("/stolen"), status)
    elsewhere.publishes("/stolen", FOR_ALL)

    answer = await member.fetch(publisher.address("/feed"), credential=ACME)

    assert isinstance(answer, Fetched)
    assert [knew_the_secret(asked) for asked in elsewhere.requests] == [False]
    assert not {"authorization", "x-member"} & {name.lower() for name in elsewhere.requests[0].headers}


async def test_who_was_asked_on_the_way_cannot_send_the_headers_where_he_likes(
    publisher: Publisher, elsewhere: Publisher, member: HttpFetcher
) -> None:
    publisher.redirects("/feed", elsewhere.address("/way"))
    elsewhere.redirects("/way", publisher.address("/echo"))
    publisher.publishes("/echo", FOR_ALL)

    await member.fetch(publisher.address("/feed"), credential=ACME)

    assert [knew_the_secret(asked) for asked in publisher.requests] == [True, False]


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("https://a.example/feed", "https://A.example:443/other", True),
        ("https://a.example/", "http://a.example/", False),
        ("http://a.example/", "https://a.example/", False),
        ("http://a.example/", "http://a.example:8080/", False),
        ("https://a.example/", "https://b.a.example/", False),
        ("https://a.example/", "https://a.example.evil.example/", False),
        ("https://a.example/", "https://a.example./", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(one: str, other: str, *, is_same: bool) -> None:
    assert is_same_origin(URL(one), URL(other)) is is_same


async def test_no_reason_holds_the_secret(publisher: Publisher, elsewhere: Publisher, member: HttpFetcher) -> None:
    publisher.answers("/login", 401)
    publisher.answers("/echo", 500, {"X-Echo": SECRET}, SECRET.encode())
    publisher.resets("/reset", b"<rss")
    publisher.redirects("/away", elsewhere.address("/gone"))
    publisher.redirects("/odd", f"gopher://{SECRET}/")
    paths = ["/login", "/echo", "/reset", "/away", "/odd"]

    answers = [await member.fetch(publisher.address(path), credential=ACME) for path in paths]

    assert all(isinstance(answer, Unreachable) for answer in answers)
    assert SECRET not in repr(answers)
