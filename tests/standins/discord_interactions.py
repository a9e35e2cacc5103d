"""What people do with the bot of the Discord stand-in, and how the bot answers: interactions and their webhooks."""

import asyncio
import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.standins.discord_checks import invalid, refusal, shown
from tests.standins.discord_commands import CHANNEL, CHOICES, USER, choice_problems
from tests.standins.discord_state import Channel, World
from tests.standins.discord_wire import EPHEMERAL, FILE_LIMIT, LOADING, member, rewritten, role, told, user, written
from tests.standins.discord_wire import channel as channel_object

Json = dict[str, Any]

COMMAND, COMPONENT, AUTOCOMPLETE = 2, 3, 4
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, COMPLETION = 4, 5, 6, 7, 8
ANSWERS = {
    COMMAND: {MESSAGE, DEFERRED},
    COMPONENT: {MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE},
    AUTOCOMPLETE: {COMPLETION},
}
TOKEN_LASTS = 900.0
"""Seconds, by the clock, in which an answer may be followed up or changed."""


class ApiError(Exception):
    """Answered with this status and Discord's own code."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.body = {"message": message, "code": code, **({"errors": errors} if errors else {})}


@dataclass
class Exchange:
    """Something that a person did, and what came of it."""

    payload: Json
    issued: float
    """By the clock."""
    sent: float = field(default_factory=time.monotonic)
    acked_after: float | None = None
    """Seconds until the first callback."""
    kind: int = 0
    """Of the first callback."""
    ephemeral: bool = False
    replies: list[Json] = field(default_factory=list)
    """As they stand now, deleted ones left out."""
    choices: list[Json] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    """Codes of what Discord would not take."""
    original: Json | None = None
    """What ``@original`` names; of a button whose message is updated, that message."""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def deferred(self) -> bool:
        return self.kind in (DEFERRED, DEFERRED_UPDATE)

    @property
    def said(self) -> list[str]:
        """The replies as the person reads them."""
        return [shown(reply) for reply in self.replies]

    @property
    def last(self) -> str:
        return self.said[-1]

    @property
    def is_loading(self) -> bool:
        return self.original is not None and bool(self.original["flags"] & LOADING)

    def changed(self) -> None:
        self._changed.set()

    async def until(self, true: Callable[[], Any], timeout: float = 10.0) -> None:
        """Raises TimeoutError where it does not come true."""
        async with asyncio.timeout(timeout):
            while not true():
                self._changed.clear()
                await self._changed.wait()

    async def heard(self, replies: int = 1, timeout: float = 10.0) -> None:
        """Until so many final replies stand."""
        await self.until(lambda: len(self.replies) >= replies, timeout)


class Interactions:
    def __init__(self, world: World) -> None:
        self._world = world
        self._numbers = itertools.count(1)
        self.exchanges: dict[str, Exchange] = {}
        """By their token."""
        self.ack_within = 3.0
        """Seconds that Discord waits for the first callback."""

    # ---- what people do ----------------------------------------------------------------------------------------

    def begin(self, kind: int, person: str, channel: Channel, data: Json, message: Json | None = None) -> Exchange:
        token = f"interaction-token-{next(self._numbers)}"
        payload = {
            "id": self._world.next_id(), "application_id": self._world.application_id, "type": kind, "token": token,
            "version": 1, "data": data, "channel_id": channel.id, "locale": self._world.people[person].locale,
            "entitlements": [], "attachment_size_limit": FILE_LIMIT, **self._place(person, channel),
            **({"message": told(message)} if message else {}),
        }  # fmt: skip
        self.exchanges[token] = Exchange(payload, self._world.clock(), original=message)
        return self.exchanges[token]

    def _place(self, person: str, channel: Channel) -> Json:
        world, guild, seen = self._world, channel.guild, channel_object(self._world, channel)
        if guild is None:
            return {
                "user": user(world, person), "channel": seen, "context": 1, "app_permissions": "2248473465835073",
                "authorizing_integration_owners": {"0": "0"},
            }  # fmt: skip
        if not guild.joined or person not in guild.members or not guild.permissions_of(person, channel):
            raise LookupError(f"{person} does not see channel {channel.id} of guild {guild.id}")
        permissions = str(guild.permissions_of(person, channel))
        return {
            "guild_id": guild.id, "guild": {"id": guild.id, "locale": "en-US", "features": []}, "guild_locale": "en-US",
            "channel": {**seen, "permissions": permissions}, "context": 0,
            "member": {**member(world, guild, person), "permissions": permissions},
            "app_permissions": str(guild.permissions_of(world.bot_id, channel)),
            "authorizing_integration_owners": {"0": guild.id},
        }  # fmt: skip

    def resolved(self, channel: Channel, options: list[Json]) -> Json:
        """The objects behind the ids among the options."""
        found: Json = {}
        for option in options:
            value, world, guild = option["value"], self._world, channel.guild
            if option["type"] == CHANNEL:
                named = world.channels[value]
                seen = {"permissions": str(named.guild.permissions_of(world.bot_id, named))} if named.guild else {}
                found.setdefault("channels", {})[value] = channel_object(world, named) | seen
            elif option["type"] == USER:
                found.setdefault("users", {})[value] = user(world, value)
                if guild is not None and value in guild.members:
                    there = {key: each for key, each in member(world, guild, value).items() if key != "user"}
                    there["permissions"] = str(guild.permissions_of(value, channel))
                    found.setdefault("members", {})[value] = there
            elif option["type"] == 8 and guild is not None:
                named_role = next(each for each in guild.roles if each.id == value)
                found.setdefault("roles", {})[value] = role(named_role, world.bot_id)
        return {"resolved": found} if found else {}

    # ---- how the bot answers -----------------------------------------------------------------------------------

    def callback(self, id: str, token: str, body: Mapping[str, Any], with_response: bool) -> Json | None:
        """The first answer. Raises ApiError."""
        exchange = self.exchanges.get(token)
        if exchange is None or exchange.payload["id"] != id:
            raise ApiError(404, 10062, "Unknown interaction")
        self._take(exchange, body)
        exchange.changed()
        return _response(exchange) if with_response else None

    def _take(self, exchange: Exchange, body: Mapping[str, Any]) -> None:
        kind, data = body.get("type", 0), body.get("data") or {}
        if exchange.acked_after is not None:
            raise ApiError(400, 40060, "Interaction has already been acknowledged.")
        after = time.monotonic() - exchange.sent
        if after > self.ack_within:
            raise ApiError(404, 10062, "Unknown interaction")
        if kind not in ANSWERS[exchange.payload["type"]]:
            words = f"{kind} answers no interaction of type {exchange.payload['type']}, or not with this stand-in"
            raise ApiError(400, *invalid([(("type",), "BASE_TYPE_CHOICES", words)]))
        if kind == COMPLETION:
            exchange.choices = _checked_choices(data.get("choices") or [])
        elif kind in (MESSAGE, UPDATE):
            check({**(exchange.original or {}), **data} if kind == UPDATE else data)
        exchange.acked_after, exchange.kind = after, kind
        exchange.ephemeral = bool((data.get("flags") or 0) & EPHEMERAL) and kind in (MESSAGE, DEFERRED)
        if kind == MESSAGE:
            exchange.original = self._say(exchange, data)
        elif kind == DEFERRED:
            flags = LOADING | (EPHEMERAL if exchange.ephemeral else 0)
            exchange.original = self._message(exchange, {"flags": flags})
        elif kind == UPDATE and exchange.original is not None:
            self._change(exchange, exchange.original, data)

    def follow_up(self, token: str, body: Mapping[str, Any]) -> Json:
        """A further message; the first one after a deferred answer takes its place."""
        exchange = self._followed(token)
        check(body)
        if exchange.is_loading and exchange.original is not None:
            message = self._change(exchange, exchange.original, {**body, "flags": None})
        else:
            message = self._say(exchange, body)
        exchange.changed()
        return told(message, with_nonce=True)

    def reply(self, token: str, id: str) -> Json:
        return told(self._named(self._followed(token), id))

    def change(self, token: str, id: str, body: Mapping[str, Any]) -> Json:
        exchange = self._followed(token)
        message = self._named(exchange, id)
        check({**message, **body})
        self._change(exchange, message, {key: value for key, value in body.items() if key != "flags"})
        exchange.changed()
        return told(message)

    def delete(self, token: str, id: str) -> None:
        exchange = self._followed(token)
        message = self._named(exchange, id)
        for kept in (exchange.replies, self._world.channels[message["channel_id"]].messages):
            if message in kept:
                kept.remove(message)
        if message is exchange.original:
            exchange.original = None
        exchange.changed()

    def refuse(self, token: str, code: int) -> None:
        """Let the exchange know of it, if there is one."""
        exchange = self.exchanges.get(token)
        if exchange is not None:
            exchange.refused.append(code)
            exchange.changed()

    def _followed(self, token: str) -> Exchange:
        exchange = self.exchanges.get(token)
        if exchange is None or self._world.clock() > exchange.issued + TOKEN_LASTS:
            raise ApiError(401, 50027, "Invalid Webhook Token")
        if exchange.acked_after is None:
            raise ApiError(404, 10015, "Unknown Webhook")
        return exchange

    def _named(self, exchange: Exchange, id: str) -> Json:
        among = [exchange.original] if id == "@original" else [each for each in exchange.replies if each["id"] == id]
        if not among or among[0] is None:
            raise ApiError(404, 10008, "Unknown Message")
        return among[0]

    def _message(self, exchange: Exchange, body: Mapping[str, Any]) -> Json:
        payload, world = exchange.payload, self._world
        asked = {"id": payload["id"], "type": payload["type"], "authorizing_integration_owners": {}}
        asked["user"] = payload.get("user") or payload["member"]["user"]
        if payload["type"] == COMPONENT:
            asked["interacted_message_id"] = payload["message"]["id"]
        return written(
            world, world.channels[payload["channel_id"]], body, webhook_id=world.application_id,
            application_id=world.application_id, type=20 if payload["type"] == COMMAND else 0,
            interaction_metadata=asked,
        )  # fmt: skip

    def _say(self, exchange: Exchange, body: Mapping[str, Any]) -> Json:
        flags = (body.get("flags") or 0) & (EPHEMERAL | 4 | 4096)
        message = self._message(exchange, {**body, "flags": flags})
        self._stand(exchange, message)
        return message

    def _change(self, exchange: Exchange, message: Json, body: Mapping[str, Any]) -> Json:
        if not message["flags"] & LOADING:
            message["edited_timestamp"] = self._world.now()
        message["flags"] &= ~LOADING
        rewritten(self._world, message, body)
        self._stand(exchange, message)
        return message

    def _stand(self, exchange: Exchange, message: Json) -> None:
        """Let it be read: by the person, and by the channel unless it is for the person alone."""
        channel = self._world.channels[message["channel_id"]]
        if not message["flags"] & EPHEMERAL and message not in channel.messages:
            channel.messages.append(message)
        if message not in exchange.replies:
            exchange.replies.append(message)


def check(body: Mapping[str, Any]) -> None:
    """Raises ApiError where Discord would not take the message."""
    refused = refusal(body)
    if refused:
        raise ApiError(400, *refused)


def _checked_choices(choices: list[Json]) -> list[Json]:
    problems = [
        (("data", "choices", place, *path), code, words)
        for place, choice in enumerate(choices)
        for path, code, words in choice_problems(choice)
    ]
    if len(choices) > CHOICES:
        problems.append((("data", "choices"), "BASE_TYPE_MAX_LENGTH", f"Must be {CHOICES} or fewer in length."))
    if problems:
        raise ApiError(400, *invalid(problems))
    return choices


def _response(exchange: Exchange) -> Json:
    interaction: Json = {"id": exchange.payload["id"], "type": exchange.payload["type"]}
    original = None if exchange.kind == COMPLETION else exchange.original
    if original is None:
        return {"interaction": interaction}
    interaction["response_message_id"] = original["id"]
    interaction["response_message_loading"] = exchange.is_loading
    interaction["response_message_ephemeral"] = bool(original["flags"] & EPHEMERAL)
    if exchange.deferred:
        return {"interaction": interaction}
    return {"interaction": interaction, "resource": {"type": exchange.kind, "message": told(original)}}
