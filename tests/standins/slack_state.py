"""The workspace of the Slack stand-in: its people, channels and calls."""

from dataclasses import dataclass, field
from typing import Any

from tests.standins.trouble import Limit, Scripted, Trouble


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
    trouble: Trouble | Scripted | None = None
    """What happened to it."""
