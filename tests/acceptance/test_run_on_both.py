"""``tocsin run`` as one process on the console, two Slack workspaces and two Discord servers, on both databases."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from storage.unit import SqlStorage
from tests.acceptance.newsroom import Newsroom
from tests.acceptance.program import Program
from tests.acceptance.world import Channels, World, opened, platforms, tokens

pytestmark = pytest.mark.acceptance

WELCOME = "Tocsin watches the news and tells here what you ask for. To begin: `/news subscribe query:huawei`"
AUCTION, FERRY = "5G auction opens in Mainz", "Ferry line puts wifi on every deck"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with opened() as standing:
        yield standing


DECLARED = ("slack:T1/C1", "slack:T2/C1", "discord:100/110", "discord:300/310", "console")


@pytest.fixture
def connected(tocsin: Program, empty_database: str, world: World) -> Program:
    """Polls the publisher every second, with one declared subscription in each of five workspaces."""
    tocsin.configure(
        *("[database]", f'url = "{empty_database}"', "[web]", 'listen = ""'),
        *("[fetch]", 'allow_private = ["127.0.0.1"]', *platforms(world)),
        *("[[feeds]]", f'url = "{world.publisher.address("/rss.xml")}"', 'poll_every = "1s"'),
        *(line for to in DECLARED for line in ("[[subscriptions]]", "query = 'auction'", f'to = "{to}"')),
    )
    tocsin.environment = tokens(world)
    return tocsin


async def test_an_article_stands_once_wherever_it_was_asked_for_whatever_breaks_off(
    connected: Program, world: World, storage: SqlStorage
) -> None:
    globex, discord, newsroom = world.globex, world.discord, Newsroom(world.publisher)
    everywhere = (*DECLARED, "slack:T2/C2", "discord:100/120")

    with connected.started("run") as process:
        channels = Channels(process, world)
        await process.until(lambda: "polled" in process.log, "the first poll is over")
        newsroom.publishes(AUCTION)
        await channels.all_hear(AUCTION, *DECLARED)
        await asyncio.gather(world.acme.connected(), globex.connected(), discord.connected())
        on_slack = await globex.command("U1", "C2", "/news subscribe ferry OR auction")
        on_discord = await discord.command("7", "120", "subscribe", query="ferry OR auction")
        await globex.sockets.cut()
        await discord.cut()
        newsroom.publishes(FERRY)
        await channels.all_hear(FERRY, "slack:T2/C2", "discord:100/120")
        await asyncio.gather(globex.connected(), discord.connected())
        again_on_slack = await globex.command("U1", "C2", "/news subscriptions")
        again_on_discord = await discord.command("7", "120", "subscriptions")
        await process.between_polls(storage)
        await process.kill()
    newsroom.publishes("Auction of an old ferry")
    with connected.started("run") as process:
        channels = Channels(process, world)
        await channels.all_hear("Auction of an old ferry", *everywhere)
        await process.between_polls(storage)
        code = await process.stop()

    assert code == 0
    assert "Subscription 2 stands for slack:T2/C2." in on_slack.last
    assert "Subscription 2 stands for discord:100/120." in on_discord.last
    assert "ferry" in again_on_slack.last
    assert "ferry" in again_on_discord.last
    assert {each: channels.heard(each, AUCTION) for each in everywhere} == {
        **dict.fromkeys(DECLARED, 1),
        **{"slack:T2/C2": 0, "discord:100/120": 0},
    }
    assert {each: channels.heard(each, "Auction of an old ferry") for each in everywhere} == dict.fromkeys(
        everywhere, 1
    )
    assert [channels.heard(each, FERRY) for each in everywhere] == [0, 0, 0, 0, 0, 1, 1]
    assert world.acme.messages("C2") == discord.messages("320") == []
    assert len(discord.resumes) >= 1
    assert "Traceback" not in process.log
    for secret in connected.environment.values():
        assert secret not in process.log


async def test_a_token_that_is_refused_suspends_its_workspace_and_no_other(connected: Program, world: World) -> None:
    acme, globex, newsroom = world.acme, world.globex, Newsroom(world.publisher)
    globex.refusals[globex.bot_token] = "invalid_auth"

    with connected.started("run") as process:
        channels = Channels(process, world)
        await process.until(lambda: "polled" in process.log, "the first poll is over")
        newsroom.publishes(AUCTION)
        await channels.all_hear(AUCTION, "slack:T1/C1", "discord:100/110", "console")
        await process.until(lambda: "GLOBEX_BOT" in process.log, "the variable is named")
        acme.refusals[acme.bot_token] = "token_revoked"
        newsroom.publishes(f"{AUCTION} again")
        await channels.all_hear(f"{AUCTION} again", "discord:300/310", "console")
        status = await asyncio.to_thread(connected, "status")
        code = await process.stop()

    assert code == 0
    assert channels.heard("slack:T1/C1", AUCTION) == 1
    assert globex.messages("C1") == []
    assert "suspended slack:T2" in status.stdout
    assert "GLOBEX_BOT" in status.stdout
    assert globex.bot_token not in status.stdout + process.log


async def test_a_server_that_throws_it_out_is_suspended_and_gets_its_backlog_when_it_is_back(
    connected: Program, world: World
) -> None:
    discord, newsroom = world.discord, Newsroom(world.publisher)

    with connected.started("run") as process:
        channels = Channels(process, world)
        await process.until(lambda: "polled" in process.log, "the first poll is over")
        await process.until(lambda: "Listening to Discord" in process.log, "it listens")
        await discord.removes("300")
        await process.until(lambda: "not in this server any more" in process.log, "it hears that it was thrown out")
        newsroom.publishes(AUCTION)
        await channels.all_hear(AUCTION, "discord:100/110", "console")
        status = await asyncio.to_thread(connected, "status")
        missed = channels.heard("discord:300/310", AUCTION)
        await discord.joins("300")
        await channels.all_hear(AUCTION, "discord:300/310")
        await process.until(lambda: channels.mentions("discord:300/310", "To begin"), "it says hello")
        code = await process.stop()

    assert code == 0
    assert missed == 0
    assert "suspended discord:300" in status.stdout
    assert "suspended discord:100" not in status.stdout
    assert [message["content"] for message in discord.messages("310")].count(WELCOME) == 1
    assert channels.mentions("discord:100/110", "To begin") == 0


async def test_closed_direct_messages_are_told_at_once_where_it_was_asked_for(connected: Program, world: World) -> None:
    world.discord.person("8", dms_closed=True)
    Newsroom(world.publisher)

    with connected.started("run") as process:
        await world.discord.connected()
        refused = await world.discord.command("8", "110", "subscribe", query="huawei", to="me")
        kept = await world.discord.command("7", "110", "subscribe", query="huawei", to="me")
        await process.stop()

    assert "The subscription was not kept: They take no direct messages from Tocsin" in refused.last
    assert "stands for discord:100/@7" in kept.last
    assert [message["content"] for message in world.discord.messages(world.discord.dm("7"))] == [
        "You subscribed to `huawei`"
    ]


async def test_where_no_platform_at_all_can_start_it_ends_with_every_reason(connected: Program, world: World) -> None:
    for slack in (world.acme, world.globex):
        slack.refusals[slack.bot_token] = "invalid_auth"
    await world.discord.revoke()
    path = connected.folder / "tocsin.toml"
    path.write_text(path.read_text().replace('to = "console"', 'to = "slack:T1/C2"'))

    finished = await asyncio.to_thread(connected, "run")

    assert finished.returncode == 1
    for name in ("ACME_BOT", "GLOBEX_BOT", "DISCORD_TOKEN"):
        assert name in finished.stderr
    assert "Traceback" not in finished.stderr
