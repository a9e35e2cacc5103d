"""A typed query cut into signs and literals, each knowing its place. Linear in the query."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal as OneOf
from typing import get_args

from bot.matching.fields import FIELDS, VALUES, exact, value
from bot.matching.literals import Piece, phrase, single
from bot.matching.mistakes import Edit, Misread
from bot.matching.text import Field
from bot.matching.typed import as_meant

USUAL_DISTANCE = 10
LONGEST_DISTANCE = 100

Kind = OneOf["(", ")", "AND", "OR", "NOT"]

_SIGNS: dict[str, Kind] = {"AND": "AND", "OR": "OR", "NOT": "NOT"}
OPERATORS = frozenset({*_SIGNS, "NEAR"})
_TEXT_FIELDS: dict[str, Field] = {name: name for name in get_args(Field)}

_SPACES = "[\\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
_TOKEN = re.compile(
    f"(?P<between>{_SPACES}+)"
    r"""|(?P<open>\()|(?P<close>\))|"(?P<quoted>[^"]*)"|(?P<unclosed>")"""
    r"""|(?P<hyphens>--)|(?P<minus>-)(?=[^\s)])|`(?P<exact>[^`]*)`|(?P<backtick>`)|(?P<item>[^\s()"]+)"""
)
_FIELD = re.compile("([A-Za-z]+):")
_VALUE = re.compile(rf"""(?P<between>{_SPACES}*)(?:"(?P<quoted>[^"]*)"|`(?P<ticked>[^`]*)`|(?P<item>[^\s()"]+))""")
_NEAR = re.compile(r"NEAR(?:/(.*))?")
_NUMBER = re.compile("[0-9]+")


@dataclass(frozen=True, slots=True)
class Sign:
    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class FieldSign:
    """The field that what stands behind it is looked for in."""

    field: Field
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class NearSign:
    distance: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Found:
    """Something to look for."""

    piece: Piece
    start: int
    end: int


Token = Sign | FieldSign | NearSign | Found


def tokens(typed: str) -> Iterator[Token]:
    """Positions are those of ``typed``. Raises Misread where something is no part of the language."""
    text = as_meant(typed)
    at = 0
    while found := _TOKEN.match(text, at):
        at = found.end()
        if found.lastgroup != "between":
            token = _token(found, typed)
            yield token
            at = token.end


def _token(found: re.Match[str], typed: str) -> Token:
    text, start, end = found.string, found.start(), found.end()
    match found.lastgroup:
        case "open":
            return Sign("(", start, end)
        case "close":
            return Sign(")", start, end)
        case "minus":
            return Sign("NOT", start, end)
        case "quoted":
            return Found(phrase(text, start + 1, end - 1), start, end)
        case "unclosed":
            raise _unclosed_quote(text, start)
        case "hyphens":
            raise Misread(
                "A double hyphen is never part of a query: leave it out, or write one for NOT.", start, Edit(start, end)
            )
        case "exact":
            return Found(exact(typed[start + 1 : end - 1], start, end), start, end)
        case "backtick":
            raise _unclosed_backtick(text, start)
        case _:
            return _field(text, typed, start) or _item(text, start, end)


def _unclosed_quote(text: str, start: int) -> Misread:
    message = f"The quote opened at character {start + 1} never closes: close it behind the last word of the phrase."
    return Misread(message, start, Edit(len(text), len(text), '"'))


def _unclosed_backtick(text: str, start: int) -> Misread:
    message = f"The backtick at character {start + 1} never closes: close it behind what is looked for exactly."
    return Misread(message, start, Edit(len(text), len(text), "`"))


def _field(text: str, typed: str, start: int) -> Token | None:
    """Only what is or looks like the name of a field is one: 10:30 and https: are words."""
    found = _FIELD.match(text, start)
    if found is None:
        return None
    name = found[1].lower()
    if name in _TEXT_FIELDS:
        return FieldSign(_TEXT_FIELDS[name], start, found.end())
    if name in VALUES:
        return _with_value(name, text, typed, start, found.end())
    if nearest := get_close_matches(name, FIELDS, n=1, cutoff=0.8):
        known = ", ".join(f"{field}:" for field in FIELDS)
        message = f"{found[0]} is no field; the fields are {known} (to look for the word, set it in quotes)."
        raise Misread(message, start, Edit(start, found.end(), f"{nearest[0]}:"))
    return None


def _with_value(field: str, text: str, typed: str, start: int, colon: int) -> Found:
    found = _VALUE.match(text, colon)
    if found is None or (found["between"] and found["item"] in OPERATORS):
        raise _without_value(field, text, start, colon)
    at, end = found.span(found.lastgroup or 0)
    if field == "exact" and (tick := text.find("`", at, end)) >= 0:
        raise _backtick_in_value(text, at, tick)
    return Found(value(field, typed[at:end], start, found.end()), start, found.end())


def _backtick_in_value(text: str, at: int, tick: int) -> Misread:
    if tick == at:
        return _unclosed_backtick(text, tick)
    message = "A backtick encloses what is looked for exactly and cannot be part of it: leave it out."
    return Misread(message, tick, Edit(tick, tick + 1))


def _without_value(field: str, text: str, start: int, colon: int) -> Misread:
    rest = text[colon:].lstrip()
    if rest.startswith('"'):
        return _unclosed_quote(text, len(text) - len(rest))
    message = f"{field}: needs one value behind it, a word or something in quotes; OR may join several {field}:."
    return Misread(message, start, Edit(start, colon))


def _item(text: str, start: int, end: int) -> Token:
    item = text[start:end]
    if item in _SIGNS:
        return Sign(_SIGNS[item], start, end)
    if near := _NEAR.fullmatch(item):
        return NearSign(_distance(near, start, end), start, end)
    return Found(single(text, start, end), start, end)


def _distance(near: re.Match[str], start: int, end: int) -> int:
    typed: str | None = near[1]
    if typed is None:
        return USUAL_DISTANCE
    number = int(typed) if _NUMBER.fullmatch(typed) else USUAL_DISTANCE
    nearest = min(max(number, 1), LONGEST_DISTANCE)
    if nearest != number or not _NUMBER.fullmatch(typed):
        message = f"NEAR takes a number of words from 1 to {LONGEST_DISTANCE}, as in NEAR/{nearest}."
        raise Misread(message, start, Edit(start, end, f"NEAR/{nearest}"))
    return number
