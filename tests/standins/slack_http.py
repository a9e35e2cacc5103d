"""Slack's requests to an app over HTTP, signed as Slack signs them.

https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import hmac
import json
import time
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import aiohttp

from tests.standins.slack_socket import Exchange

FORM = "application/x-www-form-urlencoded"


def form(payload: Mapping[str, Any]) -> bytes:
    """A slash command field by field, everything else as JSON in one field."""
    fields = payload if "type" not in payload else {"payload": json.dumps(payload)}
    return urlencode(fields).encode()


def signed(body: bytes, secret: str, at: float | None = None) -> dict[str, str]:
    """The headers that vouch for the body; ``at``: when it was signed, in Unix seconds, now where it is left out."""
    stamp = str(int(time.time() if at is None else at))
    signature = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signature}", "Content-Type": FORM}


async def sent(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, dict[str, Any], str]:
    """The status, and the answer as JSON or as text."""
    async with aiohttp.ClientSession() as http, http.post(url, data=body, headers=dict(headers)) as answer:
        text = await answer.text()
        return answer.status, json.loads(text) if answer.content_type == "application/json" else {}, text


async def deliver(url: str, exchange: Exchange, secret: str, at: float | None = None) -> int:
    """Send it as Slack does, and take what is said in the acknowledgement. Answers the status."""
    body = form(exchange.payload)
    began = time.monotonic()
    status, answer, text = await sent(url, body, signed(body, secret, at))
    if status == 200:
        exchange.acknowledged(time.monotonic() - began, answer or ({"text": text} if text else {}))
    return status
