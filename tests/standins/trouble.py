"""What may go wrong on any platform's wire: scripted troubles, answers said word for word, and limits."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Trouble = Literal[
    "500",
    "reset before",
    "reset after accept",
    "hang before",
    "hang after accept",
    "502 after accept",
    "late accept",
    "not json",
]
"""What may happen to one request.

``after accept``: it was carried out, and the caller does not hear of it. ``late accept``: it will be, long after the
caller has given it up.
"""
LATE = 4.0
"""Seconds until a late request is carried out, unless a stand-in is told otherwise."""


@dataclass
class Scripted:
    """An answer said word for word instead of the real one."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Limit:
    """So many requests in so many seconds, on a window that slides."""

    allowed: int
    seconds: float
    clock: Callable[[], float]
    taken: deque[float] = field(default_factory=deque)

    def wait(self) -> int:
        """Whole seconds until the next one is allowed, 0 where one is now, which is then taken."""
        now = self.clock()
        while self.taken and self.taken[0] <= now - self.seconds:
            self.taken.popleft()
        if len(self.taken) < self.allowed:
            self.taken.append(now)
            return 0
        return max(1, math.ceil(self.taken[0] + self.seconds - now))
