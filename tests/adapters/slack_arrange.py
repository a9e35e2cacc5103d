"""What the tests of Slack's commands share: commands that say what they heard, and a platform that listens."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from adapters.slack.platform import SlackPlatform
from bot.commands.command import Command, Done, Parameter, Reply, Request
from bot.ports import Connection
from bot.web.routes import RouteTable
from bot.web.server import WebServer
from tests.standins.slack import SlackStandIn

QUERY = Parameter("query", "what to watch for", rest=True)
TAGS = Parameter("tags", "only feeds with these tags", required=False, option=True)
TO_ME = Parameter("to", "me: your direct messages", required=False, option=True, choices=("me",))

Run = Callable[[Request], Awaitable[Reply]]


def a_command(run: Run, *parameters: Parameter, word: str = "do") -> Command:
    return Command((word,), (word,), "Does it", "Doing it …", "anyone", run, parameters)


async def say_who_and_where(request: Request) -> Reply:
    asker = request.asker
    return Done(f"{asker.user} {asker.mention} {asker.workspace} {request.here} {dict(request.arguments)}")


async def say_where(request: Request) -> Reply:
    return Done(f"{request.here} {request.asker.direct}")


async def say_whether_admin(request: Request) -> Reply:
    return Done(f"admin: {await request.asker.is_platform_admin()}")


async def nobody(connections: Sequence[Connection], *, complete: bool = False) -> None:
    """Who comes and goes is of no interest here."""


@asynccontextmanager
async def attended(platform: SlackPlatform) -> AsyncIterator[None]:
    """Listening, until the end of the block."""
    task = asyncio.create_task(platform.listen(nobody))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def listening(
    platform: SlackPlatform, slacks: SlackStandIn | Sequence[SlackStandIn], *catalogue: Command
) -> AsyncIterator[None]:
    """Through the socket of each of these workspaces."""
    platform.serve(catalogue, RouteTable())
    async with attended(platform):
        for slack in [slacks] if isinstance(slacks, SlackStandIn) else slacks:
            await slack.connected()
        yield


@asynccontextmanager
async def reachable(platform: SlackPlatform, *catalogue: Command, listens: bool = True) -> AsyncIterator[str]:
    """Over HTTP; gives the address to which Slack sends."""
    routes = RouteTable()
    platform.serve(catalogue, routes)
    async with AsyncExitStack() as stack:
        server = WebServer("127.0.0.1", 0, _fine, routes)
        place = await server.start()
        stack.push_async_callback(server.close)
        if listens:
            await stack.enter_async_context(attended(platform))
        yield f"http://{place}/slack/events"


async def until(happened: Callable[[], object]) -> None:
    """What has no event to wait for; fails after a while."""
    async with asyncio.timeout(10):
        while not happened():
            await asyncio.sleep(0.001)


async def _fine() -> str:
    return ""
