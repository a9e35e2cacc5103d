"""The Slack adapter as the application sees it."""

import asyncio
from collections.abc import Sequence

from adapters.slack.accounts import Accounts
from adapters.slack.app import SlackApp
from adapters.slack.examination import examine
from adapters.slack.http_mode import PATH, HttpMode
from adapters.slack.meaning import ASK_AGAIN
from adapters.slack.messenger import SlackMessenger
from adapters.slack.pace import SlackPace
from adapters.slack.places import Places
from adapters.slack.settings import SlackSettings
from bot.commands.command import Command
from bot.commands.once import Once, every_time
from bot.model.delivery import Deferred, Refused
from bot.ports import Connection, Examined, Heard, Routes


class SlackPlatform:
    """A Platform (bot.commands.platform): several workspaces, each through an app of its own."""

    def __init__(self, workspaces: Sequence[SlackSettings]) -> None:
        self._accounts, places = Accounts(), Places()
        self._apps = [SlackApp(settings, self._accounts, places) for settings in workspaces]
        self._pace = SlackPace()
        self._messenger = SlackMessenger(self._accounts, places, self._pace)

    @property
    def messenger(self) -> SlackMessenger:
        return self._messenger

    @property
    def pace(self) -> SlackPace:
        return self._pace

    @property
    def unserved(self) -> str:
        return "No Slack token is configured for this workspace"

    def serve(self, catalogue: Sequence[Command], routes: Routes, once: Once = every_time) -> None:
        for app in self._apps:
            app.serve(catalogue, once)
        over_http = [app for app in self._apps if app.settings.is_http]
        if over_http:
            routes.add("POST", PATH, HttpMode(over_http).take)

    async def connect(self) -> Sequence[Connection]:
        answers = await asyncio.gather(*(app.ask_whose_it_is() for app in self._apps))
        # In the order of the configuration: of two apps in one workspace the first is taken.
        connections = [app.sign_in(answer) for app, answer in zip(self._apps, answers, strict=True)]
        self._accounts.shut(self._for_other_workspaces())
        return connections

    async def listen(self, heard: Heard) -> None:
        async with asyncio.TaskGroup() as group:
            for app in self._apps:
                group.create_task(app.listen())

    async def examine(self) -> Sequence[Examined]:
        found = await asyncio.gather(*(examine(app) for app in self._apps))
        return [finding for findings in found for finding in findings]

    async def close(self) -> None:
        """Nothing stays open between calls, and ``listen`` closes what it opened."""

    def _for_other_workspaces(self) -> Deferred | Refused:
        """A token that was not accepted does not say whose it is, so it may be that of any other workspace."""
        nameless = [app for app in self._apps if app.account is None]
        for app in nameless:
            if app.is_passing:
                return Deferred(app.problem, ASK_AGAIN)
        return Refused("workspace", "; ".join(app.problem for app in nameless) or self.unserved)
