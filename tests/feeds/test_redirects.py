import socket

import pytest
from yarl import URL

from bot.feeds.fetch import HttpFetcher
from bot.feeds.redirects import next_hop
from bot.feeds.trouble import Refused
from bot.model.reading import Fetched, Unreachable
from tests.standins.names import Names
from tests.standins.publisher import Publisher

FEED = b'<rss version="2.0"><channel><title>Mainz Wire</title></channel></rss>'


async def reason(fetcher: HttpFetcher, address: str) -> str:
    outcome = await fetcher.fetch(address)
    assert isinstance(outcome, Unreachable), outcome
    return outcome.reason


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_followed_and_the_address_told(
    status: int, publisher: Publisher, fetcher: HttpFetcher
) -> None:
    publisher.redirects("/old", "/new?edition=2#top", status)
    publisher.publishes("/new?edition=2", FEED)

    outcome = await fetcher.fetch(publisher.address("/old"))

    assert isinstance(outcome, Fetched)
    assert outcome.address == publisher.address("/new?edition=2")


async def test_a_redirect_loop_is_told(publisher: Publisher, fetcher: HttpFetcher) -> None:
    publisher.redirects("/one", "/two")
    publisher.redirects("/two", "/one")

    assert "a loop" in await reason(fetcher, publisher.address("/one"))
    assert len(publisher.requests) == 2


async def test_five_redirects_are_followed_and_not_a_sixth(publisher: Publisher, fetcher: HttpFetcher) -> None:
    for number in range(6):
        publisher.redirects(f"/{number}", f"/{number + 1}")
    publisher.publishes("/6", FEED)

    assert isinstance(await fetcher.fetch(publisher.address("/1")), Fetched)
    assert "more than 5 redirects" in await reason(fetcher, publisher.address("/0"))


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("", "does not say where to"),
        ("http://[bad", "no address"),
        ("http://[]@", "no address"),
        ("http://127.0.0.1:99999/", "no address"),
        ("http://exa mple.org/", "a host that nobody can have"),
        ('http://exa"mple.org/', "a host that nobody can have"),
        ("file:///etc/hostname", "Only http and https"),
        ("http://name:hunter2@example.org/", "user name or a password"),
        (
            "http://10.0.0.1/",
            "It redirects to 10.0.0.1, which is not a public address; allow that only if the server there is yours.",
        ),
        ("http://169.254.169.254/latest/meta-data/", "redirects to 169.254.169.254, which is not a public address"),
        ("http://[::1]/", "redirects to ::1, which is not a public address"),
    ],
)
async def test_a_redirect_to_where_nothing_is_fetched_is_refused(
    location: str, words: str, publisher: Publisher, fetcher: HttpFetcher
) -> None:
    publisher.redirects("/feed", location)

    said = await reason(fetcher, publisher.address("/feed"))

    assert words in said
    assert "hunter2" not in said


def test_a_redirect_from_https_to_http_is_refused() -> None:
    with pytest.raises(Refused, match="from https to http"):
        next_hop(URL("https://example.org/feed"), "http://example.org/feed")


def test_a_redirect_to_a_path_stays_with_its_host() -> None:
    assert next_hop(URL("https://example.org/a/feed"), "../new feed") == URL("https://example.org/new%20feed")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://127.0.0.1/", "127.0.0.1 is not a public address; allow it under fetch.allow_private."),
        ("http://localhost/", "localhost (127.0.0.1) is not a public address"),
        ("http://[::1]/", "::1 is not a public address"),
        ("http://[::ffff:127.0.0.1]/", "is not a public address"),
        ("http://[::127.0.0.1]/", "is not a public address"),
        ("http://[64:ff9b::127.0.0.1]/", "is not a public address"),
        ("http://[fe80::1%25lo]/", "is not a public address"),
        ("http://0x7f.1/", "(127.0.0.1) is not a public address"),
        ("http://2130706433/", "not an address that can be fetched"),
        ("http://017700000001/", "not an address that can be fetched"),
        ("http://127.1/", "not an address that can be fetched"),
        ("http://0177.0.0.1/", "not an address that can be fetched"),
        ("http://0x7f.0x0.0x0.0x1/", "(127.0.0.1) is not a public address"),
        ("http://localhost./", "(127.0.0.1) is not a public address"),
        ("http://LOCALHOST/", "localhost (127.0.0.1) is not a public address"),
        ("http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", "localhost (127.0.0.1) is not a public address"),
        ("http://①②⑦.0.0.1/", "127.0.0.1 is not a public address"),
        ("http://127。0。0。1/", "is not a public address"),
        ("http://[::ffff:7f00:1]/", "is not a public address"),
        ("http://[64:ff9b:1::127.0.0.1]/", "is not a public address"),
        ("http://[2002:7f00:1::]/", "is not a public address"),
        ("http://[2001:0:7f00:1::]/", "is not a public address"),
        ("http://[2606:4700::5efe:127.0.0.1]/", "is not a public address"),
        ("http://[fec0::1]/", "is not a public address"),
        ("http://169.254.169.254/latest/meta-data/", "169.254.169.254 is not a public address"),
        ("http://100.100.100.200/", "is not a public address"),
        ("http://[fd00:ec2::254]/", "is not a public address"),
    ],
)
async def test_a_feed_at_a_private_address_is_refused_however_it_is_written(
    address: str, words: str, stranger: HttpFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _loopback)

    assert words in await reason(stranger, address)


def _loopback(host: str, port: int, *rest: object, **more: object) -> list[object]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]


async def test_a_name_that_leads_to_a_private_address_is_refused(publisher: Publisher) -> None:
    names = Names(inside=[("127.0.0.1", publisher.port)])
    fetcher = HttpFetcher(resolver=names)

    said = await reason(fetcher, "http://inside.example/feed?key=hunter2")
    await fetcher.close()

    assert said == "inside.example (127.0.0.1) is not a public address; allow it under fetch.allow_private."
    assert publisher.requests == []


@pytest.mark.parametrize("address", ["http://1.1.1.1/rss.xml", "http://[2606:4700::1111]/rss.xml"])
async def test_no_public_host_is_asked_by_somebody_without_a_contact(address: str, stranger: HttpFetcher) -> None:
    said = await reason(stranger, address)

    assert said == "Publishers want to know who polls them; set fetch.contact in the configuration."


async def test_a_host_that_is_allowed_by_name_may_be_anywhere_and_no_other_host_with_it(publisher: Publisher) -> None:
    names = Names(wire=[("127.0.0.1", publisher.port)], other=[("127.0.0.1", publisher.port)])
    fetcher = HttpFetcher(allow_private=["wire.example"], resolver=names)
    publisher.publishes("/feed", FEED)
    publisher.redirects("/away", "http://other.example/feed")
    publisher.redirects("/literal", publisher.address("/feed"))

    assert isinstance(await fetcher.fetch("http://wire.example/feed"), Fetched)
    assert "other.example (127.0.0.1), which is not" in await reason(fetcher, "http://wire.example/away")
    assert "127.0.0.1, which is not" in await reason(fetcher, "http://wire.example/literal")
    await fetcher.close()


async def test_a_name_that_answers_differently_the_second_time_is_refused(publisher: Publisher) -> None:
    names = Names(rebound=[("127.0.0.1", publisher.port), ("127.0.0.2", publisher.port)])
    fetcher = HttpFetcher(allow_private=["127.0.0.1"], resolver=names)
    publisher.answers("/feed", 200, {"Connection": "close"}, FEED)
    await fetcher.fetch("http://rebound.example/feed")
    await fetcher.close()

    said = await reason(fetcher, "http://rebound.example/feed")
    await fetcher.close()

    assert "rebound.example (127.0.0.2) is not a public address" in said
    assert len(publisher.requests) == 1


async def test_no_reason_holds_a_credential_or_a_query_string(stranger: HttpFetcher) -> None:
    said = [
        await reason(stranger, address)
        for address in ("http://name:hunter2@example.org/", "http://127.0.0.1/?key=hunter2", "gopher://hunter2@x/")
    ]

    assert "hunter2" not in " ".join(said)
