"""The channel behind a destination: a channel or thread of its guild, or a member's direct messages.

What is looked up here has posted nothing yet. A bot's token opens every guild that it is in, so whether a channel
belongs to the destination's guild, and a person to it, is asked here and not taken from the destination.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.discord import meaning
from adapters.discord.permissions import THREADS, Standing, allowed, standing
from adapters.discord.wire import Answer, Call, Failure, Rest, Said
from bot.model.delivery import Deferred, Refused
from bot.model.destination import Destination

DISCORD = "discord"
DIRECT = "@"
"""Begins the channel of a destination that is a member's direct messages."""
KEPT = 5000
KEPT_FOR = 600.0
"""Seconds after which it is asked again whether a channel or a member is still where it was."""


@dataclass(frozen=True, slots=True)
class Place:
    channel: str
    """Where messages go."""
    guild: str
    """Empty for direct messages."""
    parent: str = ""
    """The channel above a thread."""

    @property
    def is_thread(self) -> bool:
        return bool(self.parent)


def direct(user: str) -> str:
    """The channel of the destination that is a member's direct messages."""
    return f"{DIRECT}{user}"


class Places:
    def __init__(self, rest: Rest, token_variable: str) -> None:
        self._rest = rest
        self._token_variable = token_variable
        self._known: dict[Destination, tuple[Place, float]] = {}
        self._me = ""

    async def find(self, destination: Destination) -> Place | Deferred | Refused:
        """Asked of Discord now and then, remembered in between. Whatever else comes of it, nothing was posted."""
        now = asyncio.get_running_loop().time()
        known = self._known.get(destination)
        if known is not None and now < known[1]:
            return known[0]
        found = await self._look_up(destination)
        self._known.pop(destination, None)
        if isinstance(found, Place):
            if len(self._known) >= KEPT:
                del self._known[next(iter(self._known))]
            self._known[destination] = (found, now + KEPT_FOR)
        return found

    def forget(self, destination: Destination) -> None:
        """After a refusal: the channel may be another thing by now."""
        self._known.pop(destination, None)

    async def permissions(self, place: Place) -> int | Failure:
        """What Tocsin may do there, as bits."""
        who = await self.standing(place.guild)
        if not isinstance(who, Standing):
            return who
        channel = await self._rest.ask(_channel(place.parent or place.channel))
        if not isinstance(channel, Answer):
            return channel
        return allowed(who, _listed(channel.data, "permission_overwrites"))

    async def standing(self, guild: str) -> Standing | Failure:
        """Who Tocsin is there."""
        me = await self.me()
        if not isinstance(me, str):
            return me
        roles = await self._rest.ask(Call("GET", "/guilds/{guild}/roles", {"guild": guild}, expects=list))
        if not isinstance(roles, Answer):
            return roles
        member = await self._rest.ask(_member(guild, me))
        return standing(guild, me, roles.data, member.data) if isinstance(member, Answer) else member

    async def me(self) -> str | Failure:
        """The bot's own id."""
        if not self._me:
            answer = await self._rest.ask(Call("GET", "/users/@me", expects=dict))
            if not isinstance(answer, Answer):
                return answer
            self._me = str(answer.data["id"])
        return self._me

    async def _look_up(self, destination: Destination) -> Place | Deferred | Refused:
        guild, channel = destination.workspace.external_id, destination.channel
        if channel.startswith(DIRECT):
            return await self._direct(guild, channel.removeprefix(DIRECT))
        answer = await self._rest.ask(_channel(channel))
        if not isinstance(answer, Answer):
            return self._refusal(answer)
        if str(answer.data.get("guild_id")) != guild:
            return Refused("lane", "The channel is not one of this server's", "Name a channel of the server itself")
        parent = str(answer.data.get("parent_id") or "") if answer.data.get("type") in THREADS else ""
        return Place(channel, guild, parent)

    async def _direct(self, guild: str, user: str) -> Place | Deferred | Refused:
        """A person who has left the guild hears nothing of it any more, whatever other guild they share with Tocsin."""
        member = await self._rest.ask(_member(guild, user))
        if isinstance(member, Said) and member.code in meaning.NO_MEMBER:
            return Refused("lane", "They are no member of this server", "End the subscription, or invite them again")
        if not isinstance(member, Answer):
            return self._refusal(member)
        opened = await self._rest.ask(Call("POST", "/users/@me/channels", body={"recipient_id": user}, expects=dict))
        return Place(str(opened.data["id"]), "") if isinstance(opened, Answer) else self._refusal(opened)

    def _refusal(self, failed: Failure) -> Deferred | Refused:
        return meaning.before_posting(failed, self._token_variable)


def _channel(channel: str) -> Call:
    return Call("GET", "/channels/{channel}", {"channel": channel}, expects=dict)


def _member(guild: str, user: str) -> Call:
    return Call("GET", "/guilds/{guild}/members/{user}", {"guild": guild, "user": user}, expects=dict)


def _listed(data: Any, key: str) -> Sequence[Mapping[str, Any]]:
    found = data.get(key) if isinstance(data, dict) else None
    return found if isinstance(found, list) else []
