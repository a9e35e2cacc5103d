"""What Discord's answers mean for a delivery. Pure.

Codes: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json. One that is listed nowhere shuts the
lane rather than lose the alert: a lane shows in ``status`` and opens again, a dead delivery is gone.
"""

from datetime import timedelta
from typing import Literal, assert_never

from adapters.discord.wire import Failure, InDoubt, Limited, NotReached, Said
from bot.model.delivery import Deferred, Finding, Refused, Unconfirmed, Unknowable

ASK_AGAIN = timedelta(minutes=1)

MISSING_ACCESS, MISSING_PERMISSIONS, UNKNOWN_CHANNEL = 50001, 50013, 10003
UNKNOWN_MESSAGE = 10008
NO_MEMBER = frozenset({10007, 10013})
"""A person whom the server, or Discord, does not know."""
PASSING = frozenset({40003, 40062, 40333, 130000})
"""Too fast, rate limited or overloaded, or a shield that does not like the request just now."""
CONTENT = frozenset(
    {
        40005,  # request entity too large
        UNKNOWN_MESSAGE,
        50005,  # a message by another author cannot be edited
        50006,  # empty message
        50035,  # invalid form body
        50109,  # invalid JSON
        200000,  # blocked by AutoMod
        200001,  # title blocked by AutoMod
        240000,  # blocked by a link filter
    }
)
DIRECT = frozenset({50007, 50278})
"""A person who takes no direct messages from Tocsin, or shares no server with it."""
LANE_HINTS = {
    **dict.fromkeys(
        DIRECT, "Allow direct messages from members of this server in its privacy settings, then ask again"
    ),
    UNKNOWN_CHANNEL: "Let Tocsin see the channel (View Channels), or end its subscriptions",
    MISSING_ACCESS: "Edit the channel, Permissions: allow Tocsin View Channels",
    MISSING_PERMISSIONS: "Edit the channel, Permissions: allow Tocsin View Channels, Send Messages and Embed Links",
    50008: "Name a text channel or a thread: this one takes no messages",
    50083: "Open the thread again, or end its subscriptions",
    160005: "Unlock the thread, or end its subscriptions",
}
WORDS = {
    50007: "They take no direct messages from Tocsin",
    50278: "They share no server with Tocsin any more",
    UNKNOWN_CHANNEL: "Discord knows no such channel, or Tocsin may not see it",
    MISSING_ACCESS: "Tocsin may not see the channel: it lacks View Channels",
    MISSING_PERMISSIONS: "Tocsin may not post in the channel",
}

Scope = Literal["delivery", "lane", "workspace"]


def scope_of(said: Said) -> Scope:
    """Whom a refusal concerns."""
    if is_token(said):
        return "workspace"
    return "delivery" if said.code in CONTENT else "lane"


def is_token(said: Said) -> bool:
    return said.status == 401


def outcome(failed: Failure, token_variable: str) -> Deferred | Refused | Unconfirmed:
    """What a failed post, edit or deletion means."""
    match failed:
        case InDoubt(reason):
            return Unconfirmed(reason)
        case _:
            return before_posting(failed, token_variable)


def before_posting(failed: Failure, token_variable: str) -> Deferred | Refused:
    """What it means that something asked before the post failed: that nothing was posted."""
    match failed:
        case Limited(retry_after, reason):
            return Deferred(reason, retry_after)
        case NotReached(reason) | InDoubt(reason):
            return Deferred(reason)
        case Said() if failed.code in PASSING:
            return Deferred(words(failed, token_variable), ASK_AGAIN)
        case Said():
            return Refused(scope_of(failed), words(failed, token_variable), next_step(failed, token_variable))
        case _:
            assert_never(failed)


def finding(failed: Failure, token_variable: str) -> Finding:
    """What a failed look into the channel means: never that the message is absent."""
    match failed:
        case Limited(retry_after, reason):
            return Deferred(reason, retry_after)
        case NotReached(reason) | InDoubt(reason):
            return Deferred(reason)
        case Said() if failed.code in PASSING or is_token(failed):
            return Deferred(words(failed, token_variable), ASK_AGAIN)
        case Said():
            return Unknowable(words(failed, token_variable))
        case _:
            assert_never(failed)


def words(said: Said, token_variable: str) -> str:
    """In words for the admin, naming the variable of the token, never its value."""
    if is_token(said):
        return f"Discord refuses the token in {token_variable}"
    return WORDS.get(said.code) or f"Discord says {said.message or said.status} ({said.code or said.status})"


def next_step(said: Said, token_variable: str) -> str:
    """The one step that helps, where there is one."""
    if is_token(said):
        return f"Reset the token under Bot in the app's settings and put the new one into {token_variable}"
    return LANE_HINTS.get(said.code, "")
