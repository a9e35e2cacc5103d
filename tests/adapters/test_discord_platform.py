import asyncio
import logging
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from adapters.discord.permissions import NEEDED, invite
from adapters.discord.platform import DiscordPlatform
from adapters.discord.settings import DiscordSettings
from bot.commands.command import Command, Done, Reply, Request
from bot.commands.platform import Platform
from bot.model.delivery import Absent, Deferred, Refused, Sent
from bot.model.destination import Destination, Workspace
from bot.ports import Connection, Examined, Messenger
from bot.web.routes import RouteTable
from tests.adapters.arrange import a_delivery
from tests.standins.discord_standin import CLOUDFLARE_BAN, DiscordStandIn
from tests.standins.discord_state import (
    ADMINISTRATOR,
    READ_MESSAGE_HISTORY,
    SEND_MESSAGES,
    VIEW_CHANNEL,
)
from tests.standins.trouble import Scripted, Trouble

CHANNEL = Destination(Workspace("discord", "100"), "200")
MY_GUILDS = "GET /users/@me/guilds"
LIMITED = Scripted(429, {"message": "slow", "retry_after": 9, "global": False}, {"Via": "1.1", "Retry-After": "9"})
PASSING: list[Trouble | Scripted] = [Scripted(502), "500", "reset before", "not json", LIMITED, CLOUDFLARE_BAN]


def test_the_adapter_is_what_the_ports_promise(discord_settings: DiscordSettings) -> None:
    platform: Platform = DiscordPlatform(discord_settings)
    messenger: Messenger = platform.messenger

    assert messenger is platform.messenger


def test_it_is_not_spoken_to_over_http(discord_settings: DiscordSettings) -> None:
    routes = RouteTable()

    DiscordPlatform(discord_settings).serve([], routes)

    assert not routes
    assert routes.paths == []


# ---- signing in ------------------------------------------------------------------------------------------------------


async def test_signing_in_tells_every_server_and_opens_them(
    discord_settings: DiscordSettings, discord: DiscordStandIn
) -> None:
    discord.guild("300", "Invented Rival").channel("400")
    discord.guild("500", "Left long ago", joined=False)
    platform = DiscordPlatform(discord_settings)

    connections = await platform.connect()

    assert connections == [
        Connection(Workspace("discord", "100"), "Invented Telecom"),
        Connection(Workspace("discord", "300"), "Invented Rival"),
    ]
    for destination in (CHANNEL, Destination(Workspace("discord", "300"), "400")):
        assert isinstance(await platform.messenger.send(a_delivery(destination)), Sent)


@pytest.mark.parametrize(("servers", "pages"), [(199, 2), (200, 2), (401, 4)])
async def test_servers_are_told_page_by_page(
    discord_settings: DiscordSettings, discord: DiscordStandIn, servers: int, pages: int
) -> None:
    for number in range(servers - 1):
        discord.guild(str(1000 + number))

    connections = await DiscordPlatform(discord_settings).connect()

    assert len({connection.workspace for connection in connections}) == len(connections) == servers
    assert len(discord.calls_of("GET", "/users/@me/guilds")) == pages


async def test_a_page_that_is_a_server_short_is_not_the_last(
    discord_settings: DiscordSettings, discord: DiscordStandIn
) -> None:
    pages = [[{"id": str(number), "name": "", "permissions": "0"} for number in each] for each in ((5, 6), (7,), ())]
    discord.fail(MY_GUILDS, *(Scripted(200, page) for page in pages))

    connections = await DiscordPlatform(discord_settings).connect()

    assert [str(connection.workspace) for connection in connections] == ["discord:5", "discord:6", "discord:7"]


async def test_trouble_on_a_later_page_is_trouble_with_all_of_them(
    discord_settings: DiscordSettings, discord: DiscordStandIn
) -> None:
    for number in range(250):
        discord.guild(str(1000 + number))
    discord.limits(1, 60, route=MY_GUILDS)

    (connection,) = await DiscordPlatform(discord_settings).connect()

    assert connection.workspace is None
    assert connection.passing


async def test_a_bot_in_no_server_is_signed_in_all_the_same(
    discord_settings: DiscordSettings, discord: DiscordStandIn
) -> None:
    discord.guilds["100"].joined = False
    platform = DiscordPlatform(discord_settings)

    assert await platform.connect() == []
    outcome = await platform.messenger.send(a_delivery(CHANNEL))

    assert isinstance(outcome, Refused)
    assert outcome.scope == "lane"
    assert "invite" in platform.unserved


async def test_a_refused_token_is_a_problem_that_names_its_variable(
    discord_settings: DiscordSettings, discord: DiscordStandIn
) -> None:
    await discord.revoke()
    platform = DiscordPlatform(replace(discord_settings, token_variable="DISCORD_TOKEN_ACME"))

    (connection,) = await platform.connect()
    outcome = await platform.messenger.send(a_delivery(CHANNEL))

    assert connection.workspace is None
    assert not connection.passing
    assert "DISCORD_TOKEN_ACME" in connection.problem
    assert discord.token not in connection.problem
    assert outcome == Refused("workspace", connection.problem)
    assert isinstance(await platform.messenger.find(a_delivery(CHANNEL)), Deferred), "it may be found out later"
    assert discord.token not in repr(discord_settings)


@pytest.mark.parametrize("trouble", PASSING, ids=str)
async def test_trouble_that_may_pass_is_flagged_and_everything_waits(
    discord_settings: DiscordSettings, discord: DiscordStandIn, trouble: Trouble | Scripted
) -> None:
    # aiohttp itself asks a second time for what only reads.
    discord.fail(MY_GUILDS, trouble, trouble)
    platform = DiscordPlatform(discord_settings)

    (connection,) = await platform.connect()

    assert connection.workspace is None
    assert connection.problem
    assert connection.passing
    assert isinstance(await platform.messenger.send(a_delivery(CHANNEL)), Deferred)


async def test_no_network_is_trouble_that_may_pass(discord_settings: DiscordSettings, discord: DiscordStandIn) -> None:
    await discord.stop()

    (connection,) = await DiscordPlatform(discord_settings).connect()

    assert connection.passing


async def test_signing_in_again_opens_what_was_shut(discord_settings: DiscordSettings, discord: DiscordStandIn) -> None:
    discord.fail(MY_GUILDS, Scripted(502))
    platform = DiscordPlatform(discord_settings)
    await platform.connect()

    await platform.connect()

    assert isinstance(await platform.messenger.send(a_delivery(CHANNEL)), Sent)


SOMETHING_ELSE = [Scripted(200, []), Scripted(200, {}), Scripted(200, 7), Scripted(200, "")]


@pytest.mark.parametrize("said", [each for each in SOMETHING_ELSE if each.body != []], ids=lambda said: repr(said.body))
async def test_what_is_not_discords_list_of_servers_is_trouble_that_may_pass(
    discord_settings: DiscordSettings, discord: DiscordStandIn, said: Scripted
) -> None:
    discord.fail(MY_GUILDS, said)

    (connection,) = await DiscordPlatform(discord_settings).connect()

    assert connection.passing


@pytest.mark.parametrize("said", [each for each in SOMETHING_ELSE if each.body != {}], ids=lambda said: repr(said.body))
@pytest.mark.parametrize("route", ["GET /channels/{id}", "POST /users/@me/channels", "GET /guilds/{id}/members/{user}"])
async def test_what_is_not_discords_answer_before_a_post_raises_nothing(
    discord_platform: DiscordPlatform, discord: DiscordStandIn, route: str, said: Scripted
) -> None:
    discord.fail(route, said)

    channel = "200" if route == "GET /channels/{id}" else "@7"

    assert isinstance(await discord_platform.messenger.send(a_delivery(replace(CHANNEL, channel=channel))), Deferred)


@pytest.mark.parametrize("route", ["GET /users/@me", "GET /guilds/{id}/roles", "GET /guilds/{id}/members/{user}"])
async def test_what_is_not_discords_answer_about_permissions_raises_nothing(
    discord_platform: DiscordPlatform, discord: DiscordStandIn, route: str
) -> None:
    discord.guilds["100"].channel("202", denies=SEND_MESSAGES | READ_MESSAGE_HISTORY)
    delivery = a_delivery(replace(CHANNEL, channel="202"))
    discord.fail(route, Scripted(200, 7), Scripted(200, 7))

    assert isinstance(await discord_platform.messenger.send(delivery), Refused)
    assert isinstance(await discord_platform.messenger.find(delivery), Deferred | Absent)


# ---- doctor ----------------------------------------------------------------------------------------------------------


async def examined(settings: DiscordSettings) -> Sequence[Examined]:
    return await DiscordPlatform(settings).examine()


async def not_ok(settings: DiscordSettings) -> dict[str, Examined]:
    return {finding.subject: finding for finding in await examined(settings) if not finding.ok}


async def test_a_healthy_bot_gives_doctor_nothing_to_do(
    discord_settings: DiscordSettings, discord: DiscordStandIn
) -> None:
    findings = await examined(discord_settings)

    assert [finding.subject for finding in findings] == [
        "Discord token (DISCORD_TOKEN)",
        "Discord invite link",
        "Discord intents",
        "Discord sessions",
        "Discord server Invented Telecom",
    ]
    assert all(finding.ok for finding in findings)
    assert findings[0].detail == "Discord app Tocsin"
    assert findings[1].detail == invite(discord.application_id)
    assert discord.token not in str(findings)


@pytest.mark.parametrize("bit", NEEDED)
async def test_doctor_names_each_missing_permission_and_what_it_is_for(
    discord_settings: DiscordSettings, discord: DiscordStandIn, bit: int
) -> None:
    name, reason = NEEDED[bit]
    for role in discord.guilds["100"].roles:
        role.permissions &= ~bit

    missing = await not_ok(discord_settings)

    assert set(missing) == {f"Discord permission {name} in Invented Telecom"}
    (finding,) = missing.values()
    assert finding.detail == f"missing: it {reason}"
    assert finding.next_step.startswith(
        f"Server Settings, Roles, Tocsin: switch on {name}, or allow it in the channels"
    )
    assert not finding.fatal, "a channel may allow it all the same"


async def test_doctor_names_all_that_are_missing_each_by_itself(
    discord_settings: DiscordSettings, discord: DiscordStandIn
) -> None:
    discord.guild("300", "Invented Rival", permissions=VIEW_CHANNEL, everyone=SEND_MESSAGES)

    assert set(await not_ok(discord_settings)) == {
        "Discord permission Embed Links in Invented Rival",
        "Discord permission Read Message History in Invented Rival",
        "Discord permission Send Messages in Threads in Invented Rival",
    }


async def test_an_administrator_lacks_nothing(discord_settings: DiscordSettings, discord: DiscordStandIn) -> None:
    discord.guilds["100"].bot_role.permissions = ADMINISTRATOR
    discord.fail(
        MY_GUILDS, Scripted(200, [{"id": "100", "name": "Invented Telecom", "permissions": str(ADMINISTRATOR)}])
    )

    assert await not_ok(discord_settings) == {}


async def test_without_a_server_doctor_prints_the_invite_link(
    discord_settings: DiscordSettings, discord: DiscordStandIn
) -> None:
    discord.guilds["100"].joined = False

    missing = await not_ok(discord_settings)

    assert set(missing) == {"Discord servers"}
    assert missing["Discord servers"].next_step == f"Invite it: {invite(discord.application_id)}"
    assert not missing["Discord servers"].fatal


async def test_a_refused_token_is_fatal_and_named_by_its_variable(
    discord_settings: DiscordSettings, discord: DiscordStandIn
) -> None:
    await discord.revoke()

    (finding,) = await examined(replace(discord_settings, token_variable="DISCORD_TOKEN_ACME"))

    assert finding.fatal
    assert not finding.ok
    assert finding.subject == "Discord token (DISCORD_TOKEN_ACME)"
    assert "DISCORD_TOKEN_ACME" in finding.detail
    assert "DISCORD_TOKEN_ACME" in finding.next_step
    assert discord.token not in str(finding)


@pytest.mark.parametrize("trouble", [*PASSING, Scripted(200, []), Scripted(200, 7)], ids=str)
async def test_doctor_takes_a_discord_that_cannot_be_asked_for_a_warning(
    discord_settings: DiscordSettings, discord: DiscordStandIn, trouble: Trouble | Scripted
) -> None:
    discord.fail("GET /applications/@me", trouble, trouble)

    (finding,) = await examined(discord_settings)

    assert not finding.ok
    assert not finding.fatal
    assert finding.next_step


async def test_doctor_takes_a_missing_network_for_a_warning(
    discord_settings: DiscordSettings, discord: DiscordStandIn
) -> None:
    await discord.stop()

    (finding,) = await examined(discord_settings)

    assert not finding.ok
    assert not finding.fatal
    assert "network" in finding.next_step


async def test_servers_that_cannot_be_listed_are_no_doubt_about_the_token(
    discord_settings: DiscordSettings, discord: DiscordStandIn
) -> None:
    discord.fail(MY_GUILDS, Scripted(502))

    missing = await not_ok(discord_settings)

    assert set(missing) == {"Discord servers"}
    assert not missing["Discord servers"].fatal


@pytest.mark.parametrize(("left", "ok"), [(0, False), (49, False), (50, True), (1000, True)])
async def test_doctor_warns_where_few_sessions_are_left(
    discord_settings: DiscordSettings, discord: DiscordStandIn, left: int, ok: bool
) -> None:
    limit = {"total": 1000, "remaining": left, "reset_after": 1, "max_concurrency": 1}
    discord.fail("GET /gateway/bot", Scripted(200, {"url": "wss://a.b", "shards": 1, "session_start_limit": limit}))

    sessions = {finding.subject: finding for finding in await examined(discord_settings)}["Discord sessions"]

    assert (sessions.ok, sessions.fatal) == (ok, False)
    assert sessions.detail == f"{left} left today"
    assert sessions.next_step


@pytest.mark.parametrize("said", [Scripted(200, {}), Scripted(200, []), Scripted(502), "reset before"], ids=str)
async def test_sessions_that_discord_does_not_tell_of_are_left_out(
    discord_settings: DiscordSettings, discord: DiscordStandIn, said: Trouble | Scripted
) -> None:
    discord.fail("GET /gateway/bot", said, said)

    findings = await examined(discord_settings)

    assert "Discord sessions" not in {finding.subject for finding in findings}
    assert all(finding.ok for finding in findings)


async def test_doctor_changes_nothing(discord_settings: DiscordSettings, discord: DiscordStandIn) -> None:
    await examined(discord_settings)

    assert {call.method for call in discord.calls} == {"GET"}
    assert discord.identifies == []


# ---- what it costs, and what it says ---------------------------------------------------------------------------------


def imported(code: str) -> list[str]:
    """The vendors that it brings in."""
    tell = "print(*sorted({'discord', 'aiohttp'} & {name.partition('.')[0] for name in sys.modules}))"
    return subprocess.check_output([sys.executable, "-c", f"import sys, {code}; {tell}"], text=True).split()


def test_importing_the_package_imports_nothing_of_the_vendors() -> None:
    assert imported("adapters.discord, adapters.discord.settings") == []


def test_discord_py_comes_only_with_listening() -> None:
    assert imported("adapters.discord.platform") == ["aiohttp"]
    assert imported("adapters.discord.gateway") == ["aiohttp", "discord"]


def test_what_is_pure_needs_no_vendor() -> None:
    pure = ("markdown", "render", "replies", "permissions", "limits", "buttons")

    assert imported(", ".join(f"adapters.discord.{name}" for name in pure)) == []


def test_discord_py_says_nothing_while_it_is_imported() -> None:
    code = "import adapters.discord.gateway"

    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


async def answer(request: Request) -> Reply:
    return Done("done")


async def test_no_token_stands_in_any_log(
    discord_settings: DiscordSettings, discord: DiscordStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "aiohttp")
    platform = DiscordPlatform(discord_settings)
    commands = [Command((name,), (name,), "Does it", "Doing it …", "anyone", answer) for name in ("do", "subscribe")]
    platform.serve(commands, RouteTable())
    ready = asyncio.Event()

    async def heard(*_: Any, **__: Any) -> None:
        ready.set()

    await platform.connect()
    listening = asyncio.create_task(platform.listen(heard))
    await asyncio.wait_for(ready.wait(), 10)
    exchange = await discord.command("7", "200", "do")
    await discord.cut()
    await discord.connected()
    await discord.revoke()
    await platform.examine()
    await asyncio.sleep(0)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await platform.close()

    assert exchange.last == "done"
    assert discord.token not in caplog.text
    assert exchange.payload["token"] not in caplog.text
    assert not [record for record in caplog.records if record.name.split(".")[0] == "discord"]
    assert logging.getLogger("discord.http").getEffectiveLevel() == logging.CRITICAL
