"""What a piece of a query looks for, and its label: the piece as it was typed, without quotes and stars."""

import re
import unicodedata

from bot.matching.mistakes import Edit, Misread
from bot.matching.query import Literal, Phrase, Prefix, Term
from bot.matching.typed import shown
from bot.model.letters import is_unspaced
from bot.model.text import words

SHORTEST_PREFIX = 3

_STAR = re.compile(r"\*")


def phrase(text: str, start: int, end: int) -> tuple[Literal, str]:
    """What stands between quotes at [start, end). Raises Misread."""
    _refuse_stars(text, start, end, "A star inside quotes is not understood yet: leave it out.")
    inside = text[start:end]
    found = tuple(words(inside))
    if not found:
        raise Misread("There is nothing to look for between these quotes.", start - 1, Edit(start - 1, end + 1))
    return _literal(found), _label(inside)


def single(text: str, start: int, end: int) -> tuple[Literal, str]:
    """What stands at [start, end) without quotes and spaces. Raises Misread."""
    item = text[start:end]
    stem = item.rstrip("*")
    star = start + len(stem)
    _refuse_stars(text, start, star, "A star stands only at the end of a word: leave out this one.")
    found = tuple(words(stem))
    if not found:
        raise _no_word(item, start, end)
    if star == end or is_unspaced(found[-1][0]):
        return _literal(found), _label(stem)
    return _prefix(found, star, end), _label(stem)


def _literal(found: tuple[str, ...]) -> Literal:
    return Term(found[0]) if len(found) == 1 else Phrase(found)


def _prefix(found: tuple[str, ...], star: int, end: int) -> Prefix:
    if len(found) > 1:
        raise Misread("A star behind several words is not understood yet: leave it out.", star, Edit(star, end))
    letters = sum(not unicodedata.category(character).startswith("M") for character in found[0])
    if letters < SHORTEST_PREFIX:
        raise Misread(
            f"Before a star there must be at least {SHORTEST_PREFIX} letters: write more of the word, or no star.",
            star,
            Edit(star, end),
        )
    return Prefix(found[0])


def _no_word(item: str, start: int, end: int) -> Misread:
    if set(item) == {"|"}:
        return Misread("Alternatives are told apart by OR.", start, Edit(start, end, "OR"))
    return Misread(f"There is no word in “{shown(item)}”: leave it out.", start, Edit(start, end))


def _refuse_stars(text: str, start: int, end: int, message: str) -> None:
    """A star says nothing behind a character of a script without spaces, which is looked for inside a run anyway."""
    for star in _STAR.finditer(text, start, end):
        at = star.start()
        if at == start or not is_unspaced(text[at - 1]):
            raise Misread(message, at, Edit(at, at + 1))


def _label(typed: str) -> str:
    return shown(typed.replace("*", ""))
