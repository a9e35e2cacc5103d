"""How much Discord takes of one bot in any second, whatever server it is for; what a channel takes, each answer says.

https://docs.discord.com/developers/topics/rate-limits#global-rate-limit: so many requests a second, whatever they ask
but for answers to interactions. Whether its seconds slide or follow each other is not said; both are heeded.
"""

import time
from bisect import insort
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.model.destination import Workspace

A_BOT = 50
"""Requests a second with which to begin, as documented."""
SECOND = 1.002
"""Seconds after its arrival until a request counts no more: two clocks are not the same."""
LATEST = 0.1
"""Seconds by which a request is believed to be late at most: what took longer than that was answered slowly."""
ASTRAY = 2.0
"""Seconds after which a request that nobody has answered counts no more."""
SLOWER = 1.005
"""By how much, with each answer, the quickest one is forgotten: the network may have grown slower."""
FASTER = 2.0
"""How much closer than evenly requests may follow each other."""
SOON = 0.05
"""Seconds until it is asked again where all that counts is still under way."""
PATIENCE, MOST_PATIENCE = 5.0, 160.0
"""Seconds of full use before one more is tried; doubled by each try in vain."""
GOES_WELL = 1.5
"""Seconds of full use that show that a try was not in vain; then twice as many more are tried."""
AGAIN = 10.0
"""Seconds within which a second refusal of what was let through before means that it is less now."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """A request under way."""

    kind: str
    """Those of one kind take Discord about as long."""
    at: float


@dataclass(slots=True)
class DiscordPace:
    """A Pace (bot.ports): all servers share one limit.

    ``take`` for a message keeps a place until a request leaves. That counts until a second after it arrived: when it
    did is not known, but it can be late by no more than its answer came later than the quickest one. So no second of
    Discord's counts more than ``most`` requests. A refusal says how many it had counted.

    Messages are not all that is asked: what is beside them, such as a look at the channel, waits for ``room``.
    """

    clock: Callable[[], float] = time.monotonic
    most: int = A_BOT
    _places: deque[float] = field(default_factory=deque, init=False)
    """When each was taken."""
    waiting: int = field(default=0, init=False)
    """Requests that have no place and wait for room."""
    _under_way: list[float] = field(default_factory=list, init=False)
    """When each request left that is not answered yet, in order."""
    _counted: list[float] = field(default_factory=list, init=False)
    """Until when each counts that was let through, in order."""
    _quickest: dict[str, float] = field(default_factory=dict, init=False)
    """Seconds from leaving to the answer, by kind."""
    _held_until: float = field(default=float("-inf"), init=False)
    _last: float = field(default=float("-inf"), init=False)
    """When the last place was taken."""
    _refused_at: float = field(default=float("-inf"), init=False)
    _tried_from: int | None = field(default=None, init=False)
    """What was let through before more was tried; None: nothing is being tried."""
    _step: int = field(default=1, init=False)
    _full_since: float = field(default=float("-inf"), init=False)
    """Since when as many leave as are believed to be let through, and nothing was concluded from it."""
    _patience: float = field(default=PATIENCE, init=False)

    def wait(self, workspace: Workspace) -> float:
        """Seconds until one more may leave; 0.0: now."""
        now = self.clock()
        spaced = self._last + 1 / (FASTER * self.most) - now
        return max(self._held_until - now, spaced, self._full_for(now, self.waiting), 0.0)

    def take(self, workspace: Workspace) -> None:
        now = self._last = self.clock()
        self._look_whether_full(now)
        self._places.append(now)

    def give_back(self, workspace: Workspace) -> None:
        if self._places:
            self._places.pop()

    def room(self) -> float:
        """Seconds until a request may leave; 0.0: now, since a message has kept a place, or since there is room."""
        now = self.clock()
        return 0.0 if self._places else max(self._full_for(now), 0.0)

    def leaves(self, kind: str) -> Leaving:
        """A request leaves; say of it what became of it."""
        now = self.clock()
        if self._places:
            self._places.popleft()
        else:
            self._look_whether_full(now)
        insort(self._under_way, now)
        return Leaving(kind, now)

    def accepted(self, request: Leaving) -> None:
        """Discord let it through, whatever it answered."""
        now = self.clock()
        took = now - request.at
        quickest = self._quickest[request.kind] = min(took, SLOWER * self._quickest.get(request.kind, took))
        self._count(request, request.at + min(took - quickest, LATEST) + SECOND)
        if now - self._full_since >= (self._patience if self._tried_from is None else GOES_WELL):
            self._try_more(now)

    def lost(self, request: Leaving) -> None:
        """Nobody knows whether it arrived."""
        self._count(request, self.clock() + SECOND)

    def refused(self, request: Leaving, pause: float | None = None) -> None:
        """``pause``: Discord takes nothing of this bot for these seconds; None: it takes other requests."""
        self._is_over(request)
        if pause is None:
            return
        is_news = request.at >= self._held_until
        self._held_until = max(self._held_until, self.clock() + pause)
        if is_news:
            self._conclude(
                sum(until > request.at for until in self._counted) + sum(at < request.at for at in self._under_way)
            )

    def _conclude(self, met: int) -> None:
        """From a refusal by a second in which so many had been let through."""
        now = self.clock()
        if self._tried_from is not None:
            is_in_vain = met <= self._tried_from
            self._patience = min(2 * self._patience, MOST_PATIENCE) if is_in_vain else PATIENCE
        elif met >= self.most and now < self._refused_at + AGAIN:
            met = self.most - 1
        self.most = max(min(self.most, met), 1)
        self._tried_from, self._step = None, 1
        self._refused_at = self._full_since = now

    def _look_whether_full(self, now: float) -> None:
        """Before one more."""
        if self._used(now) < self.most - max(1, self.most // 10):
            self._full_since = now

    def _try_more(self, now: float) -> None:
        if self._tried_from is None:
            self._tried_from = self.most
        else:
            self._step *= 2
        self.most += self._step
        self._full_since = now

    def _count(self, request: Leaving, until: float) -> None:
        if self._is_over(request):
            insort(self._counted, until)

    def _is_over(self, request: Leaving) -> bool:
        """Now; False: it was before."""
        if request.at not in self._under_way:
            return False
        self._under_way.remove(request.at)
        return True

    def _full_for(self, now: float, others: int = 0) -> float:
        """Seconds, where so many others are let in before."""
        over = self._used(now) + others - self.most
        if over < 0:
            return 0.0
        return self._counted[over] - now if over < len(self._counted) else SOON

    def _used(self, now: float) -> int:
        """How many would count at Discord, were one more to leave now."""
        _forget(self._counted, now)
        _forget(self._under_way, now - ASTRAY)
        while self._places and self._places[0] <= now - ASTRAY:
            # It led to no request.
            self._places.popleft()
        return len(self._places) + len(self._under_way) + len(self._counted)


def _forget(times: list[float], until: float) -> None:
    while times and times[0] <= until:
        times.pop(0)
