"""Everything that comes in for one app, by its socket or over HTTP: taken for its own workspace only, and once."""

import json
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from adapters.slack import replies, windows
from adapters.slack.accounts import Account
from adapters.slack.asking import NOT_SIGNED_IN, Asking
from adapters.slack.commands import Payload, SlashCommands
from adapters.slack.places import Places
from adapters.slack.settings import SlackSettings
from adapters.slack.thread_window import ThreadWindow
from adapters.slack.under_way import UnderWay, name_of
from bot.commands.command import Command, Problem
from bot.commands.once import Once
from bot.ports import HttpAnswer

if TYPE_CHECKING:
    from adapters.slack.bolt import Bolt

log = logging.getLogger(__name__)

REMEMBERED = 1000
"""How many of the last requests are known again."""
TAKEN = HttpAnswer()
ELSEWHERE = Problem("This app serves another workspace.", "Ask whoever runs Tocsin to add yours.", mistake=False)
STOPPING = Problem("Tocsin is just being stopped.", "Nothing was changed. Try again in a minute.", mistake=False)


class Incoming:
    """What is answered here is only the acknowledgement: the work comes after it."""

    def __init__(
        self,
        settings: SlackSettings,
        catalogue: Sequence[Command],
        account: Callable[[], Account | None],
        places: Places,
        once: Once,
    ) -> None:
        self._settings = settings
        self._account = account
        self._asking = Asking(catalogue, account, places)
        self._answers: OrderedDict[str, HttpAnswer] = OrderedDict()
        self.under_way = UnderWay(once)

    @cached_property
    def bolt(self) -> "Bolt":
        from adapters.slack.bolt import Bolt  # noqa: PLC0415 - only those who listen need it

        commands = SlashCommands(self._settings, self._asking, self.under_way)
        return Bolt(self._settings, commands, ThreadWindow(self._settings, self._asking, self.under_way))

    async def take(self, payload: Payload, signature: str = "") -> HttpAnswer:
        """What Slack is to hear. The second time, which may be a replay, it hears the same, and nothing is done.

        Slack may deliver a thing again, and the second time may be the first that arrives. It may arrive in another
        process, which acknowledges it too: of all on one database, one does it (``UnderWay``).
        """
        turned_away = self._turned_away(payload)
        if turned_away is not None:
            return turned_away
        name = name_of(payload) or signature
        if not name:
            return await self._dispatch(payload)
        if name in self._answers:
            return self._answers[name]
        self._remember(name, TAKEN)
        answer = await self._dispatch(payload)
        if answer.status == 200:
            self._remember(name, answer)
        else:
            self._answers.pop(name, None)
        return answer

    def _turned_away(self, payload: Payload) -> HttpAnswer | None:
        if _is_slacks_own(payload):
            return None
        account = self._account()
        if account is None:
            return _declined(payload, NOT_SIGNED_IN)
        if _team(payload) != account.team_id:
            facts = {"type": _kind(payload), "app": self._settings.bot_token_variable}
            log.warning("Slack sent something of another workspace", extra=facts)
            return _declined(payload, ELSEWHERE) if "command" in payload else TAKEN
        return _declined(payload, STOPPING) if self.under_way.is_over else None

    def _remember(self, name: str, answer: HttpAnswer) -> None:
        self._answers[name] = answer
        if len(self._answers) > REMEMBERED:
            self._answers.popitem(last=False)

    async def _dispatch(self, payload: Payload) -> HttpAnswer:
        answer = await self.bolt.dispatch(payload)
        if answer.status != 200:
            log.warning("Slack sent something that Tocsin does not serve", extra={"type": _kind(payload)})
        return answer


def _is_slacks_own(payload: Payload) -> bool:
    """Whether Slack only looks if somebody is there, for no workspace."""
    return payload.get("ssl_check") == "1" or payload.get("type") == "url_verification"


def _team(payload: Payload) -> str:
    team = payload.get("team")
    return str(team.get("id") if isinstance(team, dict) else payload.get("team_id"))


def _kind(payload: Payload) -> str:
    return "slash_commands" if "command" in payload else str(payload.get("type"))


def _declined(payload: Payload, problem: Problem) -> HttpAnswer:
    """Said in the acknowledgement itself, where that can say anything."""
    if "command" in payload:
        text, blocks = replies.reply(problem, "")
        return _json({"response_type": "ephemeral", "text": text, "blocks": blocks})
    if payload.get("type") == "view_submission":
        return _json({"response_action": "errors", "errors": windows.mistakes(problem)})
    return TAKEN


def _json(body: dict[str, Any]) -> HttpAnswer:
    return HttpAnswer(body=json.dumps(body).encode(), content_type="application/json")
