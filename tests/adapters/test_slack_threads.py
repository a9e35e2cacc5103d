"""Threads: alerts stay in them, and a window takes what Slack takes no slash command for."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.slack.messenger import SlackMessenger
from adapters.slack.platform import SlackPlatform
from adapters.slack.settings import SlackSettings
from bot.commands.command import Confirm, Done, Reply, Request
from bot.model.delivery import Absent, Deferred, Found, Refused, Sent, Unconfirmed, Unknowable
from bot.model.destination import Destination, Workspace
from tests.adapters.arrange import a_delivery, a_notice
from tests.adapters.slack_arrange import (
    QUERY,
    TAGS,
    TO_ME,
    a_command,
    listening,
    say_where,
    say_whether_admin,
    say_who_and_where,
)
from tests.adapters.test_slack_direct_messages import refuse
from tests.standins.slack import SlackStandIn
from tests.standins.slack_checks import pinged, shown
from tests.standins.trouble import Scripted, Trouble

T1 = Workspace("slack", "T1")


@pytest.fixture
def messenger(platform: SlackPlatform) -> SlackMessenger:
    return platform.messenger


@pytest.fixture
def thread(slack: SlackStandIn) -> str:
    """The time of the message on which it hangs, in C1."""
    return slack.writes("U1", "C1", "What of the auction?")


def within(thread: str) -> Destination:
    return Destination(T1, f"C1/{thread}")


# ---- out -----------------------------------------------------------------------------------------------------------


async def test_an_alert_stands_in_its_thread(slack: SlackStandIn, messenger: SlackMessenger, thread: str) -> None:
    outcome = await messenger.send(a_delivery(within(thread)))

    _, message = slack.channels["C1"].thread(thread)
    assert outcome == Sent(message["ts"], timedelta(seconds=1))
    assert (message["thread_ts"], message.get("reply_broadcast")) == (thread, None)


async def test_what_stands_in_it_is_found_edited_and_deleted(
    slack: SlackStandIn, messenger: SlackMessenger, thread: str
) -> None:
    delivery = a_delivery(within(thread), first_sent_at=datetime.now(UTC))
    sent = await messenger.send(delivery)
    assert isinstance(sent, Sent)

    found = await messenger.find(delivery)
    in_the_channel = await messenger.find(replace(delivery, destination=Destination(T1, "C1")))
    edited = await messenger.edit(replace(delivery, content=a_notice(text="Withdrawn", mention="")), sent.receipt)
    words = shown(slack.channels["C1"].thread(thread)[1])
    deleted = await messenger.delete(delivery, sent.receipt)

    assert edited == deleted == Sent(sent.receipt)
    assert found == Found((sent.receipt,))
    assert in_the_channel == Absent()
    assert words == "Withdrawn huawei"
    assert len(slack.messages("C1")) == 1


async def test_a_delivery_is_found_beyond_the_first_page_of_a_thread(
    slack: SlackStandIn, messenger: SlackMessenger, thread: str
) -> None:
    others = [slack.writes("U1", "C1", "Chatter", thread) for _ in range(450)]
    wanted = a_delivery(within(thread), first_sent_at=datetime.now(UTC))
    receipt = await messenger.send(wanted)

    found = await messenger.find(wanted)

    assert isinstance(receipt, Sent)
    assert found == Found((receipt.receipt,))
    pages = [call for call in slack.calls_of("conversations.replies") if call.arguments["limit"] != "1"]
    assert len(pages) == 1 + len(others) // 200


async def test_a_look_into_a_thread_begins_shortly_before_the_first_attempt(
    slack: SlackStandIn, messenger: SlackMessenger, thread: str
) -> None:
    delivery = a_delivery(within(thread))
    await messenger.send(delivery)

    later = replace(delivery, first_sent_at=datetime.now(UTC) + timedelta(hours=1))

    assert await messenger.find(later) == Absent()


async def test_the_alert_of_a_thread_that_is_gone_never_stands_in_the_channel(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    outcome = await messenger.send(a_delivery(within("1712345678.000100")))

    assert isinstance(outcome, Refused)
    assert (outcome.scope, bool(outcome.hint)) == ("lane", True)
    assert not slack.calls_of("chat.postMessage")


async def test_what_slack_posts_beside_a_thread_that_went_meanwhile_is_taken_back(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    slack.fail("conversations.replies", Scripted(body={"ok": True, "messages": []}))

    outcome = await messenger.send(a_delivery(within("1712345678.000100")))

    assert isinstance(outcome, Refused)
    assert outcome.scope == "lane"
    assert not slack.messages("C1")


@pytest.mark.parametrize("trouble", ["500", "reset before", Scripted(429, {}, {"Retry-After": "7"})])
async def test_where_a_thread_cannot_be_looked_for_nothing_is_posted_yet(
    slack: SlackStandIn, messenger: SlackMessenger, thread: str, trouble: Trouble | Scripted
) -> None:
    slack.fail("conversations.replies", trouble)

    assert isinstance(await messenger.send(a_delivery(within(thread))), Deferred)
    assert not slack.calls_of("chat.postMessage")


async def test_without_the_scope_to_look_it_is_posted_all_the_same(
    slack: SlackStandIn, messenger: SlackMessenger, thread: str
) -> None:
    slack.scopes.discard("channels:history")

    assert isinstance(await messenger.send(a_delivery(within(thread))), Sent)
    assert isinstance(await messenger.find(a_delivery(within(thread))), Unknowable)


async def test_silence_in_a_thread_is_unconfirmed_and_found(
    slack: SlackStandIn, messenger: SlackMessenger, thread: str
) -> None:
    slack.fail("chat.postMessage", "reset after accept")
    delivery = a_delivery(within(thread))

    assert isinstance(await messenger.send(delivery), Unconfirmed)
    assert isinstance(await messenger.find(delivery), Found)


async def test_what_a_person_asked_for_in_a_thread_joins_its_public_channel(
    slack: SlackStandIn, messenger: SlackMessenger, thread: str
) -> None:
    slack.channels["C1"].member = False

    assert isinstance(await messenger.send(a_delivery(within(thread), a_notice())), Sent)
    assert len(slack.channels["C1"].thread(thread)) == 2


# ---- in ------------------------------------------------------------------------------------------------------------


async def test_a_shortcut_opens_a_window_that_runs_what_is_typed_for_that_thread(
    platform: SlackPlatform, slack: SlackStandIn, thread: str
) -> None:
    async with listening(platform, slack, a_command(say_who_and_where, QUERY, TAGS)):
        window = await slack.shortcut("U1", "C1", thread)
        await slack.submit(window, "do AT&amp;T -ban --tags a")

    asked, working, answered = window.said
    assert asked.startswith("What to say to Tocsin: subscribe ")
    assert working == "Doing it …"
    said = "{'query': 'AT&amp;T -ban', 'tags': 'a'}"
    assert answered == f"U1 <\u2060@U1> slack:T1 slack:T1/C1/{thread} {said}"
    assert not window.violations
    assert not pinged(window.view)
    assert len(slack.messages("C1")) == 1


async def test_a_message_within_a_thread_means_the_whole_thread(
    platform: SlackPlatform, slack: SlackStandIn, thread: str
) -> None:
    reply = slack.writes("U2", "C1", "It opened", thread)

    async with listening(platform, slack, a_command(say_where)):
        window = await slack.submit(await slack.shortcut("U1", "C1", reply), "do")

    assert window.shown == f"slack:T1/C1/{thread} slack:T1/U1"


async def test_the_window_opens_after_the_acknowledgement(
    platform: SlackPlatform, slack: SlackStandIn, thread: str
) -> None:
    async with listening(platform, slack, a_command(say_where)):
        before = len(slack.calls)
        window = slack.point("U1", "C1", thread)
        await slack.sockets.deliver(window.exchange)
        assert window.exchange.acks == [{}]
        assert not slack.calls_of("conversations.open")
        await window.until(lambda: bool(window.id))

    assert [call.method for call in slack.calls[before:]] == ["views.open"]


@pytest.mark.parametrize(
    ("typed", "mistake"),
    [
        ("do", "do needs QUERY: what to watch for. do QUERY [--tags TAGS]: Does it"),
        ("dew huawei", "“dew huawei” is not a command. Say help"),
        ('do "5G auction', "I could not read that query."),
        ("do 5g --to #general", "do has no option --to."),
    ],
)
async def test_a_line_that_cannot_be_read_is_answered_under_what_was_typed(
    platform: SlackPlatform, slack: SlackStandIn, thread: str, typed: str, mistake: str
) -> None:
    async with listening(platform, slack, a_command(say_where, QUERY, TAGS)):
        window = await slack.shortcut("U1", "C1", thread)
        await slack.submit(window, typed)
        mistakes = dict(window.mistakes)
        await slack.submit(window, "do huawei")

    assert list(mistakes) == ["said"]
    assert mistake in mistakes["said"]
    assert len(window.said) == 3
    assert not window.violations


async def test_whoever_types_the_slash_command_all_the_same_is_understood(
    platform: SlackPlatform, slack: SlackStandIn, thread: str
) -> None:
    async with listening(platform, slack, a_command(say_who_and_where, QUERY)):
        window = await slack.submit(await slack.shortcut("U1", "C1", thread), " /news do huawei")

    assert window.shown.endswith("{'query': 'huawei'}")


async def test_a_problem_and_a_question_are_answered_in_the_window(
    platform: SlackPlatform, slack: SlackStandIn, thread: str
) -> None:
    async def ask(request: Request) -> Reply:
        return Confirm("End all 12?", {"all": "yes"})

    async with listening(platform, slack, a_command(ask, word="end"), a_command(refuse, word="no")):
        question = await slack.submit(await slack.shortcut("U1", "C1", thread), "end")
        problem = await slack.submit(await slack.shortcut("U1", "C1", thread), "no")

    assert question.shown == "End all 12?\nTo go on, say:\nend --all yes"
    assert problem.shown.endswith("/invite @Tocsin")


async def test_a_command_says_what_to_say_next_without_the_slash(
    platform: SlackPlatform, slack: SlackStandIn, thread: str
) -> None:
    async def say_what_next(request: Request) -> Reply:
        return Done(request.say("do", query="huawei", tags="a,b"))

    async with listening(platform, slack, a_command(say_what_next, QUERY, TAGS)):
        window = await slack.submit(await slack.shortcut("U1", "C1", thread), "do it")

    assert window.shown == "do huawei --tags a,b"


async def test_who_is_an_admin_is_asked_in_a_window_too(
    platform: SlackPlatform, slack: SlackStandIn, thread: str
) -> None:
    async with listening(platform, slack, a_command(say_whether_admin)):
        windows = [await slack.shortcut(user, "C1", thread) for user in ("U1", "UADMIN")]
        answered = [await slack.submit(window, "do") for window in windows]

    assert [window.shown for window in answered] == ["admin: False", "admin: True"]


async def test_the_answer_comes_after_the_acknowledgement_however_quick_it_is(
    settings: SlackSettings, slack: SlackStandIn, thread: str
) -> None:
    platform = SlackPlatform([replace(settings, settle_after=timedelta(milliseconds=200))])
    await platform.connect()
    slack.applies_after = 0.05

    async with listening(platform, slack, a_command(say_where)):
        window = await slack.submit(await slack.shortcut("U1", "C1", thread), "do")

    assert window.said[1:] == ["Doing it …", f"slack:T1/C1/{thread} slack:T1/U1"]


async def test_a_submission_that_comes_twice_is_done_once(
    platform: SlackPlatform, slack: SlackStandIn, thread: str
) -> None:
    done: list[Request] = []

    async def note(request: Request) -> Reply:
        done.append(request)
        return Done("done")

    async with listening(platform, slack, a_command(note)):
        window = await slack.shortcut("U1", "C1", thread)
        exchange = await slack.send_off(window, "do")
        await slack.sockets.deliver(exchange, retry=1)
        await window.until(lambda: window.shown == "done")

    assert len(done) == 1
    assert exchange.acks[0] == exchange.acks[1]


async def test_a_window_that_slack_does_not_open_is_said_in_words(
    platform: SlackPlatform, slack: SlackStandIn, thread: str, caplog: pytest.LogCaptureFixture
) -> None:
    slack.fail("views.open", Scripted(body={"ok": False, "error": "expired_trigger_id"}))

    async with listening(platform, slack, a_command(say_where)):
        window = await slack.shortcut("U1", "C1", thread)

    assert window.exchange.last == "Slack did not open the window.\nTry again in a minute."
    assert "Slack opened no window" in caplog.text
    assert window.exchange.payload["response_url"] not in caplog.text


async def test_a_window_that_was_closed_meanwhile_loses_its_answer_only(
    platform: SlackPlatform, slack: SlackStandIn, thread: str, caplog: pytest.LogCaptureFixture
) -> None:
    go_on, done = asyncio.Event(), asyncio.Event()

    async def wait(request: Request) -> Reply:
        await go_on.wait()
        done.set()
        return Done("done")

    async with listening(platform, slack, a_command(wait)):
        window = await slack.shortcut("U1", "C1", thread)
        await slack.send_off(window, "do")
        window.is_closed = True
        go_on.set()

    assert done.is_set()
    assert "An answer in a window was lost" in caplog.text


async def test_in_direct_messages_with_tocsin_a_window_speaks_for_the_person(
    platform: SlackPlatform, slack: SlackStandIn
) -> None:
    slack.direct("U1")
    ts = slack.writes("U1", "DU1", "Hello")

    async with listening(platform, slack, a_command(say_where)):
        window = await slack.submit(await slack.shortcut("U1", "DU1", ts), "do")

    assert window.shown == "slack:T1/U1 slack:T1/U1"


async def test_where_tocsin_cannot_be_invited_the_step_is_ones_own_messages(
    platform: SlackPlatform, slack: SlackStandIn
) -> None:
    slack.conversation("C9", "U1", "U2", "U3")
    ts = slack.writes("U2", "C9", "Look")

    async with listening(platform, slack, a_command(refuse, QUERY, TO_ME, word="subscribe")):
        window = await slack.submit(await slack.shortcut("U1", "C9", ts), "subscribe 5G")

    assert window.shown.endswith("In your own direct messages: subscribe 5G --to me")


async def test_stopping_lets_a_window_have_its_answer(
    platform: SlackPlatform, slack: SlackStandIn, thread: str
) -> None:
    async with listening(platform, slack, a_command(say_where)):
        window = await slack.shortcut("U1", "C1", thread)
        await slack.send_off(window, "do")

    assert window.shown == f"slack:T1/C1/{thread} slack:T1/U1"
