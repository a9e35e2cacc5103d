"""Servers that break off, mumble, never end or do not speak HTTP: no fetch is held up, fooled or brought down."""

import asyncio
import gzip
import socket
import zlib
from collections.abc import AsyncIterator
from datetime import timedelta

import brotli
import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.feeds.connecting import SIP_BYTES, Sipping
from bot.feeds.fetch import HttpFetcher
from bot.model.feed import Validators
from bot.model.reading import Fetched, Unchanged, Unreachable
from tests.standins.names import OneServer, Silence
from tests.standins.raw_server import RawServer

FEED = b'<rss version="2.0"><channel><title>Mainz Wire</title></channel></rss>'
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
PACKED = {
    "gzip": gzip.compress(FEED * 20),
    "deflate": zlib.compress(FEED * 20),
    "br": brotli.compress(FEED * 20),
    "zstd": zstd.compress(FEED * 20),
}


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    async with RawServer() as running:
        yield running


async def reason(fetcher: HttpFetcher, address: str, validators: Validators | None = None) -> str:
    outcome = await fetcher.fetch(address, validators or Validators())
    assert isinstance(outcome, Unreachable), outcome
    return outcome.reason


# ---- an answer that breaks off --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Content-Length: 1000\r\n\r\n" + FEED,
        CHUNKED + b"45\r\n" + FEED,
        CHUNKED + b"45\r\n" + FEED + b"\r\n",
        CHUNKED + b"45\r\n" + FEED + b"\r\n0\r\n",
        CHUNKED + b"45\r\n" + FEED[:20],
    ],
    ids=["shorter than its length", "no line after the chunk", "no last chunk", "no line after the last", "cut chunk"],
)
async def test_a_feed_that_breaks_off_is_never_taken_for_complete(
    answer: bytes, server: RawServer, fetcher: HttpFetcher
) -> None:
    server.says("/feed", answer)

    assert await reason(fetcher, server.address("/feed")) == "The answer breaks off before its end."


@pytest.mark.parametrize("coding", PACKED)
async def test_a_packed_feed_that_breaks_off_with_its_connection_is_never_taken_for_complete(
    coding: str, server: RawServer, fetcher: HttpFetcher
) -> None:
    packed = PACKED[coding]
    said = [OK + b"Content-Encoding: " + coding.encode() + b"\r\n\r\n" + packed[:size] for size in range(len(packed))]

    for answer in said:
        server.says("/feed", answer)

        assert await reason(fetcher, server.address("/feed"))


@pytest.mark.parametrize(
    "feed",
    [
        FEED,
        FEED + b"\n<!-- served in 3 ms -->\n",
        FEED.decode().encode("utf-16"),
        b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Mainz Wire</title></feed>',
        b'<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>Mainz Wire</a:title></a:feed >',
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"></rdf:RDF>',
        b'{"version": "https://jsonfeed.org/version/1.1", "items": []}\n',
    ],
    ids=["RSS", "a comment behind it", "UTF-16", "Atom", "Atom with a prefix", "RDF", "JSON"],
)
async def test_a_feed_whose_end_only_the_connection_marks_has_to_be_closed_itself(
    feed: bytes, server: RawServer, fetcher: HttpFetcher
) -> None:
    server.says("/whole", OK + b"\r\n" + feed)
    server.says("/cut", OK + b"\r\n" + feed[: len(feed) // 2 & ~1])

    assert isinstance(await fetcher.fetch(server.address("/whole")), Fetched)
    assert await reason(fetcher, server.address("/cut")) == "The answer breaks off before its end."


async def test_a_page_need_not_be_closed(server: RawServer, fetcher: HttpFetcher) -> None:
    server.says("/", OK + b"\r\n<!doctype html><title>Mainz Wire</title><p>A page may end <feed anywhere")

    assert isinstance(await fetcher.fetch(server.address("/")), Fetched)


# ---- an answer that never ends --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begin", "again", "every"),
    [
        (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 100, 0.0),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01),
        (OK, b"X-A: b\r\n", 0.02),
        (OK + b"X-A: ", b"a", 0.01),
        (b"", b"\r\n" * 1000, 0.0),
        (CHUNKED + b"1;", b"a=b;" * 1000, 0.0),
        (CHUNKED + b"1;", b"a=b;", 0.01),
        (CHUNKED, b"0" * 1000, 0.0),
        (CHUNKED, b"1\r\na\r\n" * 1000, 0.0),
        (CHUNKED + b"0\r\n", b"X-A: b\r\n", 0.02),
        (OK + b"\r\n", b"<", 0.01),
    ],
    ids=[
        "interim answers at full speed",
        "interim answers",
        "one header after another",
        "a header letter by letter",
        "blank lines",
        "a chunk's extension at full speed",
        "a chunk's extension",
        "a chunk's size",
        "chunks of one byte",
        "trailers",
        "a body letter by letter",
    ],
)
async def test_an_answer_without_end_is_left_at_the_deadline(
    begin: bytes, again: bytes, every: float, server: RawServer, hasty: HttpFetcher
) -> None:
    server.keeps_saying("/feed", begin, again, every=every)

    assert await reason(hasty, server.address("/feed")) == "There was no complete answer within 0.2 s."


async def test_a_name_server_that_never_answers_is_left_at_the_deadline() -> None:
    fetcher = HttpFetcher("mailto:news@example.org", timeout=timedelta(seconds=0.2), resolver=Silence())

    said = await reason(fetcher, "http://one.example/feed")
    await fetcher.close()

    assert said == "There was no complete answer within 0.2 s."


async def test_a_server_that_never_shakes_hands_is_left_at_the_deadline(server: RawServer, hasty: HttpFetcher) -> None:
    address = server.address("/feed").replace("http:", "https:")

    assert await reason(hasty, address) == "There was no complete answer within 0.2 s."


@pytest.mark.parametrize(
    ("begin", "again"),
    [
        (OK + b"X-A: ", b"a" * 1000),
        (OK, b"X-A: b\r\n" * 100),
        (b"HTTP/1.1 200 ", b"O" * 1000),
        (CHUNKED + b"0\r\n", b"X-A: b\r\n" * 1000),
    ],
    ids=["a header", "headers", "a status line", "trailers"],
)
async def test_a_head_without_end_is_refused_long_before_the_deadline(
    begin: bytes, again: bytes, server: RawServer, fetcher: HttpFetcher
) -> None:
    server.keeps_saying("/feed", begin, again)

    assert "does not answer in proper HTTP" in await reason(fetcher, server.address("/feed"))


async def test_a_refusal_is_told_although_its_page_never_ends(server: RawServer, fetcher: HttpFetcher) -> None:
    server.keeps_saying("/feed", b"HTTP/1.1 403 Forbidden\r\n\r\n", b"x" * 10_000)

    assert await reason(fetcher, server.address("/feed")) == "The server refuses to show it (403)."


async def test_a_redirect_is_followed_although_its_page_never_ends(server: RawServer, fetcher: HttpFetcher) -> None:
    server.keeps_saying("/old", b"HTTP/1.1 302 Found\r\nLocation: /new\r\n\r\n", b"x", every=0.01)
    server.says("/new", OK + b"\r\n" + FEED)

    assert isinstance(await fetcher.fetch(server.address("/old")), Fetched)


def test_a_connection_is_read_in_sips_with_and_without_tls() -> None:
    """What a hostile server makes long of one reading, the event loop waits for."""
    ours, theirs = socket.socketpair()
    with theirs, Sipping(fileno=ours.detach()) as sipping:
        theirs.sendall(b"x" * (3 * SIP_BYTES))

        assert len(sipping.recv(1 << 20)) <= SIP_BYTES
        assert sipping.recv_into(bytearray(1 << 20)) <= SIP_BYTES
        assert sipping.recv_into(bytearray(10)) == 10


# ---- what is no proper answer ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        FEED,
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"HTTP/1.1 200\x00 OK\r\n\r\n" + FEED,
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n" + FEED,
        OK + b"X-A: a\x00b\r\n\r\n" + FEED,
        OK + b"Content-Length: -3\r\n\r\n" + FEED,
        OK + b"Content-Length: 99999999999999999999999\r\n\r\n" + FEED,
        OK + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\n" + FEED,
        OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n<a>\r\n0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://\xff\xfe/\r\n\r\n",
        b"HTTP/1.1 000 What\r\n\r\n",
        b"HTTP/1.1 999 What\r\n\r\n",
    ],
    ids=[
        "nothing",
        "no head",
        "another protocol",
        "a broken status line",
        "a change of protocol",
        "a nul in a header",
        "a negative length",
        "an absurd length",
        "two lengths",
        "a length and chunks",
        "a redirect to nowhere",
        "a redirect to no name",
        "status 000",
        "status 999",
    ],
)
async def test_what_is_no_proper_answer_is_told(answer: bytes, server: RawServer, fetcher: HttpFetcher) -> None:
    server.says("/feed", answer)

    assert await reason(fetcher, server.address("/feed"))


@pytest.mark.parametrize(
    "body",
    [b"\r\n<html>Not modified</html>", b"Content-Length: 7\r\n\r\n<html/>", b"Connection: close\r\n\r\n0"],
    ids=["of no length", "of a length", "before the connection closes"],
)
async def test_that_nothing_changed_is_heard_although_a_body_follows_which_there_cannot_be(
    body: bytes, server: RawServer, fetcher: HttpFetcher
) -> None:
    server.says("/feed", b'HTTP/1.1 304 Not Modified\r\nETag: "2"\r\n' + body)
    server.says("/other", b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(FEED), FEED))

    unchanged = await fetcher.fetch(server.address("/feed"), Validators(etag='"1"'))
    other = await fetcher.fetch(server.address("/other"))

    assert unchanged == Unchanged(Validators(etag='"2"'))
    assert isinstance(other, Fetched)


async def test_an_answer_that_nobody_asked_for_is_given_to_nobody(server: RawServer, fetcher: HttpFetcher) -> None:
    """A second answer in the same breath would otherwise be taken for that to the next request of the connection."""
    sneaked = OK + b"Content-Length: 5\r\n\r\n<two>"
    server.says("/one", OK + b"Content-Length: 5\r\n\r\n<one>" + sneaked)
    server.says("/next", OK + b"Content-Length: 6\r\n\r\n<next>")

    one, following = await fetcher.fetch(server.address("/one")), await fetcher.fetch(server.address("/next"))

    assert isinstance(one, Fetched)
    assert isinstance(following, Fetched)
    assert (one.body, following.body) == (b"<one>", b"<next>")


async def test_no_cookie_is_kept(server: RawServer) -> None:
    server.says("/feed", OK + b"Set-Cookie: seen=yes; Path=/\r\nContent-Length: 5\r\n\r\n<one>")
    # By its name: of a server without one, aiohttp keeps no cookie anyway.
    fetcher = HttpFetcher(allow_private=["wire.example"], resolver=OneServer(server.port))

    await fetcher.fetch("http://wire.example/feed")
    await fetcher.fetch("http://wire.example/feed")
    await fetcher.close()

    assert len(server.heads) == 2
    assert not any(b"ookie:" in head for head in server.heads)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 250),
            st.integers(0, 6),
            st.sampled_from([b"", b"\r\n", b"\x00", b":", b"0", b"9" * 30, b"\xff"]),
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from([200, 202, 204, 206, 301, 304, 308, 403, 429, 503]),
)
def test_no_answer_brings_a_fetch_down(damage: list[tuple[int, int, bytes]], status: int) -> None:
    answer = (
        b"HTTP/1.1 %d OK\r\nDate: Tue, 22 Sep 2026 12:00:00 GMT\r\nLocation: /feed?1\r\nRetry-After: 5\r\nAge: 1\r\n"
        b'Cache-Control: max-age=60\r\nETag: "1"\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s'
    ) % (status, len(PACKED["gzip"]), PACKED["gzip"])
    for at, length, instead in damage:
        answer = answer[:at] + instead + answer[at + length :]

    async def fetch() -> object:
        fetcher = HttpFetcher(allow_private=["127.0.0.1"], timeout=timedelta(seconds=2))
        async with RawServer() as server:
            server.says("/feed", answer)
            server.says("/feed?1", answer)
            try:
                return await fetcher.fetch(server.address("/feed"), Validators('"1"'))
            finally:
                await fetcher.close()

    assert isinstance(asyncio.run(fetch()), Fetched | Unchanged | Unreachable)
