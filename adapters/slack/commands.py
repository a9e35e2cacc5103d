"""Slash commands: acknowledged first, then done, then answered privately through response_url."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from adapters.slack import line, replies
from adapters.slack.asking import Asking, Voice
from adapters.slack.blocks import Rendered
from adapters.slack.responding import respond
from adapters.slack.settings import SlackSettings
from adapters.slack.under_way import UnderWay
from bot.commands.command import Command, Problem, Reply
from bot.commands.phrasing import as_a_line

Payload = Mapping[str, Any]
Ack = Callable[..., Awaitable[Any]]
"""Bolt's."""


class SlashCommands:
    """What is typed behind the slash command of one app."""

    def __init__(self, settings: SlackSettings, asking: Asking, under_way: UnderWay) -> None:
        self._settings = settings
        self._asking = asking
        self._under_way = under_way
        self._say = as_a_line(asking.catalogue, settings.command)

    async def take(self, ack: Ack, body: dict[str, Any]) -> None:
        await ack()
        self._under_way.start(body, partial(self._serve, body))

    async def _serve(self, payload: Payload) -> None:
        typed, slash = line.unescape(str(payload.get("text") or "")), str(payload.get("command") or "")
        spoken = line.read(typed, self._asking.catalogue, slash)
        answer = spoken if isinstance(spoken, Problem) else await self._do(spoken, payload)
        await self._respond(payload, replies.reply(answer, f"{slash} {typed}".strip()))

    async def _do(self, spoken: line.Spoken, payload: Payload) -> Reply:
        """Run the command, saying what it does where it takes its time."""
        finished = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._say_what_it_does(spoken.command, payload, finished))
            answer = await self._asking.carry_out(spoken, _voice(payload), self._say)
            finished.set()
        return answer

    async def _say_what_it_does(self, command: Command, payload: Payload, finished: asyncio.Event) -> None:
        try:
            await asyncio.wait_for(finished.wait(), self._settings.doing_after.total_seconds())
        except TimeoutError:
            await self._respond(payload, replies.working(command.doing))

    async def _respond(self, payload: Payload, rendered: Rendered) -> None:
        await respond(str(payload.get("response_url")), rendered, self._settings.request_timeout)


def _voice(payload: Payload) -> Voice:
    return Voice(str(payload["user_id"]), str(payload["channel_id"]), str(payload.get("channel_name") or ""))
