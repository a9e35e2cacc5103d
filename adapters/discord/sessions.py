"""How many sessions may still begin at the gateway today. Pure.

Discord resets the token of a bot that begins more than it allows, 1,000 a day for most.
https://docs.discord.com/developers/events/gateway#session-start-limit-object
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

FEW_SESSIONS = 50
"""So few left that something seems to be wrong, such as a process that begins again and again."""


def left(gateway: Mapping[str, Any]) -> int | None:
    """Given what Discord says of its gateway; None where it does not say."""
    found = _limit(gateway).get("remaining")
    return found if isinstance(found, int) else None


def wait_before(gateway: Mapping[str, Any]) -> timedelta:
    """How long to wait before the next one: the last few are spread over the time for which they have to do."""
    remaining, reset_after = left(gateway), _limit(gateway).get("reset_after")
    if remaining is None or remaining >= FEW_SESSIONS or not isinstance(reset_after, int):
        return timedelta()
    return timedelta(milliseconds=reset_after) / (max(remaining, 0) + 1)


def _limit(gateway: Mapping[str, Any]) -> Mapping[str, Any]:
    found = gateway.get("session_start_limit")
    return found if isinstance(found, Mapping) else {}
