import asyncio
import gzip
import random
import zlib
from datetime import timedelta
from importlib.metadata import version

import brotli
import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.feeds.fetch import HttpFetcher, user_agent
from bot.feeds.redirects import read_address
from bot.feeds.trouble import Refused
from bot.model.feed import Validators
from bot.model.reading import Fetched, FetchOutcome, Unchanged, Unreachable
from tests.standins.publisher import Publisher

FEED = b'<rss version="2.0"><channel><title>Mainz Wire</title></channel></rss>'


def fetched(outcome: FetchOutcome) -> Fetched:
    assert isinstance(outcome, Fetched), outcome
    return outcome


def reason(outcome: FetchOutcome) -> str:
    assert isinstance(outcome, Unreachable), outcome
    return outcome.reason


async def test_a_document_comes_with_its_type_its_address_and_its_validators(
    publisher: Publisher, fetcher: HttpFetcher
) -> None:
    publisher.publishes("/feed?edition=1", FEED, "text/xml; charset=utf-8", etag='W/"1"', last_modified="some day")

    document = fetched(await fetcher.fetch(publisher.address("/feed?edition=1")))

    assert document.body == FEED
    assert document.content_type == "text/xml; charset=utf-8"
    assert document.address == publisher.address("/feed?edition=1")
    assert (document.validators.etag, document.validators.last_modified) == ('W/"1"', "some day")


async def test_the_reader_says_who_it_is_and_what_it_takes(publisher: Publisher, fetcher: HttpFetcher) -> None:
    publisher.publishes("/feed", FEED)

    await fetcher.fetch(publisher.address("/feed"))

    (asked,) = publisher.requests
    assert asked.headers["User-Agent"] == f"Tocsin/{version('tocsin')} (+mailto:news@example.org)"
    assert "application/atom+xml" in asked.headers["Accept"]
    assert asked.headers["Accept-Encoding"] == "gzip, deflate, br, zstd"
    assert "Cookie" not in asked.headers
    assert user_agent("") == f"Tocsin/{version('tocsin')}"


async def test_a_first_fetch_is_unconditional(publisher: Publisher, fetcher: HttpFetcher) -> None:
    publisher.publishes("/feed", FEED, etag='"1"')

    await fetcher.fetch(publisher.address("/feed"))

    assert not {"If-None-Match", "If-Modified-Since"} & set(publisher.requests[0].headers)


@pytest.mark.parametrize("stamps", [{"etag": 'W/"a-1;gzip"'}, {"last_modified": "Tue, 22 Sep 2026 12:00:00 +0000"}])
async def test_validators_go_back_byte_for_byte_and_a_304_keeps_them(
    stamps: dict[str, str], publisher: Publisher, fetcher: HttpFetcher
) -> None:
    publisher.publishes("/feed", FEED, **stamps)
    first = fetched(await fetcher.fetch(publisher.address("/feed")))

    again = await fetcher.fetch(publisher.address("/feed"), first.validators)

    assert again == Unchanged(first.validators)
    asked = publisher.requests[1].headers
    assert asked.get("If-None-Match", "") == stamps.get("etag", "")
    assert asked.get("If-Modified-Since", "") == stamps.get("last_modified", "")


async def test_the_same_body_is_unchanged_and_brings_the_new_validators(
    publisher: Publisher, fetcher: HttpFetcher
) -> None:
    publisher.publishes("/feed", FEED, etag='"1"')
    first = fetched(await fetcher.fetch(publisher.address("/feed")))
    publisher.publishes("/feed", FEED, etag='"2"')

    again = await fetcher.fetch(publisher.address("/feed"), first.validators)

    assert again == Unchanged(Validators('"2"', "", first.validators.body_hash))


async def test_another_body_is_fetched(publisher: Publisher, fetcher: HttpFetcher) -> None:
    publisher.publishes("/feed", FEED, etag='"1"')
    first = fetched(await fetcher.fetch(publisher.address("/feed")))
    publisher.publishes("/feed", FEED + b"<!-- more -->", etag='"2"')

    again = fetched(await fetcher.fetch(publisher.address("/feed"), first.validators))

    assert again.body.endswith(b"more -->")
    assert again.validators.body_hash != first.validators.body_hash


async def test_a_304_that_nobody_asked_for_is_trouble(publisher: Publisher, fetcher: HttpFetcher) -> None:
    publisher.answers("/feed", 304)

    assert "although it was not asked" in reason(await fetcher.fetch(publisher.address("/feed")))
    known = Validators(body_hash="known")
    assert "although it was not asked" in reason(await fetcher.fetch(publisher.address("/feed"), known))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (204, "status 204"),
        (206, "status 206"),
        (401, "wants a login"),
        (403, "refuses to show it"),
        (404, "Nothing stands at this address"),
        (410, "gone for good"),
        (429, "fewer requests"),
        (500, "in trouble (500)"),
        (503, "in trouble (503)"),
    ],
)
async def test_a_status_is_told_in_words(status: int, words: str, publisher: Publisher, fetcher: HttpFetcher) -> None:
    publisher.answers("/feed", status)

    assert words in reason(await fetcher.fetch(publisher.address("/feed")))


@pytest.mark.parametrize(("status", "wait"), [(429, 90), (503, 90), (500, None)])
async def test_retry_after_is_passed_on_where_the_server_is_busy(
    status: int, wait: int | None, publisher: Publisher, fetcher: HttpFetcher
) -> None:
    publisher.answers("/feed", status, {"Retry-After": "90"})

    outcome = await fetcher.fetch(publisher.address("/feed"))

    assert isinstance(outcome, Unreachable)
    assert outcome.retry_after == (wait and timedelta(seconds=wait))


@pytest.mark.parametrize("body", [b"", b" \r\n\t"])
async def test_an_empty_body_is_told(body: bytes, publisher: Publisher, fetcher: HttpFetcher) -> None:
    publisher.publishes("/feed", body)

    assert reason(await fetcher.fetch(publisher.address("/feed"))) == "The answer is empty."


async def test_a_body_of_ten_megabytes_is_too_large(publisher: Publisher, fetcher: HttpFetcher) -> None:
    publisher.publishes("/feed", b"x" * 10_000_000)

    assert "larger than 8 MB" in reason(await fetcher.fetch(publisher.address("/feed")))


async def test_a_large_body_of_unknown_length_is_too_large(publisher: Publisher, fetcher: HttpFetcher) -> None:
    publisher.never_ends("/feed", b"x" * 4_000_000)

    assert "larger than 8 MB" in reason(await fetcher.fetch(publisher.address("/feed")))


async def test_a_body_of_just_the_size_allowed_is_fetched(publisher: Publisher, fetcher: HttpFetcher) -> None:
    document = random.Random(1).randbytes(4_000_000).hex().encode()
    publisher.publishes("/plain", document)
    publisher.publishes_gzipped("/packed", document)

    assert len(fetched(await fetcher.fetch(publisher.address("/plain"))).body) == 8_000_000
    assert len(fetched(await fetcher.fetch(publisher.address("/packed"))).body) == 8_000_000


async def test_a_bomb_is_told_from_a_feed_by_how_much_it_unpacks(publisher: Publisher, fetcher: HttpFetcher) -> None:
    publisher.publishes_gzipped("/feed", b"\x00" * 200_000_000)

    assert "more than 300 times its size" in reason(await fetcher.fetch(publisher.address("/feed")))


@pytest.mark.parametrize("missing", [1, 4, 8, 40])
async def test_a_gzip_that_breaks_off_is_never_taken_for_complete(
    missing: int, publisher: Publisher, fetcher: HttpFetcher
) -> None:
    publisher.publishes_gzipped("/feed", FEED * 20, cut_to=len(gzip.compress(FEED * 20)) - missing)

    assert "breaks off" in reason(await fetcher.fetch(publisher.address("/feed")))


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(FEED)),
        ("x-gzip", gzip.compress(FEED)),
        ("GZIP", gzip.compress(FEED)),
        ("gzip", gzip.compress(FEED[:9]) + gzip.compress(FEED[9:])),
        ("gzip", gzip.compress(FEED) + b"\x00" * 20),
        ("gzip", gzip.compress(gzip.compress(FEED))),
        ("gzip, gzip", gzip.compress(FEED)),
        ("deflate", zlib.compress(FEED)),
        ("deflate", zlib.compress(FEED, wbits=-15)),
        ("br", brotli.compress(FEED)),
        ("zstd", zstd.compress(FEED)),
        ("identity", FEED),
        ("utf-8", FEED),
        ("aws-chunked", FEED),
        ("aws-chunked, gzip", gzip.compress(FEED)),
        ("", gzip.compress(FEED)),
    ],
    ids=[
        "gzip",
        "x-gzip",
        "upper case",
        "two members",
        "padded",
        "packed twice, said once",
        "packed once, said twice",
        "zlib",
        "bare deflate",
        "brotli",
        "zstd",
        "identity",
        "charset in the wrong place",
        "upload coding left over",
        "upload coding left over, and gzip",
        "packed file",
    ],
)
async def test_a_packed_document_is_unpacked(
    coding: str, packed: bytes, publisher: Publisher, fetcher: HttpFetcher
) -> None:
    publisher.publishes("/feed", packed, headers={"Content-Encoding": coding})

    assert fetched(await fetcher.fetch(publisher.address("/feed"))).body == FEED


@pytest.mark.parametrize(
    ("coding", "packed", "words"),
    [
        ("gzip", FEED, "damaged"),
        ("gzip", gzip.compress(FEED)[:-8] + b"\x00" * 8, "damaged"),
        ("deflate", b"\xff" * 50, "damaged"),
        ("br", FEED, "damaged"),
        ("br", brotli.compress(FEED) + b"more", "damaged"),
        ("zstd", FEED, "damaged"),
        ("zstd", zstd.compress(FEED)[:-4] + b"\x00" * 4, "damaged"),
        ("gzip", gzip.compress(b"") * 5_000, "more than 1,000 parts"),
        ("zstd", zstd.compress(b"") * 5_000, "more than 1,000 parts"),
        ("compress", FEED, "not asked for ('compress')"),
        ("gzip, br", FEED, "not asked for ('gzip, br')"),
    ],
    ids=[
        "not gzip at all",
        "false checksum",
        "not deflate",
        "not brotli",
        "more behind brotli",
        "not zstd",
        "false checksum of zstd",
        "flood of members",
        "flood of frames",
        "unknown packing",
        "packed in two ways",
    ],
)
async def test_what_cannot_be_unpacked_is_told(
    coding: str, packed: bytes, words: str, publisher: Publisher, fetcher: HttpFetcher
) -> None:
    publisher.publishes("/feed", packed, headers={"Content-Encoding": coding})

    assert words in reason(await fetcher.fetch(publisher.address("/feed")))


async def test_a_server_that_never_ends_its_answer_is_left(publisher: Publisher, hasty: HttpFetcher) -> None:
    publisher.never_ends("/feed")

    assert reason(await hasty.fetch(publisher.address("/feed"))) == "There was no complete answer within 0.2 s."


async def test_a_server_that_never_answers_is_left(publisher: Publisher, hasty: HttpFetcher) -> None:
    publisher.never_answers("/feed")

    assert "no complete answer within 0.2 s" in reason(await hasty.fetch(publisher.address("/feed")))


async def test_the_deadline_holds_for_all_redirects_together(publisher: Publisher, hasty: HttpFetcher) -> None:
    for number in range(6):
        publisher.redirects(f"/{number}", f"/{number + 1}", after_seconds=0.06)

    assert "no complete answer within 0.2 s" in reason(await hasty.fetch(publisher.address("/0")))


async def test_waiting_for_a_turn_costs_nothing_of_the_deadline(publisher: Publisher, hasty: HttpFetcher) -> None:
    publisher.never_answers("/slow")
    publisher.publishes("/feed", FEED)

    slow, document = await asyncio.gather(
        hasty.fetch(publisher.address("/slow")), hasty.fetch(publisher.address("/feed"))
    )

    assert isinstance(slow, Unreachable)
    assert fetched(document).body == FEED


@pytest.mark.parametrize(("after", "words"), [(b"", "without an answer"), (b"<rss", "breaks off")])
async def test_a_broken_connection_is_told(
    after: bytes, words: str, publisher: Publisher, fetcher: HttpFetcher
) -> None:
    publisher.resets("/feed", after)

    assert words in reason(await fetcher.fetch(publisher.address("/feed")))


async def test_a_refused_connection_is_told(fetcher: HttpFetcher, unused_tcp_port: int) -> None:
    outcome = await fetcher.fetch(f"http://127.0.0.1:{unused_tcp_port}/")

    assert reason(outcome) == f"127.0.0.1 refuses connections on port {unused_tcp_port}."


async def test_a_server_that_does_not_speak_tls_is_told(publisher: Publisher, fetcher: HttpFetcher) -> None:
    outcome = await fetcher.fetch(publisher.address("/feed").replace("http:", "https:"))

    assert reason(outcome) == "No secure connection to 127.0.0.1 could be made (TLS)."


async def test_a_host_is_asked_one_thing_at_a_time(publisher: Publisher, fetcher: HttpFetcher) -> None:
    for number in range(5):
        publisher.publishes(f"/{number}", FEED)

    await asyncio.gather(*(fetcher.fetch(publisher.address(f"/{number}")) for number in range(5)))

    assert (len(publisher.requests), publisher.at_once) == (5, 1)


async def test_proxies_of_the_environment_are_not_used(
    publisher: Publisher, fetcher: HttpFetcher, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{unused_tcp_port}")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{unused_tcp_port}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    publisher.publishes("/feed", FEED)

    assert fetched(await fetcher.fetch(publisher.address("/feed"))).body == FEED


async def test_a_cancelled_fetch_leaves_the_host_to_the_next(publisher: Publisher, fetcher: HttpFetcher) -> None:
    publisher.never_answers("/slow")
    publisher.publishes("/feed", FEED)
    slow = asyncio.create_task(fetcher.fetch(publisher.address("/slow")))
    while not publisher.requests:
        await asyncio.sleep(0.001)
    slow.cancel()

    assert fetched(await fetcher.fetch(publisher.address("/feed"))).body == FEED
    assert slow.cancelled()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nonsense",
        "/feed.xml",
        "ftp://example.org/",
        "file:///etc/hostname",
        "http://",
        "http://[bad",
        "http://example.org:99999/",
        "http://" + "a" * 70 + ".example/",
    ],
)
async def test_what_is_no_address_is_told_and_nothing_is_asked(address: str, stranger: HttpFetcher) -> None:
    assert reason(await stranger.fetch(address))


@settings(deadline=None)
@given(st.text())
def test_any_text_is_read_as_an_address_or_refused(text: str) -> None:
    for address in (text, f"http://{text}/"):
        try:
            url = read_address(address)
        except Refused:
            continue

        assert url.scheme in {"http", "https"}
        assert url.host
