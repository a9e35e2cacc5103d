"""A typed query cut into signs and literals, each knowing its place. Linear in the query."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal as OneOf

from bot.matching.literals import phrase, single
from bot.matching.mistakes import Edit, Misread
from bot.matching.query import Literal
from bot.matching.typed import as_meant

FIELDS_TODAY = ("title",)
FIELDS_LATER = ("summary", "body", "feed", "site", "tag", "author", "lang", "exact")

Kind = OneOf["(", ")", "AND", "OR", "NOT", "title"]

_OPERATORS: dict[str, Kind] = {"AND": "AND", "OR": "OR", "NOT": "NOT"}

_TOKEN = re.compile(
    "(?P<between>[\\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]+)"
    r"""|(?P<open>\()|(?P<close>\))|"(?P<quoted>[^"]*)"|(?P<unclosed>")"""
    r"""|(?P<hyphens>--)|(?P<minus>-)(?=[^\s)])|(?P<backtick>`)|(?P<item>[^\s()"]+)"""
)
_FIELD = re.compile("([A-Za-z]+):")
_ITEM = re.compile(r'[^\s()"]+')
_NEAR = re.compile(r"NEAR(/\d*)?")


@dataclass(frozen=True, slots=True)
class Sign:
    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Found:
    """Something to look for."""

    literal: Literal
    label: str
    """As it was typed, without quotes and stars."""
    start: int
    end: int


Token = Sign | Found


def tokens(typed: str) -> Iterator[Token]:
    """Positions are those of ``typed``. Raises Misread where something is no part of the language."""
    text = as_meant(typed)
    at = 0
    while found := _TOKEN.match(text, at):
        at = found.end()
        if found.lastgroup != "between":
            token = _token(found)
            yield token
            at = token.end


def _token(found: re.Match[str]) -> Token:
    text, start, end = found.string, found.start(), found.end()
    match found.lastgroup:
        case "open":
            return Sign("(", start, end)
        case "close":
            return Sign(")", start, end)
        case "minus":
            return Sign("NOT", start, end)
        case "quoted":
            return Found(*phrase(text, start + 1, end - 1), start, end)
        case "unclosed":
            raise Misread(
                f"The quote opened at character {start + 1} never closes: close it behind the last word of the phrase.",
                start,
                Edit(len(text), len(text), '"'),
            )
        case "hyphens":
            raise Misread(
                "A double hyphen is never part of a query: leave it out, or write one for NOT.", start, Edit(start, end)
            )
        case "backtick":
            raise Misread("Backticks are not understood yet: leave them out.", start, _without_backticks(text, start))
        case _:
            return _field(text, start) or _item(text, start, end)


def _field(text: str, start: int) -> Sign | None:
    """Only what is or looks like the name of a field is one: 10:30 and https: are words."""
    found = _FIELD.match(text, start)
    if found is None:
        return None
    name = found[1].lower()
    if name in FIELDS_TODAY:
        return Sign("title", start, found.end())
    if nearest := get_close_matches(name, FIELDS_TODAY + FIELDS_LATER, n=1, cutoff=0.8):
        problem = "is not understood yet" if name in FIELDS_LATER else "is no field"
        known = ", ".join(f"{field}:" for field in FIELDS_TODAY)
        message = f"{found[0]} {problem}; the fields of today are {known} (to look for the word, set it in quotes)."
        raise Misread(message, start, _without_field(text, start, found.end(), nearest[0]))
    return None


def _without_field(text: str, start: int, end: int, meant: str) -> Edit:
    """A misspelt title: is mended; what narrows the text falls away, what is no text takes its value with it."""
    if meant in FIELDS_TODAY:
        return Edit(start, end, f"{meant}:")
    value = _ITEM.match(text, end)
    if meant in {"summary", "body"} or value is None:
        return Edit(start, end)
    return Edit(start, value.end())


def _without_backticks(text: str, start: int) -> Edit:
    close = text.find("`", start + 1)
    return Edit(start, start + 1) if close < 0 else Edit(start, close + 1, text[start + 1 : close])


def _item(text: str, start: int, end: int) -> Token:
    item = text[start:end]
    if item in _OPERATORS:
        return Sign(_OPERATORS[item], start, end)
    if _NEAR.fullmatch(item):
        raise Misread(
            "NEAR is not understood yet: AND finds both, wherever they stand.", start, Edit(start, end, "AND")
        )
    return Found(*single(text, start, end), start, end)
