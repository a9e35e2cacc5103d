"""Limits as platforms have them: they let messages through or say how long to wait, and never how large they are."""

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol


class Limit(Protocol):
    def wait(self, now: float) -> float:
        """Seconds until it lets one more through; 0.0: now."""
        ...

    def take(self) -> None:
        """One was let through."""
        ...


@dataclass
class Bucket:
    """Fills steadily, up to a burst."""

    rate: float
    """A second."""
    burst: float
    level: float = field(init=False)
    at: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.level = self.burst

    def wait(self, now: float) -> float:
        self.level, self.at = min(self.burst, self.level + (now - self.at) * self.rate), now
        return 0.0 if self.level > 1 - 1e-9 else (1 - self.level) / self.rate

    def take(self) -> None:
        self.level -= 1


@dataclass
class Window:
    """So many in a while, which begins with the first of them."""

    number: int
    seconds: float
    left: int = field(default=0, init=False)
    ends: float = field(default=float("-inf"), init=False)

    def wait(self, now: float) -> float:
        if now >= self.ends:
            self.left, self.ends = self.number, now + self.seconds
        return 0.0 if self.left else self.ends - now

    def take(self) -> None:
        self.left -= 1


@dataclass
class SlidingWindow:
    """So many in any such while."""

    number: int
    seconds: float
    taken: deque[float] = field(default_factory=deque, init=False)
    at: float = field(default=0.0, init=False)

    def wait(self, now: float) -> float:
        self.at = now
        while self.taken and self.taken[0] <= now - self.seconds:
            self.taken.popleft()
        return 0.0 if len(self.taken) < self.number else self.taken[0] + self.seconds - now

    def take(self) -> None:
        self.taken.append(self.at)
