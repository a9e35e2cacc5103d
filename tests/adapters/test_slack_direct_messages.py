"""Direct messages: one destination a person, opened before anything is posted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.slack.meaning import INVITE
from adapters.slack.messenger import SlackMessenger
from adapters.slack.platform import SlackPlatform
from bot.commands.command import Done, Problem, Reply, Request
from bot.model.delivery import Absent, Deferred, Found, Refused, Sent, Unconfirmed, Unknowable
from bot.model.destination import Destination, Workspace
from tests.adapters.arrange import a_delivery, a_notice, an_alert
from tests.adapters.slack_arrange import QUERY, TAGS, TO_ME, a_command, listening, say_where
from tests.standins.slack import SlackStandIn
from tests.standins.slack_checks import pinged, shown
from tests.standins.trouble import Scripted, Trouble

TO_U1 = Destination(Workspace("slack", "T1"), "U1")


@pytest.fixture
def messenger(platform: SlackPlatform) -> SlackMessenger:
    return platform.messenger


# ---- out -----------------------------------------------------------------------------------------------------------


async def test_an_alert_reaches_a_person_and_nobody_else(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    outcome = await messenger.send(a_delivery(TO_U1))

    (message,) = slack.messages("DU1")
    assert outcome == Sent(message["ts"], timedelta(seconds=1))
    assert "5G auction opens in Mainz" in shown(message)
    assert not pinged(message)
    assert not slack.messages("C1")


async def test_they_are_opened_once(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    for _ in range(3):
        await messenger.send(a_delivery(TO_U1))

    assert [call.arguments["users"] for call in slack.calls_of("conversations.open")] == ["U1"]


async def test_what_stands_there_is_found_edited_and_deleted(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    delivery = a_delivery(TO_U1, first_sent_at=datetime.now(UTC))
    sent = await messenger.send(delivery)
    assert isinstance(sent, Sent)

    found = await messenger.find(delivery)
    edited = await messenger.edit(replace(delivery, content=a_notice(text="Withdrawn", mention="")), sent.receipt)
    words = shown(slack.messages("DU1")[0])
    deleted = await messenger.delete(delivery, sent.receipt)

    assert edited == deleted == Sent(sent.receipt)
    assert found == Found((sent.receipt,))
    assert words == "Withdrawn huawei"
    assert not slack.messages("DU1")
    assert await messenger.find(delivery) == Absent()


@pytest.mark.parametrize(
    "trouble",
    [
        "500",
        "reset before",
        "reset after accept",
        "502 after accept",
        "not json",
        Scripted(body={"ok": True}),
        Scripted(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "7"}),
        Scripted(body={"ok": False, "error": "fatal_error"}),
    ],
)
async def test_trouble_in_opening_them_means_that_nothing_was_posted(
    slack: SlackStandIn, messenger: SlackMessenger, trouble: Trouble | Scripted
) -> None:
    slack.fail("conversations.open", *[trouble] * 4)
    delivery = a_delivery(TO_U1)

    outcomes = [
        await messenger.send(delivery),
        await messenger.edit(delivery, "1.2"),
        await messenger.delete(delivery, "1.2"),
        await messenger.find(delivery),
    ]

    assert [type(outcome) for outcome in outcomes] == [Deferred] * 4
    assert not slack.calls_of("chat.postMessage")
    assert isinstance(await messenger.send(delivery), Sent)


@pytest.mark.parametrize("code", ["user_disabled", "user_not_found", "user_not_visible", "cannot_dm_bot"])
async def test_a_person_who_cannot_be_messaged_is_refused_with_a_step(
    slack: SlackStandIn, messenger: SlackMessenger, code: str
) -> None:
    slack.person("U1", unreachable=code)

    outcome = await messenger.send(a_delivery(TO_U1, a_notice(mention="")))

    assert isinstance(outcome, Refused)
    assert outcome.scope == "lane"
    assert outcome.hint
    assert outcome.hint != INVITE
    assert isinstance(await messenger.find(a_delivery(TO_U1)), Unknowable | Deferred)


async def test_whose_messages_tab_is_closed_is_refused_with_a_step(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    slack.fail("chat.postMessage", Scripted(body={"ok": False, "error": "messages_tab_disabled"}))

    outcome = await messenger.send(a_delivery(TO_U1, a_notice(mention="")))

    assert isinstance(outcome, Refused)
    assert "Messages tab" in outcome.hint


async def test_a_missing_scope_to_open_them_is_named_and_holds_up_no_channel(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    slack.scopes.discard("im:write")

    outcome = await messenger.send(a_delivery(TO_U1))

    assert isinstance(outcome, Refused)
    assert (outcome.scope, "im:write" in outcome.reason, "im:write" in outcome.hint) == ("lane", True, True)


async def test_a_token_that_is_refused_in_opening_them_is_doubted(
    platform: SlackPlatform, slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    slack.refusals[slack.bot_token] = "token_revoked"

    outcome = await messenger.send(a_delivery(TO_U1))
    (connection,) = await platform.connect()

    assert isinstance(outcome, Refused)
    assert outcome.scope == "workspace"
    assert "SLACK_BOT_TOKEN" in connection.problem


async def test_a_conversation_that_is_gone_is_opened_anew(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    await messenger.send(a_delivery(TO_U1))
    slack.fail("chat.postMessage", Scripted(body={"ok": False, "error": "channel_not_found"}))
    await messenger.send(a_delivery(TO_U1))

    assert isinstance(await messenger.send(a_delivery(TO_U1)), Sent)
    assert len(slack.calls_of("conversations.open")) == 2


async def test_silence_after_opening_them_is_unconfirmed(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    slack.fail("chat.postMessage", "reset after accept")
    delivery = a_delivery(TO_U1)

    assert isinstance(await messenger.send(delivery), Unconfirmed)
    assert isinstance(await messenger.find(delivery), Found)


# ---- in ------------------------------------------------------------------------------------------------------------


async def test_everybody_has_direct_messages_of_their_own(platform: SlackPlatform, slack: SlackStandIn) -> None:
    async with listening(platform, slack, a_command(say_where)):
        exchange = await slack.command("U1", "C1", "/news do")

    assert exchange.last == "slack:T1/C1 slack:T1/U1"


async def test_what_is_said_to_tocsin_directly_is_said_in_ones_own_messages(
    platform: SlackPlatform, slack: SlackStandIn
) -> None:
    slack.direct("U1")

    async with listening(platform, slack, a_command(say_where)):
        exchange = await slack.command("U1", "DU1", "/news do")

    assert exchange.payload["channel_name"] == "directmessage"
    assert exchange.last == "slack:T1/U1 slack:T1/U1"


async def test_the_direct_messages_of_two_others_are_no_place_of_ones_own(
    platform: SlackPlatform, slack: SlackStandIn
) -> None:
    slack.conversation("D9", "U1", "U2")

    async with listening(platform, slack, a_command(say_where)):
        exchange = await slack.command("U1", "D9", "/news do")

    assert exchange.last == "slack:T1/D9 slack:T1/U1"


async def test_whoever_has_no_direct_messages_speaks_where_they_speak(
    platform: SlackPlatform, slack: SlackStandIn
) -> None:
    slack.person("U1", unreachable="user_not_visible")
    slack.conversation("D9", "U1", "U2")

    async with listening(platform, slack, a_command(say_where)):
        exchange = await slack.command("U1", "D9", "/news do")

    assert exchange.last == "slack:T1/D9 slack:T1/U1"


@pytest.mark.parametrize(
    "trouble", [Scripted(503), Scripted(body={"ok": False, "error": "missing_scope", "needed": "im:write"})]
)
async def test_where_slack_cannot_say_whose_messages_they_are_nothing_is_done(
    platform: SlackPlatform, slack: SlackStandIn, trouble: Scripted
) -> None:
    slack.direct("U1")
    slack.fail("conversations.open", trouble)
    done: list[Request] = []

    async def note(request: Request) -> Reply:
        done.append(request)
        return Done("done")

    async with listening(platform, slack, a_command(note)):
        exchange = await slack.command("U1", "DU1", "/news do")

    assert not done
    assert exchange.last.startswith("Slack did not say whose conversation this is")


async def refuse(request: Request) -> Reply:
    return Problem("The subscription was not kept: Slack says channel_not_found", INVITE, mistake=False)


@pytest.mark.parametrize(("channel", "people"), [("D9", ("U1", "U2")), ("C9", ("U1", "U2", "U3"))])
async def test_where_tocsin_cannot_be_invited_the_step_is_ones_own_messages(
    platform: SlackPlatform, slack: SlackStandIn, channel: str, people: tuple[str, ...]
) -> None:
    slack.conversation(channel, *people)

    async with listening(platform, slack, a_command(refuse, QUERY, TAGS, TO_ME, word="subscribe")):
        exchange = await slack.command("U1", channel, "/news subscribe 5G auction --tags a")

    assert "/invite" not in exchange.last
    assert exchange.last.endswith("/news subscribe 5G auction --tags a --to me")


async def test_in_a_private_channel_the_step_is_an_invitation(platform: SlackPlatform, slack: SlackStandIn) -> None:
    slack.channel("G1", private=True, member=False)

    async with listening(platform, slack, a_command(refuse, QUERY, TO_ME)):
        exchange = await slack.command("U1", "G1", "/news do 5G")

    assert exchange.last.endswith(INVITE)


@pytest.mark.parametrize("content", [an_alert(), a_notice(mention="")])
async def test_direct_messages_name_nobody(slack: SlackStandIn, messenger: SlackMessenger, content: Any) -> None:
    await messenger.send(a_delivery(TO_U1, content))

    assert not pinged(slack.messages("DU1")[0])
