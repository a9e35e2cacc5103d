"""Whether a tree holds for an article, and where: by looking for each literal in the readings of each field."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
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
from bot.matching.sites import registrable_domain
from bot.matching.text import TEXT_FIELDS, ArticleText, Field, Passage, readings
from bot.model.letters import is_invisible, is_unspaced
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
            return next(_exactly(exact, passage.text), None) is not None
        case Near():
            return any(next(_near(literal, passage, number), None) for number in range(len(passage.readings)))
        case _:
            return any(_in_reading(literal, reading) for reading in passage.readings)


def _spans(literal: Textual, passage: Passage) -> Iterator[Span]:
    if isinstance(literal, Exact):
        for start, end in _exactly(literal.text, passage.text):
            yield start + passage.offset, end + passage.offset
        return
    for number, reading in enumerate(passage.readings):
        found = list(_near(literal, passage, number) if isinstance(literal, Near) else occurrences(literal, reading))
        if found:
            yield from passage.origin(number, found)


# ---- words ----------------------------------------------------------------------------------------------------------


def _in_reading(literal: Worded, reading: str) -> bool:
    needles = _needles(literal)
    if any(needle in reading for needle in needles):
        return True
    if needles and (reading.isascii() or not _HANGUL.search(reading)):
        return False
    return next(occurrences(literal, reading), None) is not None


def occurrences(literal: Worded, reading: str) -> Iterator[Span]:
    """Where a literal stands in a reading, ascending, never overlapping, without the spaces around."""
    for found in _pattern(literal).finditer(reading):
        start = found.start() + (reading[found.start()] == " ")
        if isinstance(literal, Suffix):
            start = reading.rindex(" ", 0, start) + 1
        yield start, found.end()


@lru_cache(maxsize=1 << 14)
def _needles(literal: Worded) -> tuple[str, ...]:
    """What the literal is, character by character, where no word bears a particle; empty where that is no one thing."""
    match literal:
        case Term(word):
            return tuple(word if is_unspaced(word[0]) else f" {one} " for one in readings(word))
        case Prefix(stem):
            return tuple(f" {one}" for one in readings(stem))
        case Suffix(stem):
            return tuple(f"{one} " for one in readings(stem))
        case Phrase(words, open_end):
            if any(is_unspaced(word[0]) for word in words):
                return ()
            return tuple(f" {one}{'' if open_end else ' '}" for one in readings(" ".join(words)))
        case _:
            assert_never(literal)


_HANGUL = re.compile("[\uac00-\ud7a3]")
_PARTICLE = f"(?:{'|'.join(sorted(PARTICLES, key=len, reverse=True))})?(?= )"


@lru_cache(maxsize=1 << 12)
def _pattern(literal: Worded) -> re.Pattern[str]:
    match literal:
        case Term(word):
            return re.compile(_either(readings(word), open_end=False))
        case Prefix(stem):
            return re.compile(_either(readings(stem), open_end=True))
        case Suffix(stem):
            return re.compile("|".join(f"{re.escape(one)}{_PARTICLE}" for one in readings(stem)))
        case Phrase(words, open_end):
            return re.compile(_either(readings(" ".join(words)), open_end=open_end))
        case _:
            assert_never(literal)


def _either(written: Sequence[str], *, open_end: bool) -> str:
    return "|".join(_side_by_side(one.split(" "), open_end=open_end) for one in written)


def _side_by_side(words: Sequence[str], *, open_end: bool) -> str:
    """Words one behind the other; two runs of a script without spaces may stand without a space between."""
    parts = [_word(word, open_end=open_end and word is words[-1]) for word in words]
    pattern = parts[0] if is_unspaced(words[0][0]) else f" {parts[0]}"
    for before, word, part in zip(words, words[1:], parts[1:], strict=False):
        both_runs = is_unspaced(before[0]) and is_unspaced(word[0])
        pattern += f"{' ?' if both_runs else ' '}{part}"
    return pattern


def _word(word: str, *, open_end: bool) -> str:
    if is_unspaced(word[0]):
        return re.escape(word)
    return f"{re.escape(word)}[^ ]*" if open_end else f"{re.escape(word)}{_PARTICLE}"


# ---- near -----------------------------------------------------------------------------------------------------------


def _near(near: Near, passage: Passage, number: int) -> Iterator[Span]:
    """The stretches from one side to the other in a reading, one for each place of the left side with a right one near.

    Both sides ascend, so that one walk along both finds them all.
    """
    reading = passage.readings[number]
    lefts, rights = list(occurrences(near.left, reading)), list(occurrences(near.right, reading))
    if not lefts or not rights:
        return
    starts = passage.word_starts(number)
    first = 0
    for left in lefts:
        # What ends far before this one is far from those behind it, too.
        while first < len(rights) and _distance(starts, rights[first], left) > near.distance:
            first += 1
        at = first
        while at < len(rights) and _distance(starts, left, rights[at]) <= near.distance:
            if _overlap(left, rights[at]):
                at += 1
                continue
            yield min(left[0], rights[at][0]), max(left[1], rights[at][1])
            break


def _distance(starts: Sequence[int], one: Span, other: Span) -> int:
    """How many words on the other one begins; 0 and less where it does not stand behind the first."""
    return bisect_left(starts, other[0]) - bisect_left(starts, one[1]) + 1 if one[1] <= other[0] else 0


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


# ---- exactly as typed -----------------------------------------------------------------------------------------------


def _exactly(exact: str, text: str) -> Iterator[Span]:
    """Where it stands as a whole word, in characters of the text."""
    if unicodedata.is_normalized("NFC", text) and not _has_invisible(text):
        yield from _exact_places(exact, text)
        return
    clusters = [found.span() for found in _CLUSTER.finditer(text)]
    composed = [_composed(text[start:end]) for start, end in clusters]
    origin = [cluster for cluster, one in zip(clusters, composed, strict=True) for _ in one]
    for start, end in _exact_places(exact, "".join(composed)):
        yield origin[start][0], origin[end - 1][1]


def _has_invisible(text: str) -> bool:
    return not text.isascii() and any(map(is_invisible, set(text)))


def _composed(cluster: str) -> str:
    return unicodedata.normalize("NFC", "".join(sign for sign in cluster if not is_invisible(sign)))


# A character and the marks upon it, or a Hangul syllable in its letters.
_CLUSTER = re.compile(
    r"(?s:.[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u093c\u09bc\u0a3c\u0b3c\u1160-\u11ff\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\u3099\u309a]*)"
)


def _exact_places(exact: str, text: str) -> Iterator[Span]:
    at = text.find(exact)
    while at >= 0:
        end = at + len(exact)
        if not _goes_on(text[at - 1 : at], exact[0]) and not _goes_on(text[end : end + 1], exact[-1]):
            yield at, end
            at = text.find(exact, end)
        else:
            at = text.find(exact, at + 1)


def _goes_on(beside: str, edge: str) -> bool:
    """Whether a word goes on from the edge of what was found to what stands beside it."""
    return bool(beside) and _in_word(beside) and (_in_word(edge) or unicodedata.category(beside)[0] == "M")


def _in_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN" and not is_unspaced(character)
