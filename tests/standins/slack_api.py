"""The Web API of the Slack stand-in: each method as the documentation describes it, over a workspace in memory."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.standins.slack_checks import refusal, view_errors
from tests.standins.slack_state import Channel
from tests.standins.slack_windows import Windows
from tests.standins.slack_workspace import ApiError, Workspace

Reply = dict[str, Any]
Arguments = Mapping[str, Any]
OURS = {"bot_id": "B0BOT", "user": "U0BOT"}
TOMBSTONE = {"type": "message", "subtype": "tombstone", "text": "This message was deleted."}
SCOPES = {
    "chat.delete": "chat:write",
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "conversations.info": "channels:read",
    "conversations.join": "channels:join",
    "conversations.open": "im:write",
    "users.info": "users:read",
}


class Api(Workspace):
    def __init__(self, team_id: str = "T1", **more: Any) -> None:
        super().__init__(team_id, **more)
        self.windows = Windows()

    def answer(self, method: str, token: str, arguments: Arguments) -> Reply:
        """Carry it out. Raises ApiError or TooMany."""
        methods: dict[str, Callable[[Arguments], Reply]] = {
            "auth.test": self._auth_test,
            "chat.delete": self._delete,
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "conversations.history": self._history,
            "conversations.info": self._info,
            "conversations.join": self._join,
            "conversations.open": self._open,
            "conversations.replies": self._replies,
            "users.info": self._user,
            "views.open": self._open_view,
            "views.update": self._update_view,
        }
        if method not in methods:
            raise ApiError("unknown_method", req_method=method)
        self.check(token, self.bot_token)
        self.need(SCOPES.get(method, ""))
        return {"ok": True, **methods[method](arguments)}

    def _auth_test(self, arguments: Arguments) -> Reply:
        return {
            "url": "https://invented-telecom.slack.com/", "team": self.team, "user": "tocsin",
            "team_id": self.team_id, "user_id": "U0BOT", "bot_id": "B0BOT", "is_enterprise_install": False,
        }  # fmt: skip

    def _found(self, arguments: Arguments) -> Channel:
        channel = self.channels.get(str(arguments.get("channel")))
        if channel is None or (channel.private and not channel.member):
            raise ApiError("channel_not_found")
        return channel

    # ---- messages ----------------------------------------------------------------------------------------------

    def _post(self, message: Arguments) -> Reply:
        channel = self._found(message)
        if channel.archived:
            raise ApiError("is_archived")
        if not channel.member:
            raise ApiError("not_in_channel")
        if channel.read_only:
            raise ApiError("restricted_action_read_only_channel")
        self._take(message)
        self.keep_pace(channel)
        posted = {**message, "type": "message", **OURS, "ts": self.next_ts()}
        # A thread that is not there is no error: the message goes to the channel.
        if channel.message(message.get("thread_ts")) is None:
            posted.pop("thread_ts", None)
        channel.messages.append(posted)
        return {"channel": channel.id, "ts": posted["ts"], "message": posted}

    def _update(self, change: Arguments) -> Reply:
        """What is left out stays as it was."""
        channel, message = self._ours(change, "cant_update_message")
        changed = {**message, **{name: value for name, value in change.items() if name not in ("channel", "ts")}}
        self._take(changed)
        message.update(changed)
        return {"channel": channel.id, "ts": message["ts"], "text": message["text"], "message": message}

    def _delete(self, arguments: Arguments) -> Reply:
        channel, message = self._ours(arguments, "cant_delete_message")
        place = channel.messages.index(message)
        hangs_on = any(each.get("thread_ts") == message["ts"] for each in channel.messages)
        channel.messages[place : place + 1] = [{**TOMBSTONE, "ts": message["ts"]}] if hangs_on else []
        return {"channel": channel.id, "ts": message["ts"]}

    def _ours(self, arguments: Arguments, otherwise: str) -> tuple[Channel, dict[str, Any]]:
        channel = self._found(arguments)
        message = channel.message(arguments.get("ts"))
        if message is None or message.get("subtype") == "tombstone":
            raise ApiError("message_not_found")
        if message.get("bot_id") != OURS["bot_id"]:
            raise ApiError(otherwise)
        return channel, message

    def _take(self, message: Arguments) -> None:
        refused = refusal(message, self.broken_pictures)
        if refused:
            code, errors = refused
            raise ApiError(code, errors=errors, response_metadata={"messages": [f"[ERROR] {each}" for each in errors]})

    # ---- conversations -----------------------------------------------------------------------------------------

    def _open(self, arguments: Arguments) -> Reply:
        person = self.people.get(str(arguments.get("users")))
        if person is None:
            raise ApiError("user_not_found")
        if person.unreachable:
            raise ApiError(person.unreachable)
        return {"channel": {"id": self.direct(person.id).id}}

    def _history(self, arguments: Arguments) -> Reply:
        channel = self._readable(arguments)
        top = [message for message in channel.messages if message.get("thread_ts", message["ts"]) == message["ts"]]
        return self._page([message for message in reversed(top) if _is_in(message, arguments)], arguments)

    def _replies(self, arguments: Arguments) -> Reply:
        """The message that the thread hangs on comes first, whatever the times asked for."""
        channel = self._readable(arguments)
        thread = channel.thread(arguments.get("ts"))
        if not thread:
            raise ApiError("thread_not_found")
        first, *others = thread
        return self._page([first, *(message for message in others if _is_in(message, arguments))], arguments)

    def _readable(self, arguments: Arguments) -> Channel:
        channel = self._found(arguments)
        self.need(channel.history_scope)
        if not channel.member:
            raise ApiError("not_in_channel")
        return channel

    def _page(self, messages: list[dict[str, Any]], arguments: Arguments) -> Reply:
        start, limit = int(arguments.get("cursor") or 0), int(arguments.get("limit") or 100)
        page, more = messages[start : start + limit], len(messages) > start + limit
        seen = [self._seen(message, arguments) for message in page]
        return {"messages": seen, "has_more": more, "response_metadata": {"next_cursor": str(start + limit) * more}}

    def _seen(self, message: Arguments, arguments: Arguments) -> Reply:
        """Without the payload of the metadata, unless it is asked for."""
        shows = str(arguments.get("include_all_metadata")).lower() in ("true", "1") and not self.keeps_payloads_back
        seen = dict(message)
        if seen.get("metadata") and not shows:
            seen["metadata"] = {"event_type": seen["metadata"]["event_type"]}
        return seen

    def _info(self, arguments: Arguments) -> Reply:
        channel = self._found(arguments)
        return {
            "channel": {
                "id": channel.id,
                "is_private": channel.private,
                "is_member": channel.member,
                "is_archived": channel.archived,
            }
        }

    def _join(self, arguments: Arguments) -> Reply:
        channel = self._found(arguments)
        if channel.private:
            raise ApiError("method_not_supported_for_channel_type")
        if channel.archived:
            raise ApiError("is_archived")
        channel.member = True
        return {"channel": {"id": channel.id}}

    def _user(self, arguments: Arguments) -> Reply:
        person = self.people.get(str(arguments.get("user")))
        if person is None:
            raise ApiError("user_not_found")
        return {"user": dict(vars(person))}

    # ---- windows -----------------------------------------------------------------------------------------------

    def _open_view(self, arguments: Arguments) -> Reply:
        view = _view(arguments)
        window = self.windows.triggered(str(arguments.get("trigger_id")))
        if window is None:
            raise ApiError("invalid_trigger_id")
        if window.id:
            raise ApiError("exchanged_trigger_id")
        self.windows.open(window, view)
        return {"view": {**view, "id": window.id}}

    def _update_view(self, arguments: Arguments) -> Reply:
        view = _view(arguments)
        window = self.windows.found(str(arguments.get("view_id")))
        if window is None or window.is_closed:
            raise ApiError("not_found")
        window.show(view)
        return {"view": {**view, "id": window.id}}


def _view(arguments: Arguments) -> dict[str, Any]:
    view = arguments.get("view")
    errors = view_errors(view)
    if errors:
        raise ApiError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {each}" for each in errors]})
    return dict(view or {})


def _is_in(message: Arguments, arguments: Arguments) -> bool:
    ts, inclusive = float(message["ts"]), str(arguments.get("inclusive")).lower() in ("true", "1")
    oldest, latest = float(arguments.get("oldest") or 0), float(arguments.get("latest") or "inf")
    return oldest <= ts <= latest if inclusive else oldest < ts < latest
