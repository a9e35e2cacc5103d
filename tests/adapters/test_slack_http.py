"""Slack over HTTP, on the wire: signed, once, acknowledged first."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from adapters.slack import incoming, under_way
from adapters.slack.http_mode import is_signed
from adapters.slack.platform import SlackPlatform
from adapters.slack.settings import SlackSettings
from bot.commands.command import Done, Reply, Request
from bot.ports import HttpRequest
from bot.web.routes import RouteTable
from tests.adapters.slack_arrange import QUERY, a_command, attended, reachable, say_where, say_who_and_where
from tests.standins.slack import SlackStandIn
from tests.standins.slack_http import form, sent, signed
from tests.standins.trouble import Scripted

Headers = dict[str, str]


@pytest.fixture
def over_http(settings: SlackSettings, slack: SlackStandIn) -> SlackSettings:
    return replace(settings, app_token="", signing_secret=slack.signing_secret)


@pytest.fixture
async def door(over_http: SlackSettings) -> SlackPlatform:
    """Signed in, and listening over HTTP."""
    platform = SlackPlatform([over_http])
    await platform.connect()
    return platform


class Counted:
    def __init__(self) -> None:
        self.times = 0

    async def __call__(self, request: Request) -> Reply:
        self.times += 1
        return Done("done")


async def test_a_command_is_acknowledged_and_answered_privately(door: SlackPlatform, slack: SlackStandIn) -> None:
    async with reachable(door, a_command(say_who_and_where, QUERY)) as url:
        exchange = await slack.post_command(url, "U1", "C1", "/news do huawei & <ban>")

    assert exchange.last == "U1 <\u2060@U1> slack:T1 slack:T1/C1 {'query': 'huawei & <ban>'}"
    assert exchange.replies[0]["response_type"] == "ephemeral"
    assert exchange.acks == [{}]
    assert not slack.sockets.hellos


@pytest.mark.parametrize("word", ["payload", "payload=1", "{payload}", "ssl_check=1"])
async def test_no_word_of_a_query_is_taken_for_a_part_of_the_request(
    door: SlackPlatform, slack: SlackStandIn, word: str
) -> None:
    async with reachable(door, a_command(say_who_and_where, QUERY)) as url:
        exchange = await slack.post_command(url, "U1", "C1", f"/news do {word}")

    assert f"{{'query': '{word}'}}" in exchange.last


async def test_the_acknowledgement_waits_for_nothing(door: SlackPlatform, slack: SlackStandIn) -> None:
    go_on = asyncio.Event()

    async def wait(request: Request) -> Reply:
        await go_on.wait()
        return Done("done")

    async with reachable(door, a_command(wait)) as url:
        exchange = slack.utter("U1", "C1", "/news do")

        assert await slack.post(url, exchange) == 200
        assert not exchange.replies

        go_on.set()
        await exchange.heard(1)


# ---- signatures ----------------------------------------------------------------------------------------------------


def wrong(headers: Headers) -> Headers:
    return {**headers, "X-Slack-Signature": headers["X-Slack-Signature"][:-1] + "x"}


def without(name: str) -> Callable[[Headers], Headers]:
    return lambda headers: {key: value for key, value in headers.items() if key != name}


def saying(name: str, value: str) -> Callable[[Headers], Headers]:
    return lambda headers: {**headers, name: value}


TAMPERED = {
    "wrong": wrong,
    "missing": without("X-Slack-Signature"),
    "empty": saying("X-Slack-Signature", ""),
    "no ASCII": saying("X-Slack-Signature", "v0=é"),
    "without a time": without("X-Slack-Request-Timestamp"),
    "another time": saying("X-Slack-Request-Timestamp", str(int(time.time()) - 1)),
    "no time": saying("X-Slack-Request-Timestamp", "now"),
    "endless time": saying("X-Slack-Request-Timestamp", "9" * 5000),
}


@pytest.mark.parametrize("tamper", TAMPERED.values(), ids=TAMPERED)
async def test_a_request_without_a_good_signature_is_refused_and_nothing_is_done(
    door: SlackPlatform, slack: SlackStandIn, tamper: Callable[[Headers], Headers], caplog: pytest.LogCaptureFixture
) -> None:
    count = Counted()

    async with reachable(door, a_command(count)) as url:
        exchange = slack.utter("U1", "C1", "/news do")
        body = form(exchange.payload)
        status, _, text = await sent(url, body, tamper(signed(body, slack.signing_secret)))

    assert (status, text) == (401, "")
    assert not count.times + len(exchange.replies)
    assert not [secret for secret in (slack.signing_secret, exchange.payload["response_url"]) if secret in caplog.text]


@pytest.mark.parametrize(("off", "status"), [(-301, 401), (-290, 200), (290, 200), (305, 401)])
async def test_a_request_may_be_five_minutes_off(
    door: SlackPlatform, slack: SlackStandIn, off: int, status: int
) -> None:
    async with reachable(door, a_command(say_where)) as url:
        assert await slack.post(url, slack.utter("U1", "C1", "/news do"), at=time.time() + off) == status


async def test_a_body_that_was_changed_on_its_way_is_refused(door: SlackPlatform, slack: SlackStandIn) -> None:
    count = Counted()

    async with reachable(door, a_command(count)) as url:
        body = form(slack.utter("U1", "C1", "/news do").payload)
        status, *_ = await sent(url, body.replace(b"U1", b"U2"), signed(body, slack.signing_secret))

    assert (status, count.times) == (401, 0)


def test_an_empty_secret_signs_nothing() -> None:
    headers = {name.lower(): value for name, value in signed(b"", "").items()}

    assert not is_signed(HttpRequest(headers, b""), "")


# ---- once ----------------------------------------------------------------------------------------------------------


async def test_a_request_that_is_replayed_is_answered_and_done_once(door: SlackPlatform, slack: SlackStandIn) -> None:
    count = Counted()

    async with reachable(door, a_command(count)) as url:
        exchange = slack.utter("U1", "C1", "/news do")
        body = form(exchange.payload)
        headers = signed(body, slack.signing_secret)
        statuses = [(await sent(url, body, headers))[0] for _ in range(3)]
        await exchange.heard(1)

    assert (statuses, count.times, exchange.said) == ([200, 200, 200], 1, ["done"])


async def test_a_request_that_is_tried_again_at_another_time_is_done_once(
    door: SlackPlatform, slack: SlackStandIn
) -> None:
    count = Counted()

    async with reachable(door, a_command(count)) as url:
        exchange = slack.utter("U1", "C1", "/news do")
        statuses = [await slack.post(url, exchange, at=time.time() - age) for age in (0, 60)]
        await exchange.heard(1)
        await slack.post_command(url, "U1", "C1", "/news do")

    assert (statuses, count.times) == ([200, 200], 2)


async def test_two_copies_that_come_at_once_are_done_once(door: SlackPlatform, slack: SlackStandIn) -> None:
    count = Counted()

    async with reachable(door, a_command(count)) as url:
        exchange = slack.utter("U1", "C1", "/news do")
        statuses = await asyncio.gather(*(slack.post(url, exchange) for _ in range(5)))
        await exchange.heard(1)

    assert (statuses, count.times) == ([200] * 5, 1)


async def test_what_has_no_name_of_its_own_is_known_by_its_signature(door: SlackPlatform, slack: SlackStandIn) -> None:
    count = Counted()

    async with reachable(door, a_command(count)) as url:
        exchange = slack.utter("U1", "C1", "/news do")
        del exchange.payload["trigger_id"]
        body = form(exchange.payload)
        headers = signed(body, slack.signing_secret)
        statuses = [(await sent(url, body, headers))[0] for _ in range(2)]
        await exchange.heard(1)

    assert (statuses, count.times) == ([200, 200], 1)


async def test_what_is_remembered_has_a_bound(
    door: SlackPlatform, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming, "REMEMBERED", 2)
    count = Counted()

    async with reachable(door, a_command(count)) as url:
        first = await slack.post_command(url, "U1", "C1", "/news do")
        for _ in range(2):
            await slack.post_command(url, "U1", "C1", "/news do")
        await slack.post(url, first)
        await first.heard(2)

    assert count.times == 4


# ---- whatever else Slack asks --------------------------------------------------------------------------------------


async def test_slack_finds_somebody_there(door: SlackPlatform, slack: SlackStandIn) -> None:
    challenge = json.dumps({"type": "url_verification", "challenge": "invented", "token": "x"}).encode()
    check = urlencode({"ssl_check": "1", "token": "x"}).encode()

    async with reachable(door, a_command(say_where)) as url:
        as_json = {**signed(challenge, slack.signing_secret), "Content-Type": "application/json"}
        status, answer, _ = await sent(url, challenge, as_json)
        checked, *_ = await sent(url, check, signed(check, slack.signing_secret))

    assert (status, answer) == (200, {"challenge": "invented"})
    assert checked == 200


@pytest.mark.parametrize("body", [b"payload=%7Bbroken", b"payload=1", b"payload=[]"])
async def test_what_cannot_be_read_is_refused(door: SlackPlatform, slack: SlackStandIn, body: bytes) -> None:
    async with reachable(door) as url:
        status, *_ = await sent(url, body, signed(body, slack.signing_secret))

    assert status == 400


async def test_what_tocsin_does_not_serve_is_not_found(
    door: SlackPlatform, slack: SlackStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    event = json.dumps({"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": {"type": "x"}}).encode()

    async with reachable(door) as url:
        as_json = {**signed(event, slack.signing_secret), "Content-Type": "application/json"}
        status, *_ = await sent(url, event, as_json)

    assert status == 404
    assert "does not serve" in caplog.text


# ---- before and after ----------------------------------------------------------------------------------------------


async def test_a_command_that_comes_before_signing_in_is_answered_in_words(
    over_http: SlackSettings, slack: SlackStandIn
) -> None:
    slack.fail("auth.test", Scripted(503))
    platform = SlackPlatform([over_http])
    await platform.connect()
    count = Counted()

    async with reachable(platform, a_command(count)) as url:
        early = await slack.post_command(url, "U1", "C1", "/news do")
        await platform.connect()
        await slack.post(url, early)
        await early.heard(2)

    assert early.said == ["Tocsin is not signed in to this workspace yet.\nTry again in a minute.", "done"]
    assert early.replies[0]["response_type"] == "ephemeral"


async def test_stopping_lets_a_command_finish_and_takes_no_more(door: SlackPlatform, slack: SlackStandIn) -> None:
    started, go_on = asyncio.Event(), asyncio.Event()

    async def wait(request: Request) -> Reply:
        started.set()
        await go_on.wait()
        return Done("finished all the same")

    async with reachable(door, a_command(wait), listens=False) as url:
        async with attended(door):
            exchange = slack.utter("U1", "C1", "/news do")
            await slack.post(url, exchange)
            await started.wait()
            asyncio.get_running_loop().call_later(0.05, go_on.set)
        late = await slack.post_command(url, "U1", "C1", "/news do")
        await exchange.heard(1)

    assert exchange.last == "finished all the same"
    assert late.last.startswith("Tocsin is just being stopped.")


async def test_what_does_not_finish_is_broken_off(
    door: SlackPlatform, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(under_way, "FINISH_WITHIN", 0.05)
    ended = asyncio.Event()

    async def hang(request: Request) -> Reply:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return Done("never")

    async with reachable(door, a_command(hang)) as url:
        await slack.post(url, slack.utter("U1", "C1", "/news do"))

    assert ended.is_set()


async def test_a_shortcut_and_its_window_come_over_http_too(door: SlackPlatform, slack: SlackStandIn) -> None:
    ts = slack.writes("U1", "C1", "Look at this")

    async with reachable(door, a_command(say_who_and_where, QUERY)) as url:
        window = await slack.shortcut("U1", "C1", ts, url)
        await slack.submit(window, "do", url)
        mistakes = dict(window.mistakes)
        await slack.submit(window, "do huawei", url)

    assert "needs QUERY" in mistakes["said"]
    assert window.shown == f"U1 <\u2060@U1> slack:T1 slack:T1/C1/{ts} {{'query': 'huawei'}}"
    assert not window.violations


def test_only_those_who_have_a_signing_secret_are_spoken_to_over_http(settings: SlackSettings) -> None:
    routes = RouteTable()

    SlackPlatform([settings]).serve([], routes)

    assert not routes


async def test_doctor_asks_no_app_token_and_says_where_slack_must_point(door: SlackPlatform) -> None:
    findings = await door.examine()

    assert [(each.subject, each.ok) for each in findings] == [
        ("Slack bot token (SLACK_BOT_TOKEN)", True),
        ("Slack scopes", True),
        ("Slack request URL", True),
    ]
    assert "/slack/events" in findings[-1].detail
