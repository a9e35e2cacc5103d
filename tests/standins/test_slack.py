"""The stand-in itself: what it takes and refuses, as Slack's documentation has it."""

from typing import Any

import aiohttp
import pytest

from tests.standins.slack import SlackStandIn
from tests.standins.slack_checks import ALL_BLOCKS, pinged, refusal
from tests.standins.slack_state import Limit

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
