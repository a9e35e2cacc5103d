"""``tocsin run`` as a process of its own, on SQLite and on PostgreSQL: a publisher and a Slack on loopback."""

from collections.abc import AsyncIterator

import pytest

from storage.unit import SqlStorage
from tests.acceptance.newsroom import Newsroom
from tests.acceptance.program import Program
from tests.standins.publisher import Publisher
from tests.standins.slack import SlackStandIn

pytestmark = pytest.mark.acceptance


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn() as standing:
        standing.channel("C1")
        standing.channel("C2", member=False)
        standing.person("U1")
        yield standing


@pytest.fixture
def connected(tocsin: Program, empty_database: str, publisher: Publisher, slack: SlackStandIn) -> Program:
    """A program that polls the publisher every second and listens to the Slack, with one declared subscription."""
    tocsin.configure(
        *("[database]", f'url = "{empty_database}"', "[web]", 'listen = ""'),
        *("[slack]", f'api_url = "{slack.api_url}"', "[fetch]", 'allow_private = ["127.0.0.1"]'),
        *("[[feeds]]", f'url = "{publisher.address("/rss.xml")}"', 'poll_every = "1s"'),
        *("[[subscriptions]]", "query = 'auction'", 'to = "slack:T1/C1"'),
    )
    tocsin.environment = {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token}
    return tocsin


def texts(slack: SlackStandIn, channel: str) -> list[str]:
    return [message["text"] for message in slack.messages(channel)]


async def test_news_reach_the_channels_that_asked_for_them_once_whatever_kills_the_process(
    connected: Program, publisher: Publisher, slack: SlackStandIn, storage: SqlStorage
) -> None:
    newsroom = Newsroom(publisher)

    with connected.started("run") as process:
        await process.until(lambda: "polled" in process.log, "the first poll is over")
        newsroom.publishes("5G auction opens in Mainz")
        await process.until(lambda: texts(slack, "C1"), "the alert stands in the channel")
        await slack.connected()
        exchange = await slack.command("U1", "C2", "/news subscribe ferry")
        newsroom.publishes("Ferry line puts wifi on every deck")
        await process.until(lambda: len(texts(slack, "C2")) == 2, "the next article reaches the subscriber")
        await process.between_polls(storage)
        await process.kill()
    newsroom.publishes("Auction of an old ferry")
    with connected.started("run") as process:
        await process.until(lambda: len(texts(slack, "C1")) == 2, "what came meanwhile reaches the one channel")
        await process.until(lambda: len(texts(slack, "C2")) == 3, "and the other")
        code = await process.stop()

    assert code == 0
    assert "Subscription 2 stands for slack:T1/C2" in exchange.last
    assert texts(slack, "C1") == ["5G auction opens in Mainz — Example Wire", "Auction of an old ferry — Example Wire"]
    assert texts(slack, "C2") == [
        "<@U1> subscribed this channel to ferry",
        "Ferry line puts wifi on every deck — Example Wire",
        "Auction of an old ferry — Example Wire",
    ]
    assert slack.bot_token not in process.log
    assert "Traceback" not in process.log
