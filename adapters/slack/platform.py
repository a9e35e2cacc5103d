"""The Slack adapter as the application sees it."""

import asyncio
from collections.abc import Iterator, Sequence

from adapters.slack import meaning
from adapters.slack.messenger import Account, SlackMessenger
from adapters.slack.settings import SlackSettings
from adapters.slack.wire import Answer, Failure, Said, ask, web_client
from bot.commands.command import Command
from bot.model.delivery import Deferred, Refused
from bot.model.destination import Workspace
from bot.ports import Connection, Examined

SCOPES = {
    "chat:write": "posts the alerts",
    "commands": "lets people use the slash command",
    "channels:history": "looks in public channels whether an alert in doubt arrived, so that none stands there twice",
    "groups:history": "does the same in private channels",
    "im:history": "does the same in direct messages with Tocsin",
    "channels:join": "joins a public channel when somebody there subscribes it",
    "users:read": "asks whether a person is an admin of the workspace",
}
"""What the bot token must be allowed to do, and why. slack-manifest.yaml asks for exactly these."""
NEEDED = frozenset({"chat:write", "commands"})
"""Without these Tocsin does not work; the others are missed in part."""


class SlackPlatform:
    """A Platform (bot.ports): one workspace through Socket Mode.

    The commands need the messenger, and the platform needs the commands, so the order is: make the platform, build
    the catalogue with its ``messenger``, hand it over with ``serve``, ``connect``, ``listen``.
    """

    def __init__(self, settings: SlackSettings) -> None:
        self._settings = settings
        self._client = web_client(settings.bot_token, settings.api_url, settings.request_timeout)
        self._app_client = web_client(settings.app_token, settings.api_url, settings.request_timeout)
        self._catalogue: Sequence[Command] = ()
        self._messenger = SlackMessenger()

    @property
    def messenger(self) -> SlackMessenger:
        return self._messenger

    def serve(self, catalogue: Sequence[Command]) -> None:
        """What people can ask for. Call it before ``listen``."""
        self._catalogue = catalogue

    async def connect(self) -> Sequence[Connection]:
        answer = await ask(self._client, "auth.test")
        if not isinstance(answer, Answer):
            return [self._not_connected(answer)]
        team_id, name = str(answer.data.get("team_id")), str(answer.data.get("team") or "")
        self._messenger.open(Account(team_id, name, self._client, self._settings.bot_token_variable))
        return [Connection(Workspace("slack", team_id), name)]

    async def listen(self) -> None:
        # Bolt takes most of a second to import, and only those who listen need it.
        from adapters.slack.commands import SlackCommands  # noqa: PLC0415 - imported where it is needed
        from adapters.slack.socket_mode import SocketMode  # noqa: PLC0415 - imported where it is needed

        commands = SlackCommands(self._settings, self._catalogue, self._messenger)
        variable, pause = self._settings.app_token_variable, self._settings.reconnect_after
        try:
            await SocketMode(self._app_client, commands.app(), variable, pause).run()
        finally:
            await commands.finish()

    async def examine(self) -> Sequence[Examined]:
        bot, app = await asyncio.gather(ask(self._client, "auth.test"), ask(self._app_client, "apps.connections.open"))
        return [self._bot_token(bot), *_missing_scopes(bot), self._app_token(app)]

    async def close(self) -> None:
        """Nothing stays open between calls, and ``listen`` closes what it opened."""

    def _not_connected(self, failed: Failure) -> Connection:
        problem, passing = self._trouble(failed), not isinstance(failed, Said)
        self._messenger.shut(Deferred(problem, meaning.ASK_AGAIN) if passing else Refused("workspace", problem))
        return Connection(None, "Slack", problem, passing)

    def _trouble(self, failed: Failure) -> str:
        if isinstance(failed, Said):
            return meaning.words(failed, self._settings.bot_token_variable)
        return str(getattr(failed, "reason", "Slack limits the rate"))

    def _bot_token(self, answer: Answer | Failure) -> Examined:
        subject = f"Slack bot token ({self._settings.bot_token_variable})"
        if isinstance(answer, Answer):
            return Examined(subject, ok=True, detail=f"Slack workspace {answer.data.get('team')}")
        return _finding(subject, answer, self._settings.bot_token_variable, "the Bot User OAuth Token (xoxb-…)")

    def _app_token(self, answer: Answer | Failure) -> Examined:
        subject = f"Slack app token ({self._settings.app_token_variable})"
        if isinstance(answer, Answer):
            return Examined(subject, ok=True, detail="Socket Mode can be opened")
        where = "an app-level token (xapp-…) with the scope connections:write"
        return _finding(subject, answer, self._settings.app_token_variable, where)


def _finding(subject: str, failed: Failure, variable: str, wanted: str) -> Examined:
    if isinstance(failed, Said):
        step = f"Put {wanted} into {variable}; docs/slack.md says where it stands"
        return Examined(subject, ok=False, detail=meaning.words(failed, variable), next_step=step, fatal=True)
    detail = str(getattr(failed, "reason", "Slack limits the rate"))
    return Examined(subject, ok=False, detail=detail, next_step="Check the network and slack.api_url, then try again")


def _missing_scopes(answer: Answer | Failure) -> Iterator[Examined]:
    """One finding a missing scope; nothing where Slack did not say which there are."""
    if not isinstance(answer, Answer) or not answer.scopes:
        return
    for scope, reason in SCOPES.items():
        if scope not in answer.scopes:
            step = f"Add {scope} under OAuth & Permissions (slack-manifest.yaml lists it) and install the app again"
            yield Examined(
                f"Slack scope {scope}", ok=False, detail=f"missing: it {reason}", next_step=step, fatal=scope in NEEDED
            )
    if set(SCOPES) <= answer.scopes:
        yield Examined("Slack scopes", ok=True, detail="all that are needed")
