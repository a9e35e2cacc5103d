"""What doctor says of one app: its tokens, its scopes, its way in."""

import asyncio
from collections.abc import Iterator

from adapters.slack import meaning
from adapters.slack.app import SlackApp
from adapters.slack.http_mode import PATH
from adapters.slack.settings import SlackSettings
from adapters.slack.wire import Answer, Failure, Said, ask
from bot.ports import Examined

SCOPES = {
    "chat:write": "posts the alerts",
    "commands": "lets people use the slash command and the message shortcut",
    "channels:history": "looks in public channels whether an alert in doubt arrived, so that none stands there twice",
    "groups:history": "does the same in private channels",
    "im:history": "does the same in direct messages with Tocsin",
    "im:write": "opens the direct messages of those who want to hear there",
    "channels:join": "joins a public channel when somebody there subscribes it",
    "users:read": "asks whether a person is an admin of the workspace",
}
"""What the bot token must be allowed to do, and why. slack-manifest.yaml asks for exactly these."""
NEEDED = frozenset({"chat:write", "commands"})
"""Without these Tocsin does not work; the others are missed in part."""


async def examine(app: SlackApp) -> list[Examined]:
    if app.settings.is_http:
        bot = await ask(app.client, "auth.test")
        return [_bot_token(app.settings, bot), *_scopes(app.settings, bot), _request_url(app.settings)]
    bot, opened = await asyncio.gather(ask(app.client, "auth.test"), ask(app.socket_client, "apps.connections.open"))
    return [_bot_token(app.settings, bot), *_scopes(app.settings, bot), _app_token(app.settings, opened)]


def _bot_token(settings: SlackSettings, answer: Answer | Failure) -> Examined:
    subject = f"Slack bot token ({settings.bot_token_variable})"
    if isinstance(answer, Answer):
        return Examined(subject, ok=True, detail=f"Slack workspace {answer.data.get('team')}")
    return _trouble(subject, answer, settings.bot_token_variable, "the Bot User OAuth Token (xoxb-…)")


def _app_token(settings: SlackSettings, answer: Answer | Failure) -> Examined:
    subject = f"Slack app token ({settings.app_token_variable})"
    if isinstance(answer, Answer):
        return Examined(subject, ok=True, detail="Socket Mode can be opened")
    where = "an app-level token (xapp-…) with the scope connections:write"
    return _trouble(subject, answer, settings.app_token_variable, where)


def _request_url(settings: SlackSettings) -> Examined:
    detail = f"the app's slash command and interactivity must point at {PATH} under web.public_url"
    return Examined(_of(settings, "Slack request URL"), ok=True, detail=detail)


def _trouble(subject: str, failed: Failure, variable: str, wanted: str) -> Examined:
    detail, is_refused = meaning.explained(failed, variable), isinstance(failed, Said)
    step = f"Put {wanted} into {variable}; docs/slack.md says where it stands"
    if not is_refused:
        step = "Check the network and slack.api_url, then try again"
    return Examined(subject, ok=False, detail=detail, next_step=step, fatal=is_refused)


def _scopes(settings: SlackSettings, answer: Answer | Failure) -> Iterator[Examined]:
    """One finding a missing scope; nothing where Slack did not say which there are."""
    if not isinstance(answer, Answer) or not answer.scopes:
        return
    for scope, reason in SCOPES.items():
        if scope not in answer.scopes:
            step = f"Add {scope} under OAuth & Permissions (slack-manifest.yaml lists it) and install the app again"
            subject, is_fatal = _of(settings, f"Slack scope {scope}"), scope in NEEDED
            yield Examined(subject, ok=False, detail=f"missing: it {reason}", next_step=step, fatal=is_fatal)
    if set(SCOPES) <= answer.scopes:
        yield Examined(_of(settings, "Slack scopes"), ok=True, detail="all that are needed")


def _of(settings: SlackSettings, subject: str) -> str:
    return f"{subject} of {settings.name}" if settings.name else subject
