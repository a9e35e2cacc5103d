"""The stand-in itself: what it takes and refuses, as Slack's documentation has it."""

from typing import Any

import aiohttp
import pytest

from tests.standins.slack import SlackStandIn
from tests.standins.slack_checks import ALL_BLOCKS, pinged, plain, refusal, view_errors
from tests.standins.slack_workspace import ApiError
from tests.standins.trouble import Limit

A_PICTURE_WITHOUT_WORDS = {"type": "image", "image_url": "https://example.org/", "alt_text": ""}
A_LONG_HEADER = {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}
A_LONG_SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}


def a_block(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


def words(value: str) -> dict[str, Any]:
    return {"type": "text", "text": value}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "blocks": [a_block(words("x"))] * 51}, "invalid_blocks"),
        ({"text": "x", "blocks": [a_block(words(""))]}, "invalid_blocks"),
        ({"text": "x", "blocks": [a_block()]}, "invalid_blocks"),
        ({"text": "x", "blocks": [a_block({"type": "link", "url": "javascript:1", "text": "x"})]}, "invalid_blocks"),
        ({"text": "x", "blocks": [a_block({"type": "nonsense"})]}, "invalid_blocks"),
        ({"text": "x", "blocks": [{"type": "nonsense"}]}, "invalid_blocks"),
        ({"text": "x", "blocks": [A_PICTURE_WITHOUT_WORDS]}, "invalid_blocks"),
        ({"text": "x", "blocks": [A_LONG_HEADER]}, "invalid_blocks"),
        ({"text": "x", "blocks": [A_LONG_SECTION]}, "invalid_blocks"),
        ({"text": "x", "blocks": [a_block(words("x" * (ALL_BLOCKS + 1)))]}, "msg_blocks_too_long"),
        ({"text": "x", "metadata": {"event_type": 1, "event_payload": {}}}, "invalid_metadata_format"),
    ],
)
def test_a_message_beyond_a_limit_is_refused(message: dict[str, Any], code: str) -> None:
    refused = refusal(message)

    assert refused is not None
    assert refused[0] == code


def a_window(**changes: Any) -> dict[str, Any]:
    element = {"type": "plain_text_input", "action_id": "b"}
    asked = {"type": "input", "block_id": "a", "label": plain_text("Say"), "element": element}
    given = {"type": "modal", "title": plain_text("News"), "submit": plain_text("Say it"), "blocks": [asked], **changes}
    return {name: value for name, value in given.items() if value is not None}


def plain_text(value: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": value}


@pytest.mark.parametrize(
    "changes",
    [
        {"title": plain_text("x" * 25)},
        {"title": None},
        {"submit": plain_text("x" * 25)},
        {"submit": None},
        {"close": plain_text("")},
        {"blocks": []},
        {"blocks": [a_block(words("x"))] * 101},
        {"blocks": [{"type": "nonsense"}]},
        {"private_metadata": "x" * 3001},
        {"type": "home"},
    ],
)
def test_a_window_beyond_a_limit_is_refused(changes: dict[str, Any]) -> None:
    assert view_errors(a_window(**changes))
    assert not view_errors(a_window())


def test_a_plain_message_is_taken() -> None:
    assert refusal({"text": "x", "blocks": [a_block(words("x"))]}) is None


def test_it_sees_whom_a_message_notifies() -> None:
    mention = {"type": "section", "text": {"type": "mrkdwn", "text": "<!here> and <@U2>"}}

    assert pinged({"text": "<!channel>", "blocks": [mention, a_block({"type": "user", "user_id": "U1"})]}) == [
        "!channel",
        "!here",
        "U1",
        "U2",
    ]


def test_a_limit_slides() -> None:
    now = [0.0]
    limit = Limit(2, 10, lambda: now[0])

    answers = [limit.wait(), limit.wait(), limit.wait()]
    now[0] = 4.5
    answers.append(limit.wait())
    now[0] = 10
    answers.append(limit.wait())

    assert answers == [0, 0, 10, 6, 0]


async def test_methods_that_it_does_not_know_and_tokens_that_are_not_its_own_are_refused() -> None:
    async with SlackStandIn() as slack, aiohttp.ClientSession() as http:

        async def ask(method: str, token: str) -> Any:
            async with http.post(slack.api_url + method, headers={"Authorization": f"Bearer {token}"}) as answer:
                return (await answer.json())["error"]

        assert await ask("chat.scream", slack.bot_token) == "unknown_method"
        assert await ask("auth.test", "xoxb-of-somebody-else") == "invalid_auth"
        assert await ask("auth.test", "") == "not_authed"
        assert await ask("auth.test", slack.app_token) == "not_allowed_token_type"
        assert await ask("apps.connections.open", slack.bot_token) == "not_allowed_token_type"


async def test_a_window_opens_once_for_what_somebody_did_and_is_updated_until_it_is_closed() -> None:
    async with SlackStandIn() as slack, aiohttp.ClientSession() as http:
        slack.channel("C1")
        window = slack.point("U1", "C1", slack.writes("U1", "C1", "hello"))

        async def ask(method: str, **arguments: Any) -> Any:
            headers = {"Authorization": f"Bearer {slack.bot_token}"}
            async with http.post(slack.api_url + method, json=arguments, headers=headers) as answer:
                return (await answer.json()).get("error", "")

        trigger = window.exchange.payload["trigger_id"]
        answers = [
            await ask("views.open", trigger_id="invented", view=a_window()),
            await ask("views.open", trigger_id=trigger, view=a_window(title=plain_text("x" * 25))),
            await ask("views.open", trigger_id=trigger, view=a_window()),
            await ask("views.open", trigger_id=trigger, view=a_window()),
            await ask("views.update", view_id=window.id, view=a_window()),
            await ask("views.update", view_id="V9", view=a_window()),
        ]
        window.answered({})
        answers.append(await ask("views.update", view_id=window.id, view=a_window()))

    assert answers == [
        "invalid_trigger_id",
        "invalid_arguments",
        "",
        "exchanged_trigger_id",
        "",
        "not_found",
        "not_found",
    ]
    assert len(window.said) == 2


async def test_a_message_stays_in_its_thread_and_leaves_it_only_where_there_is_none() -> None:
    slack = SlackStandIn()
    channel = slack.channel("C1")
    thread = slack.writes("U1", "C1", "hello")

    def call(method: str, **arguments: Any) -> Any:
        return slack.answer(method, slack.bot_token, {"channel": "C1", **arguments})

    call("chat.postMessage", text="within", thread_ts=thread)
    astray = call("chat.postMessage", text="astray", thread_ts="1.2")["message"]
    history = [message["text"] for message in call("conversations.history")["messages"]]
    replies = [message["text"] for message in call("conversations.replies", ts=thread)["messages"]]

    assert "thread_ts" not in astray
    assert history == ["astray", "hello"]
    assert replies == ["hello", "within"]
    assert len(channel.thread(thread)) == 2
    with pytest.raises(ApiError, match="thread_not_found"):
        call("conversations.replies", ts="1.2")


async def test_what_the_app_posted_it_may_change_and_delete_and_nothing_else() -> None:
    slack = SlackStandIn()
    slack.channel("C1")
    theirs = slack.writes("U1", "C1", "mine")

    def call(method: str, **arguments: Any) -> Any:
        return slack.answer(method, slack.bot_token, {"channel": "C1", **arguments})

    ts = call("chat.postMessage", text="hello", blocks=[a_block(words("hello"))])["ts"]
    call("chat.update", ts=ts, text="changed")
    kept = dict(slack.messages("C1")[1])
    call("chat.delete", ts=ts)

    assert (kept["text"], plain(kept["blocks"])) == ("changed", "hello"), "blocks that are left out stay"
    for method, code in (("chat.update", "cant_update_message"), ("chat.delete", "cant_delete_message")):
        with pytest.raises(ApiError, match=code):
            call(method, ts=theirs, text="yours")
        with pytest.raises(ApiError, match="message_not_found"):
            call(method, ts=ts, text="gone")


@pytest.mark.parametrize(
    ("method", "scope"),
    [
        ("chat.update", "chat:write"),
        ("chat.delete", "chat:write"),
        ("conversations.open", "im:write"),
        ("conversations.replies", "channels:history"),
    ],
)
async def test_nothing_is_done_without_its_scope(method: str, scope: str) -> None:
    slack = SlackStandIn()
    slack.channel("C1")
    slack.scopes.discard(scope)

    with pytest.raises(ApiError, match="missing_scope") as refused:
        slack.answer(method, slack.bot_token, {"channel": "C1", "users": "U1", "ts": "1.2"})

    assert refused.value.body["needed"] == scope


async def test_direct_messages_are_one_conversation_a_person() -> None:
    slack = SlackStandIn()
    slack.person("U1")
    slack.person("U2", unreachable="user_disabled")

    def opened(user: str) -> Any:
        return slack.answer("conversations.open", slack.bot_token, {"users": user})["channel"]["id"]

    assert opened("U1") == opened("U1") == slack.direct("U1").id
    with pytest.raises(ApiError, match="user_disabled"):
        opened("U2")
    with pytest.raises(ApiError, match="user_not_found"):
        opened("U3")


async def test_an_address_for_the_socket_opens_one_connection() -> None:
    async with SlackStandIn() as slack, aiohttp.ClientSession() as http:
        address = slack.sockets.ticket()
        async with http.ws_connect(address) as socket:
            hello = await socket.receive_json()

        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(address)

    assert hello["type"] == "hello"


async def test_a_response_url_may_be_used_five_times() -> None:
    async with SlackStandIn() as slack, aiohttp.ClientSession() as http:
        exchange = slack.utter("U1", "C1", "/news help")
        statuses = []
        for _ in range(6):
            async with http.post(exchange.payload["response_url"], json={"text": "hello"}) as answer:
                statuses.append(answer.status)

    assert statuses == [200, 200, 200, 200, 200, 404]
    assert exchange.said == ["hello"] * 5
