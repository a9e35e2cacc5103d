import inspect
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import client_exceptions

from adapters.discord.messenger import DiscordMessenger
from adapters.discord.platform import DiscordPlatform
from adapters.discord.settings import DiscordSettings
from adapters.discord.wire import FAILURES
from bot.model.article import Image
from bot.model.delivery import Absent, Deferred, Found, Notice, Refused, Sent, Unconfirmed, Unknowable
from bot.model.destination import Destination, Workspace
from tests.adapters.arrange import a_delivery, a_notice, an_alert
from tests.adapters.contract import NetworkMessengerContract
from tests.standins.discord_checks import pinged, shown
from tests.standins.discord_standin import CLOUDFLARE_BAN, DiscordStandIn
from tests.standins.discord_state import (
    EMBED_LINKS,
    FORUM,
    READ_MESSAGE_HISTORY,
    SEND_MESSAGES,
    SEND_MESSAGES_IN_THREADS,
    VIEW_CHANNEL,
)
from tests.standins.trouble import Scripted, Trouble

GUILD = Workspace("discord", "100")
CHANNEL = Destination(GUILD, "200")
POST = "POST /channels/{id}/messages"


class DiscordStage:
    destination = CHANNEL
    nowhere = replace(CHANNEL, channel="999")
    messages_after_edits = 1

    def __init__(self, discord: DiscordStandIn, platform: DiscordPlatform, monkeypatch: pytest.MonkeyPatch) -> None:
        self.discord = discord
        self.messenger = platform.messenger
        self.secrets = (discord.token,)
        self._monkeypatch = monkeypatch

    def shown(self) -> list[str]:
        """Quotes of code are not seen."""
        standing = self.discord.messages("200") if "200" in self.discord.channels else []
        return [shown(message).replace("`", "") for message in standing]

    def notified(self) -> list[str]:
        return [name for message in self.discord.messages("200") for name in pinged(message)]

    async def goes_away(self) -> None:
        await self.discord.deletes("200")

    async def limits(self) -> timedelta:
        self.discord.clock = lambda: 1_700_000_000.0
        self.discord.limits(0, 17, channel="200")
        next(iter(self.discord.rest.limits.by_route.values())).taken.append(1_700_000_000.0)
        return timedelta(seconds=17)

    async def forbids(self) -> None:
        self.discord.guilds["100"].bot_role.permissions &= ~SEND_MESSAGES
        self.discord.guilds["100"].roles[0].permissions &= ~SEND_MESSAGES

    async def revokes(self) -> None:
        await self.discord.revoke()

    async def refuses_connections(self) -> None:
        await self.discord.stop()

    async def falls_silent(self) -> None:
        self.discord.fail(POST, "hang before")

    async def resets(self, *, after_accept: bool) -> None:
        self.discord.fail(POST, "reset after accept" if after_accept else "reset before")

    async def answers_500(self) -> None:
        self.discord.fail(POST, "500")

    async def answers_502_after_accept(self) -> None:
        self.discord.fail(POST, "502 after accept")

    async def edits_break_off(self) -> None:
        for method in ("PATCH", "DELETE"):
            self.discord.fail(f"{method} /channels/{{id}}/messages/{{message}}", "502 after accept")

    def vendor_exceptions(self) -> list[type[Exception]]:
        """The messenger's only vendor is aiohttp."""
        exported = [getattr(client_exceptions, name) for name in client_exceptions.__all__]
        exceptions = [each for each in exported if inspect.isclass(each) and issubclass(each, Exception)]
        assert len(exceptions) >= 20
        return [*exceptions, TimeoutError, ConnectionResetError]

    def mapped_exceptions(self) -> list[type[Exception]]:
        return [each for each in self.vendor_exceptions() if issubclass(each, tuple(FAILURES))]

    def raises(self, exception: type[Exception]) -> None:
        error = exception.__new__(exception)

        async def stumble(*_: Any, **__: Any) -> Any:
            raise error

        self._monkeypatch.setattr(aiohttp.ClientSession, "_request", stumble)


class TestDiscord(NetworkMessengerContract):
    adapter = "discord"

    @pytest.fixture
    def stage(
        self, discord: DiscordStandIn, discord_platform: DiscordPlatform, monkeypatch: pytest.MonkeyPatch
    ) -> DiscordStage:
        return DiscordStage(discord, discord_platform, monkeypatch)


@pytest.fixture
def messenger(discord_platform: DiscordPlatform) -> DiscordMessenger:
    return discord_platform.messenger


async def test_a_message_carries_its_key_as_nonce_and_unseen_in_a_button(
    discord: DiscordStandIn, messenger: DiscordMessenger
) -> None:
    delivery = a_delivery(CHANNEL)

    outcome = await messenger.send(delivery)

    (message,) = discord.messages("200")
    (call,) = discord.calls_of("POST", "/channels/{id}/messages")
    assert outcome == Sent(message["id"])
    assert (call.body["nonce"], call.body["enforce_nonce"]) == (delivery.key, True)
    assert call.body["allowed_mentions"] == {"parse": []}
    assert delivery.key in message["components"][0]["components"][0]["custom_id"]
    assert delivery.key not in shown(message)


async def test_a_second_attempt_within_minutes_stands_there_once(
    discord: DiscordStandIn, messenger: DiscordMessenger
) -> None:
    delivery = a_delivery(CHANNEL)
    discord.fail(POST, "502 after accept")

    outcomes = [await messenger.send(delivery), await messenger.send(delivery)]

    assert isinstance(outcomes[0], Unconfirmed)
    assert outcomes[1] == Sent(discord.messages("200")[0]["id"])
    assert len(discord.messages("200")) == 1


async def test_edits_notify_nobody_either(discord: DiscordStandIn, messenger: DiscordMessenger) -> None:
    delivery = a_delivery(CHANNEL)
    sent = await messenger.send(delivery)
    assert isinstance(sent, Sent)

    await messenger.edit(replace(delivery, content=an_alert(article={"title": "@everyone <@7>"})), sent.receipt)

    (call,) = discord.calls_of("PATCH", "/channels/{id}/messages/{message}")
    assert call.body["allowed_mentions"] == {"parse": []}
    assert pinged(discord.messages("200")[0]) == []
    assert await messenger.find(delivery) == Found((sent.receipt,)), "the key stays"


async def test_whoever_asked_is_named_and_not_notified(discord: DiscordStandIn, messenger: DiscordMessenger) -> None:
    await messenger.send(a_delivery(CHANNEL, a_notice(text="<@7> subscribed this channel to", mention="<@7>")))

    (message,) = discord.messages("200")
    assert message["content"] == "<@7> subscribed this channel to `huawei`"
    assert pinged(message) == []


async def test_a_thread_is_a_channel_of_its_own(discord: DiscordStandIn, messenger: DiscordMessenger) -> None:
    discord.guilds["100"].thread("201", parent="200")
    delivery = a_delivery(replace(CHANNEL, channel="201"))

    outcome = await messenger.send(delivery)

    assert isinstance(outcome, Sent)
    assert len(discord.messages("201")) == 1
    assert await messenger.find(delivery) == Found((outcome.receipt,))


async def test_direct_messages_are_opened_and_found_again(discord: DiscordStandIn, messenger: DiscordMessenger) -> None:
    delivery = a_delivery(replace(CHANNEL, channel="@7"))

    outcome = await messenger.send(delivery)

    assert isinstance(outcome, Sent)
    assert len(discord.messages(discord.dm("7"))) == 1
    assert await messenger.find(delivery) == Found((outcome.receipt,))
    assert await messenger.delete(delivery, outcome.receipt) == outcome
    assert discord.messages(discord.dm("7")) == []


async def test_closed_direct_messages_say_which_step_helps(
    discord: DiscordStandIn, messenger: DiscordMessenger
) -> None:
    discord.person("8", dms_closed=True)

    outcome = await messenger.send(a_delivery(replace(CHANNEL, channel="@8")))

    assert isinstance(outcome, Refused)
    assert (outcome.scope, outcome.reason) == ("lane", "They take no direct messages from Tocsin")
    assert "direct messages" in outcome.hint


async def test_who_is_no_member_of_the_server_hears_nothing_of_it(
    discord: DiscordStandIn, messenger: DiscordMessenger
) -> None:
    discord.guild("300", "Invented Rival").channel("400")
    discord.person("8", guilds=["300"])

    outcome = await messenger.send(a_delivery(replace(CHANNEL, channel="@8")))

    assert isinstance(outcome, Refused)
    assert outcome.reason == "They are no member of this server"
    assert not discord.calls_of("POST", "/users/@me/channels")


async def test_a_channel_of_another_server_is_refused_whatever_the_token_may(
    discord: DiscordStandIn, messenger: DiscordMessenger
) -> None:
    discord.guild("300", "Invented Rival").channel("400")
    delivery = a_delivery(replace(CHANNEL, channel="400"))

    outcomes = [
        await messenger.send(delivery),
        await messenger.edit(delivery, "1"),
        await messenger.delete(delivery, "1"),
    ]

    assert all(isinstance(outcome, Refused) and outcome.scope == "lane" for outcome in outcomes)
    assert isinstance(await messenger.find(delivery), Unknowable)
    assert not discord.messages("400")
    assert not [call for call in discord.calls if call.path.startswith("/channels/400/")]


@pytest.mark.parametrize(
    ("denied", "name"),
    [(SEND_MESSAGES, "Send Messages"), (EMBED_LINKS, "Embed Links"), (VIEW_CHANNEL, "View Channels")],
)
async def test_a_missing_permission_is_named_as_discord_names_it(
    discord: DiscordStandIn, messenger: DiscordMessenger, denied: int, name: str
) -> None:
    discord.guilds["100"].channel("202", denies=denied)

    outcome = await messenger.send(a_delivery(replace(CHANNEL, channel="202")))

    assert isinstance(outcome, Refused)
    assert outcome.scope == "lane"
    assert name in outcome.reason
    assert name in outcome.hint


async def test_what_is_missing_is_known_before_anything_is_posted(
    discord: DiscordStandIn, messenger: DiscordMessenger
) -> None:
    discord.guilds["100"].channel("202", denies=SEND_MESSAGES)

    found = await messenger.reach(replace(CHANNEL, channel="202"))

    assert isinstance(found, Refused)
    assert "Send Messages" in found.reason
    assert not discord.messages("202")


async def test_a_whole_attempt_takes_no_longer_than_one_request_may(
    discord: DiscordStandIn, messenger: DiscordMessenger
) -> None:
    discord.fail("GET /channels/{id}", "hang before")

    outcome = await messenger.send(a_delivery(CHANNEL))

    assert isinstance(outcome, Deferred), "nothing was posted so far"


async def test_in_a_thread_it_is_the_permission_for_threads_that_is_missing(
    discord: DiscordStandIn, messenger: DiscordMessenger
) -> None:
    discord.guilds["100"].channel("202", denies=SEND_MESSAGES_IN_THREADS)
    discord.guilds["100"].thread("203", parent="202")

    outcome = await messenger.send(a_delivery(replace(CHANNEL, channel="203")))

    assert isinstance(outcome, Refused)
    assert "Send Messages in Threads" in outcome.reason


async def test_a_forum_is_refused_with_what_to_name_instead(
    discord: DiscordStandIn, messenger: DiscordMessenger
) -> None:
    discord.guilds["100"].channel("204", type=FORUM)

    outcome = await messenger.send(a_delivery(replace(CHANNEL, channel="204")))

    assert isinstance(outcome, Refused)
    assert (outcome.scope, outcome.hint) == ("lane", "Name a text channel or a thread: this one takes no messages")


async def test_an_empty_history_is_believed_only_where_it_may_be_read(
    discord: DiscordStandIn, messenger: DiscordMessenger
) -> None:
    discord.guilds["100"].channel("202", denies=READ_MESSAGE_HISTORY)
    hidden = a_delivery(replace(CHANNEL, channel="202"))
    await messenger.send(hidden)

    found = await messenger.find(hidden)

    assert found == Unknowable("Tocsin lacks Read Message History in the channel")
    assert await messenger.find(a_delivery(CHANNEL)) == Absent()


async def test_a_delivery_is_found_beyond_the_first_page(discord: DiscordStandIn, messenger: DiscordMessenger) -> None:
    for number in range(250):
        discord.says("7", "200", f"chatter {number}")
    wanted = a_delivery(CHANNEL, first_sent_at=datetime.now(UTC), last_sent_at=datetime.now(UTC))
    sent = await messenger.send(wanted)

    assert isinstance(sent, Sent)
    assert await messenger.find(wanted) == Found((sent.receipt,))
    assert len(discord.calls_of("GET", "/channels/{id}/messages")) == 3


async def test_every_copy_is_found_the_oldest_first_although_a_limit_breaks_the_look_off(
    discord: DiscordStandIn, messenger: DiscordMessenger
) -> None:
    delivery = a_delivery(CHANNEL, first_sent_at=datetime.now(UTC), last_sent_at=datetime.now(UTC))
    first = await messenger.send(delivery)
    for number in range(150):
        discord.says("7", "200", f"chatter {number}")
    discord.messages("200")[0]["nonce"] = None
    second = await messenger.send(delivery)
    limited = Scripted(429, {"message": "slow", "retry_after": 0.0, "global": False}, {"Via": "1.1"})
    discord.fail("GET /channels/{id}/messages", Scripted(200, discord.messages("200")[:100]), limited)

    put_off = await messenger.find(delivery)

    assert isinstance(put_off, Deferred)
    assert isinstance(first, Sent)
    assert isinstance(second, Sent)
    assert first != second
    assert await messenger.find(delivery) == Found((first.receipt, second.receipt))


async def test_a_look_that_a_limit_breaks_off_goes_on_where_it_was(
    discord: DiscordStandIn, messenger: DiscordMessenger
) -> None:
    for number in range(150):
        discord.says("7", "200", f"chatter {number}")
    wanted = a_delivery(CHANNEL, first_sent_at=datetime.now(UTC), last_sent_at=datetime.now(UTC))
    sent = await messenger.send(wanted)
    limited = Scripted(429, {"message": "slow", "retry_after": 0.0, "global": False}, {"Via": "1.1"})
    history = discord.calls_of("GET", "/channels/{id}/messages")
    assert not history
    discord.fail("GET /channels/{id}/messages", Scripted(200, discord.messages("200")[:100]), limited)

    put_off = await messenger.find(wanted)
    found = await messenger.find(wanted)

    assert isinstance(put_off, Deferred)
    assert isinstance(sent, Sent)
    assert found == Found((sent.receipt,))
    asked = [int(call.query["after"]) for call in discord.calls_of("GET", "/channels/{id}/messages")]
    assert asked[1] == asked[2] == int(discord.messages("200")[99]["id"])


@pytest.mark.parametrize(("code", "kind"), [(10007, Refused), (40333, Deferred), (130000, Deferred), (40003, Deferred)])
async def test_only_who_is_known_to_be_no_member_is_called_one(
    discord: DiscordStandIn, messenger: DiscordMessenger, code: int, kind: type[Any]
) -> None:
    discord.fail("GET /guilds/{id}/members/{user}", Scripted(403, {"code": code, "message": "invented"}))

    assert isinstance(await messenger.send(a_delivery(replace(CHANNEL, channel="@7"))), kind)


@pytest.mark.parametrize("status", [302, 307, 308])
async def test_no_redirect_makes_a_second_post(
    discord: DiscordStandIn, messenger: DiscordMessenger, status: int
) -> None:
    discord.fail(POST, Scripted(status, {}, {"Location": f"{discord.api_url}/channels/200/messages"}))

    assert isinstance(await messenger.send(a_delivery(CHANNEL)), Deferred)
    assert discord.messages("200") == []


async def test_a_look_begins_shortly_before_the_first_attempt(
    discord: DiscordStandIn, messenger: DiscordMessenger
) -> None:
    old = a_delivery(CHANNEL)
    await messenger.send(old)

    later = datetime.now(UTC) + timedelta(minutes=10)

    assert await messenger.find(replace(old, first_sent_at=later, last_sent_at=later)) == Absent()


@pytest.mark.parametrize(
    "trouble",
    [
        Scripted(429, {"message": "slow", "retry_after": 7.0, "global": False}, {"Via": "1.1", "Retry-After": "7"}),
        Scripted(503, {}),
        "reset before",
        Scripted(401, {"message": "401: Unauthorized", "code": 0}),
    ],
)
async def test_a_look_that_fails_for_now_is_repeated_later(
    discord: DiscordStandIn, messenger: DiscordMessenger, trouble: Trouble | Scripted
) -> None:
    # aiohttp itself asks a second time for what only reads.
    discord.fail("GET /channels/{id}/messages", trouble, trouble)

    assert isinstance(await messenger.find(a_delivery(CHANNEL)), Deferred)


SAID: list[tuple[int, int, Callable[[Any], bool]]] = [
    (400, 50035, lambda outcome: outcome.scope == "delivery"),
    (400, 200000, lambda outcome: outcome.scope == "delivery"),
    (404, 10003, lambda outcome: outcome.scope == "lane"),
    (403, 50001, lambda outcome: outcome.scope == "lane"),
    (400, 160005, lambda outcome: outcome.scope == "lane"),
    (403, 987654, lambda outcome: outcome.scope == "lane"),
    (401, 0, lambda outcome: outcome.scope == "workspace"),
    (400, 40062, lambda outcome: isinstance(outcome, Deferred)),
]


@pytest.mark.parametrize(("status", "code", "is_right"), SAID, ids=[str(code) for _, code, _ in SAID])
async def test_a_refusal_concerns_the_delivery_its_lane_or_the_workspace(
    discord: DiscordStandIn, messenger: DiscordMessenger, status: int, code: int, is_right: Callable[[Any], bool]
) -> None:
    discord.fail(POST, Scripted(status, {"code": code, "message": "invented"}))

    assert is_right(await messenger.send(a_delivery(CHANNEL)))


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520])
async def test_any_5xx_is_unconfirmed(discord: DiscordStandIn, messenger: DiscordMessenger, status: int) -> None:
    discord.fail(POST, Scripted(status, {"code": 10003, "message": "invented"}))

    assert isinstance(await messenger.send(a_delivery(CHANNEL)), Unconfirmed)


@pytest.mark.parametrize("trouble", ["not json", Scripted(body=[1]), Scripted(body={"id": 7})])
async def test_an_answer_that_cannot_be_read_is_unconfirmed(
    discord: DiscordStandIn, messenger: DiscordMessenger, trouble: Trouble | Scripted
) -> None:
    discord.fail(POST, trouble)

    assert isinstance(await messenger.send(a_delivery(CHANNEL)), Unconfirmed)


async def test_what_goes_wrong_before_the_post_leaves_nothing_in_doubt(
    discord: DiscordStandIn, messenger: DiscordMessenger
) -> None:
    discord.fail("GET /channels/{id}", "502 after accept")
    discord.fail("POST /users/@me/channels", "reset after accept")

    outcomes = [await messenger.send(a_delivery(each)) for each in (CHANNEL, replace(CHANNEL, channel="@7"))]

    assert [type(outcome) for outcome in outcomes] == [Deferred, Deferred]


async def test_an_exhausted_bucket_is_waited_out_without_asking(
    discord: DiscordStandIn, messenger: DiscordMessenger
) -> None:
    discord.guilds["100"].channel("202")
    discord.limits(1, 60, channel="200")
    await messenger.send(a_delivery(CHANNEL))

    held, free = [await messenger.send(a_delivery(replace(CHANNEL, channel=each))) for each in ("200", "202")]

    assert isinstance(held, Deferred)
    assert timedelta(seconds=50) < held.retry_after <= timedelta(seconds=60)
    assert isinstance(free, Sent)
    assert len(discord.calls_of("POST", "/channels/200/messages")) == 1


async def test_a_limit_of_the_whole_bot_holds_every_channel(
    discord: DiscordStandIn, messenger: DiscordMessenger
) -> None:
    discord.guilds["100"].channel("202")
    body = {"message": "slow", "retry_after": 30.5, "global": True}
    discord.fail(POST, Scripted(429, body, {"Via": "1.1", "Retry-After": "31", "X-RateLimit-Global": "true"}))

    outcomes = [await messenger.send(a_delivery(replace(CHANNEL, channel=each))) for each in ("200", "202")]

    assert outcomes[0] == Deferred("Discord limits the rate", timedelta(seconds=30.5))
    assert isinstance(outcomes[1], Deferred)
    assert len(discord.calls_of("POST", "/channels/{id}/messages")) == 1


async def test_the_shield_before_discord_is_not_provoked(discord: DiscordStandIn, messenger: DiscordMessenger) -> None:
    discord.fail(POST, CLOUDFLARE_BAN)

    outcomes = [await messenger.send(a_delivery(CHANNEL)) for _ in range(3)]

    assert outcomes[0] == Deferred("Discord limits the rate", timedelta(seconds=600))
    assert all(isinstance(outcome, Deferred) for outcome in outcomes)
    assert len(discord.calls_of("POST", "/channels/{id}/messages")) == 1


async def test_before_signing_in_nothing_is_sent_and_everything_waits(discord_settings: DiscordSettings) -> None:
    messenger = DiscordPlatform(discord_settings).messenger

    assert isinstance(await messenger.send(a_delivery(CHANNEL)), Deferred)
    assert isinstance(await messenger.find(a_delivery(CHANNEL)), Deferred)


async def test_a_picture_has_its_alternative_text(discord: DiscordStandIn, messenger: DiscordMessenger) -> None:
    image = Image("https://news.example.org/mast.png", "A mast")

    await messenger.send(a_delivery(CHANNEL, an_alert(article={"image": image})))

    assert discord.messages("200")[0]["embeds"][0]["image"]["description"] == "A mast"


async def test_a_feeds_removal_is_told_like_any_notice(discord: DiscordStandIn, messenger: DiscordMessenger) -> None:
    assert isinstance(await messenger.send(a_delivery(CHANNEL, Notice("The feed was removed."))), Sent)
