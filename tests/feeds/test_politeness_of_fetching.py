"""The manners of a feed reader, as far as they show at the wire; docs/politeness.md lists them all."""

import asyncio
import gzip
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from bot.feeds.fetch import HttpFetcher
from bot.model.feed import Validators
from bot.model.reading import Fetched, FetchOutcome, TroubleKind, Unchanged, Unreachable
from tests.feeds.test_challenge import CLOUDFLARE, IMPERVA, PAGES
from tests.standins.names import OneServer
from tests.standins.publisher import Publisher

FEED = b'<rss version="2.0"><channel><title>Mainz Wire</title></channel></rss>'
CONTACT = "mailto:news@example.org"
MINUTE = timedelta(minutes=1)
AN_HOUR = timedelta(hours=1)
NOON = "Tue, 22 Sep 2026 12:00:00 GMT"


@pytest.fixture
async def named(publisher: Publisher) -> AsyncIterator[Callable[..., HttpFetcher]]:
    """Makes fetchers for which every host is public, and is the publisher."""
    made: list[HttpFetcher] = []

    def make(**settings: object) -> HttpFetcher:
        given = {"pause": timedelta(), "timeout": timedelta(seconds=5), "allow_private": ["127.0.0.1"], **settings}
        made.append(HttpFetcher(CONTACT, resolver=OneServer(publisher.port), **given))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for fetcher in made:
        await fetcher.close()


@pytest.fixture
async def elsewhere() -> AsyncIterator[Publisher]:
    """The same host on another port: another origin."""
    async with Publisher() as running:
        yield running


def unreachable(outcome: FetchOutcome) -> Unreachable:
    assert isinstance(outcome, Unreachable), outcome
    return outcome


async def waiting(fetch: Coroutine[None, None, FetchOutcome]) -> asyncio.Task[FetchOutcome]:
    """Under way, and not over after a while."""
    task = asyncio.create_task(fetch)
    done, _ = await asyncio.wait([task], timeout=0.1)
    assert not done
    return task


# ---- validators -----------------------------------------------------------------------------------------------------


async def test_a_304_keeps_the_validators_that_it_does_not_send(publisher: Publisher, fetcher: HttpFetcher) -> None:
    publisher.answers("/feed", 304)
    kept = Validators('W/"a, b"', "on a Tuesday", "hash")

    assert await fetcher.fetch(publisher.address("/feed"), kept) == Unchanged(kept)


async def test_a_304_brings_the_validators_that_it_sends(publisher: Publisher, fetcher: HttpFetcher) -> None:
    publisher.answers("/feed", 304, {"ETag": 'W/"2"'})

    again = await fetcher.fetch(publisher.address("/feed"), Validators('W/"1"', NOON, "hash"))

    assert again == Unchanged(Validators('W/"2"', NOON, "hash"))


async def test_a_validator_is_never_made_up(publisher: Publisher, fetcher: HttpFetcher) -> None:
    publisher.answers("/feed", 200, {"Date": NOON, "Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="}, FEED)

    first = await fetcher.fetch(publisher.address("/feed"))
    assert isinstance(first, Fetched)
    await fetcher.fetch(publisher.address("/feed"), first.validators)

    assert (first.validators.etag, first.validators.last_modified) == ("", "")
    assert not {"If-None-Match", "If-Modified-Since"} & set(publisher.requests[1].headers)


# ---- requests -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 202, 401, 403, 404, 410, 429, 500, 503])
async def test_a_new_feed_is_asked_exactly_once_and_unconditionally(
    status: int, publisher: Publisher, fetcher: HttpFetcher
) -> None:
    publisher.answers("/feed", status, body=FEED)

    await fetcher.fetch(publisher.address("/feed"))

    (asked,) = publisher.requests
    assert not {"If-None-Match", "If-Modified-Since", "Range", "Cookie"} & set(asked.headers)


async def test_who_asks_and_whom_to_write_to_is_said_on_every_hop(
    publisher: Publisher, named: Callable[..., HttpFetcher]
) -> None:
    publisher.redirects("/old", "http://two.example/feed")
    publisher.publishes("/feed", FEED)

    await named().fetch("http://one.example/old")

    said = [asked.headers["User-Agent"] for asked in publisher.requests]
    assert len(said) == 2
    assert all(agent.startswith("Tocsin/") and agent.endswith(f"(+{CONTACT})") for agent in said)


# ---- how long an answer is good for ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "fresh_for"),
    [
        ({"Cache-Control": "max-age=600"}, 10 * MINUTE),
        ({"Cache-Control": "max-age=600, s-maxage=5"}, 10 * MINUTE),
        ({"Date": NOON, "Expires": "Tue, 22 Sep 2026 12:10:00 GMT"}, 10 * MINUTE),
        ({"Cache-Control": "no-cache", "Expires": "Tue, 22 Sep 2026 12:10:00 GMT"}, timedelta()),
        ({}, timedelta()),
    ],
    ids=["max-age", "not that of shared caches", "Expires", "no-cache", "nothing"],
)
async def test_how_long_an_answer_is_fresh_is_told_with_the_document_and_with_a_304(
    said: dict[str, str], fresh_for: timedelta, publisher: Publisher, fetcher: HttpFetcher
) -> None:
    publisher.publishes("/feed", FEED, etag='"1"', headers=said)
    first = await fetcher.fetch(publisher.address("/feed"))
    assert isinstance(first, Fetched)

    again = await fetcher.fetch(publisher.address("/feed"), first.validators)

    assert isinstance(again, Unchanged)
    assert (first.fresh_for, again.fresh_for) == (fresh_for, fresh_for)


# ---- servers that ask for fewer requests ----------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    "said",
    [{"Retry-After": "120"}, {"Date": NOON, "Retry-After": "Tue, 22 Sep 2026 12:02:00 GMT"}],
    ids=["seconds", "a date"],
)
async def test_retry_after_is_told_in_seconds_and_as_a_date(
    status: int, said: dict[str, str], publisher: Publisher, fetcher: HttpFetcher
) -> None:
    publisher.answers("/feed", status, said)

    told = unreachable(await fetcher.fetch(publisher.address("/feed")))

    assert (told.kind, told.retry_after, told.host) == ("throttled", 2 * MINUTE, "127.0.0.1")


async def test_a_retry_after_keeps_the_whole_registrable_domain_from_being_asked(
    publisher: Publisher, named: Callable[..., HttpFetcher]
) -> None:
    fetcher = named()
    publisher.answers("/busy", 429, {"Retry-After": "3600"})
    publisher.publishes("/feed", FEED)
    await fetcher.fetch("http://feeds.one.example/busy")

    same, other = await fetcher.fetch("http://www.one.example/feed"), await fetcher.fetch("http://two.example/feed")

    told = unreachable(same)
    assert told.reason == "one.example asked not to be asked again for another 3600 s."
    assert (told.kind, told.retry_after, told.host) == ("throttled", AN_HOUR, "www.one.example")
    assert isinstance(other, Fetched)
    assert [asked.path for asked in publisher.requests] == ["/busy", "/feed"]


async def test_a_redirect_to_a_domain_that_asked_to_be_left_alone_is_not_followed(
    publisher: Publisher, named: Callable[..., HttpFetcher]
) -> None:
    fetcher = named()
    publisher.answers("/busy", 503, {"Retry-After": "3600"})
    publisher.redirects("/old", "http://feeds.one.example/feed")
    publisher.publishes("/feed", FEED)
    await fetcher.fetch("http://one.example/busy")

    told = unreachable(await fetcher.fetch("http://two.example/old"))

    assert (told.kind, told.host) == ("throttled", "feeds.one.example")
    assert publisher.asked_for("/feed") == []


async def test_too_many_requests_without_a_time_keep_nobody_else_waiting(
    publisher: Publisher, named: Callable[..., HttpFetcher]
) -> None:
    fetcher = named()
    publisher.answers("/busy", 429)
    publisher.publishes("/feed", FEED)

    told = unreachable(await fetcher.fetch("http://one.example/busy"))

    assert (told.kind, told.retry_after) == ("throttled", None)
    assert isinstance(await fetcher.fetch("http://one.example/feed"), Fetched)


# ---- turns ----------------------------------------------------------------------------------------------------------


async def test_a_public_host_has_its_pause_between_two_requests(
    publisher: Publisher, named: Callable[..., HttpFetcher]
) -> None:
    fetcher = named(pause=AN_HOUR)
    publisher.publishes("/feed", FEED)

    first = await fetcher.fetch("http://one.example/feed")
    second = await waiting(fetcher.fetch("http://one.example/feed"))
    other = await fetcher.fetch("http://two.example/feed")

    assert isinstance(first, Fetched)
    assert isinstance(other, Fetched)
    assert len(publisher.requests) == 2
    second.cancel()


async def test_the_pause_is_over_after_about_its_time(publisher: Publisher, named: Callable[..., HttpFetcher]) -> None:
    fetcher = named(pause=timedelta(seconds=0.1))
    publisher.publishes("/feed", FEED)

    outcomes = await asyncio.gather(*(fetcher.fetch("http://one.example/feed") for _ in range(3)))

    assert all(isinstance(outcome, Fetched) for outcome in outcomes)
    assert all(after.at - before.at >= 0.05 for before, after in pairwise(publisher.requests))


async def test_a_pause_costs_nothing_of_the_deadline(publisher: Publisher, named: Callable[..., HttpFetcher]) -> None:
    """The answers take four tenths of its second, the pause between them at least six and a half."""
    fetcher = named(pause=timedelta(seconds=1.3), timeout=timedelta(seconds=1))
    publisher.redirects("/old", "/feed", after_seconds=0.2)
    publisher.answers("/feed", 200, body=FEED, after_seconds=0.2)

    assert isinstance(await fetcher.fetch("http://one.example/old"), Fetched)


async def test_who_gets_no_turn_for_too_long_is_told_so(
    publisher: Publisher, named: Callable[..., HttpFetcher]
) -> None:
    fetcher = named(pause=AN_HOUR, timeout=timedelta(seconds=1))
    publisher.redirects("/old", "/feed")

    told = unreachable(await fetcher.fetch("http://one.example/old"))

    assert told.reason == "Other feeds of one.example were read for so long that there was no turn."
    assert told.kind == "passing"


async def test_a_redirect_is_a_request_to_its_host(publisher: Publisher, named: Callable[..., HttpFetcher]) -> None:
    fetcher = named(pause=AN_HOUR)
    publisher.redirects("/within", "/feed")
    publisher.redirects("/away", "http://three.example/feed")
    publisher.publishes("/feed", FEED)

    within = await waiting(fetcher.fetch("http://one.example/within"))
    away = await fetcher.fetch("http://two.example/away")

    assert isinstance(away, Fetched)
    assert [asked.path for asked in publisher.requests] == ["/within", "/away", "/feed"]
    within.cancel()


@pytest.mark.parametrize("allowed", ["own.example", "127.0.0.0/8"])
async def test_the_hosts_of_ones_own_need_no_pause(allowed: str, publisher: Publisher) -> None:
    publisher.publishes("/feed", FEED)
    fetcher = HttpFetcher(allow_private=[allowed], resolver=OneServer(publisher.port), pause=AN_HOUR)
    address = "http://own.example/feed" if allowed == "own.example" else publisher.address("/feed")

    outcomes = [await fetcher.fetch(address) for _ in range(3)]
    await fetcher.close()

    assert all(isinstance(outcome, Fetched) for outcome in outcomes)


# ---- moves ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statuses", "has_moved"),
    [
        ([], False),
        ([301], True),
        ([308], True),
        ([301, 308, 301], True),
        ([302], False),
        ([303], False),
        ([307], False),
        ([301, 302], False),
        ([307, 308], False),
    ],
)
async def test_a_feed_has_moved_where_every_redirect_was_for_good(
    statuses: list[int], has_moved: bool, publisher: Publisher, fetcher: HttpFetcher
) -> None:
    for number, status in enumerate(statuses):
        publisher.redirects(f"/{number}", f"/{number + 1}", status)
    publisher.publishes(f"/{len(statuses)}", FEED, etag='"1"')
    target = publisher.address(f"/{len(statuses)}") if has_moved else ""

    first = await fetcher.fetch(publisher.address("/0"))
    again = await fetcher.fetch(publisher.address("/0"), Validators('"1"'))

    assert isinstance(first, Fetched)
    assert isinstance(again, Unchanged)
    assert (first.moved_to, again.moved_to) == (target, target)


async def test_a_private_feed_moves_within_its_origin_alone(publisher: Publisher, elsewhere: Publisher) -> None:
    publisher.redirects("/within", "/feed", 301)
    publisher.redirects("/away", elsewhere.address("/feed"), 301)
    publisher.redirects("/and-back", elsewhere.address("/back"), 301)
    elsewhere.redirects("/back", publisher.address("/feed"), 301)
    for place in (publisher, elsewhere):
        place.publishes("/feed", FEED)
    fetcher = HttpFetcher(allow_private=["127.0.0.1"], credentials={"KEY": {"Authorization": "Bearer x"}})

    moved = {}
    for path in ("/within", "/away", "/and-back"):
        outcome = await fetcher.fetch(publisher.address(path), credential="KEY")
        assert isinstance(outcome, Fetched)
        moved[path] = outcome.moved_to
    await fetcher.close()

    assert moved == {"/within": publisher.address("/feed"), "/away": "", "/and-back": ""}


# ---- what kind of trouble it is -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (410, {}, "gone"),
        (404, {}, "missing"),
        (401, {}, "forbidden"),
        (402, {}, "subscription"),
        (403, {}, "forbidden"),
        (429, {}, "throttled"),
        (503, {"Retry-After": "60"}, "throttled"),
        (503, {}, "passing"),
        (503, {"Retry-After": "soon"}, "passing"),
        (500, {"Retry-After": "60"}, "passing"),
        (400, {}, "passing"),
        (403, {"cf-mitigated": "challenge"}, "challenge"),
        (202, {"x-amzn-waf-action": "challenge"}, "challenge"),
        (405, {"x-amzn-waf-action": "captcha"}, "challenge"),
        (429, {"x-vercel-mitigated": "challenge"}, "challenge"),
        (200, {"sg-captcha": "challenge"}, "challenge"),
    ],
)
async def test_trouble_is_told_by_its_kind_and_by_who_answered(
    status: int, said: dict[str, str], kind: TroubleKind, publisher: Publisher, named: Callable[..., HttpFetcher]
) -> None:
    publisher.redirects("/old", "http://two.example/feed", 301)
    publisher.answers("/feed", status, said, FEED)

    told = unreachable(await named().fetch("http://one.example/old"))

    assert (told.kind, told.host) == (kind, "two.example")


@pytest.mark.parametrize(("status", "kind"), [(301, "gone"), (308, "gone"), (302, "missing"), (307, "missing")])
async def test_a_feed_is_gone_itself_and_not_where_it_leads_for_a_while(
    status: int, kind: TroubleKind, publisher: Publisher, fetcher: HttpFetcher
) -> None:
    publisher.redirects("/feed", "/moved", status)
    publisher.answers("/moved", 410)

    assert unreachable(await fetcher.fetch(publisher.address("/feed"))).kind == kind


# ---- bot challenges -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("status", [202, 403, 429, 503])
async def test_a_bot_challenge_is_told_in_words_and_never_evaded(
    status: int, name: str, publisher: Publisher, fetcher: HttpFetcher
) -> None:
    publisher.answers("/feed", status, {"Content-Type": "text/html", "Set-Cookie": "passed=no"}, PAGES[name])

    first = unreachable(await fetcher.fetch(publisher.address("/feed")))
    await fetcher.fetch(publisher.address("/feed"))

    assert first.kind == "challenge"
    assert "a bot challenge (" in first.reason
    assert "Ask the publisher" in first.reason
    agents = [asked.headers["User-Agent"] for asked in publisher.requests]
    assert len(agents) == 2
    assert all(agent.startswith("Tocsin/") for agent in agents)
    assert not any("Cookie" in asked.headers for asked in publisher.requests)


@pytest.mark.parametrize("packing", ["plain", "gzip"])
async def test_a_bot_challenge_in_the_place_of_the_feed_is_known(
    packing: str, publisher: Publisher, fetcher: HttpFetcher
) -> None:
    if packing == "gzip":
        publisher.answers("/feed", 200, {"Content-Encoding": "gzip"}, gzip.compress(IMPERVA))
    else:
        publisher.answers("/feed", 200, {"ETag": '"1"'}, IMPERVA)

    assert unreachable(await fetcher.fetch(publisher.address("/feed"))).kind == "challenge"


async def test_a_bot_challenge_that_says_when_to_come_back_is_believed(
    publisher: Publisher, named: Callable[..., HttpFetcher]
) -> None:
    fetcher = named()
    publisher.answers("/feed", 429, {"cf-mitigated": "challenge", "Retry-After": "60"}, CLOUDFLARE)

    told = unreachable(await fetcher.fetch("http://one.example/feed"))
    again = unreachable(await fetcher.fetch("http://one.example/feed"))

    assert (told.kind, told.retry_after) == ("challenge", MINUTE)
    assert again.kind == "throttled"
    assert len(publisher.requests) == 1


async def test_a_feed_that_writes_of_challenges_is_read(publisher: Publisher, fetcher: HttpFetcher) -> None:
    item = b"<item><description><![CDATA[" + CLOUDFLARE + b"]]></description></item></channel>"
    publisher.publishes("/feed", FEED.replace(b"</channel>", item), "text/html")

    assert isinstance(await fetcher.fetch(publisher.address("/feed")), Fetched)


# ---- the page -------------------------------------------------------------------------------------------------------


def test_every_test_that_the_page_of_manners_names_is_there() -> None:
    tests = Path(__file__).parents[1]
    page = (tests.parent / "docs" / "politeness.md").read_text()
    written = {name for file in tests.rglob("test_*.py") for name in re.findall(r"def (test_\w+)\(", file.read_text())}

    named = set(re.findall(r"`(test_\w+)`", page))

    assert len(named) > 40
    assert named - written == set()
