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
