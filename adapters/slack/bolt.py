"""Bolt, which tells what kind of thing came in and whom it concerns. Importing it takes most of a second."""

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest

from adapters.slack.commands import Payload, SlashCommands
from adapters.slack.settings import SlackSettings
from adapters.slack.thread_window import CALLBACK, ThreadWindow
from adapters.slack.wire import VENDOR_LOG, web_client
from bot.ports import HttpAnswer


class Bolt:
    """Never asks Slack anything before it acknowledges."""

    def __init__(self, settings: SlackSettings, commands: SlashCommands, window: ThreadWindow) -> None:
        self._app = AsyncApp(
            name="tocsin",
            logger=VENDOR_LOG,
            client=web_client("", settings.api_url, settings.request_timeout),
            authorize=_authorize,
        )
        self._app.command(settings.command)(commands.take)
        self._app.message_shortcut(CALLBACK)(window.open)
        self._app.view(CALLBACK)(window.submit)

    async def dispatch(self, payload: Payload) -> HttpAnswer:
        """What Slack is to hear at once.

        Bolt gets what was read, by whichever door it came: its own reader of forms loses a command in which the word
        "payload" stands. So it verifies no signature, which was done before.
        """
        response = await self._app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=dict(payload)))
        kind = response.first_headers().get("content-type", "text/plain").partition(";")[0]
        return HttpAnswer(response.status, response.body.encode(), kind)


async def _authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    """Whose it is was told by the door through which it came; our own calls carry the account's token."""
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)
