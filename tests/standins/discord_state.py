"""The world of the Discord stand-in: guilds, channels, roles and people, and who may do what where."""

import base64
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

EPOCH = 1_420_070_400
"""The second from which snowflakes count."""

ADMINISTRATOR, MANAGE_GUILD = 1 << 3, 1 << 5
VIEW_CHANNEL, SEND_MESSAGES, MANAGE_MESSAGES = 1 << 10, 1 << 11, 1 << 13
EMBED_LINKS, READ_MESSAGE_HISTORY, MENTION_EVERYONE = 1 << 14, 1 << 16, 1 << 17
USE_APPLICATION_COMMANDS, MANAGE_THREADS, SEND_MESSAGES_IN_THREADS = 1 << 31, 1 << 34, 1 << 38
EVERYTHING = (1 << 52) - 1
READING = VIEW_CHANNEL | READ_MESSAGE_HISTORY
USUAL = READING | SEND_MESSAGES | SEND_MESSAGES_IN_THREADS | EMBED_LINKS | USE_APPLICATION_COMMANDS

TEXT, DM, VOICE, CATEGORY, NEWS, NEWS_THREAD, THREAD, PRIVATE_THREAD, STAGE, FORUM = 0, 1, 2, 4, 5, 10, 11, 12, 13, 15
THREADS = {NEWS_THREAD, THREAD, PRIVATE_THREAD}
WRITABLE = {TEXT, DM, VOICE, NEWS, STAGE} | THREADS


@dataclass
class Call:
    """A request that arrived, in the log of the stand-in."""

    method: str
    path: str
    """Without /api/v10 and without the query."""
    query: dict[str, str]
    body: Any
    headers: dict[str, str]
    status: int = 0
    """What it was answered; 0 where it was not."""


@dataclass
class Role:
    id: str
    name: str
    permissions: int
    position: int
    of_the_bot: bool = False


@dataclass
class Person:
    id: str
    dms_closed: bool = False
    locale: str = "en-US"


@dataclass
class Channel:
    id: str
    type: int = TEXT
    name: str = ""
    guild: "Guild | None" = field(default=None, repr=False)
    overwrites: list[dict[str, Any]] = field(default_factory=list)
    parent: str = ""
    """Of a thread: the channel that it is in."""
    archived: bool = False
    locked: bool = False
    recipient: str = ""
    """Of direct messages: the person."""
    messages: list[dict[str, Any]] = field(default_factory=list)
    """The oldest first."""

    @property
    def is_thread(self) -> bool:
        return self.type in THREADS


@dataclass
class Guild:
    id: str
    name: str
    world: "World" = field(repr=False)
    owner: str
    system_channel: str | None
    joined: bool
    available: bool = True
    roles: list[Role] = field(default_factory=list)
    channels: dict[str, Channel] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    """By person: the ids of the roles beside @everyone."""

    # ---- arranging ---------------------------------------------------------------------------------------------

    def role(self, id: str, name: str, permissions: int = 0, of_the_bot: bool = False) -> Role:
        role = Role(id, name, permissions, position=len(self.roles), of_the_bot=of_the_bot)
        self.roles.append(role)
        return role

    def channel(
        self,
        id: str,
        type: int = TEXT,
        name: str = "",
        overwrites: Sequence[dict[str, Any]] = (),
        denies: int = 0,
        **properties: Any,
    ) -> Channel:
        """``denies`` takes permissions from the bot's role here; ``overwrites`` says anything else (see overwrite)."""
        denied = [overwrite(self.bot_role.id, deny=denies)] if denies else []
        channel = Channel(snowflake(id), type, name or f"channel-{id}", self, [*overwrites, *denied], **properties)
        self.channels[id] = self.world.channels[id] = channel
        return channel

    def thread(self, id: str, parent: str, type: int = THREAD, name: str = "", **properties: Any) -> Channel:
        return self.channel(id, type, name or f"thread-{id}", parent=parent, **properties)

    @property
    def bot_role(self) -> Role:
        return next(role for role in self.roles if role.of_the_bot)

    # ---- who may do what ---------------------------------------------------------------------------------------

    def permissions_of(self, user: str, channel: Channel | None = None) -> int:
        """The member's, in the channel or in the guild at large, added up as Discord's documentation has it."""
        mine = {self.id, *self.members.get(user, ())}
        permissions = 0
        for role in self.roles:
            permissions |= role.permissions if role.id in mine else 0
        if user == self.owner or permissions & ADMINISTRATOR:
            return EVERYTHING
        overwrites = self._overwrites(channel) if channel else []
        for stage in ({self.id}, mine - {self.id}, {user}):
            relevant = [each for each in overwrites if each["id"] in stage]
            for each in relevant:
                permissions &= ~int(each["deny"])
            for each in relevant:
                permissions |= int(each["allow"])
        return permissions if channel is None or permissions & VIEW_CHANNEL else 0

    def lets(self, user: str, needed: int, channel: Channel) -> bool:
        return self.permissions_of(user, channel) & needed == needed

    def _overwrites(self, channel: Channel) -> list[dict[str, Any]]:
        return self.channels[channel.parent].overwrites if channel.is_thread else channel.overwrites


class World:
    """One application with its bot, and everything that it may meet."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.application_id = "1200000000000000000"
        self.bot_id = "1200000000000000001"
        of_whom = base64.b64encode(self.bot_id.encode()).decode().rstrip("=")
        self.token = f"{of_whom}.G-nvnt.this-is-invented-and-opens-nothing"
        self.revoked = False
        self.guilds: dict[str, Guild] = {}
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        """Of all guilds, and the direct messages."""
        self.commands: list[dict[str, Any]] = []
        self.guild_commands: dict[str, list[dict[str, Any]]] = {}
        self._last_id = 0

    # ---- arranging ---------------------------------------------------------------------------------------------

    def guild(
        self,
        id: str,
        name: str = "",
        *,
        permissions: int = USUAL,
        everyone: int | None = None,
        system_channel: str | None = None,
        joined: bool = True,
        owner: str = "",
    ) -> Guild:
        """Its permissions are the bot's; everybody has the usual ones among them, or those that ``everyone`` says."""
        guild = Guild(snowflake(id), name or f"Guild {id}", self, owner or self.next_id(), system_channel, joined)
        guild.role(id, "@everyone", permissions & USUAL if everyone is None else everyone)
        guild.members[self.bot_id] = [guild.role(self.next_id(), "Tocsin", permissions, of_the_bot=True).id]
        self.guilds[id] = guild
        return guild

    def person(
        self,
        id: str,
        guilds: Collection[str] | None = None,
        *,
        manage_guild: bool | Collection[str] = False,
        administrator: bool | Collection[str] = False,
        dms_closed: bool = False,
        locale: str = "en-US",
    ) -> Person:
        """A member of these guilds, or of all that there are; the rights hold in all of them, or in those named."""
        self.people[id] = Person(snowflake(id), dms_closed, locale)
        for guild in [self.guilds[each] for each in (self.guilds if guilds is None else guilds)]:
            rights = MANAGE_GUILD if _holds(manage_guild, guild) else 0
            rights |= ADMINISTRATOR if _holds(administrator, guild) else 0
            role = [guild.role(self.next_id(), f"Rights of {id}", rights).id] if rights else []
            guild.members[id] = role
        return self.people[id]

    def dm(self, user: str) -> str:
        """The id of the channel between the bot and the person, the same every time."""
        for channel in self.channels.values():
            if channel.recipient == user:
                return channel.id
        channel = Channel(self.next_id(), DM, recipient=self.people[user].id)
        self.channels[channel.id] = channel
        return channel.id

    def messages(self, channel: str) -> list[dict[str, Any]]:
        """What stands in it, the oldest first."""
        return self.channels[channel].messages

    # ---- time --------------------------------------------------------------------------------------------------

    def next_id(self) -> str:
        """A snowflake of this moment, greater than all before it."""
        self._last_id = max(self._last_id + 1, int((self.clock() - EPOCH) * 1000) << 22)
        return str(self._last_id)

    def now(self) -> str:
        return datetime.fromtimestamp(self.clock(), UTC).isoformat(timespec="microseconds")


def overwrite(target: str, allow: int = 0, deny: int = 0, of_member: bool = False) -> dict[str, Any]:
    """Of a role (the guild's own id is @everyone), or of one member."""
    return {"id": target, "type": int(of_member), "allow": str(allow), "deny": str(deny)}


def snowflake(id: str) -> str:
    if not id.isdecimal() or id.startswith("0"):
        raise ValueError(f"Discord's ids are digits, and not {id!r}")
    return id


def _holds(right: bool | Collection[str], guild: Guild) -> bool:
    return right if isinstance(right, bool) else guild.id in right
