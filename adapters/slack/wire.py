"""One call to Slack's Web API, and how it went, in four shapes. No retry of any kind.

Every client is made here: without the SDK's retry handlers (they post a second time when Slack accepted before an
error), with a deadline for the whole request, and with a logger that never goes below WARNING, since the SDK's debug
lines carry whole requests. No connection is kept between calls: one that Slack has closed meanwhile would turn a
delivery that never left into one that is in doubt.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

import aiohttp
from slack_sdk import errors
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

VENDOR_LOG = logging.getLogger("adapters.slack.vendor")
VENDOR_LOG.setLevel(logging.ERROR)
RATE_LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
MAY_HAVE_POSTED = frozenset({"internal_error", "fatal_error", "service_unavailable"})
"""Answers after which "some aspect of the operation" may have succeeded, in Slack's own words."""
DEFAULT_PAUSE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Answer:
    """``ok: true``."""

    data: Mapping[str, Any]
    scopes: frozenset[str] = frozenset()
    """What the token may do, where Slack said so."""


@dataclass(frozen=True, slots=True)
class Limited:
    """Too many requests: nothing was done."""

    retry_after: timedelta


@dataclass(frozen=True, slots=True)
class NotReached:
    """No byte of the request left: refused connection, unknown host, no proxy."""

    reason: str


@dataclass(frozen=True, slots=True)
class InDoubt:
    """The request left, and whether Slack acted on it is not known."""

    reason: str


@dataclass(frozen=True, slots=True)
class Said:
    """``ok: false``: Slack did nothing, and says why."""

    code: str
    needed: str = ""
    """The scope that is missing."""
    detail: str = ""


Failure = Limited | NotReached | InDoubt | Said


def web_client(token: str, api_url: str, timeout: timedelta) -> AsyncWebClient:
    client = AsyncWebClient(
        token=token,
        base_url=api_url,
        timeout=timeout.total_seconds(),  # type: ignore[arg-type] # aiohttp, which gets it, takes fractions
        retry_handlers=[],
        logger=VENDOR_LOG,
    )
    client.proxy = _proxy(client.proxy, api_url)
    return client


def reply_client(url: str, timeout: timedelta) -> AsyncWebhookClient:
    """For a ``response_url``, which is a secret like a token."""
    client = AsyncWebhookClient(
        url,
        timeout=timeout.total_seconds(),  # type: ignore[arg-type] # aiohttp, which gets it, takes fractions
        retry_handlers=[],
        logger=VENDOR_LOG,
    )
    client.proxy = _proxy(client.proxy, url)
    return client


def _proxy(found: str | None, url: str) -> str | None:
    """The SDK takes a proxy from the environment, but does not look at NO_PROXY."""
    return None if proxy_bypass(urlsplit(url).hostname or "") else found


async def ask(client: AsyncWebClient, method: str, **arguments: str) -> Answer | Failure:
    """A call with plain arguments: the methods that read take no JSON."""
    return await _request(client, method, data=arguments)


async def post(client: AsyncWebClient, method: str, message: Mapping[str, Any]) -> Answer | Failure:
    return await _request(client, method, json=dict(message))


async def _request(client: AsyncWebClient, method: str, **body: Any) -> Answer | Failure:
    """Exactly one request. Raises nothing that Slack or the network did; cancellation goes through."""
    try:
        response = await client.api_call(method, **body)
    except errors.SlackApiError as error:
        return _refusal(error.response)
    except tuple(FAILURES) as error:
        return failure(error)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return _network(error)
    except (ValueError, AttributeError) as error:
        # The SDK stumbles so over an answer that is no JSON object.
        return InDoubt(f"Slack answered something unreadable ({type(error).__name__})")
    if not isinstance(response.data, dict):
        return InDoubt("Slack answered something unreadable")
    return Answer(response.data, _scopes(response.headers))


FAILURES: dict[type[Exception], Failure] = {
    # Before anything is sent:
    errors.BotUserAccessError: Said("not_allowed_token_type"),
    errors.SlackTokenRotationError: Said("token_expired"),
    errors.SlackClientConfigurationError: Said("invalid_auth"),
    errors.SlackRequestError: Said("invalid_arguments"),
    errors.SlackObjectFormationError: Said("invalid_blocks"),
    errors.SlackClientNotConnectedError: NotReached("The connection to Slack is closed"),
    # Read from its response by _request():
    errors.SlackApiError: InDoubt("Slack did not answer as expected"),
    # What later versions of the SDK may add:
    errors.SlackClientError: InDoubt("Slack's library gave up"),
}
"""Every exception that slack_sdk.errors exports, the general ones last."""


def failure(error: Exception) -> Failure:
    return next(meaning for kind, meaning in FAILURES.items() if isinstance(error, kind))


def _network(error: Exception) -> Failure:
    match error:
        case aiohttp.ClientConnectorError() | aiohttp.ClientHttpProxyError() | aiohttp.InvalidURL():
            return NotReached(f"Slack cannot be reached ({type(error).__name__})")
        case TimeoutError():
            return InDoubt("Slack did not answer in time")
        case _:
            return InDoubt(f"The connection to Slack broke off ({type(error).__name__})")


def _refusal(response: Any) -> Failure:
    """Of a SlackApiError's response: the SDK's, or aiohttp's own where the body could not be read."""
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    data = getattr(response, "data", None)
    said = data if isinstance(data, dict) else {}
    code = said.get("error")
    if status == 429 or code in RATE_LIMITED:
        return Limited(_retry_after(response.headers))
    if status >= 500 or not isinstance(code, str) or code in MAY_HAVE_POSTED:
        return InDoubt(f"Slack answered {status}" + (f" ({code})" if isinstance(code, str) else ""))
    return Said(code, str(said.get("needed") or ""), _detail(said))


def _detail(said: Mapping[str, Any]) -> str:
    listed = said.get("errors")
    return "; ".join(str(line) for line in listed[:3])[:300] if isinstance(listed, list) else ""


def _retry_after(headers: Mapping[str, str]) -> timedelta:
    seconds = headers.get("Retry-After", "")
    return timedelta(seconds=max(1, int(seconds))) if seconds.isascii() and seconds.isdigit() else DEFAULT_PAUSE


def _scopes(headers: Mapping[str, str]) -> frozenset[str]:
    return frozenset(scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",") if scope.strip())
