"""Two processes on one database that hear of the same thing: one does it, and another does what one left undone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import pytest

from adapters.discord import commands
from adapters.discord.platform import DiscordPlatform
from adapters.discord.settings import DiscordSettings
from adapters.slack.platform import SlackPlatform
from adapters.slack.settings import SlackSettings
from bot.commands.command import Command, Done, Reply, Request
from bot.commands.once import LEASE, once_on
from bot.web.routes import RouteTable
from bot.web.server import WebServer
from storage.unit import SqlStorage
from tests.adapters.slack_arrange import a_command, attended, nobody, until
from tests.builders import SettableClock
from tests.standins.discord_standin import DiscordStandIn
from tests.standins.slack import SlackStandIn


class Work:
    """A command of one process."""

    def __init__(self, *, waits: bool = False) -> None:
        self.times = 0
        self.go_on = asyncio.Event()
        if not waits:
            self.go_on.set()

    async def __call__(self, request: Request) -> Reply:
        self.times += 1
        await self.go_on.wait()
        return Done("done")


@asynccontextmanager
async def slack_process(settings: SlackSettings, storage: SqlStorage, owner: str, work: Work) -> AsyncIterator[str]:
    """Signed in and reachable over HTTP; gives its address."""
    platform, routes = SlackPlatform([settings]), RouteTable()
    platform.serve([a_command(work)], routes, once_on(storage, owner))
    await platform.connect()
    async with AsyncExitStack() as stack:
        server = WebServer("127.0.0.1", 0, _fine, routes)
        place = await server.start()
        stack.push_async_callback(server.close)
        await stack.enter_async_context(attended(platform))
        yield f"http://{place}/slack/events"


@asynccontextmanager
async def discord_process(
    settings: DiscordSettings, storage: SqlStorage, owner: str, *catalogue: Command
) -> AsyncIterator[asyncio.Task[None]]:
    platform = DiscordPlatform(settings)
    platform.serve([a_command(_nothing, word="subscriptions"), *catalogue], RouteTable(), once_on(storage, owner))
    task = asyncio.create_task(platform.listen(nobody))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_what_slack_says_again_to_another_process_is_acknowledged_and_not_done_again(
    settings: SlackSettings, slack: SlackStandIn, storage: SqlStorage
) -> None:
    over_http = replace(settings, app_token="", signing_secret=slack.signing_secret)
    first, second = Work(waits=True), Work()

    async with (
        slack_process(over_http, storage, "one", first) as one,
        slack_process(over_http, storage, "two", second) as two,
    ):
        exchange = slack.utter("U1", "C1", "/news do")
        statuses = [await slack.post(one, exchange)]
        await until(lambda: first.times)
        statuses.append(await slack.post(two, exchange))
        first.go_on.set()
        await exchange.heard(1)
        statuses.append(await slack.post(two, exchange))
        await slack.post_command(two, "U1", "C1", "/news do")

    assert (statuses, first.times, second.times, exchange.said) == ([200] * 3, 1, 1, ["done"])


async def test_what_a_process_of_slack_left_undone_is_done_by_the_one_that_hears_of_it_again(
    settings: SlackSettings, slack: SlackStandIn, storage: SqlStorage, clock: SettableClock
) -> None:
    over_http = replace(settings, app_token="", signing_secret=slack.signing_secret)
    work = Work()

    async with slack_process(over_http, storage, "two", work) as two:
        exchange = slack.utter("U1", "C1", "/news do")
        await _begins_and_ends(storage, f"slack {exchange.payload['trigger_id']}")
        clock.advance(seconds=LEASE.total_seconds())
        status = await slack.post(two, exchange)
        await exchange.heard(1)

    assert (status, work.times, exchange.said) == (200, 1, ["done"])


async def test_what_slack_sends_again_over_the_socket_of_another_process_is_done_once(
    settings: SlackSettings, slack: SlackStandIn, storage: SqlStorage
) -> None:
    first, second = Work(), Work()

    async with slack_process(settings, storage, "one", first):
        exchange = slack.utter("U1", "C1", "/news do")
        await slack.sockets.deliver(exchange)
        await exchange.heard(1)
    async with slack_process(settings, storage, "two", second):
        await slack.sockets.deliver(exchange, retry=1)
        await slack.command("U1", "C1", "/news do")

    assert (first.times, second.times, exchange.said) == (1, 1, ["done"])


async def test_of_two_processes_that_discord_tells_one_does_it(
    discord: DiscordStandIn, discord_settings: DiscordSettings, storage: SqlStorage
) -> None:
    first, second = Work(), Work()

    async with discord_process(discord_settings, storage, "one", a_command(first)):
        await discord.connected()
        async with discord_process(discord_settings, storage, "two", a_command(second)):
            await until(lambda: len(discord.gateway.identifies) == 2)
            exchange = await discord.command("7", "200", "do")

    assert (first.times + second.times, exchange.said) == (1, ["done"])


async def test_what_a_process_acknowledged_to_discord_and_left_undone_is_done_by_another(
    discord: DiscordStandIn,
    discord_settings: DiscordSettings,
    storage: SqlStorage,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(commands, "FINISH_WITHIN", 0.0)
    first, second = Work(waits=True), Work()

    async with discord_process(discord_settings, storage, "one", a_command(first)) as one:
        await discord.connected()
        asked = asyncio.create_task(discord.command("7", "200", "do"))
        await until(lambda: first.times)
        one.cancel()
        await asyncio.gather(one, return_exceptions=True)
    clock.advance(seconds=LEASE.total_seconds())
    async with discord_process(discord_settings, storage, "two", a_command(second)):
        await discord.connected()
        await discord.again(next(iter(discord.interactions.exchanges.values())))
        exchange = await asked

    assert (second.times, exchange.said) == (1, ["done"])


async def _begins_and_ends(storage: SqlStorage, name: str) -> None:
    """As a process does that is killed in the midst of it."""
    async with storage.begin() as unit:
        await unit.askings.claim(name, "killed", LEASE)


async def _nothing(request: Request) -> Reply:
    return Done("")


async def _fine() -> str:
    return ""
