"""``tocsin run`` as a process of its own: a publisher on loopback, the console, SQLite."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from storage.unit import SqlStorage
from tests.acceptance.program import Program
from tests.standins.publisher import Publisher

pytestmark = pytest.mark.acceptance

MEGABYTE = 1024 * 1024
SUBSCRIPTION = ("[[subscriptions]]", "query = 'auction'", 'to = "console"')
SETTINGS = (
    *("[fetch]", 'contact = "mailto:news@example.org"', 'allow_private = ["127.0.0.1"]', 'timeout = "2s"'),
    *("per_host = 10", "[web]", 'listen = ""', "[delivery]", 'request_timeout = "1s"', 'grace = "2s"', 'lease = "3s"'),
)


@pytest.fixture
async def storage(tocsin: Program) -> AsyncIterator[SqlStorage]:
    """The program's own, seen from outside."""
    storage = SqlStorage(f"sqlite:///{tocsin.folder / 'tocsin.db'}")
    yield storage
    await storage.close()


def a_feed(*titles: str) -> str:
    items = "".join(f"<item><title>{title}</title><guid>{title}</guid></item>" for title in titles)
    return f'<rss version="2.0"><channel><title>Example Wire</title>{items}</channel></rss>'


def declared(address: str, *more: str) -> tuple[str, ...]:
    return ("[[feeds]]", f'url = "{address}"', *more)


async def test_what_a_feed_publishes_is_printed_once_whatever_kills_the_process(
    tocsin: Program, publisher: Publisher, storage: SqlStorage
) -> None:
    published = ["Old auction"]
    publisher.publishes("/rss.xml", a_feed(*published))
    tocsin.configure(*SETTINGS, *declared(publisher.address("/rss.xml"), 'poll_every = "1s"'), *SUBSCRIPTION)

    def publish(title: str) -> None:
        published.insert(0, title)
        publisher.publishes("/rss.xml", a_feed(*published))

    with tocsin.started("run") as process:
        await process.until(lambda: "polled" in process.log, "the first poll is over")
        publish("First auction")
        await process.until(lambda: "First auction" in process.printed, "the first alert is printed")
        check_up = await asyncio.to_thread(tocsin, "doctor")
        await process.between_polls(storage)
        await process.kill()
    publish("Second auction")
    with tocsin.started("run") as process:
        await process.until(lambda: "Second auction" in process.printed, "what came meanwhile is printed")
        code = await process.stop()

    headlines = [line for line in process.printed.splitlines() if line.endswith(" auction")]
    assert headlines == ["First auction", "Second auction"]
    assert process.printed.count("matched auction, subscription 1") == 2
    assert code == 0
    assert check_up.returncode == 0, check_up.stdout
    assert "Tocsin can work" in check_up.stdout


async def test_a_bad_feed_says_what_is_wrong_with_it_and_the_others_go_on(
    tocsin: Program, publisher: Publisher
) -> None:
    publisher.publishes("/good.xml", a_feed("Old news"))
    publisher.publishes("/malformed.xml", a_feed("One & two", "<b>Three") + "</nonsense>")
    publisher.publishes("/page.html", "<!doctype html><html><body>Welcome</body></html>", "text/html")
    publisher.publishes("/empty.xml", b"")
    publisher.publishes("/large.xml", a_feed("A" * 10 * MEGABYTE))
    publisher.publishes_gzipped("/bomb.xml", bytes(200 * MEGABYTE))
    publisher.redirects("/private.xml", "http://192.168.0.1/rss.xml")
    publisher.redirects("/loop.xml", "/pool.xml")
    publisher.redirects("/pool.xml", "/loop.xml")
    publisher.never_ends("/endless.xml")
    reasons = {
        publisher.address("/malformed.xml"): ("ok", "not well-formed"),
        publisher.address("/page.html"): ("failing", "web page"),
        publisher.address("/empty.xml"): ("failing", "empty"),
        publisher.address("/large.xml"): ("failing", "8"),
        publisher.address("/bomb.xml"): ("failing", "300 times"),
        publisher.address("/private.xml"): ("failing", "public"),
        publisher.address("/loop.xml"): ("failing", "loop"),
        publisher.address("/endless.xml"): ("failing", "2 s"),
        "http://10.0.0.1/rss.xml": ("failing", "public"),
    }
    tocsin.configure(
        *SETTINGS,
        *declared(publisher.address("/good.xml"), 'poll_every = "1s"'),
        *(line for address in reasons for line in declared(address)),
        *SUBSCRIPTION,
    )

    with tocsin.started("run") as process:
        await process.until(lambda: process.log.count("could not poll") == len(reasons) - 1, "all were polled")
        publisher.publishes("/good.xml", a_feed("5G auction opens in Mainz", "Old news"))
        await process.until(lambda: "5G auction opens in Mainz" in process.printed, "the good one is alerted")
        listed = await asyncio.to_thread(tocsin, "feeds", "list", "--json")
        code = await process.stop()

    told = {feed["address"]: (feed["state"], feed["error"]) for feed in json.loads(listed.stdout)}
    for address, (state, words) in reasons.items():
        assert told[address][0] == state, told[address]
        assert words in told[address][1], told[address]
    assert told[publisher.address("/good.xml")] == ("ok", "")
    assert code == 0
    assert "Traceback" not in process.log
