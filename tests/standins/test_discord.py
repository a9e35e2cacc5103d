"""The stand-in itself: discord.py runs against it, and what it takes and refuses is as Discord documents it."""

import asyncio
import json
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
import pytest
import yarl

from tests.standins.discord_checks import (
    ALL_EMBEDS,
    CONTRACT_PRESENT,
    answer_violation,
    pinged,
    refusal,
    shown,
)
from tests.standins.discord_commands import command_problems
from tests.standins.discord_interactions import COMMAND, COMPONENT, Exchange
from tests.standins.discord_standin import CLOUDFLARE_BAN, DiscordStandIn
from tests.standins.discord_state import (
    ADMINISTRATOR,
    EMBED_LINKS,
    EVERYTHING,
    FORUM,
    MANAGE_GUILD,
    READ_MESSAGE_HISTORY,
    SEND_MESSAGES,
    SEND_MESSAGES_IN_THREADS,
    USUAL,
    VIEW_CHANNEL,
    overwrite,
)
from tests.standins.trouble import Scripted

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # discord.py imports audioop
    import discord
    from discord import app_commands

AGENT = "DiscordBot (https://example.org, 1)"
WORDS = {"content": "5G auction opens — Example Wire"}
NEWS = {
    "name": "news",
    "description": "News alerts",
    "options": [
        {
            "type": 1,
            "name": "subscribe",
            "description": "Alert this channel",
            "options": [
                {"type": 3, "name": "query", "description": "what", "required": True, "max_length": 20},
                {"type": 4, "name": "hours", "description": "how long", "max_value": 24},
                {"type": 3, "name": "cadence", "description": "how", "choices": [{"name": "Daily", "value": "daily"}]},
            ],
        },
    ],
}


class Bot(discord.Client):
    """A little of what Tocsin does, by discord.py's own means."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True), max_messages=None, guild_ready_timeout=0.05)
        self.happened: list[str] = []
        self.changed = asyncio.Event()
        self.tree = app_commands.CommandTree(self)
        news = app_commands.Group(name="news", description="News alerts")
        feeds = app_commands.Group(name="feeds", description="Feeds", parent=news)

        @news.command(description="Alert this channel")
        async def subscribe(interaction: discord.Interaction, query: str, tags: str | None = None) -> None:
            await interaction.response.defer(ephemeral=True)
            await interaction.edit_original_response(content=f"Watching {query} {tags}")
            await interaction.followup.send(f"{interaction.user.mention} watches {query}")

        @news.command(description="How it goes")
        async def status(interaction: discord.Interaction, hours: int = 1) -> None:
            await interaction.response.send_message(
                f"All is well for {hours} h", embed=discord.Embed(title=r"\*Fine\*")
            )

        @news.command(description="Say nothing")
        async def sulk(interaction: discord.Interaction) -> None:
            pass

        @feeds.command(description="End a feed")
        async def remove(interaction: discord.Interaction, url: str) -> None:
            button: discord.ui.Button[Any] = discord.ui.Button(label="Remove", custom_id="remove:1")
            view = discord.ui.View(timeout=None).add_item(button)
            await interaction.response.send_message(f"Remove {url}?", view=view, ephemeral=True)

        @remove.autocomplete("url")
        async def complete(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=f"{current}mple", value="https://example.org/")]

        self.tree.add_command(news)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        if interaction.type is discord.InteractionType.component:
            with suppress(discord.HTTPException):
                await interaction.response.edit_message(content="Removed.", view=None)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Do not wait five seconds before a second identify."""

    def dispatch(self, event: str, /, *args: Any, **more: Any) -> None:
        super().dispatch(event, *args, **more)
        self.happened.append(event)
        self.changed.set()

    async def until(self, event: str) -> None:
        async with asyncio.timeout(5):
            while event not in self.happened:
                self.changed.clear()
                await self.changed.wait()


class Settable:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Settable:
    return Settable()


@pytest.fixture
async def server(clock: Settable) -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn(clock=clock) as server:
        server.guild("100", "Acme").channel("200", name="telecom")
        server.person("7")
        yield server


Ask = Callable[..., Awaitable[tuple[int, Any]]]


@pytest.fixture
async def ask(server: DiscordStandIn) -> AsyncIterator[Ask]:
    """One request by plain aiohttp; the answer's status and its JSON, or text where it is none."""
    async with aiohttp.ClientSession() as http:

        async def ask(method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
            headers = {"Authorization": f"Bot {server.token}", "User-Agent": AGENT, **headers}
            async with http.request(method, server.api_url + path, json=body, headers=headers) as answer:
                text = await answer.text()
                return answer.status, json.loads(text) if text.startswith(("{", "[")) else text

        yield ask


@asynccontextmanager
async def running(server: DiscordStandIn) -> AsyncIterator[Bot]:
    bot = Bot()
    task = asyncio.create_task(bot.start(server.token))
    try:
        await server.connected()
        await bot.tree.sync()
        yield bot
    finally:
        await bot.close()
        with suppress(discord.DiscordException):
            await task


@pytest.fixture(autouse=True)
def _addresses(server: DiscordStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", server.api_url)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway_url))


@pytest.fixture
async def bot(server: DiscordStandIn) -> AsyncIterator[Bot]:
    async with running(server) as bot:
        yield bot


def begun(server: DiscordStandIn, kind: int = COMMAND) -> Exchange:
    """An interaction of which no client hears."""
    message = server.says("7", "200", "hello") if kind == COMPONENT else None
    return server.interactions.begin(kind, "7", server.channels["200"], {}, message)


def callback(exchange: Exchange) -> str:
    return f"/interactions/{exchange.payload['id']}/{exchange.payload['token']}/callback"


def webhook(server: DiscordStandIn, exchange: Exchange) -> str:
    return f"/webhooks/{server.application_id}/{exchange.payload['token']}"


def codes(errors: dict[str, Any]) -> list[str]:
    """Every error with its path, from Discord's nested object."""
    found = [f"{each['code']}" for each in errors.get("_errors", ())]
    for name, inner in errors.items():
        if name != "_errors":
            found += [f"{name}.{each}" for each in codes(inner)]
    return found


# ---- discord.py runs against it --------------------------------------------------------------------------------


async def test_discord_py_gets_ready_and_knows_its_guilds(server: DiscordStandIn) -> None:
    guild = server.guild("101", "Globex", permissions=USUAL | MANAGE_GUILD, system_channel="210")
    guild.channel("210", name="general", denies=SEND_MESSAGES)
    guild.channel("211", FORUM)
    guild.thread("212", "210")
    async with running(server) as bot:
        await bot.until("ready")
        globex = bot.get_guild(101)

    assert globex is not None
    assert globex.system_channel is not None
    assert globex.system_channel.name == "general"
    assert not globex.system_channel.permissions_for(globex.me).send_messages
    assert globex.me.guild_permissions.manage_guild
    assert globex.self_role is not None
    assert [channel.id for channel in globex.forums] == [211]
    assert [thread.parent_id for thread in globex.threads] == [210]
    assert bot.application_id == int(server.application_id)
    assert server.identifies[0]["intents"] == discord.Intents(guilds=True).value
    assert not server.violations


async def test_a_command_is_acknowledged_and_answered_later(server: DiscordStandIn, bot: Bot) -> None:
    exchange = await server.command("7", "200", "subscribe", query="huawei", tags="telecom", replies=2)

    assert exchange.deferred
    assert exchange.ephemeral
    assert exchange.acked_after is not None
    assert exchange.acked_after < 1
    assert exchange.said == ["Watching huawei telecom", "<@7> watches huawei"]
    assert [message["content"] for message in server.messages("200")] == ["<@7> watches huawei"]
    assert not server.violations


async def test_a_command_is_answered_at_once(server: DiscordStandIn, bot: Bot) -> None:
    exchange = await server.command("7", "200", "status", hours=3)

    assert not exchange.deferred
    assert not exchange.ephemeral
    assert exchange.last == "All is well for 3 h\n*Fine*"


async def test_commands_buttons_and_completion_work_in_direct_messages_too(server: DiscordStandIn, bot: Bot) -> None:
    for channel in ("200", server.dm("7")):
        choices = await server.completes("7", channel, "feeds remove", "url", typed="exa")
        exchange = await server.command("7", channel, "feeds remove", url=choices[0]["value"])
        click = await server.clicks("7", channel, exchange.replies[0]["id"], "remove:1")

        assert [choice["name"] for choice in choices] == ["example"]
        assert 0 < choices.answered_after < 1
        assert click.said == ["Removed."]
        assert exchange.replies[0]["components"] == []
    assert not server.violations


async def test_a_command_registered_in_the_guild_goes_before_the_global_one(server: DiscordStandIn, bot: Bot) -> None:
    guild = discord.Object(100)
    bot.tree.copy_global_to(guild=guild)
    await bot.tree.sync(guild=guild)

    exchange = await server.command("7", "200", "status")

    assert exchange.payload["data"]["guild_id"] == "100"
    assert exchange.last.startswith("All is well")


async def test_what_a_person_cannot_type_is_not_sent(server: DiscordStandIn, bot: Bot) -> None:
    server.person("8", guilds=[])

    with pytest.raises(LookupError, match="'scream' is not registered"):
        await server.command("7", "200", "scream")
    with pytest.raises(LookupError, match="asks for one of"):
        await server.command("7", "200", "feeds")
    with pytest.raises(LookupError, match=r"not given: \['query'\]"):
        await server.command("7", "200", "subscribe")
    with pytest.raises(LookupError, match=r"not registered: \['nonsense'\]"):
        await server.command("7", "200", "subscribe", query="huawei", nonsense="x")
    with pytest.raises(ValueError, match="hours cannot be"):
        await server.command("7", "200", "status", hours="three")
    with pytest.raises(LookupError, match="completes nothing"):
        await server.completes("7", "200", "subscribe", "query", typed="h")
    with pytest.raises(LookupError, match="does not see channel"):
        await server.command("8", "200", "status")
    with pytest.raises(LookupError, match="no button"):
        await server.clicks("7", "200", server.says("7", "200", "hello"), "remove:1")


@pytest.mark.parametrize(
    "options",
    [{"query": "x" * 21}, {"query": ""}, {"query": "x", "hours": 25}, {"query": "x", "cadence": "hourly"}],
)
async def test_a_value_beyond_the_registered_bounds_is_not_sent(
    server: DiscordStandIn, ask: Ask, options: dict[str, Any]
) -> None:
    await ask("PUT", f"/applications/{server.application_id}/commands", [NEWS])

    with pytest.raises(ValueError, match="cannot be"):
        await server.command("7", "200", "subscribe", **options)


async def test_a_bot_that_does_not_answer_in_time_is_reported(server: DiscordStandIn, bot: Bot, ask: Ask) -> None:
    server.interactions.ack_within = 0.05

    with pytest.raises(TimeoutError):
        await server.command("7", "200", "sulk")
    [exchange] = server.interactions.exchanges.values()
    status, body = await ask("POST", callback(exchange), {"type": 5})

    assert (status, body["code"]) == (404, 10062)
    assert exchange.refused == [10062]


async def test_an_interaction_delivered_again_is_answered_once(server: DiscordStandIn, bot: Bot) -> None:
    exchange = await server.command("7", "200", "feeds remove", url="x")
    click = await server.clicks("7", "200", exchange.replies[0], "remove:1")

    await server.again(click)
    await click.until(lambda: click.refused)

    assert click.refused == [40060]
    assert click.said == ["Removed."]


async def test_a_dropped_client_resumes_and_hears_what_it_missed(server: DiscordStandIn, bot: Bot) -> None:
    await server.cut()
    exchange = await server.command("7", "200", "status")

    assert exchange.last.startswith("All is well")
    assert len(server.identifies) == 1
    assert [resume["session_id"] for resume in server.resumes] == ["session1"]
    await bot.until("resumed")


async def test_a_client_comes_back_when_it_is_asked_to(server: DiscordStandIn, bot: Bot) -> None:
    await server.gateway.reconnect()
    await server.connected()
    await server.gateway.invalidate(resumable=True)
    await server.connected()

    assert (len(server.resumes), len(server.identifies)) == (2, 1)


async def test_an_ended_session_begins_anew(server: DiscordStandIn, bot: Bot) -> None:
    await server.gateway.invalidate()
    await server.connected()

    assert (len(server.resumes), len(server.identifies)) == (0, 2)


async def test_a_session_that_is_unknown_cannot_be_resumed(server: DiscordStandIn, bot: Bot) -> None:
    server.gateway.end()
    await server.cut()
    await server.connected()

    assert (len(server.resumes), len(server.identifies)) == (1, 2)


async def test_heartbeats_are_acknowledged(server: DiscordStandIn) -> None:
    server.gateway.heartbeat_interval = 0.02
    async with running(server) as bot:
        await server.gateway.beat()

        assert bot.latency < 1


async def test_the_bot_is_added_thrown_out_and_parted_by_an_outage(server: DiscordStandIn, bot: Bot, ask: Ask) -> None:
    server.guild("101", joined=False).channel("210")
    await bot.until("ready")

    await server.joins("101")
    await bot.until("guild_join")
    joined = await ask("POST", "/channels/210/messages", WORDS)
    await server.outage("101")
    await bot.until("guild_unavailable")
    parted = await ask("POST", "/channels/210/messages", WORDS)
    await server.returns("101")
    await bot.until("guild_available")
    back = await ask("GET", "/guilds/101")
    await server.removes("101")
    await bot.until("guild_remove")
    gone = await ask("GET", "/guilds/101"), await ask("POST", "/channels/210/messages", WORDS)

    assert [joined[0], parted[0], back[0]] == [200, 503, 200]
    assert [(status, body["code"]) for status, body in gone] == [(404, 10004), (403, 50001)]
    assert bot.get_guild(101) is None


async def test_a_channel_changes_and_goes(server: DiscordStandIn, bot: Bot, ask: Ask) -> None:
    await bot.until("ready")
    server.channels["200"].name = "radio"

    await server.updates("200")
    await bot.until("guild_channel_update")
    channel = bot.get_channel(200)
    await server.deletes("200")
    await bot.until("guild_channel_delete")

    assert isinstance(channel, discord.TextChannel)
    assert channel.name == "radio"
    assert (await ask("GET", "/channels/200"))[1]["code"] == 10003


async def test_a_revoked_token_opens_nothing(server: DiscordStandIn, ask: Ask) -> None:
    bot = Bot()
    task = asyncio.create_task(bot.start(server.token))
    await server.connected()

    await server.revoke()
    with pytest.raises(discord.ConnectionClosed) as closed:
        await task

    assert closed.value.code == 4004
    assert await ask("GET", "/users/@me") == (401, {"message": "401: Unauthorized", "code": 0})
    async with Bot() as other:
        with pytest.raises(discord.LoginFailure):
            await other.start(server.token)


@pytest.mark.parametrize(
    ("code", "error"), [(4013, discord.ConnectionClosed), (4014, discord.PrivilegedIntentsRequired)]
)
async def test_an_identify_is_refused_as_scripted(server: DiscordStandIn, code: int, error: type[Exception]) -> None:
    server.gateway.refusals.append(code)

    async with Bot() as bot:
        with pytest.raises(error):
            await bot.start(server.token)


async def test_discord_py_sends_edits_reads_and_deletes(server: DiscordStandIn, bot: Bot) -> None:
    await bot.until("ready")
    channel = bot.get_channel(200)
    assert isinstance(channel, discord.TextChannel)
    user = await bot.fetch_user(7)

    message = await channel.send("hello", nonce="n1", embed=discord.Embed(title="Title", url="https://example.org"))
    await message.edit(content="bye", allowed_mentions=discord.AllowedMentions.none())
    read = [(each.content, each.embeds[0].title) async for each in channel.history(after=discord.Object(1))]
    await message.delete()
    await user.send("psst")

    assert read == [("bye", "Title")]
    assert server.messages("200") == []
    assert [each["content"] for each in server.messages(server.dm("7"))] == ["psst"]
    assert not server.violations


async def test_it_answers_on_the_same_port_after_a_pause(server: DiscordStandIn, ask: Ask) -> None:
    address = server.api_url
    await server.stop()
    with pytest.raises(aiohttp.ClientConnectionError):
        await ask("GET", "/gateway")

    await server.start()

    assert server.api_url == address
    assert await ask("GET", "/gateway") == (200, {"url": server.gateway_url})


async def test_the_gateway_speaks_plainly_to_those_who_do_not_compress(server: DiscordStandIn) -> None:
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{server.gateway_url}?v=10&encoding=json") as socket:
        hello = await socket.receive_json()
        await socket.send_json({"op": 2, "d": {"token": server.token, "intents": 0, "properties": {}}})
        ready = await socket.receive_json()
        await socket.send_json({"op": 77, "d": None})
        closed = await socket.receive()

    assert (hello["op"], ready["t"], ready["s"]) == (10, "READY", 1)
    assert closed.data == 4001


# ---- REST ------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not CONTRACT_PRESENT, reason="Discord's OpenAPI description is not at hand (TOCSIN_CONTRACTS)")
async def test_every_answer_is_as_discords_own_description_has_it(server: DiscordStandIn, ask: Ask) -> None:
    guild = server.guilds["100"]
    guild.channel("201", FORUM)
    guild.channel("202", type=2)
    guild.thread("203", "200")
    one, clicked = begun(server), begun(server, COMPONENT)
    dm = server.dm("7")
    app, there = f"/applications/{server.application_id}", "/channels/200/messages"
    _, message = await ask("POST", there, {**WORDS, "nonce": "n", "embeds": [{"title": "T"}]})
    tour = [
        *(("GET", path, None) for path in ("/users/@me", "/users/@me/guilds", "/applications/@me", "/gateway/bot")),
        *(("GET", path, None) for path in ("/oauth2/applications/@me", "/gateway", "/users/7", "/users/8")),
        *(("GET", f"/guilds/100{path}", None) for path in ("", "/roles", "/channels", "/threads/active", "/members/7")),
        ("GET", f"/guilds/100/members/{server.bot_id}", None),
        *(("GET", f"/channels/{id}", None) for id in ("200", "201", "202", "203", dm, "999", "abc")),
        ("POST", "/users/@me/channels", {"recipient_id": "7"}),
        ("POST", "/channels/201/threads", {"name": "T", "message": WORDS}),
        ("POST", "/channels/200/threads", {"name": "T"}),
        ("POST", there, {"content": "x" * 2001}),
        ("POST", f"/channels/{dm}/messages", {**WORDS, "nonce": 17}),
        ("GET", there, None),
        ("GET", f"{there}/{message['id']}", None),
        ("PATCH", f"{there}/{message['id']}", {"content": "bye"}),
        ("DELETE", f"{there}/{message['id']}", None),
        ("PUT", f"{app}/commands", [NEWS]),
        ("PUT", f"{app}/guilds/100/commands", [NEWS]),
        ("GET", f"{app}/commands", None),
        ("POST", f"{callback(one)}?with_response=true", {"type": 5, "data": {"flags": 64}}),
        ("PATCH", f"{webhook(server, one)}/messages/@original", WORDS),
        ("GET", f"{webhook(server, one)}/messages/@original", None),
        ("POST", webhook(server, one), WORDS),
        ("DELETE", f"{webhook(server, one)}/messages/@original", None),
        ("POST", f"{callback(clicked)}?with_response=true", {"type": 7, "data": WORDS}),
    ]  # fmt: skip

    faults = []
    for method, path, body in tour:
        status, answer = await ask(method, path, body)
        route = server.rest.found(server.calls[-1]).route
        # Codes within errors are words, although the description has them as numbers.
        if status not in (204, 400):
            faults.append(answer_violation(route, status, answer))

    assert [fault.words for fault in faults if fault] == []
    assert not server.violations
    unvisited = set(server.rest.routes) - {server.rest.found(call).route for call in server.calls}
    assert sorted(unvisited) == [
        "DELETE /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
        "GET /applications/{application_id}/guilds/{guild_id}/commands",
        "GET /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
        "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
    ]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/channels/999", None, 404, 10003),
        ("GET", "/channels/hidden", None, 400, 50035),
        ("GET", "/channels/201", None, 403, 50001),
        ("GET", "/guilds/999", None, 404, 10004),
        ("GET", "/guilds/100/members/8", None, 404, 10007),
        ("GET", "/guilds/100/members/9", None, 404, 10013),
        ("GET", "/channels/200/messages/1", None, 404, 10008),
        ("GET", "/channels/200/messages?limit=101", None, 400, 50035),
        ("POST", "/channels/201/messages", WORDS, 403, 50001),
        ("POST", "/channels/202/messages", WORDS, 403, 50013),
        ("POST", "/channels/203/messages", {**WORDS, "embeds": [{"title": "T"}]}, 403, 50013),
        ("POST", "/channels/203/messages", WORDS, 200, None),
        ("POST", "/channels/204/messages", WORDS, 400, 50008),
        ("POST", "/channels/205/messages", WORDS, 403, 160005),
        ("POST", "/channels/206/messages", WORDS, 200, None),
        ("POST", "/channels/207/messages", WORDS, 403, 50013),
        ("POST", "/channels/200/messages", {}, 400, 50006),
        ("POST", "/channels/200/messages", {"content": " \n"}, 400, 50006),
        ("POST", "/users/@me/channels", {"recipient_id": "9"}, 400, 50033),
        ("PUT", "/applications/1/commands", [], 403, 20012),
        ("PUT", "/applications/1200000000000000000/guilds/999/commands", [], 403, 50001),
        ("POST", "/interactions/1/nonsense/callback", {"type": 5}, 404, 10062),
        ("POST", "/webhooks/1200000000000000000/nonsense", WORDS, 401, 50027),
        ("GET", "/nonsense", None, 404, 0),
    ],
)
async def test_a_request_is_refused_with_discords_code(
    server: DiscordStandIn, ask: Ask, *, method: str, path: str, body: Any, status: int, code: int | None
) -> None:
    guild = server.guilds["100"]
    guild.channel("201", denies=VIEW_CHANNEL)
    guild.channel("202", denies=SEND_MESSAGES)
    guild.channel("203", denies=EMBED_LINKS)
    guild.channel("204", FORUM)
    guild.thread("205", "200", locked=True)
    guild.thread("206", "200", archived=True)
    guild.channel("208", denies=SEND_MESSAGES_IN_THREADS)
    guild.thread("207", "208")
    server.person("8", guilds=[])

    answer = await ask(method, path, body)

    assert (answer[0], answer[1].get("code")) == (status, code)


async def test_a_person_may_be_out_of_reach(server: DiscordStandIn, ask: Ask) -> None:
    server.person("8", dms_closed=True)
    server.person("9", guilds=[])

    answers = [(await ask("POST", f"/channels/{server.dm(id)}/messages", WORDS))[1].get("code") for id in "789"]

    assert answers == [None, 50007, 50278]


async def test_an_archived_thread_wakes_for_a_post_but_not_for_an_edit(server: DiscordStandIn, ask: Ask) -> None:
    thread = server.guilds["100"].thread("203", "200")
    _, message = await ask("POST", "/channels/203/messages", WORDS)
    thread.archived = True

    status, body = await ask("PATCH", f"/channels/203/messages/{message['id']}", WORDS)
    await ask("POST", "/channels/203/messages", WORDS)

    assert (status, body["code"]) == (400, 50083)
    assert not thread.archived


async def test_a_forum_takes_a_message_with_its_thread(server: DiscordStandIn, ask: Ask) -> None:
    server.guilds["100"].channel("201", FORUM)

    status, thread = await ask("POST", "/channels/201/threads", {"name": "5G", "message": WORDS})
    _, active = await ask("GET", "/guilds/100/threads/active")

    assert status == 201
    assert server.messages(thread["id"])[0]["content"] == WORDS["content"]
    assert [each["name"] for each in active["threads"]] == ["5G"]


async def test_only_what_the_bot_said_can_be_edited(server: DiscordStandIn, ask: Ask) -> None:
    message = server.says("7", "200", "hello")

    edited = await ask("PATCH", f"/channels/200/messages/{message['id']}", WORDS)
    deleted = await ask("DELETE", f"/channels/200/messages/{message['id']}")

    assert (edited[1]["code"], deleted[1]["code"]) == (50005, 50013)


async def test_the_history_is_read_from_either_end(server: DiscordStandIn, ask: Ask, clock: Settable) -> None:
    ids = []
    for number in range(6):
        clock.now += 60
        ids.append(server.says("7", "200", str(number))["id"])

    async def read(query: str) -> str:
        _, messages = await ask("GET", f"/channels/200/messages?{query}")
        return "".join(message["content"] for message in messages)

    assert await read("") == "543210"
    assert await read("limit=2") == "54"
    assert await read(f"before={ids[3]}&limit=2") == "21"
    assert await read(f"after={ids[1]}&limit=2") == "32"
    assert await read(f"around={ids[3]}&limit=3") == "432"
    assert await read(f"after={int((clock.now - 90 - 1_420_070_400) * 1000) << 22}") == "54"


async def test_without_permission_the_history_is_empty_and_no_error(server: DiscordStandIn, ask: Ask) -> None:
    server.guilds["100"].channel("201", denies=READ_MESSAGE_HISTORY)
    await ask("POST", "/channels/201/messages", WORDS)

    assert await ask("GET", "/channels/201/messages") == (200, [])


async def test_a_nonce_names_its_first_message_for_a_while(server: DiscordStandIn, ask: Ask, clock: Settable) -> None:
    server.guilds["100"].channel("201")

    async def post(channel: str = "200", **more: Any) -> str:
        _, message = await ask("POST", f"/channels/{channel}/messages", {**WORDS, "nonce": "n1", **more})
        assert message["nonce"] == "n1"
        return str(message["id"])

    first = await post(enforce_nonce=True)
    again = await post(enforce_nonce=True, content="something else")
    unenforced = await post()
    elsewhere = await post("201", enforce_nonce=True)
    server.rest.nonces = "author"
    by_author = await post("201", enforce_nonce=True)
    clock.now += 300
    later = await post(enforce_nonce=True)

    assert again == by_author == first
    assert len({first, unenforced, elsewhere, later}) == 4
    assert not any("nonce" in message for message in (await ask("GET", "/channels/200/messages"))[1])


async def test_guilds_come_in_pages(server: DiscordStandIn, ask: Ask) -> None:
    server.guild("101", permissions=ADMINISTRATOR)
    server.guild("102", joined=False)
    server.guild("20")

    first = (await ask("GET", "/users/@me/guilds?limit=2"))[1]
    rest = (await ask("GET", f"/users/@me/guilds?limit=2&after={first[-1]['id']}"))[1]

    assert [guild["id"] for guild in first + rest] == ["20", "100", "101"]
    assert [guild["permissions"] for guild in first + rest] == [str(USUAL), str(USUAL), str(EVERYTHING)]


async def test_requests_beyond_a_limit_wait(server: DiscordStandIn, clock: Settable) -> None:
    server.guilds["100"].channel("201")
    server.limits(2, 5, channel="200")
    seen = []
    async with aiohttp.ClientSession() as http:
        headers = {"Authorization": f"Bot {server.token}", "User-Agent": AGENT}
        for channel in ("200", "200", "200", "201"):
            address = f"{server.api_url}/channels/{channel}/messages"
            async with http.post(address, json=WORDS, headers=headers) as answer:
                seen.append((answer.status, answer.headers, await answer.json()))
            clock.now += 0.5

    assert [status for status, _, _ in seen] == [200, 200, 429, 200]
    assert [headers["X-RateLimit-Remaining"] for _, headers, _ in seen] == ["1", "0", "0", "49"]
    assert len({headers["X-RateLimit-Bucket"] for _, headers, _ in seen}) == 1
    _, told, body = seen[2]
    assert body == {"message": "You are being rate limited.", "retry_after": 4.0, "global": False, "code": 0}
    assert told["Content-Type"] == "application/json"
    assert (told["Retry-After"], told["Via"], told["X-RateLimit-Scope"]) == ("4", "1.1 google", "user")
    assert (told["X-RateLimit-Limit"], told["X-RateLimit-Reset-After"]) == ("2", "4.000")
    assert float(told["X-RateLimit-Reset"]) == clock.now - 1 + 4


async def test_the_global_limit_spares_interactions(server: DiscordStandIn, ask: Ask) -> None:
    server.limits(1, 60)
    await ask("GET", "/users/@me")

    status, body = await ask("GET", "/gateway/bot")

    assert (status, body["global"]) == (429, True)
    assert (await ask("POST", callback(begun(server)), {"type": 5}))[0] == 204


async def test_a_ban_does_not_come_from_discord(server: DiscordStandIn) -> None:
    server.says_only = CLOUDFLARE_BAN
    async with aiohttp.ClientSession() as http, http.get(f"{server.api_url}/users/@me") as answer:
        assert (answer.status, answer.content_type, "Via" in answer.headers) == (429, "text/html", False)


@pytest.mark.parametrize(
    ("trouble", "seen", "carried_out"),
    [
        ("500", (500, {"message": "500: Internal Server Error", "code": 0}), 0),
        ("not json", (200, "<html>maintenance</html>"), 0),
        (Scripted(418, {"code": 7}), (418, {"code": 7}), 0),
        (CLOUDFLARE_BAN, (429, "<html>error code: 1015</html>"), 0),
        ("502 after accept", (502, "<html>bad gateway</html>"), 1),
    ],
)
async def test_an_answer_is_not_what_it_should_be(
    server: DiscordStandIn, ask: Ask, trouble: Any, seen: tuple[int, Any], carried_out: int
) -> None:
    server.guilds["100"].channel("201")
    server.fail("POST /channels/200/messages", trouble)
    elsewhere = await ask("POST", "/channels/201/messages", WORDS)

    answer = await ask("POST", "/channels/200/messages", WORDS)
    afterwards = await ask("POST", "/channels/200/messages", WORDS)

    assert answer == seen
    assert (elsewhere[0], afterwards[0]) == (200, 200)
    assert len(server.messages("200")) == 1 + carried_out
    assert [(call.body, call.status) for call in server.calls[1:]] == [(WORDS, seen[0]), (WORDS, 200)]


@pytest.mark.parametrize(
    ("trouble", "seen", "carried_out"),
    [
        ("reset before", aiohttp.ClientConnectionError, 0),
        ("hang before", TimeoutError, 0),
        ("reset after accept", aiohttp.ClientConnectionError, 1),
        ("hang after accept", TimeoutError, 1),
    ],
)
async def test_an_answer_does_not_come(
    server: DiscordStandIn, ask: Ask, trouble: Any, seen: type[Exception], carried_out: int
) -> None:
    server.fail("POST /channels/{id}/messages", trouble)

    with pytest.raises(seen):
        async with asyncio.timeout(0.2):
            await ask("POST", "/channels/200/messages", WORDS)

    assert len(server.messages("200")) == carried_out
    assert [(call.body, call.status) for call in server.calls] == [(WORDS, 0)]


async def test_what_is_no_json_is_refused(server: DiscordStandIn) -> None:
    headers = {"Authorization": f"Bot {server.token}", "User-Agent": AGENT, "Content-Type": "application/json"}
    address = f"{server.api_url}/channels/200/messages"
    async with aiohttp.ClientSession() as http, http.post(address, data="{oops", headers=headers) as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, 50109)


async def test_trouble_for_a_route_that_there_is_not_is_a_mistake(server: DiscordStandIn) -> None:
    with pytest.raises(LookupError):
        server.fail("POST /channels/{id}/mesages", "500")
    with pytest.raises(LookupError):
        server.limits(1, 1, route="POST /nonsense")


async def test_every_request_is_on_record(server: DiscordStandIn, ask: Ask) -> None:
    await ask("POST", "/channels/200/messages", WORDS)
    await ask("POST", "/channels/999/messages", WORDS)

    calls = server.calls_of("POST", "/channels/…/messages")

    assert [(call.path, call.body, call.status) for call in calls] == [
        ("/channels/200/messages", WORDS, 200),
        ("/channels/999/messages", WORDS, 404),
    ]
    assert calls[0].headers["Authorization"] == f"Bot {server.token}"
    assert server.calls_of("POST", "/channels/999/messages") == calls[1:]


async def test_a_stranger_is_refused(server: DiscordStandIn, ask: Ask) -> None:
    unauthorized = {"message": "401: Unauthorized", "code": 0}

    assert await ask("GET", "/users/@me", Authorization="Bot nonsense") == (401, unauthorized)
    assert await ask("GET", "/users/@me", Authorization=server.token) == (401, unauthorized)
    assert (await ask("GET", "/users/@me", **{"User-Agent": "tocsin"}))[1]["code"] == 40333
    assert len(server.violations) == 1


@pytest.mark.skipif(not CONTRACT_PRESENT, reason="Discord's OpenAPI description is not at hand (TOCSIN_CONTRACTS)")
@pytest.mark.parametrize(
    ("body", "violation"),
    [
        ({"content": 5}, "content: 5 is not of type 'string', 'null'"),
        ({"embeds": [{"title": "x" * 257}]}, "embeds.0.title: Must be 256 or fewer in length."),
        ({"embeds": [{"fields": [{"name": "x"}]}]}, "embeds.0.fields.0.value: This field is required"),
        ({**WORDS, "allowed_mentions": {"parse": ["nobody"]}}, "allowed_mentions.parse.0: "),
        ({**WORDS, "allowed_mentions": {"users": ["nobody"]}}, "allowed_mentions.users.0: "),
    ],
)
async def test_a_body_that_breaks_the_contract_is_collected(
    server: DiscordStandIn, ask: Ask, body: Any, violation: str
) -> None:
    status, answer = await ask("POST", "/channels/200/messages", body)

    assert (status, answer["code"]) == (400, 50035)
    [words] = server.violations
    assert words.startswith(f"POST /channels/{{channel_id}}/messages: {violation}")


async def test_files_come_with_their_message(server: DiscordStandIn, bot: Bot, tmp_path: Any) -> None:
    await bot.until("ready")
    picture = tmp_path / "chart.png"
    picture.write_bytes(b"png")
    channel = bot.get_channel(200)
    assert isinstance(channel, discord.TextChannel)

    await channel.send("look", file=discord.File(picture))

    assert server.messages("200")[0]["content"] == "look"
    assert not server.violations


# ---- interactions ----------------------------------------------------------------------------------------------


async def test_a_follow_up_takes_the_place_of_a_deferred_answer(server: DiscordStandIn, ask: Ask) -> None:
    exchange = begun(server)
    await ask("POST", callback(exchange), {"type": 5, "data": {"flags": 64}})
    replies_before = list(exchange.replies)

    _, first = await ask("POST", webhook(server, exchange), {"content": "one"})
    _, second = await ask("POST", webhook(server, exchange), {"content": "two"})
    await ask("PATCH", f"{webhook(server, exchange)}/messages/{second['id']}", {"content": "three"})

    assert replies_before == []
    assert exchange.said == ["one", "three"]
    assert (await ask("GET", f"{webhook(server, exchange)}/messages/@original"))[1]["id"] == first["id"]
    assert [message["content"] for message in server.messages("200")] == ["three"]


async def test_an_answer_may_be_deleted(server: DiscordStandIn, ask: Ask) -> None:
    exchange = begun(server)
    await ask("POST", callback(exchange), {"type": 4, "data": WORDS})

    status, _ = await ask("DELETE", f"{webhook(server, exchange)}/messages/@original")

    assert status == 204
    assert (exchange.said, server.messages("200")) == ([], [])
    assert (await ask("GET", f"{webhook(server, exchange)}/messages/@original"))[1]["code"] == 10008


async def test_a_button_acknowledged_without_a_word_edits_its_own_message(server: DiscordStandIn, ask: Ask) -> None:
    exchange = begun(server, COMPONENT)
    await ask("POST", callback(exchange), {"type": 6})

    await ask("PATCH", f"{webhook(server, exchange)}/messages/@original", {"content": "done"})

    assert exchange.deferred
    assert exchange.said == ["done"]
    assert [message["content"] for message in server.messages("200")] == ["done"]


async def test_the_token_of_an_interaction_lapses(server: DiscordStandIn, ask: Ask, clock: Settable) -> None:
    exchange = begun(server)
    early = await ask("POST", webhook(server, exchange), WORDS)
    await ask("POST", callback(exchange), {"type": 5})
    clock.now += 901

    late = await ask("PATCH", f"{webhook(server, exchange)}/messages/@original", WORDS)

    assert (early[1]["code"], late[1]["code"]) == (10015, 50027)


async def test_an_interaction_is_answered_once_and_in_its_own_kind(server: DiscordStandIn, ask: Ask) -> None:
    exchange = begun(server)
    bodies: list[dict[str, Any]] = [
        {"type": 7, "data": WORDS},
        {"type": 4, "data": {"content": ""}},
        {"type": 4, "data": {"content": "x" * 2001}},
        {"type": 4, "data": WORDS},
        {"type": 5},
    ]

    answers = [await ask("POST", callback(exchange), body) for body in bodies]

    assert [status for status, _ in answers] == [400, 400, 400, 204, 400]
    assert exchange.refused == [50035, 50006, 50035, 40060]


# ---- rules -----------------------------------------------------------------------------------------------------


def embedding(**parts: Any) -> dict[str, Any]:
    return {"embeds": [parts]}


def a_row(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {**WORDS, "components": [{"type": 1, "components": [{"type": 2, "style": 2, **each} for each in buttons]}]}


A_LINK = "https://example.org/"
A_FIELD = {"name": "x", "value": "x"}


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ({"content": "x" * 2001}, "content.BASE_TYPE_MAX_LENGTH"),
        ({**WORDS, "nonce": "x" * 26}, "nonce.BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"title": "x"}] * 11}, "embeds.BASE_TYPE_MAX_LENGTH"),
        (embedding(title="x" * 257), "embeds.0.title.BASE_TYPE_MAX_LENGTH"),
        (embedding(description="x" * 4097), "embeds.0.description.BASE_TYPE_MAX_LENGTH"),
        (embedding(author={"name": "x" * 257}), "embeds.0.author.name.BASE_TYPE_MAX_LENGTH"),
        (embedding(footer={"text": "x" * 2049}), "embeds.0.footer.text.BASE_TYPE_MAX_LENGTH"),
        (embedding(fields=[A_FIELD] * 26), "embeds.0.fields.BASE_TYPE_MAX_LENGTH"),
        (embedding(fields=[{**A_FIELD, "name": "x" * 257}]), "embeds.0.fields.0.name.BASE_TYPE_MAX_LENGTH"),
        (embedding(fields=[{**A_FIELD, "value": "x" * 1025}]), "embeds.0.fields.0.value.BASE_TYPE_MAX_LENGTH"),
        (embedding(fields=[{**A_FIELD, "value": ""}]), "embeds.0.fields.0.value.BASE_TYPE_REQUIRED"),
        (embedding(title="x", url="javascript:1"), "embeds.0.url.URL_TYPE_INVALID_SCHEME"),
        (embedding(title="x", url="attachment://x.png"), "embeds.0.url.URL_TYPE_INVALID_SCHEME"),
        (embedding(title="x", url="example.org"), "embeds.0.url.URL_TYPE_INVALID_URL"),
        (embedding(title="x", url="http://[oops"), "embeds.0.url.URL_TYPE_INVALID_URL"),
        (embedding(title="x", url="https://example.org/a b"), "embeds.0.url.URL_TYPE_INVALID_URL"),
        (embedding(title="x", url=A_LINK + "x" * 2048), "embeds.0.url.BASE_TYPE_MAX_LENGTH"),
        (embedding(image={"url": "data:image/png"}), "embeds.0.image.url.URL_TYPE_INVALID_SCHEME"),
        (embedding(title="x", timestamp="yesterday"), "embeds.0.timestamp.DATE_TIME_TYPE_PARSE"),
        (embedding(title="x", color=1 << 24), "embeds.0.color.NUMBER_TYPE_MAX"),
        ({"embeds": [{"description": "x" * (ALL_EMBEDS // 2)}, {"description": "x" * 3001}]},
         "embeds.MAX_EMBED_SIZE_EXCEEDED"),
        (a_row({"label": "x" * 81, "custom_id": "x"}), "components.0.components.0.label.BASE_TYPE_MAX_LENGTH"),
        (a_row({"label": "x", "custom_id": "x" * 101}), "components.0.components.0.custom_id.BASE_TYPE_MAX_LENGTH"),
        (a_row({"label": "x"}), "components.0.components.0.BUTTON_COMPONENT_CUSTOM_ID_REQUIRED"),
        (a_row({"custom_id": "x"}), "components.0.components.0.BUTTON_COMPONENT_INVALID"),
        (a_row({"label": "x", "style": 5}), "components.0.components.0.BUTTON_COMPONENT_INVALID_URL"),
        (a_row({"label": "x", "style": 5, "url": "ftp://x"}),
         "components.0.components.0.url.URL_TYPE_INVALID_SCHEME"),
        (a_row(*[{"label": "x", "custom_id": "x"}] * 2),
         "components.0.components.1.custom_id.COMPONENT_CUSTOM_ID_DUPLICATED"),
        (a_row(*[{"label": "x", "custom_id": str(each)} for each in range(6)]),
         "components.0.components.BASE_TYPE_BAD_LENGTH"),
        ({**WORDS, "components": a_row({"label": "x", "style": 5, "url": A_LINK})["components"] * 6},
         "components.BASE_TYPE_MAX_LENGTH"),
        ({**WORDS, "allowed_mentions": {"parse": ["users"], "users": ["7"]}},
         "allowed_mentions.MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"),
        ({**WORDS, "allowed_mentions": {"users": [str(each) for each in range(101)]}},
         "allowed_mentions.users.BASE_TYPE_MAX_LENGTH"),
    ],
)  # fmt: skip
def test_a_message_beyond_a_limit_is_refused(message: dict[str, Any], problem: str) -> None:
    refused = refusal(message)

    assert refused is not None
    code, _, errors = refused
    assert (code, codes(errors)) == (50035, [problem])


@pytest.mark.parametrize(
    "message",
    [
        WORDS,
        {"content": "x" * 2000},
        embedding(description="x"),
        embedding(image={"url": "attachment://x.png"}),
        {**WORDS, "nonce": "x" * 25, "allowed_mentions": {"parse": []}},
        a_row({"label": "x", "custom_id": "x"}, {"label": "x", "style": 5, "url": A_LINK}),
        embedding(title="x", url=A_LINK, timestamp="2026-03-14T12:00:00Z", color=0, fields=[A_FIELD] * 25),
    ],
)
def test_a_message_within_the_limits_is_taken(message: dict[str, Any]) -> None:
    assert refusal(message) is None


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"content": None, "nonce": "n1"},
        {"embeds": [{"color": 1}]},
        {"components": a_row({"label": "x", "custom_id": "x"})["components"]},
    ],
)
def test_a_message_that_says_nothing_is_refused(message: dict[str, Any]) -> None:
    assert refusal(message) == (50006, "Cannot send an empty message", {})


def a_command(*options: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"name": "news", "description": "x", "options": list(options), **changes}


def an_option(**changes: Any) -> dict[str, Any]:
    return {"type": 3, "name": "query", "description": "x", **changes}


A_GROUP = an_option(type=2, name="feeds", options=[an_option(type=1, name="add")])


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (a_command(name="News"), "0.name.APPLICATION_COMMAND_INVALID_NAME"),
        (a_command(name="x" * 33), "0.name.APPLICATION_COMMAND_INVALID_NAME"),
        (a_command(name="new s"), "0.name.APPLICATION_COMMAND_INVALID_NAME"),
        (a_command(description=""), "0.description.BASE_TYPE_BAD_LENGTH"),
        (a_command(description="x" * 101), "0.description.BASE_TYPE_BAD_LENGTH"),
        (a_command(an_option(description="")), "0.options.0.description.BASE_TYPE_BAD_LENGTH"),
        (a_command(*[an_option(name=f"o{each}") for each in range(26)]), "0.options.BASE_TYPE_MAX_LENGTH"),
        (a_command(an_option(), an_option()), "0.options.1.name.OPTIONS_NAME_ALREADY_EXISTS"),
        (a_command(an_option(), an_option(name="b", required=True)),
         "0.options.APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"),
        (a_command(an_option(), A_GROUP), "0.options.APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"),
        (a_command(an_option(type=1, options=[an_option(type=1)])),
         "0.options.0.options.0.type.APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"),
        (a_command(an_option(choices=[{"name": "x", "value": "x"}] * 26)), "0.options.0.choices.BASE_TYPE_MAX_LENGTH"),
        (a_command(an_option(choices=[{"name": "", "value": "x"}])),
         "0.options.0.choices.0.name.BASE_TYPE_BAD_LENGTH"),
        (a_command(an_option(choices=[{"name": "x", "value": "x"}], autocomplete=True)),
         "0.options.0.autocomplete.APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES"),
        (a_command(*[an_option(name=f"o{n}", choices=[{"name": f"{n}", "value": f"{m}" * 100} for m in range(5)])
                     for n in range(20)]), "0.APPLICATION_COMMAND_TOO_LARGE"),
    ],
)  # fmt: skip
def test_a_command_against_the_rules_is_refused(command: dict[str, Any], problem: str) -> None:
    [(path, code, _)] = command_problems([command])

    assert ".".join([*map(str, path), code]) == problem


def test_a_command_within_the_rules_is_taken() -> None:
    assert not list(command_problems([a_command(A_GROUP), NEWS | {"name": "neuigkeiten-ü"}]))
    assert [code for _, code, _ in command_problems([NEWS, NEWS])] == ["APPLICATION_COMMANDS_NAME_ALREADY_EXISTS"]


def test_a_reader_sees_everything_once_and_no_escapes() -> None:
    message = {
        "content": r"\*5G\* auction \<@7\> `\d` ``` \[kept\] ``` C:\Windows",
        "embeds": [
            {
                "author": {"name": r"\_Wire\_"},
                "title": r"\# One",
                "description": r"\`not code\` and \\",
                "fields": [{"name": "Why", "value": r"5G \| huawei"}],
                "image": {"url": A_LINK, "description": "an auction"},
                "footer": {"text": r"foot\_note"},
            }
        ],
    }

    assert shown(message).split("\n") == [
        r"*5G* auction <@7> `\d` ``` \[kept\] ``` C:\Windows",
        r"\_Wire\_",
        "# One",
        "`not code` and \\",
        "Why",
        "5G | huawei",
        "[an auction]",
        r"foot\_note",
    ]


@pytest.mark.parametrize(
    ("allowed", "names"),
    [
        (None, ["&8", "7", "9", "@everyone", "@here"]),
        ({"parse": []}, []),
        ({}, []),
        ({"parse": ["everyone"]}, ["@everyone", "@here"]),
        ({"parse": ["roles"], "users": [7, "5"]}, ["&8", "7"]),
        ({"parse": [], "replied_user": False}, []),
    ],
)
def test_it_sees_whom_a_message_notifies(allowed: Any, names: list[str]) -> None:
    message = {"content": r"@everyone \@here `<@7>` <@!9> <@&8>", "embeds": [{"title": "<@5>"}]}

    assert pinged({**message, "allowed_mentions": allowed}) == names
    assert pinged({"type": 4, "data": {**message, "allowed_mentions": allowed}}) == names


async def test_an_edit_notifies_anew_unless_it_says_otherwise(server: DiscordStandIn, ask: Ask) -> None:
    _, message = await ask("POST", "/channels/200/messages", {"content": "<@7>", "allowed_mentions": {"parse": []}})
    before = pinged(server.messages("200")[0])
    _, edited = await ask("PATCH", f"/channels/200/messages/{message['id']}", {"embeds": [{"title": "x"}]})

    assert (before, pinged(server.messages("200")[0])) == ([], ["7"])
    assert [user["id"] for user in edited["mentions"]] == ["7"]


async def test_permissions_add_up_from_roles_and_overwrites(server: DiscordStandIn) -> None:
    guild = server.guild("101", everyone=USUAL)
    server.person("8", manage_guild=["101"])
    server.person("9", administrator=True, guilds=["101"])
    closed = guild.channel("210", overwrites=[overwrite("101", deny=VIEW_CHANNEL)])
    opened = guild.channel(
        "211",
        overwrites=[
            overwrite("101", deny=VIEW_CHANNEL | SEND_MESSAGES),
            overwrite(guild.bot_role.id, allow=VIEW_CHANNEL),
            overwrite("8", allow=VIEW_CHANNEL | SEND_MESSAGES, of_member=True),
        ],
    )
    thread = guild.thread("212", "211")
    bot = server.bot_id

    assert guild.permissions_of("8") == USUAL | MANAGE_GUILD
    assert server.guilds["100"].permissions_of("8") == USUAL
    assert [guild.permissions_of(each, closed) for each in ("8", "9", bot)] == [0, EVERYTHING, 0]
    assert guild.permissions_of(bot, opened) == guild.permissions_of(bot, thread) == USUAL & ~SEND_MESSAGES
    assert guild.permissions_of("8", thread) & SEND_MESSAGES


def test_ids_are_digits() -> None:
    with pytest.raises(ValueError, match="digits"):
        DiscordStandIn().guild("G1")
