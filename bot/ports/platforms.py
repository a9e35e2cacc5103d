"""What platforms do: post, pace, listen, sign in, and answer for themselves."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from bot.model.delivery import (
    Deferred,
    Delivery,
    Finding,
    Outcome,
    Refused,
)
from bot.model.destination import Destination, Workspace


class Pace(Protocol):
    """How much a platform takes at once, of one workspace or of all; what it takes in one place, ``Sent`` tells."""

    def wait(self, workspace: Workspace) -> float:
        """Seconds until a message may leave for this workspace; 0.0: now."""
        ...

    def take(self, workspace: Workspace) -> None:
        """One leaves."""
        ...

    def give_back(self, workspace: Workspace) -> None:
        """One that was taken does not leave."""
        ...


class Messenger(Protocol):
    """One platform's way out. No method ever raises for anything the platform did; an exception is a bug."""

    @property
    def knows_again(self) -> timedelta:
        """How long the platform itself knows a second attempt again and posts nothing twice; zero: it does not."""
        ...

    async def send(self, delivery: Delivery) -> Outcome:
        """Exactly one attempt. Cancelling it leaves the outcome unconfirmed."""
        ...

    async def find(self, delivery: Delivery) -> Finding:
        """Whether a delivery arrived, and how often: Found, Absent, Unknowable, or Deferred (ask later)."""
        ...

    async def edit(self, delivery: Delivery, receipt: str) -> Outcome:
        """Put ``delivery.content`` in the place of what was sent under ``receipt``: one attempt, the same outcomes."""
        ...

    async def delete(self, delivery: Delivery, receipt: str) -> Outcome:
        """Take back what was sent under ``receipt``: one attempt; Sent means that it stands there no more."""
        ...

    async def reach(self, destination: Destination) -> Deferred | Refused | None:
        """What stands in the way of posting there, as far as it can be told without posting; None: nothing."""
        ...


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What came in from outside, before anybody knows from whom."""

    headers: Mapping[str, str]
    """By name in lower case."""
    body: bytes


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"


HttpHandler = Callable[[HttpRequest], Awaitable[HttpAnswer]]


class Routes(Protocol):
    """The one web server, for adapters that are spoken to over HTTP."""

    def add(self, method: Literal["GET", "POST"], path: str, handler: HttpHandler) -> None:
        """Answer there. A handler's exception is a bug: it is logged, and the caller gets 500."""
        ...


@dataclass(frozen=True, slots=True)
class Welcome:
    """Where a workspace that has just been joined may be greeted."""

    channel: str
    joined: datetime
    """Joining again is another welcome."""
    first_step: str
    """What to say there to begin."""


@dataclass(frozen=True, slots=True)
class Connection:
    """How signing in to one workspace went."""

    workspace: Workspace | None
    """None where even its id is not known, since the token was refused."""
    name: str
    problem: str = ""
    """Empty where it went well; else what is wrong, naming the variable, never its value."""
    passing: bool = False
    """Whether trying again later may help (no network, a 5xx)."""
    welcome: Welcome | None = None
    """Where it was joined just now and may be greeted."""


class Heard(Protocol):
    """Hears of workspaces while a platform listens: joined, left, refused."""

    async def __call__(self, connections: Sequence[Connection], *, complete: bool = False) -> None:
        """``complete``: there are no other workspaces on this platform."""
        ...


@dataclass(frozen=True, slots=True)
class Examined:
    """One finding of doctor."""

    subject: str
    ok: bool
    detail: str
    next_step: str = ""
    """What to do where it is not ok."""
    fatal: bool = False
    """Whether it keeps Tocsin from working; a warning otherwise."""
