"""How much Discord takes of one bot, whatever server it is for; what a channel takes, each answer says."""

import time
from collections.abc import Callable

from bot.alerts.pace import Limit
from bot.model.destination import Workspace

A_BOT = 50.0
"""Requests a second with which to begin: https://docs.discord.com/developers/topics/rate-limits#global-rate-limit."""


class DiscordPace:
    """A Pace (bot.ports): all servers share one limit."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._limit = Limit(A_BOT)

    def wait(self, workspace: Workspace) -> float:
        return self._limit.wait(self._clock())

    def take(self, workspace: Workspace) -> None:
        self._limit.take(self._clock())

    def give_back(self, workspace: Workspace) -> None:
        self._limit.give_back()

    def looks(self) -> None:
        """A request leaves beside the message that was taken for: it counts, too."""
        self._limit.take(self._clock())

    def accepted(self) -> None:
        """Discord took a request, of whatever kind."""
        self._limit.accept(self._clock())

    def refused(self, pause: float) -> None:
        """Discord takes nothing of this bot for these seconds."""
        self._limit.refuse(self._clock(), pause)
