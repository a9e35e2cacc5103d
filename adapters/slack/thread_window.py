"""Slack takes no slash command in a thread: there a message shortcut opens a window to speak in."""

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

from adapters.slack import line, replies, windows
from adapters.slack.asking import Asking, Voice
from adapters.slack.commands import Ack, Payload
from adapters.slack.responding import respond
from adapters.slack.settings import SlackSettings
from adapters.slack.under_way import UnderWay
from adapters.slack.wire import Answer, Failure, Said, post
from bot.commands.command import Problem
from bot.commands.phrasing import as_a_line
from bot.commands.subscribing import unreadable
from bot.matching.language import parse
from bot.matching.mistakes import QueryError
from bot.matching.typed import STRAY

log = logging.getLogger(__name__)

CALLBACK = "tocsin_thread"
"""As slack-manifest.yaml calls the shortcut."""
NOT_OPENED = Problem("Slack did not open the window.", "Try again in a minute.", mistake=False)


class ThreadWindow:
    """The window of one app: a question, that it works, and the answer, each in the place of the one before."""

    def __init__(self, settings: SlackSettings, asking: Asking, under_way: UnderWay) -> None:
        self._settings = settings
        self._asking = asking
        self._under_way = under_way
        self._say = as_a_line(asking.catalogue)

    async def open(self, ack: Ack, body: dict[str, Any]) -> None:
        await ack()
        self._under_way.start(body, partial(self._ask, body))

    async def submit(self, ack: Ack, body: dict[str, Any]) -> None:
        """A mistake is shown at once beside what was typed: a window that went on cannot come back to it."""
        said = windows.said(body["view"])
        spoken = self._read(said)
        if isinstance(spoken, Problem):
            await ack(response_action="errors", errors=windows.mistakes(spoken))
            return
        await ack(response_action="update", view=windows.working(spoken.command.doing))
        self._under_way.start(body, partial(self._answer, body, spoken, said))

    def _read(self, said: str) -> line.Spoken | Problem:
        # Whoever is used to it types the slash command all the same.
        typed = said.strip().removeprefix(f"{self._settings.command} ")
        spoken = line.read(typed, self._asking.catalogue, "")
        query = "" if isinstance(spoken, Problem) else spoken.arguments.get("query", "")
        if not query or STRAY.search(query):
            return spoken
        try:
            parse(query)
        except QueryError as error:
            return unreadable(error)
        return spoken

    async def _ask(self, payload: Payload) -> None:
        view = windows.question(CALLBACK, self._settings.command, _place(payload))
        opened = await self._call("views.open", trigger_id=str(payload.get("trigger_id")), view=view)
        if isinstance(opened, Answer):
            return
        log.warning("Slack opened no window", extra=_facts(opened))
        url = str(payload.get("response_url"))
        await respond(url, replies.reply(NOT_OPENED, ""), self._settings.request_timeout)

    async def _answer(self, payload: Payload, spoken: line.Spoken, said: str) -> None:
        view, user = payload["view"], str(payload["user"]["id"])
        clock = asyncio.get_running_loop().time
        settled = clock() + self._settings.settle_after.total_seconds()
        reply = await self._asking.carry_out(spoken, _voice(user, windows.carried(view)), self._say)
        # The acknowledgement puts "working" into the window, and must not come after the answer.
        await asyncio.sleep(settled - clock())
        answered = windows.answered(replies.reply(reply, said))
        updated = await self._call("views.update", view_id=str(view.get("id")), view=answered)
        if not isinstance(updated, Answer):
            log.warning("An answer in a window was lost", extra=_facts(updated))

    async def _call(self, method: str, **arguments: Any) -> Answer | Failure:
        account = self._asking.account()
        return Said("not_authed") if account is None else await post(account.client, method, arguments)


def _place(payload: Payload) -> dict[str, str]:
    """Where the message stands, for the window to carry."""
    channel, message = payload.get("channel") or {}, payload.get("message") or {}
    thread = message.get("thread_ts") or message.get("ts") or payload.get("message_ts")
    return {"channel": str(channel.get("id")), "name": str(channel.get("name")), "thread": str(thread)}


def _voice(user: str, place: Mapping[str, str]) -> Voice:
    return Voice(user, place["channel"], place["name"], place["thread"])


def _facts(failed: Failure) -> dict[str, str]:
    return {"answer": failed.code if isinstance(failed, Said) else type(failed).__name__}
