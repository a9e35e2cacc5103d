"""Slash commands: acknowledged first, then done, then answered privately through response_url."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult

from adapters.slack import line, replies
from adapters.slack.blocks import Rendered
from adapters.slack.messenger import Account, SlackMessenger
from adapters.slack.settings import SlackSettings
from adapters.slack.wire import VENDOR_LOG, Answer, ask, reply_client, web_client
from bot.commands.command import AdminUnknown, Asker, Command, Problem, Reply, Request
from bot.commands.phrasing import on_a_platform
from bot.errors import StorageUnavailable
from bot.model.destination import Destination, Workspace

log = logging.getLogger(__name__)

SLACK = "slack"
REMEMBERED = 1000
FINISH_WITHIN = 5.0
"""Seconds that commands under way are given when Tocsin stops."""

Payload = Mapping[str, Any]


class SlackCommands:
    """Everything that comes in as a slash command of one app."""

    def __init__(self, settings: SlackSettings, catalogue: Sequence[Command], messenger: SlackMessenger) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._messenger = messenger
        self._say = on_a_platform(catalogue, settings.command)
        self._under_way: set[asyncio.Task[None]] = set()
        self._taken: OrderedDict[str, None] = OrderedDict()

    def app(self) -> AsyncApp:
        """Bolt's app, which never asks Slack anything before it acknowledges."""
        app = AsyncApp(
            name="tocsin",
            logger=VENDOR_LOG,
            client=web_client("", self._settings.api_url, self._settings.request_timeout),
            authorize=_authorize,
        )
        app.command(self._settings.command)(self._take)
        return app

    async def finish(self) -> None:
        """Let what is under way come to its end, within a few seconds."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=FINISH_WITHIN)
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _take(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        # Slack may deliver a command again, and the second time may be the first that arrives.
        if self._is_known(str(body.get("trigger_id") or "")):
            return
        task = asyncio.create_task(self._serve(body))
        self._under_way.add(task)
        task.add_done_callback(self._ended)

    def _is_known(self, trigger: str) -> bool:
        known = trigger in self._taken
        if trigger and not known:
            self._taken[trigger] = None
        if len(self._taken) > REMEMBERED:
            self._taken.popitem(last=False)
        return known

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (bug := task.exception()):
            log.error("A command could not be answered", exc_info=bug)

    async def _serve(self, payload: Payload) -> None:
        said = f"{payload.get('command', '')} {payload.get('text', '')}".strip()
        spoken = line.read(str(payload.get("text") or ""), self._catalogue, str(payload.get("command") or ""))
        if isinstance(spoken, Problem):
            answer: Reply = spoken
        else:
            answer = await self._do(spoken, payload)
        await self._respond(payload, replies.reply(answer, line.unescape(said)))

    async def _do(self, spoken: line.Spoken, payload: Payload) -> Reply:
        """Run the command, saying what it does where it takes its time."""
        account = self._messenger.account(str(payload.get("team_id")))
        if account is None:
            return Problem("Tocsin is not signed in to this workspace yet.", "Try again in a minute.", mistake=False)
        request = Request(_asker(payload, account), _here(payload), self._say, spoken.arguments)
        finished = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._say_what_it_does(spoken.command, payload, finished))
            answer = await _run(spoken.command, request)
            finished.set()
        return answer

    async def _say_what_it_does(self, command: Command, payload: Payload, finished: asyncio.Event) -> None:
        try:
            await asyncio.wait_for(finished.wait(), self._settings.doing_after.total_seconds())
        except TimeoutError:
            await self._respond(payload, replies.working(command.doing))

    async def _respond(self, payload: Payload, rendered: Rendered) -> None:
        text, blocks = rendered
        client = reply_client(str(payload.get("response_url")), self._settings.request_timeout)
        try:
            answered = await client.send(text=text, blocks=blocks, response_type="ephemeral", replace_original=False)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("An answer to a command was lost", extra={"error": type(error).__name__})
            return
        if answered.status_code != 200:
            log.warning("Slack refused an answer to a command", extra={"status": answered.status_code})


async def _run(command: Command, request: Request) -> Reply:
    """The command's edge: whatever happens, the person hears of it."""
    try:
        return await command.run(request)
    except StorageUnavailable:
        return Problem("The database cannot be reached.", "Nothing was changed. Try again in a minute.", mistake=False)
    except AdminUnknown as unknown:
        return Problem(str(unknown), "Nothing was changed. Try again in a minute.", mistake=False)
    except Exception:
        log.exception("A command failed", extra={"command": command.name})
        return Problem("That went wrong inside Tocsin, and it is our mistake.", "It stands in the log.", mistake=False)


async def _authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    """Slack's socket vouches for who sends; our own calls carry the account's token."""
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)


def _asker(payload: Payload, account: Account) -> Asker:
    user = str(payload["user_id"])
    return Asker(Workspace(SLACK, account.team_id), user, f"<@{user}>", lambda: _is_admin(account, user))


def _here(payload: Payload) -> Destination:
    return Destination(Workspace(SLACK, str(payload["team_id"])), str(payload["channel_id"]))


async def _is_admin(account: Account, user: str) -> bool:
    """Whether Slack calls them an admin or owner of this very workspace. Raises AdminUnknown."""
    answer = await ask(account.client, "users.info", user=user)
    if not isinstance(answer, Answer):
        raise AdminUnknown("Slack could not be asked whether you are an admin.")
    person = answer.data.get("user") or {}
    # A guest from another workspace may be an admin there.
    at_home = person.get("team_id", account.team_id) == account.team_id
    return at_home and any(person.get(right) is True for right in ("is_admin", "is_owner", "is_primary_owner"))
