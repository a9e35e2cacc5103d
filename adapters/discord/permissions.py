"""What Tocsin may do in a channel, and what Discord's own interface calls it. Pure.

https://docs.discord.com/developers/topics/permissions#permission-overwrites
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

ADMINISTRATOR = 1 << 3
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
EMBED_LINKS = 1 << 14
READ_MESSAGE_HISTORY = 1 << 16
SEND_MESSAGES_IN_THREADS = 1 << 38

NEEDED = {
    VIEW_CHANNEL: ("View Channels", "sees the channels that it posts to"),
    SEND_MESSAGES: ("Send Messages", "posts the alerts"),
    SEND_MESSAGES_IN_THREADS: ("Send Messages in Threads", "posts them in threads too"),
    EMBED_LINKS: ("Embed Links", "shows the headline, the snippet and the picture"),
    READ_MESSAGE_HISTORY: (
        "Read Message History",
        "looks whether an alert in doubt arrived, so that none stands there twice",
    ),
}
"""What Tocsin must be allowed to do, as Discord's interface calls it, and why: the invite link asks for just this."""
ALL_NEEDED = sum(NEEDED)
TO_POST = ALL_NEEDED & ~READ_MESSAGE_HISTORY
THREADS = frozenset({10, 11, 12})
"""The types of channel that are threads."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Who Tocsin is in a guild."""

    guild: str
    user: str
    roles: frozenset[str]
    """Of the bot, by id."""
    granted: Mapping[str, int]
    """By role: what it allows in the whole guild."""


def standing(guild: str, user: str, roles: Iterable[Mapping[str, Any]], member: Mapping[str, Any]) -> Standing:
    granted = {str(role["id"]): int(role["permissions"]) for role in roles}
    return Standing(guild, user, frozenset(map(str, member.get("roles", ()))), granted)


def allowed(who: Standing, overwrites: Collection[Mapping[str, Any]]) -> int:
    """The permissions in a channel with these overwrites, as bits; a thread has those of the channel above it."""
    base = who.granted.get(who.guild, 0)
    for role in who.roles:
        base |= who.granted.get(role, 0)
    if base & ADMINISTRATOR:
        return ~0
    by_id = {str(each["id"]): each for each in overwrites}
    everyone, own = by_id.get(who.guild), by_id.get(who.user)
    of_roles = [each for id_, each in by_id.items() if id_ in who.roles]
    for step in ([everyone] if everyone else [], of_roles, [own] if own else []):
        denied = allowed_here = 0
        for each in step:
            denied |= int(each.get("deny", 0))
            allowed_here |= int(each.get("allow", 0))
        base = base & ~denied | allowed_here
    return base


def missing(bits: int, *, in_thread: bool = False, wanted: int = ALL_NEEDED) -> list[str]:
    """The needed permissions that are not there, by the names of Discord's interface."""
    unwanted = SEND_MESSAGES if in_thread else SEND_MESSAGES_IN_THREADS
    return [name for bit, (name, _) in NEEDED.items() if wanted & bit and bit != unwanted and not bits & bit]


def invite(application: str) -> str:
    """The address at which an admin of a server invites Tocsin, with the exact permissions."""
    query = f"client_id={application}&scope=bot+applications.commands&permissions={ALL_NEEDED}"
    return f"https://discord.com/oauth2/authorize?{query}"
