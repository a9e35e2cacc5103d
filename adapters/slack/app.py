"""The app of one workspace: its tokens, its way in, and how signing in went."""

import asyncio
import logging
from collections.abc import Sequence

from adapters.slack import meaning
from adapters.slack.accounts import SLACK, Account, Accounts
from adapters.slack.incoming import Incoming
from adapters.slack.places import Places
from adapters.slack.settings import SlackSettings
from adapters.slack.socket_mode import SocketMode
from adapters.slack.wire import Answer, Failure, InDoubt, Limited, NotReached, Said, ask, web_client
from bot.commands.command import Command
from bot.commands.once import Once, every_time
from bot.model.destination import Workspace
from bot.ports import Connection

log = logging.getLogger(__name__)


class SlackApp:
    """Whatever happens to its tokens concerns its own workspace."""

    def __init__(self, settings: SlackSettings, accounts: Accounts, places: Places) -> None:
        self.settings = settings
        self.client = web_client(settings.bot_token, settings.api_url, settings.request_timeout)
        self.socket_client = web_client(settings.app_token, settings.api_url, settings.request_timeout)
        self.account: Account | None = None
        self.problem = "Slack is not signed in yet"
        """Why it is not signed in, in words; empty where it is."""
        self.is_passing = True
        """Whether that may be over later."""
        self._accounts = accounts
        self._places = places
        self._signed_in = asyncio.Event()
        self.serve(())

    def serve(self, catalogue: Sequence[Command], once: Once = every_time) -> None:
        self.incoming = Incoming(self.settings, catalogue, lambda: self.account, self._places, once)

    async def ask_whose_it_is(self) -> Answer | Failure | None:
        """None where it is signed in and nobody doubts it."""
        if self.account is not None and not self._accounts.doubts(self.account):
            return None
        return await ask(self.client, "auth.test")

    def sign_in(self, answer: Answer | Failure | None) -> Connection:
        """With what Slack said to that."""
        match answer:
            case Answer({"team_id": str(team_id), **data}):
                self._open(team_id, str(data.get("team") or ""))
            case Answer():
                self._close("Slack did not say whose token it is", is_passing=True)
            case Limited() | NotReached() | InDoubt() | Said():
                problem = meaning.explained(answer, self.settings.bot_token_variable)
                self._close(problem, is_passing=not isinstance(answer, Said))
        if self.account is None:
            return Connection(None, self.settings.name or "Slack", self.problem, self.is_passing)
        workspace = Workspace(SLACK, self.account.team_id)
        return Connection(workspace, self.account.name, self.problem, self.is_passing)

    async def listen(self) -> None:
        """Once it is signed in, and until cancelled."""
        self.incoming.under_way.begin()
        try:
            await self._signed_in.wait()
            await self._take_what_comes()
        finally:
            await self.incoming.under_way.finish()

    async def _take_what_comes(self) -> None:
        # While nobody waits for it yet: importing Bolt takes most of a second.
        _ = self.incoming.bolt
        if self.settings.is_http:
            log.info("Listening to Slack over HTTP", extra={"app": self.settings.bot_token_variable})
            await asyncio.Event().wait()
        variable, pause = self.settings.app_token_variable, self.settings.reconnect_after
        await SocketMode(self.socket_client, self.incoming.take, variable, pause).run()

    def _open(self, team_id: str, name: str) -> None:
        other = self._accounts.find(team_id)
        if other is not None and other is not self.account:
            self._close(_twin(self.settings.bot_token_variable, other), is_passing=False)
            return
        self.account = Account(team_id, name, self.client, self.settings.bot_token_variable)
        self._accounts.open(self.account)
        self.problem, self.is_passing = "", False
        self._signed_in.set()

    def _close(self, problem: str, *, is_passing: bool) -> None:
        self.problem, self.is_passing = problem, is_passing


def _twin(variable: str, other: Account) -> str:
    """Two apps in one workspace would answer everything twice."""
    return (
        f"{variable} opens {other.name or other.team_id}, which {other.token_variable} opens already: one app is enough"
    )
