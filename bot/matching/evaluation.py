"""Whether a tree holds for an article, and where: by looking for each literal in the readings of each field."""

import re
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import product
from math import prod
from typing import assert_never

from bot.matching.korean import PARTICLES
from bot.matching.languages import language_of
from bot.matching.query import (
    All,
    Any,
    Exact,
    Feed,
    In,
    Lang,
    Literal,
    Near,
    Node,
    Not,
    Phrase,
    Prefix,
    Site,
    Suffix,
    Term,
    Textual,
    Worded,
)
from bot.matching.text import TEXT_FIELDS, ArticleText, Field, Passage, readings
from bot.model.letters import is_unspaced
from bot.model.sites import registrable_domain
from bot.model.span import Span


def holds(node: Node, text: ArticleText, fields: Sequence[Field] = TEXT_FIELDS) -> bool:
    match node:
        case In(name, part):
            return holds(part, text, (name,))
        case Not(part):
            return not holds(part, text, fields)
        case All(parts):
            return all(holds(part, text, fields) for part in parts)
        case Any(parts):
            return any(holds(part, text, fields) for part in parts)
        case _:
            return literal_holds(node, text, fields)


def literal_holds(literal: Literal, text: ArticleText, fields: Sequence[Field] = TEXT_FIELDS) -> bool:
    match literal:
        case Site(domain):
            return registrable_domain(text.article.link) == domain
        case Lang(code):
            return language_of(text) == code
        case Feed(_, feeds):
            return text.article.feed in feeds
        case Exact(exact) if fields is TEXT_FIELDS:
            return text.has_exactly(exact)
        case _:
            return any(_stands(literal, passage) for name in fields for passage in text.passages(name))


def places(literal: Textual, text: ArticleText, fields: Sequence[Field] = TEXT_FIELDS) -> Iterator[tuple[Field, Span]]:
    """Where a literal stands: [start, end) in characters of each field's original text."""
    for name in fields:
        for passage in text.passages(name):
            for span in _spans(literal, passage):
                yield name, span


def _stands(literal: Textual, passage: Passage) -> bool:
    match literal:
        case Exact(exact):
            return passage.visible.has(exact)
        case Near():
            return next(_near(literal, passage), None) is not None
        case _:
            return _worded_stands(literal, passage)


def _spans(literal: Textual, passage: Passage) -> Iterator[Span]:
    if isinstance(literal, Exact):
        for start, end in passage.visible.places(literal.text):
            yield start + passage.offset, end + passage.offset
        return
    if isinstance(literal, Near):
        found = list(_near(literal, passage))
    else:
        found = list(occurrences(literal, passage.folded, most_overlapping=SHOWN_OVERLAPPING))
    if found:
        yield from passage.origin(found)


SHOWN_OVERLAPPING = 1_000
"""Places of one literal in one text: nobody looks at more."""

# ---- words ----------------------------------------------------------------------------------------------------------


def _worded_stands(literal: Worded, passage: Passage) -> bool:
    needles = _needles(literal)
    if any(needle in reading for reading in passage.readings for needle in needles):
        return True
    return not _needles_tell_all(literal, passage) and _pattern(literal).search(passage.folded) is not None


def _needles_tell_all(literal: Worded, passage: Passage) -> bool:
    """Not of particles, nor of words side by side that are read in different ways."""
    if not _needles(literal) or (isinstance(literal, Phrase) and len(passage.readings) > 1):
        return False
    return not passage.has_hangul


def occurrences(literal: Worded, folded: str, *, most_overlapping: int = sys.maxsize) -> Iterator[Span]:
    """Where a literal stands in a folded text, without the spaces around: ascending by start and by end.

    They may overlap, as "a b a" does in "a b a b a"; behind so many as are given they do not, which takes linear time.
    """
    find = _finder(literal, folded)
    found = find(0)
    number = 0
    while found:
        begin, end = found
        start = begin + (folded[begin] == " ")
        if isinstance(literal, Suffix):
            start = folded.rindex(" ", 0, start) + 1
        yield start, end
        number += 1
        found = find(begin + 1 if number < most_overlapping else end)


def _finder(literal: Worded, folded: str) -> Callable[[int], Span | None]:
    """Where it stands next from some place on, with the space before it where it begins with a word."""
    needles = _needles(literal)
    if len(needles) == 1 and folded.isascii():
        # Nothing is written in another way there, and no word bears a particle.
        return partial(_find, needles[0], folded)
    return partial(_search, _pattern(literal), folded)


def _find(needle: str, folded: str, at: int) -> Span | None:
    begin = folded.find(needle, at)
    if begin < 0:
        return None
    end = begin + len(needle)
    return begin, end - 1 if needle.endswith(" ") else folded.index(" ", end)


def _search(pattern: re.Pattern[str], folded: str, at: int) -> Span | None:
    found = pattern.search(folded, at)
    return found.span() if found else None


@lru_cache(maxsize=1 << 14)
def _needles(literal: Worded) -> tuple[str, ...]:
    """What the literal is, letter by letter, where no word bears a particle; empty where that would be many things."""
    match literal:
        case Term(word):
            return tuple(word if is_unspaced(word[0]) else f" {one} " for one in readings(word))
        case Prefix(stem):
            return tuple(f" {one}" for one in readings(stem))
        case Suffix(stem):
            return tuple(f"{one} " for one in readings(stem))
        case Phrase(words, open_end):
            return _phrase_needles(words, open_end=open_end)
        case _:
            assert_never(literal)


def _phrase_needles(words: tuple[str, ...], *, open_end: bool) -> tuple[str, ...]:
    are_runs = [is_unspaced(word[0]) for word in words]
    ways: list[tuple[str, ...]] = [("" if are_runs[0] else " ",)]
    for word, is_run, is_next_run in zip(words, are_runs, [*are_runs[1:], False], strict=True):
        ways += [readings(word), ("", " ") if is_run and is_next_run else (" ",)]
    if are_runs[-1] or open_end:
        ways.pop()
    if prod(map(len, ways)) > MOST_NEEDLES:
        return ()
    return tuple(map("".join, product(*ways)))


MOST_NEEDLES = 4
"""As many are looked for one by one; where a literal may be written in more ways, all at once."""
_PARTICLE = f"(?:{'|'.join(sorted(PARTICLES, key=len, reverse=True))})?(?= )"


@lru_cache(maxsize=1 << 12)
def _pattern(literal: Worded) -> re.Pattern[str]:
    match literal:
        case Term(word):
            return re.compile(_side_by_side((word,), open_end=False))
        case Prefix(stem):
            return re.compile(_side_by_side((stem,), open_end=True))
        case Suffix(stem):
            return re.compile(f"{_written(stem, begins_inside=True)}{_PARTICLE}")
        case Phrase(words, open_end):
            return re.compile(_side_by_side(words, open_end=open_end))
        case _:
            assert_never(literal)


def _side_by_side(words: Sequence[str], *, open_end: bool) -> str:
    """Words one behind the other; two runs of a script without spaces may stand without a space between."""
    last = len(words) - 1
    parts = [_word(word, open_end=open_end and number == last) for number, word in enumerate(words)]
    pattern = parts[0] if is_unspaced(words[0][0]) else f" {parts[0]}"
    for before, word, part in zip(words, words[1:], parts[1:], strict=False):
        both_runs = is_unspaced(before[0]) and is_unspaced(word[0])
        pattern += f"{' ?' if both_runs else ' '}{part}"
    return pattern


def _word(word: str, *, open_end: bool) -> str:
    if is_unspaced(word[0]):
        return re.escape(word)
    # Atomic: a word of the text may be written so in several ways, but ends at one place only.
    return f"(?>{_written(word, ends_inside=True)}[^ ]*)" if open_end else f"(?>{_written(word)}{_PARTICLE})"


def _written(word: str, *, begins_inside: bool = False, ends_inside: bool = False) -> str:
    """A word in every way that a text with umlauts may write it: it and the text have one reading in common."""
    ways = []
    for one in readings(word):
        ways.append(_VOWEL.sub(_or_umlaut, one))
        with_e = _VOWEL_WITH_E.sub(_or_umlaut, one)
        # What is a part of a word may be cut between the vowel and the e that stand for an umlaut.
        if begins_inside and one[0] == "e":
            with_e = f"[eäöü]{with_e[1:]}"
        if with_e != one:
            ways.append(re.sub("[aou]$", _or_umlaut, with_e) if ends_inside else with_e)
    return f"(?:{'|'.join(dict.fromkeys(ways))})"


_UMLAUTS = {"a": "ä", "o": "ö", "u": "ü"}
_VOWEL = re.compile("[aou]")
_VOWEL_WITH_E = re.compile("[aou]e")


def _or_umlaut(found: re.Match[str]) -> str:
    return f"(?:{found[0]}|{_UMLAUTS[found[0][0]]})"


# ---- near -----------------------------------------------------------------------------------------------------------


def _near(near: Near, passage: Passage) -> Iterator[Span]:
    """The stretches from one side to the other, one for each place of the left side with a right one near.

    Both sides ascend, so that one walk along both finds for each left one the nearest right ones before and behind.
    """
    lefts, rights = list(occurrences(near.left, passage.folded)), list(occurrences(near.right, passage.folded))
    if not lefts or not rights:
        return
    starts = passage.word_starts
    before = behind = 0
    for left in lefts:
        while before < len(rights) and rights[before][1] <= left[0]:
            before += 1
        while behind < len(rights) and rights[behind][0] < left[1]:
            behind += 1
        if before and _words_between(starts, rights[before - 1], left) < near.distance:
            yield rights[before - 1][0], left[1]
        elif behind < len(rights) and _words_between(starts, left, rights[behind]) < near.distance:
            yield left[0], rights[behind][1]


def _words_between(starts: Sequence[int], one: Span, other: Span) -> int:
    return bisect_left(starts, other[0]) - bisect_left(starts, one[1])
