"""The button under every message: what it does, and the delivery's key, which it carries unseen. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

PREFIX = "tocsin"
ACTION_ROW, BUTTON, SECONDARY = 1, 2, 2
"""https://docs.discord.com/developers/components/reference"""


@dataclass(frozen=True, slots=True)
class Clicked:
    """A button of ours: it lists the subscriptions of the place where it stands."""

    guild: str
    """In direct messages nothing else tells it; only what Tocsin itself posted carries such a button."""
    key: str


def button(guild: str, key: str) -> list[dict[str, Any]]:
    """``components`` of a message."""
    shown = {"type": BUTTON, "style": SECONDARY, "label": "Subscriptions", "custom_id": f"{PREFIX}:{guild}:{key}"}
    return [{"type": ACTION_ROW, "components": [shown]}]


def read(custom_id: str) -> Clicked | None:
    """None where it is no button of ours."""
    match custom_id.split(":"):
        case [prefix, guild, key] if prefix == PREFIX:
            return Clicked(guild, key)
        case _:
            return None


def keys_in(message: Mapping[str, Any]) -> Iterator[str]:
    """The keys of the deliveries that a message from the history carries: one, or none."""
    for row in message.get("components") or ():
        for each in row.get("components") or ():
            if clicked := read(str(each.get("custom_id") or "")):
                yield clicked.key
