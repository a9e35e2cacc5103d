"""The workspace of the Slack stand-in, with its one app: what there is, and what the app may do."""

import time
from collections.abc import Callable
from typing import Any

from tests.standins.slack_checks import stamp
from tests.standins.slack_state import Channel, Person
from tests.standins.trouble import Limit


class ApiError(Exception):
    """``ok: false`` with this code."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.body = {"ok": False, "error": code, **more}


class TooMany(Exception):
    """429, come again in so many seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


class Workspace:
    """One workspace with one app, which is allowed everything that its scopes say."""

    def __init__(self, team_id: str = "T1", clock: Callable[[], float] = time.time) -> None:
        self.team_id = team_id
        self.team = "Invented Telecom"
        self.bot_token = f"xoxb-invented-{team_id}"
        self.app_token = f"xapp-invented-{team_id}"
        self.signing_secret = f"invented-signing-secret-{team_id}"
        self.refusals: dict[str, str] = {}
        """By token: the code that it is refused with."""
        self.scopes = {
            *("chat:write", "commands", "channels:history", "groups:history", "im:history", "im:write"),
            *("channels:join", "channels:read", "users:read"),
        }
        self.channels: dict[str, Channel] = {}
        self.people: dict[str, Person] = {}
        self.broken_pictures: list[str] = []
        self.keeps_payloads_back = False
        self.limit: Limit | None = None
        self.clock = clock
        self._last_ts = 0.0

    def channel(self, id: str, **properties: Any) -> Channel:
        self.channels[id] = Channel(id, **properties)
        return self.channels[id]

    def conversation(self, id: str, *people: str) -> Channel:
        """Of people among themselves, where Tocsin is not."""
        return self.channel(id, private=True, member=False, people=people)

    def direct(self, user: str) -> Channel:
        """Between Tocsin and this person."""
        id = f"D{user}"
        return self.channels.get(id) or self.channel(id, private=True, user=user)

    def person(self, id: str, **rights: Any) -> Person:
        self.people[id] = Person(id, **{"team_id": self.team_id, **rights})
        return self.people[id]

    def limits(self, allowed: int, seconds: float, channel: str = "") -> None:
        """Of posts in the channel, or in the whole workspace where none is named."""
        limit = Limit(allowed, seconds, self.clock)
        if channel:
            self.channels[channel].limit = limit
        else:
            self.limit = limit

    def messages(self, channel: str) -> list[dict[str, Any]]:
        """What stands in it, the oldest first."""
        return self.channels[channel].messages

    def writes(self, user: str, channel: str, text: str, thread: str = "") -> str:
        """A person says something, in a thread where one is named. Answers the message's ``ts``."""
        ts = self.next_ts()
        within = {"thread_ts": thread} if thread else {}
        self.messages(channel).append({"type": "message", "user": user, "text": text, "ts": ts, **within})
        return ts

    def next_ts(self) -> str:
        self._last_ts = max(self._last_ts + 0.000_1, self.clock())
        return stamp(self._last_ts)

    # ---- what the app may do -----------------------------------------------------------------------------------

    def check(self, token: str, expected: str) -> None:
        if not token:
            raise ApiError("not_authed")
        if token in self.refusals:
            raise ApiError(self.refusals[token])
        if token != expected:
            raise ApiError("not_allowed_token_type" if token in (self.bot_token, self.app_token) else "invalid_auth")

    def need(self, scope: str) -> None:
        if scope and scope not in self.scopes:
            raise ApiError("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))

    def keep_pace(self, channel: Channel) -> None:
        wait = max((limit.wait() for limit in (channel.limit, self.limit) if limit), default=0)
        if wait:
            raise TooMany(wait)
