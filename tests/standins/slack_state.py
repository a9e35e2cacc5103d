"""The workspace of the Slack stand-in: its people, channels, limits, and what may go wrong."""

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
    "not json",
]
"""What may happen to one request. ``after accept``: it was carried out, and the caller does not hear of it."""


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


@dataclass
class Channel:
    """A channel, or the direct messages of two or of a group."""

    id: str
    private: bool = False
    member: bool = True
    archived: bool = False
    read_only: bool = False
    user: str = ""
    """With whom Tocsin speaks here; empty in channels."""
    people: tuple[str, ...] = ()
    """Who speaks here among themselves, where Tocsin is not."""
    limit: Limit | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)
    """The oldest first, those in threads among them."""

    @property
    def name(self) -> str:
        """As Slack calls it in what it sends."""
        if self.user or len(self.people) == 2:
            return "directmessage"
        return f"mpdm-{'--'.join(self.people).lower()}-1" if self.people else self.id.lower()

    @property
    def history_scope(self) -> str:
        kind = "im" if self.user else "groups" if self.private else "channels"
        return f"{kind}:history"

    def message(self, ts: Any) -> dict[str, Any] | None:
        return next((message for message in self.messages if message["ts"] == ts), None)

    def thread(self, ts: Any) -> list[dict[str, Any]]:
        """The message that the thread hangs on, and what hangs on it."""
        return [message for message in self.messages if ts in (message["ts"], message.get("thread_ts"))]


@dataclass
class Person:
    id: str
    team_id: str
    is_admin: bool = False
    is_owner: bool = False
    is_primary_owner: bool = False
    unreachable: str = ""
    """The code with which Slack opens no direct messages with them."""


@dataclass
class Call:
    """A request that arrived, in the log of the stand-in."""

    method: str
    arguments: dict[str, Any]
    token: str
