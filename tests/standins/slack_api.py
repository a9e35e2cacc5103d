"""The Web API of the Slack stand-in: each method as the documentation describes it, over a workspace in memory."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from tests.standins.slack_checks import refusal, stamp
from tests.standins.slack_state import Channel, Limit, Person

Reply = dict[str, Any]
SCOPES = {
    "chat.postMessage": "chat:write",
    "conversations.join": "channels:join",
    "conversations.info": "channels:read",
    "users.info": "users:read",
}


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
        self.refusals: dict[str, str] = {}
        """By token: the code that it is refused with."""
        self.scopes = {
            *("chat:write", "commands", "channels:history", "groups:history", "im:history"),
            *("channels:join", "channels:read", "users:read"),
        }
        self.channels: dict[str, Channel] = {}
        self.people: dict[str, Person] = {}
        self.broken_pictures: list[str] = []
        self.keeps_payloads_back = False
        self.limit: Limit | None = None
        self.clock = clock
        self._last_ts = 0.0

    # ---- arranging ---------------------------------------------------------------------------------------------

    def channel(self, id: str, **properties: Any) -> Channel:
        self.channels[id] = Channel(id, **properties)
        return self.channels[id]

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

    # ---- answering ---------------------------------------------------------------------------------------------

    def answer(self, method: str, token: str, arguments: Mapping[str, Any]) -> Reply:
        """Carry it out. Raises ApiError or TooMany."""
        methods: dict[str, Callable[[Mapping[str, Any]], Reply]] = {
            "auth.test": self._auth_test,
            "chat.postMessage": self._post,
            "conversations.history": self._history,
            "conversations.info": self._info,
            "conversations.join": self._join,
            "users.info": self._user,
        }
        if method not in methods:
            raise ApiError("unknown_method", req_method=method)
        self.check(token, self.bot_token)
        self._need(SCOPES.get(method, ""))
        return {"ok": True, **methods[method](arguments)}

    def check(self, token: str, expected: str) -> None:
        if not token:
            raise ApiError("not_authed")
        if token in self.refusals:
            raise ApiError(self.refusals[token])
        if token != expected:
            raise ApiError("not_allowed_token_type" if token in (self.bot_token, self.app_token) else "invalid_auth")

    def _need(self, scope: str) -> None:
        if scope and scope not in self.scopes:
            raise ApiError("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))

    def _auth_test(self, arguments: Mapping[str, Any]) -> Reply:
        return {
            "url": "https://invented-telecom.slack.com/", "team": self.team, "user": "tocsin",
            "team_id": self.team_id, "user_id": "U0BOT", "bot_id": "B0BOT", "is_enterprise_install": False,
        }  # fmt: skip

    def _found(self, arguments: Mapping[str, Any]) -> Channel:
        channel = self.channels.get(str(arguments.get("channel")))
        if channel is None or (channel.private and not channel.member):
            raise ApiError("channel_not_found")
        return channel

    def _post(self, message: Mapping[str, Any]) -> Reply:
        channel = self._found(message)
        if channel.archived:
            raise ApiError("is_archived")
        if not channel.member:
            raise ApiError("not_in_channel")
        if channel.read_only:
            raise ApiError("restricted_action_read_only_channel")
        refused = refusal(message, self.broken_pictures)
        if refused:
            code, errors = refused
            raise ApiError(code, errors=errors, response_metadata={"messages": [f"[ERROR] {each}" for each in errors]})
        self._keep_pace(channel)
        posted = {**message, "type": "message", "bot_id": "B0BOT", "ts": self._next_ts()}
        channel.messages.append(posted)
        return {"channel": channel.id, "ts": posted["ts"], "message": posted}

    def _keep_pace(self, channel: Channel) -> None:
        wait = max((limit.wait() for limit in (channel.limit, self.limit) if limit), default=0)
        if wait:
            raise TooMany(wait)

    def _next_ts(self) -> str:
        self._last_ts = max(self._last_ts + 0.000_1, self.clock())
        return stamp(self._last_ts)

    def _history(self, arguments: Mapping[str, Any]) -> Reply:
        channel = self._found(arguments)
        self._need("groups:history" if channel.private else "channels:history")
        if not channel.member:
            raise ApiError("not_in_channel")
        within = [
            self._seen(message, arguments) for message in reversed(channel.messages) if _is_in(message, arguments)
        ]
        start, limit = int(arguments.get("cursor") or 0), int(arguments.get("limit") or 100)
        page, more = within[start : start + limit], len(within) > start + limit
        return {"messages": page, "has_more": more, "response_metadata": {"next_cursor": str(start + limit) * more}}

    def _seen(self, message: Mapping[str, Any], arguments: Mapping[str, Any]) -> Reply:
        """Without the payload of the metadata, unless it is asked for."""
        shows = str(arguments.get("include_all_metadata")).lower() in ("true", "1") and not self.keeps_payloads_back
        seen = dict(message)
        if seen.get("metadata") and not shows:
            seen["metadata"] = {"event_type": seen["metadata"]["event_type"]}
        return seen

    def _info(self, arguments: Mapping[str, Any]) -> Reply:
        channel = self._found(arguments)
        return {
            "channel": {
                "id": channel.id,
                "is_private": channel.private,
                "is_member": channel.member,
                "is_archived": channel.archived,
            }
        }

    def _join(self, arguments: Mapping[str, Any]) -> Reply:
        channel = self._found(arguments)
        if channel.private:
            raise ApiError("method_not_supported_for_channel_type")
        if channel.archived:
            raise ApiError("is_archived")
        channel.member = True
        return {"channel": {"id": channel.id}}

    def _user(self, arguments: Mapping[str, Any]) -> Reply:
        person = self.people.get(str(arguments.get("user")))
        if person is None:
            raise ApiError("user_not_found")
        return {"user": dict(vars(person))}


def _is_in(message: Mapping[str, Any], arguments: Mapping[str, Any]) -> bool:
    ts, inclusive = float(message["ts"]), str(arguments.get("inclusive")).lower() in ("true", "1")
    oldest, latest = float(arguments.get("oldest") or 0), float(arguments.get("latest") or "inf")
    return oldest <= ts <= latest if inclusive else oldest < ts < latest
