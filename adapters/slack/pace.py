"""How fast Slack lets itself be posted to, learnt from its answers.

https://docs.slack.dev/apis/web-api/rate-limits: about one message a second in a channel, with short bursts, and some
hundreds a minute in a workspace. A refusal says how long to wait, and not which of the two limits it was.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.alerts.pace import CATCHES_UP, FASTER, IDLE, Limit
from bot.model.destination import Workspace

A_CHANNEL, A_WORKSPACE = 1.0, 5.0
"""Messages a second with which to begin."""
SLOWEST = 0.1
"""Messages a second in a channel, below which no refusal brings it."""
SURVIVED = 10
"""Messages in one channel after which a rate counts as proven for all: a channel has few of them."""
IN_USE = 0.5
"""Of what is proven for a workspace: where less is used, a refusal was the channel's."""
KEPT = 5000
"""Channels of a workspace that are remembered."""


class SlackPace:
    """A Pace (bot.ports) of the workspaces, each by itself; and how long a channel rests after a message."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._teams: dict[str, Team] = {}

    def wait(self, workspace: Workspace) -> float:
        return self._team(workspace).whole.wait(self._clock())

    def take(self, workspace: Workspace) -> None:
        self._team(workspace).whole.take(self._clock())

    def give_back(self, workspace: Workspace) -> None:
        self._team(workspace).whole.give_back()

    def posted(self, workspace: Workspace, channel: str) -> float:
        """Slack took one; seconds until it is believed to take the next one in this channel."""
        return self._team(workspace).posted(channel, self._clock())

    def refused(self, workspace: Workspace, channel: str, pause: float) -> None:
        """Slack took none, and named these seconds."""
        self._team(workspace).refused(channel, self._clock(), pause)

    def _team(self, workspace: Workspace) -> "Team":
        return self._teams.setdefault(workspace.external_id, Team())


@dataclass(slots=True)
class Channel:
    """What a channel used of what each channel may have."""

    next: float
    """When its next message may leave."""
    since: float
    accepted: int = 0
    """Since then; both begin anew after idleness and after a refusal."""


@dataclass
class Team:
    """What is known of one workspace. Times are seconds of the caller's clock."""

    whole: Limit = field(default_factory=lambda: Limit(A_WORKSPACE))
    each: Limit = field(default_factory=lambda: Limit(A_CHANNEL, survived=SURVIVED))
    """What every channel may have. One channel, the scout, finds it out; the others keep to what it has proven."""
    scout: str = ""
    channels: dict[str, Channel] = field(default_factory=dict)
    _last_refused: tuple[str, float] = ("", float("-inf"))
    """Which channel was refused last, and until when it rests."""

    def posted(self, name: str, now: float) -> float:
        self.whole.accept(now)
        channel = self._channel(name, now)
        channel.accepted += 1
        if channel.accepted > 1 and self._scout_is_idle(now):
            self.scout = name
        if name == self.scout:
            self.each.take(now)
            self.each.accept(now)
            channel.next = now + self.each.wait(now)
        else:
            rest = 1 / min(self.each.proven, self.each.rate)
            channel.next = max(max(channel.next, now - CATCHES_UP) + rest, now + rest / FASTER)
        return channel.next - now

    def refused(self, name: str, now: float, pause: float) -> None:
        channel = self._channel(name, now)
        last, self._last_refused = self._last_refused, (name, now + pause)
        is_one_of_several = last[0] != name and now < last[1]
        if is_one_of_several or self._is_of_the_whole(name, channel, now):
            self.whole.refuse(now, pause)
        elif name == self.scout:
            self.each.refuse(now, pause)
        else:
            self.each.proven = max(self.each.proven * 0.9, SLOWEST)
        channel.next, channel.since, channel.accepted = now + pause, now + pause, 0

    def _is_of_the_whole(self, name: str, channel: Channel, now: float) -> bool:
        """Which limit it was: the scout's own, where it goes further than the workspace does; else hardly a channel's.

        Only the scout goes further than what is proven for a channel. Two channels at once are refused by the whole.
        """
        used = self.whole.used(now)
        if name != self.scout:
            return used > IN_USE
        proven = self.each.proven
        return used > channel.accepted / max(now - channel.since, 1 / proven) / proven

    def _channel(self, name: str, now: float) -> Channel:
        """Its use, begun anew where it was idle."""
        channel = self.channels.pop(name, None)
        if channel is None or now - channel.next > IDLE:
            channel = Channel(now, now)
        if len(self.channels) >= KEPT:
            del self.channels[next(iter(self.channels))]
        self.channels[name] = channel
        return channel

    def _scout_is_idle(self, now: float) -> bool:
        scout = self.channels.get(self.scout)
        return scout is None or now - scout.next > IDLE
