"""Several workspaces, one app each: nothing of one is heard, posted or refused in another."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from adapters.slack import socket_mode
from adapters.slack.platform import SlackPlatform
from adapters.slack.settings import SlackSettings
from bot.commands.command import Done, Reply, Request
from bot.model.delivery import Absent, Deferred, Refused, Sent
from bot.model.destination import Destination, Workspace
from bot.web.routes import RouteTable
from tests.adapters.arrange import a_delivery
from tests.adapters.slack_arrange import (
    QUERY,
    a_command,
    attended,
    listening,
    reachable,
    say_where,
    say_whether_admin,
    say_who_and_where,
    until,
)
from tests.standins.slack import SlackStandIn
from tests.standins.trouble import Scripted

IN_ACME, IN_GLOBEX = (Destination(Workspace("slack", team), "C1") for team in ("T1", "T2"))
ELSEWHERE = Destination(Workspace("slack", "T3"), "C1")


@pytest.fixture
async def both(settings_of_both: Sequence[SlackSettings]) -> SlackPlatform:
    """Signed in to T1 and T2."""
    platform = SlackPlatform(settings_of_both)
    await platform.connect()
    return platform


async def test_every_workspace_is_answered_for(settings_of_both: Sequence[SlackSettings]) -> None:
    connections = await SlackPlatform(settings_of_both).connect()

    assert [(str(each.workspace), each.problem) for each in connections] == [("slack:T1", ""), ("slack:T2", "")]


async def test_what_goes_to_a_channel_of_one_stands_in_no_channel_of_the_other(
    both: SlackPlatform, slack: SlackStandIn, globex: SlackStandIn
) -> None:
    delivery = a_delivery(IN_ACME)
    sent = await both.messenger.send(delivery)
    elsewhere = replace(delivery, destination=IN_GLOBEX)

    assert isinstance(sent, Sent)
    assert (len(slack.messages("C1")), len(globex.messages("C1"))) == (1, 0)
    assert await both.messenger.find(elsewhere) == Absent()
    assert isinstance(await both.messenger.edit(elsewhere, sent.receipt), Refused)
    assert await both.messenger.delete(elsewhere, sent.receipt) == Sent(sent.receipt)
    assert len(slack.messages("C1")) == 1


async def test_each_hears_its_own_people_with_its_own_rights(
    both: SlackPlatform, slack: SlackStandIn, globex: SlackStandIn
) -> None:
    globex.person("U1", is_admin=True)

    async with listening(both, [slack, globex], a_command(say_who_and_where), a_command(say_whether_admin, word="may")):
        heard = await asyncio.gather(
            *(each.command("U1", "C1", f"/news {word}") for each in (slack, globex) for word in ("do", "may"))
        )

    assert [exchange.last for exchange in heard] == [
        "U1 <\u2060@U1> slack:T1 slack:T1/C1 {}",
        "admin: False",
        "U1 <\u2060@U1> slack:T2 slack:T2/C1 {}",
        "admin: True",
    ]


async def test_direct_messages_of_one_are_opened_by_its_own_app(
    both: SlackPlatform, slack: SlackStandIn, globex: SlackStandIn
) -> None:
    await both.messenger.send(a_delivery(replace(IN_GLOBEX, channel="U1")))

    assert not slack.calls_of("conversations.open")
    assert len(globex.messages("DU1")) == 1


# ---- refused, revoked, away ----------------------------------------------------------------------------------------


async def test_a_token_that_is_refused_concerns_its_own_workspace_only(
    settings_of_both: Sequence[SlackSettings], slack: SlackStandIn, globex: SlackStandIn
) -> None:
    slack.refusals[slack.bot_token] = "invalid_auth"
    platform = SlackPlatform(settings_of_both)

    refused, connected = await platform.connect()
    in_acme = await platform.messenger.send(a_delivery(IN_ACME))
    in_globex = await platform.messenger.send(a_delivery(IN_GLOBEX))

    assert (refused.workspace, refused.name, refused.passing) == (None, "acme", False)
    assert not connected.problem
    assert isinstance(in_acme, Refused)
    assert (in_acme.scope, in_acme.reason) == ("workspace", "Slack refuses the token in ACME_BOT (invalid_auth)")
    assert isinstance(in_globex, Sent)
    async with listening(platform, globex, a_command(say_where)):
        assert "slack:T2/C1" in (await globex.command("U1", "C1", "/news do")).last


async def test_a_token_that_is_revoked_later_concerns_its_own_workspace_only(
    both: SlackPlatform, slack: SlackStandIn, globex: SlackStandIn
) -> None:
    async with listening(both, [slack, globex], a_command(say_where)):
        slack.refusals[slack.bot_token] = "token_revoked"
        in_acme = await both.messenger.send(a_delivery(IN_ACME))
        in_globex = await both.messenger.send(a_delivery(IN_GLOBEX))
        heard = await globex.command("U1", "C1", "/news do")

    assert isinstance(in_acme, Refused)
    assert (in_acme.scope, "ACME_BOT" in in_acme.reason) == ("workspace", True)
    assert isinstance(in_globex, Sent)
    assert "slack:T2/C1" in heard.last


async def test_whoever_is_signed_in_stays_so_and_is_not_asked_again(
    both: SlackPlatform, slack: SlackStandIn, globex: SlackStandIn
) -> None:
    before = len(slack.calls)
    await slack.stop()

    connections = await both.connect()

    assert [each.problem for each in connections] == ["", ""]
    assert len(slack.calls) == before


async def test_a_token_that_was_refused_meanwhile_is_asked_about_again(
    both: SlackPlatform, slack: SlackStandIn
) -> None:
    slack.refusals[slack.bot_token] = "account_inactive"
    await both.messenger.send(a_delivery(IN_ACME))

    refused, connected = await both.connect()
    slack.refusals.clear()
    accepted, _ = await both.connect()

    assert (str(refused.workspace), "ACME_BOT" in refused.problem, refused.passing) == ("slack:T1", True, False)
    assert not connected.problem
    assert (str(accepted.workspace), accepted.problem) == ("slack:T1", "")


async def test_a_workspace_that_is_only_away_keeps_its_alerts_waiting(
    settings_of_both: Sequence[SlackSettings], slack: SlackStandIn
) -> None:
    slack.fail("auth.test", Scripted(503))
    platform = SlackPlatform(settings_of_both)

    away, connected = await platform.connect()

    assert (away.workspace, away.passing) == (None, True)
    assert not connected.problem
    assert isinstance(await platform.messenger.send(a_delivery(IN_ACME)), Deferred)
    assert isinstance(await platform.messenger.send(a_delivery(IN_GLOBEX)), Sent)


async def test_a_workspace_listens_as_soon_as_it_is_signed_in_to(
    settings_of_both: Sequence[SlackSettings], slack: SlackStandIn, globex: SlackStandIn
) -> None:
    slack.fail("auth.test", Scripted(503))
    platform = SlackPlatform(settings_of_both)
    await platform.connect()

    async with listening(platform, globex, a_command(say_where)):
        assert not slack.sockets.hellos
        await platform.connect()
        await slack.connected()

        assert "slack:T1/C1" in (await slack.command("U1", "C1", "/news do")).last


async def test_a_workspace_that_no_app_is_configured_for_is_refused_in_words(both: SlackPlatform) -> None:
    outcome = await both.messenger.send(a_delivery(ELSEWHERE))

    assert outcome == Refused("workspace", both.unserved)


async def test_two_apps_in_one_workspace_are_one_too_many(
    settings_of_both: Sequence[SlackSettings], slack: SlackStandIn
) -> None:
    acme, globex = settings_of_both
    platform = SlackPlatform([acme, replace(globex, bot_token=slack.bot_token, api_url=slack.api_url)])

    first, second = await platform.connect()

    assert (str(first.workspace), first.problem) == ("slack:T1", "")
    assert (second.workspace, second.passing) == (None, False)
    assert second.problem == "GLOBEX_BOT opens Invented Telecom, which ACME_BOT opens already: one app is enough"
    async with listening(platform, slack, a_command(say_where)):
        assert len(slack.calls_of("apps.connections.open")) == 1


async def test_an_app_token_that_is_refused_is_tried_again_and_holds_up_nobody(
    both: SlackPlatform, slack: SlackStandIn, globex: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_mode, "REFUSED_PAUSE", socket_mode.LONGEST_PAUSE / 6000)
    slack.refusals[slack.app_token] = "invalid_auth"

    async with listening(both, globex, a_command(say_where)):
        heard = await globex.command("U1", "C1", "/news do")
        await until(lambda: len(slack.calls_of("apps.connections.open")) > 1)
        slack.refusals.clear()
        await slack.connected()

    assert "slack:T2/C1" in heard.last


# ---- what comes in for somebody else -------------------------------------------------------------------------------


async def test_what_comes_for_another_workspace_is_dropped(
    both: SlackPlatform, slack: SlackStandIn, globex: SlackStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Request] = []

    async def note(request: Request) -> Reply:
        heard.append(request)
        return Done("heard")

    async with listening(both, [slack, globex], a_command(note, QUERY)):
        of_globex = globex.utter("U1", "C1", "/news do private words")
        window = globex.point("U1", "C1", globex.writes("U1", "C1", "hello"))
        await slack.sockets.deliver(of_globex)
        await slack.sockets.deliver(window.exchange)

    assert not heard
    assert of_globex.last.startswith("This app serves another workspace.")
    assert (window.id, window.exchange.replies) == ("", [])
    assert not slack.calls_of("views.open") + globex.calls_of("views.open")
    assert "another workspace" in caplog.text
    assert "private words" not in caplog.text


async def test_a_window_of_another_workspace_is_dropped(
    both: SlackPlatform, slack: SlackStandIn, globex: SlackStandIn
) -> None:
    async with listening(both, [slack, globex], a_command(say_where)):
        window = await globex.shortcut("U1", "C1", globex.writes("U1", "C1", "hello"))
        exchange = globex.utter("U1", "C1", "")
        exchange.payload = {"type": "view_submission", "team": {"id": "T2"}, "user": {"id": "U1"}, "view": window.view}
        await slack.sockets.deliver(exchange)

    assert exchange.acks == [{}]
    assert len(window.said) == 1


async def test_a_good_signature_of_one_app_opens_no_door_to_another_workspace(
    settings_of_both: Sequence[SlackSettings], slack: SlackStandIn, globex: SlackStandIn
) -> None:
    secrets = (slack.signing_secret, globex.signing_secret)
    platform = SlackPlatform(
        [replace(each, signing_secret=secret) for each, secret in zip(settings_of_both, secrets, strict=True)]
    )
    await platform.connect()

    async with reachable(platform, a_command(say_where)) as url:
        of_globex = globex.utter("U1", "C1", "/news do")
        assert await slack.post(url, of_globex) == 200
        own = await globex.post_command(url, "U1", "C1", "/news do")

    assert of_globex.last.startswith("This app serves another workspace.")
    assert "slack:T2/C1" in own.last


async def test_nobody_is_asked_before_signing_in(
    settings_of_both: Sequence[SlackSettings], slack: SlackStandIn
) -> None:
    platform = SlackPlatform(settings_of_both)
    platform.serve([], RouteTable())

    async with attended(platform):
        await asyncio.sleep(0)

    assert not slack.calls


# ---- doctor --------------------------------------------------------------------------------------------------------


async def test_doctor_tells_the_workspaces_apart(both: SlackPlatform, globex: SlackStandIn) -> None:
    globex.scopes.discard("users:read")

    findings = await both.examine()

    assert [(finding.subject, finding.ok) for finding in findings] == [
        ("Slack bot token (ACME_BOT)", True),
        ("Slack scopes of acme", True),
        ("Slack app token (ACME_APP)", True),
        ("Slack bot token (GLOBEX_BOT)", True),
        ("Slack scope users:read of globex", False),
        ("Slack app token (GLOBEX_APP)", True),
    ]
