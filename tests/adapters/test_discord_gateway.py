import asyncio
import inspect
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.discord.commands import DiscordCommands
from adapters.discord.gateway import Gateway
from adapters.discord.platform import DiscordPlatform
from adapters.discord.sessions import FEW_SESSIONS, wait_before
from adapters.discord.settings import DiscordSettings
from adapters.discord.wire import Rest
from bot.commands.command import Choice, Command, Done, Parameter, Reply, Request
from bot.model.destination import Workspace
from bot.ports import Connection
from bot.web.routes import RouteTable
from tests.standins.discord_checks import pinged
from tests.standins.discord_standin import DiscordStandIn
from tests.standins.discord_state import SEND_MESSAGES
from tests.standins.trouble import Scripted

QUERY = Parameter("query", "what to watch for", rest=True)


def a_command(
    run: Callable[[Request], Awaitable[Reply]], *parameters: Parameter, words: tuple[str, ...] = ("do",)
) -> Command:
    return Command(words, words, "Does it", "Doing it …", "anyone", run, parameters)


async def say_who_and_where(request: Request) -> Reply:
    asker = request.asker
    return Done(f"{asker.user} {asker.workspace} {request.here} {asker.direct} {dict(request.arguments)}")


LISTS = a_command(say_who_and_where, words=("subscriptions",))
SUBSCRIBES = a_command(say_who_and_where, QUERY, words=("subscribe",))


class Ear:
    """Hears who comes and goes."""

    def __init__(self) -> None:
        self.heard: list[tuple[list[Connection], bool]] = []
        self._news = asyncio.Event()

    async def __call__(self, connections: Sequence[Connection], *, complete: bool = False) -> None:
        self.heard.append((list(connections), complete))
        self._news.set()

    async def next(self) -> tuple[list[Connection], bool]:
        async with asyncio.timeout(10):
            while not self.heard:
                self._news.clear()
                await self._news.wait()
        return self.heard.pop(0)


@asynccontextmanager
async def listening(settings: DiscordSettings, discord: DiscordStandIn, *catalogue: Command) -> AsyncIterator[Ear]:
    platform = DiscordPlatform(settings)
    platform.serve([LISTS, SUBSCRIBES, *catalogue], RouteTable())
    ear = Ear()
    task = asyncio.create_task(platform.listen(ear))
    try:
        await discord.connected()
        yield ear
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


# ---- commands ------------------------------------------------------------------------------------------------------


async def test_commands_are_registered_everywhere_and_at_once_where_that_is_asked_for(
    discord: DiscordStandIn, discord_settings: DiscordSettings
) -> None:
    async with listening(replace(discord_settings, guilds=("100",)), discord):
        pass

    assert [each["name"] for each in discord.commands] == ["news"]
    assert [each["name"] for each in discord.guild_commands["100"]] == ["news"]
    assert discord.commands[0]["contexts"] == [0]


async def test_a_server_that_the_bot_is_not_in_keeps_nobody_from_listening(
    discord: DiscordStandIn, discord_settings: DiscordSettings, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(replace(discord_settings, guilds=("300", "100")), discord):
        pass

    assert [each["name"] for each in discord.guild_commands["100"]] == ["news"]
    assert "Tocsin is not in a server that discord.guilds names" in caplog.text


@pytest.mark.parametrize("trouble", [Scripted(400, {"code": 50035, "message": "invented"}), Scripted(403, {"code": 1})])
async def test_commands_that_discord_does_not_take_keep_nobody_from_listening(
    discord: DiscordStandIn, discord_settings: DiscordSettings, trouble: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(discord_settings, discord):
        pass
    discord.fail("PUT /applications/{id}/commands", trouble)

    async with listening(discord_settings, discord):
        exchange = await discord.command("7", "200", "subscriptions")

    assert exchange.last.startswith("7 discord:100")
    assert caplog.records


async def test_a_command_of_another_version_is_asked_for_anew(
    discord: DiscordStandIn, discord_settings: DiscordSettings
) -> None:
    async with listening(discord_settings, discord, a_command(say_who_and_where)):
        pass
    discord.fail("PUT /applications/{id}/commands", Scripted(400, {"code": 50035, "message": "invented"}))

    async with listening(discord_settings, discord):
        exchange = await discord.command("7", "200", "do")

    assert "has just changed" in exchange.last
    assert exchange.ephemeral


async def test_a_command_is_deferred_and_answered_privately(
    discord: DiscordStandIn, discord_settings: DiscordSettings
) -> None:
    async with listening(discord_settings, discord, a_command(say_who_and_where, QUERY)):
        exchange = await discord.command("7", "200", "do", query="huawei & ban")

    assert exchange.last == "7 discord:100 discord:100/200 discord:100/@7 {'query': 'huawei & ban'}"
    assert exchange.deferred
    assert exchange.ephemeral
    assert pinged(exchange.replies[0]) == []
    assert not discord.messages("200")


async def test_the_acknowledgement_waits_for_nothing(
    discord: DiscordStandIn, discord_settings: DiscordSettings
) -> None:
    go_on = asyncio.Event()

    async def wait(request: Request) -> Reply:
        await go_on.wait()
        return Done("done")

    async with listening(discord_settings, discord, a_command(wait)):
        exchange = await discord.command("7", "200", "do", replies=0)
        acknowledged = exchange.acked_after
        go_on.set()
        await exchange.heard(1)

    assert acknowledged is not None
    assert exchange.last == "done"


async def test_a_command_in_a_thread_is_about_the_thread(
    discord: DiscordStandIn, discord_settings: DiscordSettings
) -> None:
    discord.guilds["100"].thread("201", parent="200")

    async with listening(discord_settings, discord, a_command(say_who_and_where)):
        exchange = await discord.command("7", "201", "do")

    assert "discord:100/201" in exchange.last


@pytest.mark.parametrize(("user", "is_admin"), [("9", True), ("7", False)])
async def test_who_may_manage_the_server_is_an_admin(
    discord: DiscordStandIn, discord_settings: DiscordSettings, user: str, is_admin: bool
) -> None:
    async def say_whether_admin(request: Request) -> Reply:
        return Done(f"admin: {await request.asker.is_platform_admin()}")

    async with listening(discord_settings, discord, a_command(say_whether_admin)):
        exchange = await discord.command(user, "200", "do")

    assert exchange.last == f"admin: {is_admin}"


async def test_an_admin_of_one_server_is_none_in_another(
    discord: DiscordStandIn, discord_settings: DiscordSettings
) -> None:
    discord.guild("300", "Invented Rival").channel("400")
    discord.person("8", administrator=["300"])

    async def say_whether_admin(request: Request) -> Reply:
        return Done(f"admin: {await request.asker.is_platform_admin()}")

    async with listening(discord_settings, discord, a_command(say_whether_admin)):
        here, there = [await discord.command("8", channel, "do") for channel in ("200", "400")]

    assert (here.last, there.last) == ("admin: False", "admin: True")


async def test_a_completion_is_answered_within_a_second_from_the_askers_own_server(
    discord: DiscordStandIn, discord_settings: DiscordSettings
) -> None:
    async def complete(request: Request, typed: str) -> Sequence[Choice]:
        return [Choice(f"{number}", f"{typed} {request.here} {'x' * 200}") for number in range(40)]

    named = Parameter("feed", "which one", completion=complete)

    async with listening(discord_settings, discord, a_command(say_who_and_where, named)):
        choices = await discord.completes("7", "200", "do", "feed", typed="abc")

    assert len(choices) == 25
    assert choices[0]["name"].startswith("abc discord:100/200 x")
    assert choices.answered_after < 1.0


async def test_a_bug_in_a_completion_offers_nothing(discord: DiscordStandIn, discord_settings: DiscordSettings) -> None:
    async def stumble(request: Request, typed: str) -> Sequence[Choice]:
        raise RuntimeError("an invented bug")

    named = Parameter("feed", "which one", completion=stumble)

    async with listening(discord_settings, discord, a_command(say_who_and_where, named)):
        assert await discord.completes("7", "200", "do", "feed", typed="abc") == []


async def test_a_command_that_is_delivered_again_is_carried_out_once(
    discord: DiscordStandIn, discord_settings: DiscordSettings
) -> None:
    done: list[str] = []

    async def count(request: Request) -> Reply:
        done.append("done")
        return Done("done")

    async with listening(discord_settings, discord, a_command(count)):
        exchange = await discord.command("7", "200", "do")
        await discord.again(exchange)
        await discord.command("7", "200", "do")

    assert len(done) == 2


async def test_what_is_under_way_at_the_end_is_still_answered(
    discord: DiscordStandIn, discord_settings: DiscordSettings
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def wait(request: Request) -> Reply:
        begun.set()
        await go_on.wait()
        return Done("done")

    platform = DiscordPlatform(discord_settings)
    platform.serve([LISTS, SUBSCRIBES, a_command(wait)], RouteTable())
    listening = asyncio.create_task(platform.listen(Ear()))
    await discord.connected()
    exchange = await discord.command("7", "200", "do", replies=0)
    await begun.wait()
    listening.cancel()
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(listening, return_exceptions=True)

    assert exchange.last == "done"
    assert listening.cancelled()


async def test_a_bug_of_ours_is_told_in_a_sentence(discord: DiscordStandIn, discord_settings: DiscordSettings) -> None:
    async def stumble(request: Request) -> Reply:
        raise RuntimeError("an invented bug")

    async with listening(discord_settings, discord, a_command(stumble)):
        exchange = await discord.command("7", "200", "do")

    assert "our mistake" in exchange.last


async def test_a_bug_in_an_answer_is_told_and_logged_too(
    discord: DiscordStandIn,
    discord_settings: DiscordSettings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def stumble(*_: object) -> None:
        raise RuntimeError("an invented bug")

    monkeypatch.setattr("adapters.discord.replies.reply", stumble)

    async with listening(discord_settings, discord, a_command(say_who_and_where)):
        exchange = await discord.command("7", "200", "do")

    assert "our mistake" in exchange.last
    assert "an invented bug" in caplog.text


async def test_an_answer_that_cannot_be_given_is_logged_without_its_address(
    discord: DiscordStandIn, discord_settings: DiscordSettings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    discord.fail("PATCH /webhooks/{id}/{token}/messages/@original", Scripted(404, {"code": 10015, "message": "gone"}))

    async with listening(discord_settings, discord, a_command(say_who_and_where)):
        exchange = await discord.command("7", "200", "do", replies=0)
        await discord.command("7", "200", "do")

    assert "An answer to a command was lost" in caplog.text
    assert exchange.payload["token"] not in caplog.text
    assert discord.token not in caplog.text


async def test_the_button_lists_the_subscriptions_of_its_place_for_whoever_clicks(
    discord: DiscordStandIn, discord_settings: DiscordSettings
) -> None:
    platform = DiscordPlatform(discord_settings)
    await platform.connect()
    from bot.model.destination import Destination
    from tests.adapters.arrange import a_delivery

    for channel in ("200", "@7"):
        await platform.messenger.send(a_delivery(Destination(Workspace("discord", "100"), channel)))
    (message,), (direct,) = discord.messages("200"), discord.messages(discord.dm("7"))
    custom_id = message["components"][0]["components"][0]["custom_id"]
    direct_id = direct["components"][0]["components"][0]["custom_id"]

    async with listening(discord_settings, discord):
        exchange = await discord.clicks("7", "200", message, custom_id)
        alone = await discord.clicks("7", discord.dm("7"), direct, direct_id)

    assert exchange.last == "7 discord:100 discord:100/200 discord:100/@7 {}"
    assert exchange.ephemeral
    assert alone.last == "7 discord:100 discord:100/@7 discord:100/@7 {}"


# ---- coming and going ----------------------------------------------------------------------------------------------


async def test_all_servers_are_told_when_listening_begins(
    discord: DiscordStandIn, discord_settings: DiscordSettings
) -> None:
    discord.guild("300", "Invented Rival")
    platform = DiscordPlatform(discord_settings)
    platform.serve([LISTS, SUBSCRIBES], RouteTable())
    ear = Ear()
    task = asyncio.create_task(platform.listen(ear))
    connections, complete = await ear.next()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert complete
    assert {(str(each.workspace), each.name, each.problem) for each in connections} == {
        ("discord:100", "Invented Telecom", ""),
        ("discord:300", "Invented Rival", ""),
    }
    assert not any(each.welcome for each in connections)


async def test_a_server_that_is_joined_may_be_welcomed_where_the_bot_may_post(
    discord: DiscordStandIn, discord_settings: DiscordSettings
) -> None:
    guild = discord.guild("300", "Invented Rival", joined=False)
    guild.channel("400", denies=SEND_MESSAGES)
    guild.channel("401")

    async with listening(discord_settings, discord) as ear:
        await ear.next()
        await discord.joins(guild)
        (connection,), complete = await ear.next()

    assert not complete
    assert connection.workspace == Workspace("discord", "300")
    assert connection.welcome is not None
    assert connection.welcome.channel == "401"
    assert connection.welcome.first_step == "/news subscribe query:huawei"
    assert connection.welcome.joined <= datetime.now(UTC)


async def test_the_channel_for_system_messages_is_the_first_choice_and_a_server_without_one_gets_no_welcome(
    discord: DiscordStandIn, discord_settings: DiscordSettings
) -> None:
    chosen = discord.guild("300", joined=False, system_channel="401")
    mute = discord.guild("500", joined=False)
    for guild, number in ((chosen, 400), (chosen, 401), (mute, 600)):
        guild.channel(str(number), denies=SEND_MESSAGES if guild is mute else 0)

    async with listening(discord_settings, discord) as ear:
        await ear.next()
        await discord.joins(chosen)
        await discord.joins(mute)
        welcomes = [(await ear.next())[0][0].welcome for _ in range(2)]

    assert welcomes[0] is not None
    assert welcomes[0].channel == "401"
    assert welcomes[1] is None


async def test_a_server_that_throws_the_bot_out_is_a_problem_and_an_outage_is_none(
    discord: DiscordStandIn, discord_settings: DiscordSettings
) -> None:
    discord.guild("300", "Invented Rival")

    async with listening(discord_settings, discord) as ear:
        await ear.next()
        await discord.outage("100")
        await discord.removes("300")
        (connection,), complete = await ear.next()
        await discord.returns("100")

    assert not complete
    assert connection.workspace == Workspace("discord", "300")
    assert connection.problem == "Tocsin is not in this server any more"
    assert not connection.passing
    assert not ear.heard


# ---- the connection ------------------------------------------------------------------------------------------------


async def test_a_connection_that_is_cut_is_resumed_and_nothing_said_meanwhile_is_lost(
    discord: DiscordStandIn, discord_settings: DiscordSettings, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(discord_settings, discord, a_command(say_who_and_where)):
        await discord.cut()
        exchange = await discord.command("7", "200", "do")

    assert exchange.last.startswith("7 discord:100")
    assert (len(discord.identifies), len(discord.resumes)) == (1, 1)
    assert "Traceback" not in caplog.text


async def test_a_gateway_that_is_away_for_a_while_is_found_again(
    discord: DiscordStandIn, discord_settings: DiscordSettings, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(discord_settings, discord, a_command(say_who_and_where)):
        await discord.stop()
        async with asyncio.timeout(10):
            while not any(hasattr(record, "error") for record in caplog.records):
                await asyncio.sleep(0.001)
        await discord.start()
        exchange = await discord.command("7", "200", "do")

    assert exchange.last.startswith("7 discord:100")
    assert "Traceback" not in caplog.text


async def test_a_session_that_cannot_be_resumed_begins_anew_out_of_the_budget(
    discord: DiscordStandIn, discord_settings: DiscordSettings
) -> None:
    async with listening(discord_settings, discord, a_command(say_who_and_where)):
        await discord.gateway.invalidate()
        async with asyncio.timeout(10):
            while len(discord.identifies) < 2:
                await asyncio.sleep(0.001)
        exchange = await discord.command("7", "200", "do")

    assert exchange.last.startswith("7 discord:100")
    assert len(discord.calls_of("GET", "/gateway/bot")) == len(discord.identifies) == 2
    beating = [thread for thread in threading.enumerate() if thread.name.startswith("keep-alive")]
    for thread in beating:
        # One that was told to end takes a moment; one that was not goes on for ever.
        await asyncio.to_thread(thread.join, 10)
    assert not [thread for thread in beating if thread.is_alive()]


async def test_no_session_begins_while_none_is_left_for_today(
    discord: DiscordStandIn, discord_settings: DiscordSettings, caplog: pytest.LogCaptureFixture
) -> None:
    none_left = {"total": 1000, "remaining": 0, "reset_after": 300, "max_concurrency": 1}
    discord.fail("GET /gateway/bot", Scripted(200, {"url": "wss://a.b", "shards": 1, "session_start_limit": none_left}))
    async with listening(discord_settings, discord):
        pass

    assert len(discord.identifies) == 1
    assert "Few sessions are left for today; waiting" in caplog.text


@pytest.mark.parametrize(("remaining", "hours"), [(1000, 0), (FEW_SESSIONS, 0), (23, 1), (1, 12), (0, 24), (-1, 24)])
def test_the_last_sessions_of_a_day_are_spread_over_what_is_left_of_it(remaining: int, hours: int) -> None:
    limit = {"total": 1000, "remaining": remaining, "reset_after": 86_400_000, "max_concurrency": 1}

    assert wait_before({"session_start_limit": limit}) == timedelta(hours=hours)


@pytest.mark.parametrize("said", [{}, {"session_start_limit": None}, {"session_start_limit": {"remaining": "few"}}])
def test_where_discord_does_not_say_how_many_sessions_are_left_nothing_waits(said: dict[str, object]) -> None:
    assert wait_before(said) == timedelta()


async def test_what_discord_refuses_its_library_counts_towards_the_same_bar(
    discord: DiscordStandIn, discord_settings: DiscordSettings
) -> None:
    rest, ear = Rest(discord.token, discord.api_url, timedelta(seconds=5)), Ear()
    discord.fail("GET /users/@me", Scripted(401, {"message": "401: Unauthorized", "code": 0}))
    listening = asyncio.create_task(Gateway(discord_settings, rest, DiscordCommands([]), ear).run())
    await ear.next()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)

    assert rest.circuit.is_refused(asyncio.get_running_loop().time())


async def test_a_token_that_is_revoked_shuts_every_server_and_names_the_variable(
    discord: DiscordStandIn, discord_settings: DiscordSettings, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(discord_settings, discord) as ear:
        await ear.next()
        await discord.revoke()
        (connection,), complete = await ear.next()

    assert complete
    assert connection.workspace is None
    assert "DISCORD_TOKEN" in connection.problem
    assert discord.token not in connection.problem + caplog.text


async def test_every_exception_that_discord_py_exports_is_taken_care_of() -> None:
    from adapters.discord.gateway import TROUBLE
    from adapters.discord.vendor import app_commands, discord

    exported = [
        each
        for module in (discord, app_commands)
        for _, each in inspect.getmembers(module, inspect.isclass)
        if issubclass(each, Exception)
    ]

    assert len(exported) >= 25
    assert [each for each in exported if not issubclass(each, TROUBLE)] == []
