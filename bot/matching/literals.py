"""What a piece of a query looks for, and its label: the piece as it was typed, without quotes and stars."""

import unicodedata
from dataclasses import dataclass

from bot.matching.mistakes import Edit, Misread
from bot.matching.query import Literal, Phrase, Prefix, Suffix, Term
from bot.matching.text import query_words
from bot.matching.typed import shown
from bot.model.letters import is_unspaced

SHORTEST_PREFIX = 3
SHORTEST_SUFFIX = 4
SHORT = 3
"""Letters of a word that says little once the signs around it are gone."""


@dataclass(frozen=True, slots=True)
class Piece:
    literal: Literal
    label: str
    notes: tuple[str, ...] = ()
    """What the asker should know about how it was read."""


@dataclass(frozen=True, slots=True)
class _Core:
    """A piece without the stars at its ends."""

    text: str
    start: int
    end: int
    words: tuple[str, ...]
    front: Edit | None
    """What would take off the stars before it; None where there are none that say anything."""
    back: Edit | None
    notes: tuple[str, ...]


def phrase(text: str, start: int, end: int) -> Piece:
    """What stands between quotes at [start, end). Raises Misread."""
    words = tuple(query_words(text[start:end]))
    if not words:
        raise Misread("There is nothing to look for between these quotes.", start - 1, Edit(start - 1, end + 1))
    core = _core(text, start, end, words)
    if core.front:
        raise Misread("Inside quotes a star stands only at the end: leave out this one.", core.front.start, core.front)
    return Piece(_open_end(core, core.back) if core.back else literal_of(core.words), shown(core.text), core.notes)


def single(text: str, start: int, end: int) -> Piece:
    """What stands at [start, end) without quotes and spaces. Raises Misread."""
    words = tuple(query_words(text[start:end]))
    if not words:
        raise _no_word(text[start:end], start, end)
    core = _core(text, start, end, words)
    if core.front and core.back:
        raise Misread(
            "There is no matching in the middle of words: a star stands before a word or behind it, not on both sides.",
            core.back.start,
            core.front,
        )
    if core.front:
        return Piece(_suffix(core, core.front), shown(core.text), core.notes)
    if core.back:
        return Piece(_open_end(core, core.back), shown(core.text), core.notes)
    return Piece(literal_of(core.words), shown(core.text), core.notes + _on_lost_signs(core))


def literal_of(words: tuple[str, ...]) -> Term | Phrase:
    return Term(words[0]) if len(words) == 1 else Phrase(words)


def _core(text: str, start: int, end: int, words: tuple[str, ...]) -> _Core:
    piece = text[start:end]
    first, core_start = end - len(piece.lstrip()), end - len(piece.lstrip().lstrip("*"))
    core_end, last = start + len(piece.rstrip().rstrip("*")), start + len(piece.rstrip())
    inside = text[core_start:core_end]
    front = Edit(first, core_start) if first < core_start else None
    back = Edit(core_end, last) if core_end < last else None
    _refuse_stars_between(text, core_start, core_end, front, back)
    notes = []
    if front and is_unspaced(words[0][0]):
        front = None
        notes.append(_dropped("before", inside))
    if back and is_unspaced(words[-1][0]):
        back = None
        notes.append(_dropped("behind", inside))
    return _Core(inside, core_start, core_end, words, front, back, tuple(notes))


def _refuse_stars_between(text: str, start: int, end: int, front: Edit | None, back: Edit | None) -> None:
    star = text.find("*", start, end)
    if star >= 0:
        message = "There is no matching in the middle of words or of phrases: leave out this star."
        raise Misread(message, star, Edit(star, star + 1))
    for edit, beside in ((front, text[start]), (back, text[end - 1])):
        if edit and beside.isspace():
            raise Misread("A star says nothing alone: set it beside a word, or leave it out.", edit.start, edit)


def _dropped(side: str, inside: str) -> str:
    return (
        f"The star {side} {shown(inside)} was dropped: "
        "in a script without spaces, characters are found inside a run anyway."
    )


def _open_end(core: _Core, star: Edit) -> Prefix | Phrase:
    if len(core.words) > 1:
        return Phrase(core.words, open_end=True)
    if _letters(core.words[0]) < SHORTEST_PREFIX:
        raise Misread(
            f"Before a star there must be at least {SHORTEST_PREFIX} letters: write more of the word, or no star.",
            star.start,
            star,
        )
    return Prefix(core.words[0])


def _suffix(core: _Core, star: Edit) -> Suffix:
    if len(core.words) > 1:
        message = "A star stands before a single word only, not before several: leave it out."
        raise Misread(message, star.start, star)
    if _letters(core.words[0]) < SHORTEST_SUFFIX:
        raise Misread(
            f"Behind a star there must be at least {SHORTEST_SUFFIX} letters: write more of the word, or no star.",
            star.start,
            star,
        )
    return Suffix(core.words[0])


def _letters(word: str) -> int:
    return sum(unicodedata.category(character)[0] != "M" for character in word)


def _on_lost_signs(core: _Core) -> tuple[str, ...]:
    """C++ is a c now, and who typed it may have meant more."""
    if len(core.words) > 1 or core.text.isalnum() or "`" in core.text:
        return ()
    typed, word = shown(core.text), core.words[0]
    has_signs = any(unicodedata.category(character)[0] not in "LMN" for character in typed)
    if not has_signs or (_letters(word) > SHORT and not set("+#") & set(typed)):
        return ()
    return (f"{typed} is read as the word {word}: write `{typed}` in backticks to find it exactly as typed.",)


def _no_word(item: str, start: int, end: int) -> Misread:
    if set(item) == {"|"}:
        return Misread("Alternatives are told apart by OR.", start, Edit(start, end, "OR"))
    return Misread(f"There is no word in “{shown(item)}”: leave it out.", start, Edit(start, end))
