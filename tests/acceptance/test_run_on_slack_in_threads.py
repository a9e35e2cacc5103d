"""``tocsin run`` as a process that two Slack workspaces call over HTTP, one of which says what it wants in a thread."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from storage.unit import SqlStorage
from tests.acceptance.newsroom import Newsroom
from tests.acceptance.program import Program, Running
from tests.standins.publisher import Publisher
from tests.standins.slack import SlackStandIn
from tests.standins.slack_http import form, sent

pytestmark = pytest.mark.acceptance

FERRY = "Ferry line puts wifi on every deck"


@pytest.fixture
async def slacks() -> AsyncIterator[list[SlackStandIn]]:
    async with AsyncExitStack() as stack:
        standing = [await stack.enter_async_context(SlackStandIn(team)) for team in ("T1", "T2")]
        for slack in standing:
            slack.channel("C1")
            slack.person("U1")
        yield standing


@pytest.fixture
def called(tocsin: Program, empty_database: str, publisher: Publisher, slacks: list[SlackStandIn]) -> Program:
    """A program that polls the publisher every second, and that both workspaces call."""
    tocsin.configure(
        *("[database]", f'url = "{empty_database}"', "[web]", 'listen = "127.0.0.1:0"', "[slack]", 'mode = "http"'),
        *(line for slack in slacks for line in workspace(slack)),
        *("[fetch]", 'allow_private = ["127.0.0.1"]'),
        *("[[feeds]]", f'url = "{publisher.address("/rss.xml")}"', 'poll_every = "1s"'),
    )
    tocsin.environment = {
        name: value
        for slack in slacks
        for name, value in ((f"{slack.team_id}_BOT", slack.bot_token), (f"{slack.team_id}_SIGNS", slack.signing_secret))
    }
    return tocsin


def workspace(slack: SlackStandIn) -> tuple[str, ...]:
    team = slack.team_id
    variables = f'bot_token_env = "{team}_BOT"', f'signing_secret_env = "{team}_SIGNS"'
    return "[[slack.workspaces]]", f'name = "{team}"', *variables, f'api_url = "{slack.api_url}"'


async def address(process: Running) -> str:
    """Where Slack is to call."""
    await process.ready()
    await process.until(lambda: process.log.count("Listening to Slack over HTTP") == 2, "it listens for both")
    found = re.search(r"web=(\S+)", process.log)
    assert found, process.log
    return f"http://{found[1]}/slack/events"


async def test_what_is_asked_for_over_http_is_heard_where_it_was_asked_for(
    called: Program, publisher: Publisher, slacks: list[SlackStandIn], storage: SqlStorage
) -> None:
    acme, globex = slacks
    newsroom = Newsroom(publisher)
    thread = globex.writes("U1", "C1", "What of the ferry?")

    with called.started("run") as process:
        url = await address(process)
        await process.until(lambda: "polled" in process.log, "the first poll is over")
        to_me = await acme.post_command(url, "U1", "C1", "/news subscribe ferry --to me")
        window = await globex.submit(await globex.shortcut("U1", "C1", thread, url), "subscribe ferry", url)
        refused, *_ = await sent(url, form(acme.utter("U1", "C1", "/news subscribe auction").payload), {})
        newsroom.publishes(FERRY)
        await process.until(lambda: len(acme.direct("U1").messages) == 2, "the person hears of it")
        await process.until(lambda: len(globex.channels["C1"].thread(thread)) == 3, "and the thread")
        await process.between_polls(storage)
        code = await process.stop()

    assert (code, refused) == (0, 401)
    assert "Subscription 1 stands for slack:T1/U1." in to_me.last
    assert f"Subscription 1 stands for slack:T2/C1/{thread}." in window.shown
    assert acme.messages("C1") == []
    assert [FERRY in message["text"] for message in acme.messages("DU1")] == [False, True]
    assert [FERRY in message["text"] for message in globex.messages("C1")] == [False, False, True]
    assert "Traceback" not in process.log
    for secret in called.environment.values():
        assert secret not in process.log
