import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.slack.platform import SlackPlatform
from adapters.slack.settings import SlackSettings
from bot.commands.command import Done, Problem, Reply, Request
from bot.errors import StorageUnavailable
from bot.web.routes import RouteTable
from tests.adapters.slack_arrange import (
    QUERY,
    TAGS,
    a_command,
    listening,
    nobody,
    say_whether_admin,
    say_who_and_where,
    until,
)
from tests.standins.slack import SlackStandIn
from tests.standins.slack_checks import pinged
from tests.standins.trouble import Scripted


def others() -> set[asyncio.Task[object]]:
    return asyncio.all_tasks() - {asyncio.current_task()}


async def test_a_command_is_acknowledged_and_answered_privately(platform: SlackPlatform, slack: SlackStandIn) -> None:
    async with listening(platform, slack, a_command(say_who_and_where, QUERY, TAGS)):
        exchange = await slack.command("U1", "C1", "/news do huawei & ban --tags a")

    assert exchange.last == "U1 <\u2060@U1> slack:T1 slack:T1/C1 {'query': 'huawei & ban', 'tags': 'a'}"
    assert [(reply["response_type"], reply["replace_original"]) for reply in exchange.replies] == [("ephemeral", False)]
    assert pinged(exchange.replies[0]) == []
    assert not slack.messages("C1")


async def test_the_acknowledgement_waits_for_nothing(platform: SlackPlatform, slack: SlackStandIn) -> None:
    go_on = asyncio.Event()

    async def wait(request: Request) -> Reply:
        await go_on.wait()
        return Done("done")

    async with listening(platform, slack, a_command(wait)):
        exchange = slack.utter("U1", "C1", "/news do")
        before = len(slack.calls)
        await slack.sockets.deliver(exchange)

        assert len(exchange.acked_after) == 1
        assert len(slack.calls) == before, "no call to Slack stands before the acknowledgement"
        assert not exchange.replies

        go_on.set()
        await exchange.heard(1)


async def test_a_command_that_takes_longer_says_what_it_is_doing(settings: SlackSettings, slack: SlackStandIn) -> None:
    platform = SlackPlatform([replace(settings, doing_after=timedelta(0))])
    await platform.connect()
    go_on = asyncio.Event()

    async def wait(request: Request) -> Reply:
        await go_on.wait()
        return Done("done")

    async with listening(platform, slack, a_command(wait)):
        exchange = await slack.command("U1", "C1", "/news do")
        go_on.set()
        await exchange.heard(2)

    assert exchange.said == ["Doing it …", "done"]


async def test_a_quick_command_says_only_its_answer(platform: SlackPlatform, slack: SlackStandIn) -> None:
    async with listening(platform, slack, a_command(say_who_and_where)):
        exchange = await slack.command("U1", "C1", "/news do")

    assert len(exchange.said) == 1


@pytest.mark.parametrize(
    ("rights", "is_admin"),
    [
        ({"is_admin": True}, True),
        ({"is_owner": True}, True),
        ({"is_primary_owner": True}, True),
        ({}, False),
        ({"is_admin": True, "team_id": "T2"}, False),
    ],
)
async def test_slacks_admins_and_owners_are_admins_here_and_those_of_another_workspace_are_not(
    platform: SlackPlatform, slack: SlackStandIn, rights: dict[str, bool], is_admin: bool
) -> None:
    slack.person("U2", **rights)

    async with listening(platform, slack, a_command(say_whether_admin)):
        exchange = await slack.command("U2", "C1", "/news do")

    assert exchange.last == f"admin: {is_admin}"


async def test_where_slack_cannot_say_who_is_an_admin_nothing_is_done(
    platform: SlackPlatform, slack: SlackStandIn
) -> None:
    slack.fail("users.info", Scripted(503))

    async with listening(platform, slack, a_command(say_whether_admin)):
        exchange = await slack.command("UADMIN", "C1", "/news do")

    assert "could not be asked whether you are an admin" in exchange.last
    assert "Nothing was changed" in exchange.last


async def test_a_command_that_breaks_is_logged_once_and_admitted(
    platform: SlackPlatform, slack: SlackStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    async def stumble(request: Request) -> Reply:
        raise ZeroDivisionError("the inner secret")

    async with listening(platform, slack, a_command(stumble), a_command(say_who_and_where, word="other")):
        exchange = await slack.command("U1", "C1", "/news do")
        other = await slack.command("U1", "C1", "/news other")

    assert "our mistake" in exchange.last
    assert "the inner secret" not in exchange.last
    assert [bool(record.exc_info) for record in caplog.records if record.levelno >= logging.ERROR] == [True]
    assert other.last.startswith("U1")


async def test_a_lost_database_is_said_and_is_no_bug(
    platform: SlackPlatform, slack: SlackStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    async def lose(request: Request) -> Reply:
        raise StorageUnavailable

    async with listening(platform, slack, a_command(lose)):
        exchange = await slack.command("U1", "C1", "/news do")

    assert "The database cannot be reached." in exchange.last
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_an_unknown_word_is_answered_with_the_nearest_command(
    platform: SlackPlatform, slack: SlackStandIn
) -> None:
    async with listening(platform, slack, a_command(say_who_and_where, QUERY, word="subscribe")):
        exchange = await slack.command("U1", "C1", "/news subscrib huawei")

    assert "Did you mean /news subscribe QUERY: Does it" in exchange.last


async def test_a_problem_is_answered_privately(platform: SlackPlatform, slack: SlackStandIn) -> None:
    async def refuse(request: Request) -> Reply:
        return Problem("Only admins may do that.", "Ask one.")

    async with listening(platform, slack, a_command(refuse)):
        exchange = await slack.command("U1", "C1", "/news do")

    assert exchange.last == "Only admins may do that.\nAsk one."
    assert exchange.replies[0]["response_type"] == "ephemeral"


async def test_another_name_for_the_command_is_heard_where_it_is_configured(
    settings: SlackSettings, slack: SlackStandIn
) -> None:
    platform = SlackPlatform([replace(settings, command="/tocsin")])
    await platform.connect()

    async with listening(platform, slack, a_command(say_who_and_where, QUERY)):
        exchange = await slack.command("U1", "C1", "/tocsin do")

    assert "/tocsin do needs QUERY" in exchange.last


async def test_a_command_says_what_to_say_next_in_the_words_of_slack(
    settings: SlackSettings, slack: SlackStandIn
) -> None:
    platform = SlackPlatform([replace(settings, command="/tocsin")])
    await platform.connect()

    async def say_what_next(request: Request) -> Reply:
        return Done(request.say("do", query="huawei", tags="a,b", to="slack:T1/C1"))

    async with listening(platform, slack, a_command(say_what_next, QUERY, TAGS)):
        exchange = await slack.command("U1", "C1", "/tocsin do it")

    assert exchange.last == "/tocsin do huawei --tags a,b"


async def test_a_command_that_comes_twice_is_acknowledged_twice_and_done_once(
    platform: SlackPlatform, slack: SlackStandIn
) -> None:
    done: list[str] = []

    async def count(request: Request) -> Reply:
        done.append("once")
        return Done("done")

    async with listening(platform, slack, a_command(count)):
        exchange = await slack.command("U1", "C1", "/news do")
        await slack.sockets.deliver(exchange, retry=1)
        await slack.command("U1", "C1", "/news do")

    assert len(exchange.acked_after) == 2
    assert done == ["once", "once"]
    assert len(exchange.said) == 1


async def test_a_second_delivery_that_is_the_first_to_arrive_is_done(
    platform: SlackPlatform, slack: SlackStandIn
) -> None:
    async with listening(platform, slack, a_command(say_who_and_where)):
        exchange = slack.utter("U1", "C1", "/news do")
        await slack.sockets.deliver(exchange, retry=1)
        await exchange.heard(1)

    assert exchange.last.startswith("U1")


async def test_commands_wait_for_one_another_as_little_as_people_do(
    platform: SlackPlatform, slack: SlackStandIn
) -> None:
    go_on = asyncio.Event()

    async def wait(request: Request) -> Reply:
        await go_on.wait()
        return Done("late")

    async with listening(platform, slack, a_command(wait), a_command(say_who_and_where, word="quick")):
        slow = slack.utter("U1", "C1", "/news do")
        await slack.sockets.deliver(slow)
        quick = await slack.command("U1", "C1", "/news quick")
        go_on.set()
        await slow.heard(1)

    assert (quick.last[:2], slow.last) == ("U1", "late")


async def test_an_answer_that_slack_will_not_take_is_logged_without_its_address(
    platform: SlackPlatform, slack: SlackStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with listening(platform, slack, a_command(say_who_and_where)):
        exchange = slack.utter("U1", "C1", "/news do")
        exchange.payload["response_url"] = f"{slack.origin}/commands/T1/spentsecret"
        await slack.sockets.deliver(exchange)
        await slack.command("U1", "C1", "/news do")

    assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == [
        "Slack refused an answer to a command"
    ]
    assert "spentsecret" not in caplog.text


async def test_a_disconnect_of_slacks_is_followed_by_a_new_connection(
    platform: SlackPlatform, slack: SlackStandIn
) -> None:
    async with listening(platform, slack, a_command(say_who_and_where)):
        for _ in range(3):
            await slack.sockets.disconnect()
            await slack.connected()
        exchange = await slack.command("U1", "C1", "/news do")

    assert exchange.last.startswith("U1")
    assert slack.sockets.hellos == 4


async def test_a_connection_that_is_cut_is_made_again(platform: SlackPlatform, slack: SlackStandIn) -> None:
    async with listening(platform, slack, a_command(say_who_and_where)):
        await slack.sockets.cut()
        await slack.connected()

        assert (await slack.command("U1", "C1", "/news do")).last.startswith("U1")


async def test_a_slack_that_goes_away_and_comes_back_is_heard_again(
    platform: SlackPlatform, slack: SlackStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(platform, slack, a_command(say_who_and_where)):
        await slack.stop()
        await until(lambda: "Slack gave no connection" in caplog.text)
        await slack.start()
        await slack.connected()

        assert (await slack.command("U1", "C1", "/news do")).last.startswith("U1")


@pytest.mark.parametrize(
    "trouble",
    [
        Scripted(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "1"}),
        Scripted(500),
        Scripted(body={"ok": True, "url": "ws://127.0.0.1:1/nobody?ticket=secret"}),
        Scripted(body={"ok": True}),
    ],
)
async def test_an_address_that_leads_nowhere_is_asked_for_again(
    platform: SlackPlatform, slack: SlackStandIn, trouble: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    slack.fail("apps.connections.open", trouble)

    async with listening(platform, slack, a_command(say_who_and_where)):
        exchange = await slack.command("U1", "C1", "/news do")

    assert exchange.last.startswith("U1")
    assert "ticket" not in caplog.text


async def test_an_address_that_was_used_up_is_neither_tried_again_nor_logged(
    platform: SlackPlatform, slack: SlackStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    stale = f"{slack.origin.replace('http', 'ws')}/link?ticket=secret"
    slack.fail("apps.connections.open", Scripted(body={"ok": True, "url": stale}))

    async with listening(platform, slack, a_command(say_who_and_where)):
        exchange = await slack.command("U1", "C1", "/news do")

    assert exchange.last.startswith("U1")
    assert "The connection to Slack was lost" in caplog.text
    assert "ticket" not in caplog.text


@pytest.mark.parametrize("frame", [{"type": "news of tomorrow"}, {"type": "events_api", "envelope_id": "E"}, {}])
async def test_frames_that_nobody_knows_are_survived(
    platform: SlackPlatform, slack: SlackStandIn, frame: dict[str, str]
) -> None:
    async with listening(platform, slack, a_command(say_who_and_where)):
        await slack.sockets.say(frame)

        assert (await slack.command("U1", "C1", "/news do")).last.startswith("U1")


async def test_a_refused_app_token_is_named_by_its_variable(
    platform: SlackPlatform, slack: SlackStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    slack.refusals[slack.app_token] = "invalid_auth"
    task = asyncio.create_task(platform.listen(nobody))
    await until(lambda: "SLACK_APP_TOKEN" in caplog.text)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert slack.app_token not in caplog.text


async def test_stopping_lets_a_command_finish_and_leaves_nothing_behind(
    platform: SlackPlatform, slack: SlackStandIn
) -> None:
    before = others()
    started, go_on = asyncio.Event(), asyncio.Event()

    async def wait(request: Request) -> Reply:
        started.set()
        await go_on.wait()
        return Done("finished all the same")

    platform.serve([a_command(wait)], RouteTable())
    task = asyncio.create_task(platform.listen(nobody))
    exchange = slack.utter("U1", "C1", "/news do")
    await slack.sockets.deliver(exchange)
    await started.wait()

    task.cancel()
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(task, return_exceptions=True)
    await exchange.heard(1)

    assert exchange.last == "finished all the same"
    assert {each for each in others() - before if "adapters" in repr(each) or "slack_" in repr(each)} == set()


async def test_neither_tokens_nor_addresses_stand_in_a_debug_log(
    settings: SlackSettings, slack: SlackStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for vendor in ("slack_sdk", "slack_bolt"):
        caplog.set_level(logging.DEBUG, logger=vendor)
    platform = SlackPlatform([settings])
    await platform.connect()
    await platform.examine()

    async with listening(platform, slack, a_command(say_whether_admin)):
        exchange = await slack.command("U1", "C1", "/news do")
        await slack.sockets.disconnect()
        await slack.connected()

    secrets: Sequence[str] = (slack.bot_token, slack.app_token, exchange.payload["response_url"], "ticket=")
    assert "Listening to Slack" in caplog.text
    assert not [secret for secret in secrets if secret in caplog.text]
    assert slack.bot_token not in repr(settings)
