"""Slack over HTTP: whose a request is, its signature alone tells.

https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import json
import logging
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from slack_sdk.signature import SignatureVerifier

from adapters.slack.app import SlackApp
from bot.ports import HttpAnswer, HttpRequest

log = logging.getLogger(__name__)

PATH = "/slack/events"
SIGNATURE, TIMESTAMP = "x-slack-signature", "x-slack-request-timestamp"


class HttpMode:
    """The one door of all apps that have a signing secret."""

    def __init__(self, apps: Sequence[SlackApp]) -> None:
        self._apps = apps

    async def take(self, request: HttpRequest) -> HttpAnswer:
        """401 and nothing done, unless one of the apps was signed for, and just now."""
        app = next((app for app in self._apps if is_signed(request, app.settings.signing_secret)), None)
        if app is None:
            log.info("A request without a good signature was refused")
            return HttpAnswer(401)
        payload = read(request)
        return HttpAnswer(400) if payload is None else await app.incoming.take(payload, request.headers[SIGNATURE])


def is_signed(request: HttpRequest, secret: str) -> bool:
    """By the holder of the secret, within the five minutes that Slack's own library allows."""
    if not secret:
        return False
    stamp, signature = request.headers.get(TIMESTAMP), request.headers.get(SIGNATURE)
    try:
        return SignatureVerifier(secret).is_valid(request.body, stamp, signature)
    except (ValueError, TypeError):
        # A time that is no number, a signature or a body that is no text.
        return False


def read(request: HttpRequest) -> dict[str, Any] | None:
    """A form, or the JSON that stands in it or by itself; None where it is neither."""
    text = request.body.decode("utf-8", "replace")
    try:
        if request.headers.get("content-type", "").startswith("application/json"):
            found = json.loads(text)
        else:
            form = dict(parse_qsl(text, keep_blank_values=True))
            found = json.loads(form["payload"]) if "payload" in form else form
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
