"""``tocsin run`` tells its operator of feeds that die."""

import asyncio
import json

import pytest

from tests.acceptance.program import Program
from tests.standins.publisher import Publisher

pytestmark = pytest.mark.acceptance

SETTINGS = (
    *("[fetch]", 'allow_private = ["127.0.0.1"]', 'timeout = "2s"'),
    *("[web]", 'listen = ""', "[health]", 'notify = "console"'),
    *("[[subscriptions]]", "query = 'auction'", 'to = "console"'),
)
FEED = '<rss version="2.0"><channel><title>Example Wire</title><item><title>Old auction</title></item></channel></rss>'


async def test_a_feed_that_is_gone_is_told_once_and_shown_by_status(tocsin: Program, publisher: Publisher) -> None:
    publisher.publishes("/rss.xml", FEED)
    address = publisher.address("/rss.xml")
    tocsin.configure(*SETTINGS, "[[feeds]]", f'url = "{address}"', 'poll_every = "1s"')

    with tocsin.started("run") as process:
        await process.until(lambda: "polled" in process.log, "the first poll is over")
        publisher.answers("/rss.xml", 410)
        await process.until(lambda: "gone for good" in process.printed, "the operator is told")
        asked = len(publisher.asked_for("/rss.xml"))
        shown = await asyncio.to_thread(tocsin, "status", "--json")
        listed = await asyncio.to_thread(tocsin, "feeds", "list", "--json")
        code = await process.stop()

    assert process.printed.count("gone for good") == 1
    assert f"The feed Example Wire ({address}) is gone for good: its server says so (410)." in process.printed
    assert json.loads(shown.stdout)["ill"] == [{"feed": "Example Wire", "reason": "The feed is gone for good (410)."}]
    assert [feed["state"] for feed in json.loads(listed.stdout)] == ["gone"]
    assert len(publisher.asked_for("/rss.xml")) == asked, "it is asked no more"
    assert code == 0


async def test_a_dead_feed_is_found_again_on_its_site_and_told_to_be_well_once_it_is_moved(
    tocsin: Program, publisher: Publisher
) -> None:
    old, new = publisher.address("/news/rss.xml"), publisher.address("/news/feed.xml")
    publisher.publishes("/news/rss.xml", FEED)
    tocsin.configure(*SETTINGS, "[[feeds]]", f'url = "{old}"', 'name = "The Wire"', 'poll_every = "1s"')

    with tocsin.started("run") as process:
        await process.until(lambda: "polled" in process.log, "the first poll is over")
        page = '<!doctype html><link rel="alternate" type="application/rss+xml" href="feed.xml">'
        publisher.publishes("/news/", page, "text/html")
        publisher.publishes("/news/feed.xml", FEED)
        publisher.answers("/news/rss.xml", 410)
        await process.until(lambda: "gone for good" in process.printed, "the operator is told")
        moved = await asyncio.to_thread(tocsin, "feeds", "move", old, new)
        await process.until(lambda: "well again" in process.printed, "the operator is told of the recovery")
        code = await process.stop()

    assert f"The feed The Wire ({old}) is gone for good" in process.printed
    assert f"feeds move {old} {new}" in process.printed
    assert moved.returncode == 0
    assert process.printed.count("The feed The Wire is well again.") == 1
    assert code == 0


async def test_what_a_server_asks_of_the_running_bot_its_commands_heed(tocsin: Program, publisher: Publisher) -> None:
    publisher.publishes("/rss.xml", FEED)
    publisher.publishes("/other.xml", FEED)
    address = publisher.address("/rss.xml")
    tocsin.configure(*SETTINGS, "[[feeds]]", f'url = "{address}"', 'poll_every = "1s"')

    with tocsin.started("run") as process:
        await process.until(lambda: "polled" in process.log, "the first poll is over")
        publisher.answers("/rss.xml", 429, {"Retry-After": "600"})
        await process.until(lambda: "fewer requests (429)" in process.log, "the server has asked for fewer requests")
        asked = len(publisher.requests)
        checked = await asyncio.to_thread(tocsin, "feeds", "check", address)
        added = await asyncio.to_thread(tocsin, "feeds", "add", publisher.address("/other.xml"), "--json")
        await process.stop()

    assert checked.returncode == added.returncode == 1
    assert "asked for fewer requests, and is left alone until 2" in checked.stderr
    assert json.loads(added.stdout)["to_do"] == "Try again after that."
    assert len(publisher.requests) == asked
