"""The REST API of the Discord stand-in: each route as the documentation describes it, over a world in memory."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.standins import discord_wire as wire
from tests.standins.discord_checks import CONTRACT_PRESENT, invalid, request_violation
from tests.standins.discord_commands import command_problems
from tests.standins.discord_gateway import Gateway, Host
from tests.standins.discord_interactions import ApiError, Interactions, check
from tests.standins.discord_state import (
    DM,
    EMBED_LINKS,
    EPOCH,
    FORUM,
    MANAGE_MESSAGES,
    MANAGE_THREADS,
    READ_MESSAGE_HISTORY,
    SEND_MESSAGES,
    SEND_MESSAGES_IN_THREADS,
    THREAD,
    VIEW_CHANNEL,
    WRITABLE,
    Call,
    Channel,
    Guild,
    World,
)
from tests.standins.trouble import Limit

Json = dict[str, Any]
POSTS = "POST /channels/{channel_id}/messages"
NONCE_LASTS = 180.0
"""Seconds, by the clock, in which a nonce names its first message."""


class TooMany(Exception):
    """429, come again in so many seconds."""

    def __init__(self, retry_after: float, is_global: bool) -> None:
        super().__init__(retry_after)
        self.retry_after, self.is_global = retry_after, is_global


@dataclass(frozen=True)
class Asked:
    """A request with its route found."""

    call: Call
    route: str
    ids: Mapping[str, str]

    @property
    def body(self) -> Mapping[str, Any]:
        return self.call.body or {}

    @property
    def is_of_interaction(self) -> bool:
        """Such requests need no token but the one in their path, and no share of the global limit."""
        return self.route.split(" ")[1].startswith(("/interactions/", "/webhooks/"))

    @property
    def bucket(self) -> str:
        return hashlib.sha256(self.route.encode()).hexdigest()[:32]


@dataclass
class Limits:
    everything: Limit | None = None
    by_route: dict[tuple[str, str], Limit] = field(default_factory=dict)
    """By the route and its major parameter; an empty one stands for all of them."""

    def keep_pace(self, asked: Asked) -> None:
        """Raises TooMany."""
        if self.everything is not None and not asked.is_of_interaction and self.everything.wait():
            raise TooMany(_left(self.everything), is_global=True)
        limit = self.of(asked)
        if limit is not None and limit.wait():
            raise TooMany(_left(limit), is_global=False)

    def of(self, asked: Asked) -> Limit | None:
        major = next((asked.ids[each] for each in ("channel_id", "guild_id", "webhook_id") if each in asked.ids), "")
        return self.by_route.get((asked.route, major)) or self.by_route.get((asked.route, ""))

    def headers(self, asked: Asked, now: float) -> dict[str, str]:
        limit = self.of(asked)
        allowed = limit.allowed if limit else 50
        remaining = limit.allowed - len(limit.taken) if limit else 49
        reset_after = _left(limit) if limit and limit.taken else 1.0
        return {
            "X-RateLimit-Limit": str(allowed),
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Reset": f"{now + reset_after:.3f}",
            "X-RateLimit-Reset-After": f"{reset_after:.3f}",
            "X-RateLimit-Bucket": asked.bucket,
        }


class Api:
    def __init__(self, world: World, interactions: Interactions, gateway: Gateway, host: Host) -> None:
        self._world, self._interactions, self._gateway, self._host = world, interactions, gateway, host
        self.limits = Limits()
        self.violations: list[str] = []
        self.nonces: Literal["channel", "author"] = "channel"
        """Within what a nonce is unique; Discord's words can be read either way."""
        self.nonce_lasts = NONCE_LASTS
        commands = "/applications/{application_id}/commands"
        guild_commands = "/applications/{application_id}/guilds/{guild_id}/commands"
        message = "/channels/{channel_id}/messages/{message_id}"
        reply = "/webhooks/{webhook_id}/{webhook_token}/messages"
        self.routes: dict[str, Callable[[Asked], Any]] = {
            "GET /gateway": lambda asked: {"url": self._host.gateway_url},
            "GET /gateway/bot": self._gateway_bot,
            "GET /users/@me": lambda asked: wire.me(self._world),
            "GET /users/@me/guilds": self._my_guilds,
            "POST /users/@me/channels": self._open_dm,
            "GET /users/{user_id}": self._user,
            "GET /applications/@me": lambda asked: wire.application(self._world),
            "GET /oauth2/applications/@me": lambda asked: wire.application(self._world),
            "GET /guilds/{guild_id}": lambda asked: wire.guild(self._world, self._guild(asked)),
            "GET /guilds/{guild_id}/roles": self._roles,
            "GET /guilds/{guild_id}/channels": self._channels,
            "GET /guilds/{guild_id}/threads/active": self._threads,
            "GET /guilds/{guild_id}/members/{user_id}": self._member,
            "GET /channels/{channel_id}": lambda asked: wire.channel(self._world, self._channel(asked)),
            "POST /channels/{channel_id}/threads": self._open_thread,
            POSTS: self._post,
            "GET /channels/{channel_id}/messages": self._history,
            f"GET {message}": self._message,
            f"PATCH {message}": self._edit,
            f"DELETE {message}": self._delete,
            f"GET {commands}": self._registered,
            f"PUT {commands}": self._register,
            f"GET {guild_commands}": self._registered,
            f"PUT {guild_commands}": self._register,
            "POST /interactions/{interaction_id}/{interaction_token}/callback": self._callback,
            "POST /webhooks/{webhook_id}/{webhook_token}": self._follow_up,
            **{f"GET {reply}/{id}": self._reply for id in ("@original", "{message_id}")},
            **{f"PATCH {reply}/{id}": self._change_reply for id in ("@original", "{message_id}")},
            **{f"DELETE {reply}/{id}": self._delete_reply for id in ("@original", "{message_id}")},
        }

    def answer(self, asked: Asked) -> tuple[int, Any]:
        """Carry it out. Raises ApiError or TooMany."""
        self._authorize(asked)
        self.limits.keep_pace(asked)
        try:
            self._hold_against_contract(asked)
            body = self.routes[asked.route](asked)
        except ApiError as error:
            token = asked.ids.get("interaction_token") or asked.ids.get("webhook_token", "")
            self._interactions.refuse(token, error.body["code"])
            raise
        status = 201 if asked.route == "POST /channels/{channel_id}/threads" else 200
        return 204 if body is None else status, body

    def found(self, call: Call) -> Asked:
        """Raises ApiError where there is no such route."""
        for route in self.routes:
            method, template = route.split(" ")
            ids = fit(template, call.path)
            if method == call.method and ids is not None:
                return Asked(call, route, ids)
        raise ApiError(404, 0, "404: Not Found")

    def _authorize(self, asked: Asked) -> None:
        if asked.is_of_interaction or asked.route == "GET /gateway":
            return
        given = asked.call.headers.get("Authorization", "")
        if self._world.revoked or given != f"Bot {self._world.token}":
            raise ApiError(401, 0, "401: Unauthorized")
        agent = asked.call.headers.get("User-Agent", "")
        if not agent.startswith("DiscordBot ("):
            # https://docs.discord.com/developers/reference#user-agent
            self.violations.append(f"{asked.route}: the User-Agent must begin with 'DiscordBot (', and is {agent!r}")
            raise ApiError(403, 40333, "internal network error")

    def _hold_against_contract(self, asked: Asked) -> None:
        for name, value in asked.ids.items():
            if name.endswith("_id") and not re.fullmatch(r"[0-9]{1,20}", value):
                words = f'Value "{value}" is not snowflake.'
                raise ApiError(400, *invalid([((name,), "NUMBER_TYPE_COERCE", words)]))
        violation = request_violation(asked.route, asked.call.body) if CONTRACT_PRESENT else None
        if violation is not None:
            self.violations.append(violation.words)
            raise ApiError(400, *invalid([violation.problem]))

    # ---- what there is -----------------------------------------------------------------------------------------

    def _gateway_bot(self, asked: Asked) -> Json:
        starts = {"total": 1000, "remaining": 1000 - len(self._gateway.identifies), "reset_after": 86_400_000}
        return {"url": self._host.gateway_url, "shards": 1, "session_start_limit": {**starts, "max_concurrency": 1}}

    def _my_guilds(self, asked: Asked) -> list[Json]:
        joined = sorted((each for each in self._world.guilds.values() if each.joined), key=lambda each: int(each.id))
        after = int(asked.call.query.get("after", 0))
        beyond = [guild for guild in joined if int(guild.id) > after]
        return [wire.my_guild(self._world, guild) for guild in beyond[: _limit(asked, 200, 200)]]

    def _user(self, asked: Asked) -> Json:
        id = asked.ids["user_id"]
        if id not in self._world.people and id != self._world.bot_id:
            raise ApiError(404, 10013, "Unknown User")
        return wire.user(self._world, id)

    def _open_dm(self, asked: Asked) -> Json:
        recipient = str(asked.body.get("recipient_id"))
        if recipient not in self._world.people:
            raise ApiError(400, 50033, "Invalid Recipient(s)")
        return wire.channel(self._world, self._world.channels[self._world.dm(recipient)])

    def _guild(self, asked: Asked) -> Guild:
        guild = self._world.guilds.get(asked.ids["guild_id"])
        if guild is None or not guild.joined:
            raise ApiError(404, 10004, "Unknown Guild")
        if not guild.available:
            raise ApiError(503, 0, "503: Service Unavailable")
        return guild

    def _roles(self, asked: Asked) -> list[Json]:
        return [wire.role(each, self._world.bot_id) for each in self._guild(asked).roles]

    def _channels(self, asked: Asked) -> list[Json]:
        """All of them, whether or not the bot sees them."""
        return [wire.channel(self._world, each) for each in self._guild(asked).channels.values() if not each.is_thread]

    def _threads(self, asked: Asked) -> Json:
        guild, bot = self._guild(asked), self._world.bot_id
        active = [each for each in guild.channels.values() if each.is_thread and not each.archived]
        seen = [wire.channel(self._world, each) for each in active if guild.lets(bot, VIEW_CHANNEL, each)]
        return {"threads": seen[::-1], "members": [], "has_more": False}

    def _member(self, asked: Asked) -> Json:
        guild, id = self._guild(asked), asked.ids["user_id"]
        if id not in guild.members:
            unknown = id not in self._world.people
            raise ApiError(404, 10013, "Unknown User") if unknown else ApiError(404, 10007, "Unknown Member")
        return wire.member(self._world, guild, id)

    def _channel(self, asked: Asked) -> Channel:
        channel = self._world.channels.get(asked.ids["channel_id"])
        if channel is None:
            raise ApiError(404, 10003, "Unknown Channel")
        if channel.guild is not None:
            if not channel.guild.joined or not self._may(VIEW_CHANNEL, channel):
                raise ApiError(403, 50001, "Missing Access")
            if not channel.guild.available:
                raise ApiError(503, 0, "503: Service Unavailable")
        return channel

    def _may(self, needed: int, channel: Channel) -> bool:
        return channel.guild is None or channel.guild.lets(self._world.bot_id, needed, channel)

    # ---- messages ----------------------------------------------------------------------------------------------

    def _post(self, asked: Asked) -> Json:
        channel = self._channel(asked)
        if channel.type not in WRITABLE:
            raise ApiError(400, 50008, "Cannot send messages in a non-text channel")
        self._may_write(channel, asked.body)
        check(asked.body)
        first = self._said_before(channel, asked.body)
        if first is not None:
            return wire.told(first, with_nonce=True)
        channel.archived = False
        message = wire.written(self._world, channel, asked.body)
        channel.messages.append(message)
        return wire.told(message, with_nonce=True)

    def _may_write(self, channel: Channel, body: Mapping[str, Any]) -> None:
        if channel.type == DM:
            self._may_write_to(channel.recipient)
            return
        needed = SEND_MESSAGES_IN_THREADS if channel.is_thread else SEND_MESSAGES
        if not self._may(needed | (EMBED_LINKS if body.get("embeds") else 0), channel):
            raise ApiError(403, 50013, "Missing Permissions")
        if channel.locked and not self._may(MANAGE_THREADS, channel):
            raise ApiError(403, 160005, "This thread is locked")

    def _may_write_to(self, person: str) -> None:
        if not any(person in guild.members for guild in self._world.guilds.values() if guild.joined):
            raise ApiError(403, 50278, "Cannot send messages to this user due to having no mutual guilds")
        if self._world.people[person].dms_closed:
            raise ApiError(403, 50007, "Cannot send messages to this user")

    def _said_before(self, channel: Channel, body: Mapping[str, Any]) -> Json | None:
        if not body.get("enforce_nonce") or body.get("nonce") is None:
            return None
        since = int((self._world.clock() - self.nonce_lasts - EPOCH) * 1000) << 22
        within = [channel] if self.nonces == "channel" else self._world.channels.values()
        return next(
            (
                message
                for each in within
                for message in each.messages
                if message.get("nonce") == body["nonce"]
                and message["author"]["id"] == self._world.bot_id
                and int(message["id"]) >= since
            ),
            None,
        )

    def _history(self, asked: Asked) -> list[Json]:
        channel, query, limit = self._channel(asked), asked.call.query, _limit(asked, 50, 100)
        if not self._may(READ_MESSAGE_HISTORY, channel):
            return []
        ids = [int(message["id"]) for message in channel.messages]
        if "after" in query:
            start = sum(id <= int(query["after"]) for id in ids)
            within = channel.messages[start : start + limit]
        elif "around" in query:
            middle = sum(id < int(query["around"]) for id in ids)
            start = max(0, middle - limit // 2)
            within = channel.messages[start : start + limit]
        else:
            end = sum(id < int(query["before"]) for id in ids) if "before" in query else len(ids)
            within = channel.messages[max(0, end - limit) : end]
        return [wire.told(message) for message in reversed(within)]

    def _found(self, asked: Asked) -> Json:
        messages = self._channel(asked).messages
        for message in messages:
            if message["id"] == asked.ids["message_id"]:
                return message
        raise ApiError(404, 10008, "Unknown Message")

    def _message(self, asked: Asked) -> Json:
        if not self._may(READ_MESSAGE_HISTORY, self._channel(asked)):
            raise ApiError(403, 50001, "Missing Access")
        return wire.told(self._found(asked))

    def _edit(self, asked: Asked) -> Json:
        channel, message = self._channel(asked), self._found(asked)
        if message["author"]["id"] != self._world.bot_id:
            raise ApiError(403, 50005, "Cannot edit a message authored by another user")
        self._must_be_open(channel)
        if asked.body.get("embeds") and not self._may(EMBED_LINKS, channel):
            raise ApiError(403, 50013, "Missing Permissions")
        check({**message, "allowed_mentions": None, **asked.body})
        wire.rewritten(self._world, message, asked.body)
        message["edited_timestamp"] = self._world.now()
        return wire.told(message)

    def _delete(self, asked: Asked) -> None:
        channel, message = self._channel(asked), self._found(asked)
        if message["author"]["id"] != self._world.bot_id and not self._may(MANAGE_MESSAGES, channel):
            raise ApiError(403, 50013, "Missing Permissions")
        self._must_be_open(channel)
        channel.messages.remove(message)

    def _must_be_open(self, channel: Channel) -> None:
        if channel.archived:
            raise ApiError(400, 50083, "Thread is archived")

    def _open_thread(self, asked: Asked) -> Json:
        """In a forum, where a thread begins with a message, or beside the messages of a text channel."""
        parent, body = self._channel(asked), asked.body
        if parent.guild is None or parent.is_thread:
            raise ApiError(400, 50024, "Cannot execute action on this channel type")
        if not self._may(SEND_MESSAGES, parent):
            raise ApiError(403, 50013, "Missing Permissions")
        if parent.type != FORUM:
            return wire.channel(self._world, parent.guild.thread(self._world.next_id(), parent.id, name=body["name"]))
        self._may_write(parent, body["message"])
        check(body["message"])
        thread = parent.guild.thread(self._world.next_id(), parent.id, THREAD, body["name"])
        # The first message of a forum's thread has the thread's own id, and no nonce.
        first = wire.written(self._world, thread, {**body["message"], "nonce": None}) | {"id": thread.id}
        thread.messages.append(first)
        return {**wire.channel(self._world, thread), "message": wire.told(first)}

    # ---- commands and interactions -----------------------------------------------------------------------------

    def _registered(self, asked: Asked) -> list[Json]:
        self._must_be_mine(asked.ids["application_id"])
        guild_id = asked.ids.get("guild_id")
        return self._world.commands if guild_id is None else self._world.guild_commands.get(guild_id, [])

    def _register(self, asked: Asked) -> list[Json]:
        before = {each["name"]: each["id"] for each in self._registered(asked)}
        guild_id = asked.ids.get("guild_id")
        if guild_id is not None and (guild_id not in self._world.guilds or not self._world.guilds[guild_id].joined):
            raise ApiError(403, 50001, "Missing Access")
        wanted: Sequence[Json] = asked.call.body or []
        problems = list(command_problems(wanted))
        if problems:
            raise ApiError(400, *invalid(problems))
        kept = [self._command(each, before.get(each["name"]), guild_id) for each in wanted]
        if guild_id is None:
            self._world.commands = kept
        else:
            self._world.guild_commands[guild_id] = kept
        return kept

    def _command(self, wanted: Json, id: str | None, guild_id: str | None) -> Json:
        rights = wanted.get("default_member_permissions")
        place = {"contexts": wanted.get("contexts")} if guild_id is None else {"guild_id": guild_id}
        return {
            "type": 1, "name_localizations": None, "description_localizations": None, "nsfw": False, **wanted, **place,
            "default_member_permissions": None if rights is None else str(rights), "integration_types": [0],
            "id": id or self._world.next_id(), "application_id": self._world.application_id,
            "version": self._world.next_id(),
        }  # fmt: skip

    def _must_be_mine(self, application_id: str) -> None:
        if application_id != self._world.application_id:
            raise ApiError(403, 20012, "You are not authorized to perform this action on this application")

    def _callback(self, asked: Asked) -> Json | None:
        with_response = asked.call.query.get("with_response", "").lower() in ("true", "1")
        ids = asked.ids
        return self._interactions.callback(ids["interaction_id"], ids["interaction_token"], asked.body, with_response)

    def _token(self, asked: Asked) -> str:
        if asked.ids["webhook_id"] != self._world.application_id:
            raise ApiError(404, 10015, "Unknown Webhook")
        return asked.ids["webhook_token"]

    def _follow_up(self, asked: Asked) -> Json:
        return self._interactions.follow_up(self._token(asked), asked.body)

    def _reply(self, asked: Asked) -> Json:
        return self._interactions.reply(self._token(asked), asked.ids.get("message_id", "@original"))

    def _change_reply(self, asked: Asked) -> Json:
        id = asked.ids.get("message_id", "@original")
        return self._interactions.change(self._token(asked), id, asked.body)

    def _delete_reply(self, asked: Asked) -> None:
        self._interactions.delete(self._token(asked), asked.ids.get("message_id", "@original"))


def fit(template: str, path: str) -> dict[str, str] | None:
    """What stands in the path for the names in the template; None where it is another path."""
    wanted, given = template.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    ids = {}
    for want, have in zip(wanted, given, strict=True):
        if want.startswith("{"):
            ids[want.strip("{}")] = have
        elif want not in (have, "…"):
            return None
    return ids


def _limit(asked: Asked, usual: int, most: int) -> int:
    limit = int(asked.call.query.get("limit", usual))
    if not 1 <= limit <= most:
        words = f"int value should be between 1 and {most}."
        raise ApiError(400, *invalid([(("limit",), "NUMBER_TYPE_MAX", words)]))
    return limit


def _left(limit: Limit) -> float:
    """Seconds until the oldest request of the window counts no more."""
    return max(0.001, round(limit.taken[0] + limit.seconds - limit.clock(), 3))
