"""Socket Mode: the connection on which Slack sends what people type. https://docs.slack.dev/apis/events-api/using-socket-mode

The SDK's own client is not used for the connection: it tries one expired address for ever, leaves tasks behind when it
is closed, and writes the address, which is a secret, into the log when a connection fails.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, NoReturn

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import meaning
from adapters.slack.wire import Answer, Failure, Limited, Said, ask
from bot.ports import HttpAnswer

log = logging.getLogger(__name__)

HEARTBEAT = 15.0
"""Seconds between pings; a connection that answers none is given up."""
LONGEST_PAUSE = timedelta(minutes=1)
REFUSED_PAUSE = timedelta(minutes=5)
"""After a refused token: somebody has to act first."""

Take = Callable[[dict[str, Any]], Awaitable[HttpAnswer]]
"""What Slack is to hear at once of a payload; a status other than 200 is no acknowledgement."""


class SocketMode:
    """Keeps one connection open, and hands on what is in every envelope."""

    def __init__(self, client: AsyncWebClient, take: Take, token_variable: str, first_pause: timedelta) -> None:
        self._client = client
        self._hand_on = take
        self._token_variable = token_variable
        self._first_pause = first_pause
        self._failures = 0

    async def run(self) -> NoReturn:
        """Until cancelled. Never raises for anything Slack or the network did."""
        async with aiohttp.ClientSession() as http:
            while True:
                pause = await self._once(http)
                await asyncio.sleep(pause.total_seconds())

    async def _once(self, http: aiohttp.ClientSession) -> timedelta:
        """One connection, from asking for its address to its end. Answers how long to wait before the next."""
        opened = await ask(self._client, "apps.connections.open")
        if not isinstance(opened, Answer):
            return self._pause_after(opened)
        try:
            return await self._connection(http, str(opened.data.get("url")))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # Only the kind of the error: its text may hold the address.
            log.warning("The connection to Slack was lost", extra=self._facts(error=type(error).__name__))
            return self._pause()

    async def _connection(self, http: aiohttp.ClientSession, url: str) -> timedelta:
        proxy, ssl = self._client.proxy, self._client.ssl or True
        async with asyncio.timeout(self._client.timeout):
            socket = await http.ws_connect(url, heartbeat=HEARTBEAT, proxy=proxy, ssl=ssl)
        async with socket:
            async for frame in socket:
                message = _read(frame)
                kind = message.get("type")
                if kind == "hello":
                    self._failures = 0
                    log.info("Listening to Slack", extra=self._facts())
                elif kind == "disconnect":
                    log.info("Slack renews the connection", extra=self._facts(reason=str(message.get("reason"))))
                    return self._pause() if self._failures else self._first_pause
                elif "envelope_id" in message:
                    await self._take(socket, message)
        log.warning("Slack closed the connection", extra=self._facts())
        return self._pause()

    async def _take(self, socket: aiohttp.ClientWebSocketResponse, envelope: dict[str, Any]) -> None:
        payload = envelope.get("payload")
        answer = await self._hand_on(payload if isinstance(payload, dict) else {})
        if answer.status == 200:
            await socket.send_json({"envelope_id": envelope["envelope_id"], **_said_in(answer)})

    def _pause_after(self, failed: Failure) -> timedelta:
        match failed:
            case Limited(retry_after):
                return retry_after
            case Said(code) if meaning.scope_of(code) == "workspace":
                log.error(meaning.words(failed, self._token_variable))
                return REFUSED_PAUSE
            case _:
                log.warning("Slack gave no connection", extra=self._facts(answer=type(failed).__name__))
                return self._pause()

    def _facts(self, **more: str) -> dict[str, str]:
        """Which of several apps it is, by the name of its variable."""
        return {"app": self._token_variable, **more}

    def _pause(self) -> timedelta:
        self._failures += 1
        return min(self._first_pause * (1 << min(self._failures - 1, 10)), LONGEST_PAUSE)


def _read(frame: aiohttp.WSMessage) -> dict[str, Any]:
    if frame.type is not aiohttp.WSMsgType.TEXT:
        return {}
    try:
        message = json.loads(frame.data)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def _said_in(answer: HttpAnswer) -> dict[str, Any]:
    """An acknowledgement that says something carries it as JSON."""
    if not answer.body:
        return {}
    is_json = answer.content_type == "application/json"
    return {"payload": json.loads(answer.body) if is_json else {"text": answer.body.decode()}}
