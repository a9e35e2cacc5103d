"""``tocsin run`` as a process that Slack comes to: two workspaces, one address."""

import asyncio
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.acceptance.newsroom import Newsroom
from tests.acceptance.program import Program
from tests.standins.postgres import free_port
from tests.standins.publisher import Publisher
from tests.standins.slack import SlackStandIn

pytestmark = pytest.mark.acceptance

SIX_MINUTES = 6 * 60.0


@pytest.fixture
async def acme() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn("T1") as standing:
        standing.channel("C1")
        standing.person("U1")
        yield standing


@pytest.fixture
async def globex() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn("T2") as standing:
        standing.channel("C1")
        standing.person("U1")
        yield standing


async def test_slack_comes_in_over_http_and_only_with_a_fresh_signature(
    tocsin: Program, publisher: Publisher, acme: SlackStandIn, globex: SlackStandIn
) -> None:
    newsroom, port = Newsroom(publisher), free_port()
    url = f"http://127.0.0.1:{port}/slack/events"
    tocsin.configure(
        *("[web]", f'listen = "127.0.0.1:{port}"', "[fetch]", 'allow_private = ["127.0.0.1"]'),
        *("[slack]", 'mode = "http"'),
        *("[[slack.workspaces]]", 'name = "acme"', 'bot_token_env = "ACME_BOT"', 'signing_secret_env = "ACME_SIGN"'),
        *(f'api_url = "{acme.api_url}"', "[[slack.workspaces]]", 'name = "globex"', 'bot_token_env = "GLOBEX_BOT"'),
        *('signing_secret_env = "GLOBEX_SIGN"', f'api_url = "{globex.api_url}"'),
        *("[[feeds]]", f'url = "{publisher.address("/rss.xml")}"', 'poll_every = "1s"'),
    )
    tocsin.environment = {
        **{"ACME_BOT": acme.bot_token, "ACME_SIGN": acme.signing_secret},
        **{"GLOBEX_BOT": globex.bot_token, "GLOBEX_SIGN": globex.signing_secret},
    }

    with tocsin.started("run") as process:
        await process.ready()
        exchange = await globex.post_command(url, "U1", "C1", "/news subscribe auction")
        replayed = await globex.post(url, exchange)
        old = await globex.post(url, globex.utter("U1", "C1", "/news subscribe old"), at=time.time() - SIX_MINUTES)
        foreign = globex.utter("U1", "C1", "/news subscribe foreign")
        globex.signing_secret, right = "another-secret", globex.signing_secret
        bad = await globex.post(url, foreign)
        # What Acme's app signs for is Acme's, whatever it says of itself.
        globex.signing_secret = acme.signing_secret
        crossing = await globex.post(url, globex.utter("U1", "C1", "/news subscribe crossing"))
        globex.signing_secret = right
        async with aiohttp.ClientSession() as http, http.post(url, data=b"command=/news") as unsigned:
            missing = unsigned.status
        await process.until(lambda: "first_poll=" in process.log, "the silent first poll is over")
        newsroom.publishes("5G auction opens in Mainz")
        await process.until(lambda: len(globex.messages("C1")) == 2, "the alert stands in the channel")
        listing = await globex.post_command(url, "U1", "C1", "/news subscriptions")
        check_up = await asyncio.to_thread(tocsin, "doctor")
        code = await process.stop()

    assert code == 0
    assert "Subscription 1 stands for slack:T2/C1." in exchange.last
    assert (replayed, old, bad, missing) == (200, 401, 401, 401)
    assert crossing in (200, 401, 403)
    assert [message["text"] for message in globex.messages("C1")] == [
        "<@U1> subscribed this channel to auction",
        "5G auction opens in Mainz — Example Wire",
    ]
    assert acme.messages("C1") == []
    assert [word for word in ("old", "foreign", "crossing") if word in listing.last] == []
    assert "no address from outside is known" in check_up.stdout
    for secret in tocsin.environment.values():
        assert secret not in process.log + check_up.stdout
    assert "Traceback" not in process.log
