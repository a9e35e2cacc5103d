"""Mistakes in words of our own: where, what is wrong, what is accepted; never what was written there."""

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from bot.config.places import DESTINATIONS
from bot.config.values import FEED_ADDRESSES, VARIABLES
from bot.telemetry import without_tokens

Location = Sequence[int | str]

NEEDED = {
    "url": FEED_ADDRESSES,
    "query": "what to look for, such as 'huawei OR \"5G auction\"'",
    "to": DESTINATIONS,
    "name": "a name of your own for it",
    "bot_token_env": VARIABLES,
}
A_LIST = 'must be a list, ["…", "…"]'
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


class ConfigurationMistakes(Exception):
    """Everything that is wrong with the configuration, a line each: ``feeds[0].poll_every: what, what is accepted``."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes: tuple[str, ...] = tuple(dict.fromkeys(without_tokens(mistake) for mistake in mistakes))
        super().__init__("\n".join(self.mistakes))


def in_words(error: ValidationError, model: type[BaseModel], names: Mapping[tuple[str, str], str]) -> Iterator[str]:
    """One line per error. ``names`` are the variables that gave settings; their mistakes are theirs."""
    for each in error.errors(include_url=False, include_input=False):
        what = describe(each["type"], each["loc"], each.get("ctx", {}), model)
        # Pydantic marks a key that is wrong by itself so.
        location = tuple(part for part in each["loc"] if part != "[key]")
        yield f"{place(location, names)}: {what}"


def place(location: Location, names: Mapping[tuple[str, str], str]) -> str:
    """``feeds[0].poll_every``, or the variable's name where one gave it."""
    head = tuple(str(part) for part in location[:2])
    if len(head) == 2 and (head[0], head[1]) in names:
        return path(location[2:], start=names[head[0], head[1]])
    return path(location)


def path(location: Location, start: str = "") -> str:
    for part in location:
        if isinstance(part, int):
            start += f"[{part}]"
        else:
            key = part if BARE_KEY.fullmatch(part) else json.dumps(part, ensure_ascii=False)
            start += f".{key}" if start else key
    return start


def describe(kind: str, location: Location, context: Mapping[str, Any], model: type[BaseModel]) -> str:
    match kind:
        case "value_error":
            return str(context["error"])
        case "missing":
            return f"is missing: accepted is {NEEDED[str(location[-1])]}"
        case "extra_forbidden":
            return unknown_key(location, model)
        case "int_type" | "int_parsing":
            return "must be a whole number, without quotes"
        case "tuple_type":
            return f"must be tables, written [[{path(location)}]]" if holds_tables(location, model) else A_LIST
        case "dict_type":
            return f"must be a section, written [{path(location)}]"
        case "too_short":
            return "is empty: accepted is at least one"
        case "model_type" | "model_attributes_type":
            return f"must be a table, written [[{path(location[:-1])}]]"
        case "literal_error":
            return f"must be {context['expected'].replace(chr(39), chr(34))}"
        case "greater_than_equal":
            return f"must be at least {context['ge']}"
        case _:
            return "cannot be read: see config.example.toml for what is accepted"


def unknown_key(location: Location, model: type[BaseModel]) -> str:
    """What else there is beside a key that is none of ours."""
    siblings = keys_at(location[:-1], model)
    kind = "setting" if len(location) > 1 else "section"
    return f"there is no such {kind}.{nearest(str(location[-1]), siblings)} Accepted here: {', '.join(siblings)}"


def keys_at(location: Location, model: type[BaseModel]) -> list[str]:
    """The keys of the section at a location."""
    for part in location:
        if isinstance(part, str):
            model = inner_model(model, part)
    return list(model.model_fields)


def holds_tables(location: Location, model: type[BaseModel]) -> bool:
    """Whether a list of sections stands there."""
    try:
        keys_at(location, model)
    except StopIteration:
        return False
    return True


def inner_model(model: type[BaseModel], key: str) -> type[BaseModel]:
    """The section behind ``Section``, ``Section | None`` or ``tuple[Section, ...]``."""
    annotation = model.model_fields[key].annotation
    options = (annotation, *getattr(annotation, "__args__", ()))
    return next(each for each in options if isinstance(each, type) and issubclass(each, BaseModel))


def nearest(written: str, known: Iterable[str]) -> str:
    found = difflib.get_close_matches(written, list(known), n=1)
    return f" Did you mean {found[0]}?" if found else ""
