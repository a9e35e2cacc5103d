"""How fast a platform lets itself be asked, learnt from its answers. Pure: times are seconds of the caller's clock.

The numbers were chosen by trying them on buckets and windows of many sizes (tests/alerts/test_limits_learnt.py).
"""

from collections import deque
from dataclasses import dataclass, field

DOUBLES_IN = 1.5
"""Seconds, at the quickest, in which a rate doubles that has never been refused."""
GROWS_BY = 1 / 20
"""Of a doubling, the most after a single message: a slow limit is not overrun between two of its messages."""
BELOW = 0.98
"""Of what was measured, what is used: the rest pays for what neither clock nor network does on time."""
NEAR = 0.03
"""Of the rate that was refused: closer to it is not looked."""
DOUBT = 0.97
"""What a refusal leaves of a rate that was proven: a burst may have been let through that no steady rate would be."""
SURVIVED = 35
"""Messages after which a rate counts as proven."""
PATIENCE, MOST_PATIENCE = 200, 800
"""Messages before a limit that was found is tried anew, in case it has grown; doubled by each try in vain."""
TRIES_BY, MOST_TRIED = 0.01, 0.08
"""By how much more, doubled as long as nothing is refused."""
CATCHES_UP, FASTER = 0.5, 2.0
"""Seconds that one which leaves late does not cost those after it; they leave so much faster until that is made up."""
WANTED = 0.25
"""Seconds unused within which a message counts as one that waited for this limit."""
SETTLES = 0.5
"""Seconds after a refusal's pause in which another one says nothing new."""
IDLE, LONG_IDLE = 0.5, 5.0
"""Seconds unused after which it was not this limit that held messages up, and after which none are reckoned with."""
LONG_PAUSE = 2.0
"""Seconds: where a refusal names more, the pause is part of the limit, and not a second that was rounded up."""
HORIZON = 60.0
"""Seconds over which use is measured: the longest while of a limit that is reckoned with."""
FEW = 6
"""Messages from which no rate can be told."""


@dataclass(slots=True)
class Limit:
    """One limit: a bucket that fills again, or so many in a while. Which it is, and how large, nobody says.

    As long as nothing was refused, the rate grows. A refusal says that it was too high; and what was accepted since
    the refusal before, over the time that it took with the pause, is what the limit lets through. What lies between is
    halved until both are near. After a while the limit is tried anew.
    """

    rate: float
    """Messages a second, to begin with those that are believed to be let through."""
    survived: int = SURVIVED
    proven: float = field(init=False)
    """A rate that is known to be let through."""
    held_until: float = field(default=float("-inf"), init=False)
    _settled_at: float = field(default=float("-inf"), init=False)
    """Until when another refusal says nothing new."""
    _refused: float | None = field(default=None, init=False)
    """The lowest rate that is known to be refused; None: none yet."""
    _next: float = field(default=float("-inf"), init=False)
    """When the next one may leave, had all left on time."""
    _last: float = field(default=float("-inf"), init=False)
    """When the last one left."""
    _busy_since: float = field(default=0.0, init=False)
    """The end of the last idleness."""
    _times: deque[float] = field(default_factory=deque, init=False)
    """Of what was accepted since then, within the horizon."""
    _since: float = field(default=0.0, init=False)
    """When the count began: at the end of the last refusal, or of idleness."""
    _accepted: int = field(default=0, init=False)
    _was_wanted: bool = field(default=False, init=False)
    """Whether the last message had to wait for this limit, so that its answer says something about it."""
    _grew_at: float = field(default=0.0, init=False)
    _lately: float = field(default=0.0, init=False)
    """The rate before the last few messages."""
    _quiet: int = field(default=0, init=False)
    """Messages that were let through since something was concluded from them."""
    _patience: int = field(default=PATIENCE, init=False)
    _step: float = field(default=TRIES_BY, init=False)

    def __post_init__(self) -> None:
        self.proven = self.rate

    def wait(self, now: float) -> float:
        """Seconds until one more may leave; 0.0: now."""
        return max(self.held_until - now, self._next - now, self._last + 1 / (FASTER * self.rate) - now, 0.0)

    def take(self, now: float) -> None:
        """One leaves."""
        unused = now - max(self._next, self._last)
        self._was_wanted = unused <= WANTED
        if unused > max(1 / self.rate, IDLE):
            self._since = self._grew_at = self._next = now
            self._accepted = 0
        if unused > LONG_IDLE:
            self._busy_since = now
            self._times.clear()
        self._next = max(self._next, now - CATCHES_UP) + 1 / self.rate
        self._last = now

    def give_back(self) -> None:
        """One that was taken does not leave."""
        self._next -= 1 / self.rate
        self._last = float("-inf")

    def used(self, now: float) -> float:
        """What was let through lately, as a share of what is proven."""
        return self._throughput(now, now) / self.proven

    def _throughput(self, now: float, until: float) -> float:
        """Messages a second from a horizon ago, or since idleness, until then."""
        while self._times and self._times[0] < now - HORIZON:
            self._times.popleft()
        return len(self._times) / max(until - max(self._busy_since, now - HORIZON), 1 / self.rate)

    def accept(self, now: float) -> None:
        """The platform took one."""
        self._accepted += 1
        self._times.append(now)
        if not self._was_wanted or now < self.held_until:
            return
        self._quiet += 1
        if self._refused is None:
            self._grow(now)
        elif self._refused - self.rate > NEAR * self._refused:
            self._close_in(self._refused)
        elif self._quiet >= self._patience:
            self._try_more(self._refused)

    def _grow(self, now: float) -> None:
        if self._quiet % self.survived == 0:
            self.proven = max(self.proven, self._lately)
            self._lately = self.rate
        self.rate *= 2 ** min((now - self._grew_at) / DOUBLES_IN, GROWS_BY)
        self._grew_at = now

    def _close_in(self, refused: float) -> None:
        if self._quiet >= self.survived:
            self._quiet = 0
            self.proven = max(self.proven, self.rate)
            self.rate = (self.rate + refused) / 2

    def _try_more(self, refused: float) -> None:
        self._quiet = self._patience - self.survived
        self.proven = max(self.proven, self.rate)
        self.rate *= 1 + self._step
        self._step = min(self._step * 2, MOST_TRIED)
        self._refused = max(refused, self.rate)

    def refuse(self, now: float, pause: float) -> None:
        """The platform took none, and named a pause in seconds."""
        if now < self._settled_at:
            # It left together with the one that was refused, or meets what that one met: a window still full.
            self.held_until = self._next = max(self.held_until, now + max(pause, SETTLES / 2))
            return
        until = self.held_until = self._next = now + pause
        self._settled_at = until + SETTLES
        if pause > LONG_PAUSE:
            measured = self._throughput(now, until - 0.5) if len(self._times) >= FEW else 0.8 * self.proven
            self._conclude(BELOW * measured, min(self.rate, measured / BELOW), until)
        elif self._accepted >= FEW or self._refused is None:
            # A burst may have been let through: where the rate was tried, what was proven is doubted a little at most.
            doubted = DOUBT * self.proven if self.rate > self.proven / BELOW else 0.0
            measured = self._accepted / (until - self._since) if self._accepted >= FEW else 0.8 * self.rate
            self._conclude(max(BELOW * measured, doubted), self.rate, until)
        else:
            # Too few to tell a rate: they are counted on.
            self.rate *= 0.95

    def _conclude(self, proven: float, refused: float, until: float) -> None:
        """From a refusal: what is let through, and what is not."""
        if self._refused is not None and self.rate > self._refused * (1 - NEAR):
            self._patience = min(self._patience * 2, MOST_PATIENCE)
        self.proven, self._refused = proven, refused
        self.rate = min(max(proven, self.rate / 2), BELOW * refused)
        self._quiet, self._step, self._accepted = 0, TRIES_BY, 0
        self._grew_at = self._since = until
