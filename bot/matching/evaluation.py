"""Whether a tree holds for an article, and where: by looking for each literal in the canonical text of each field."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import assert_never

from bot.matching.query import All, Any, In, Literal, Node, Not, Phrase, Prefix, Term
from bot.matching.text import FIELDS, ArticleText, Field
from bot.model.letters import is_unspaced
from bot.model.span import Span


def holds(node: Node, text: ArticleText, fields: Sequence[Field] = FIELDS) -> bool:
    match node:
        case Term() | Phrase() | Prefix():
            return any(next(occurrences(node, text[name].text), None) for name in fields)
        case In(name, part):
            return holds(part, text, (name,))
        case Not(part):
            return not holds(part, text, fields)
        case All(parts):
            return all(holds(part, text, fields) for part in parts)
        case Any(parts):
            return any(holds(part, text, fields) for part in parts)
        case _:
            assert_never(node)


def literals_that_held(
    node: Node, text: ArticleText, fields: Sequence[Field] = FIELDS
) -> Iterator[tuple[Literal, Sequence[Field]]]:
    """What made the tree hold, and where to look for it: nothing under a NOT, nothing of an alternative that failed."""
    match node:
        case Term() | Phrase() | Prefix():
            yield node, fields
        case In(name, part):
            yield from literals_that_held(part, text, (name,))
        case Not():
            return
        case All(parts) | Any(parts):
            for part in parts:
                if holds(part, text, fields):
                    yield from literals_that_held(part, text, fields)
        case _:
            assert_never(node)


def occurrences(literal: Literal, text: str) -> Iterator[Span]:
    """Where a literal stands in a canonical text, ascending, never overlapping."""
    pieces = _pieces(literal)
    if len(pieces) > 1:
        yield from _joined(pieces, text)
        return
    piece = pieces[0]
    at = text.find(piece)
    while at >= 0:
        start, end = at + piece.startswith(" "), at + len(piece) - piece.endswith(" ")
        if isinstance(literal, Prefix):
            end = text.index(" ", end)
        yield start, end
        at = text.find(piece, end)


def _joined(pieces: Sequence[str], text: str) -> Iterator[Span]:
    """The pieces one behind the other, with a space between or none."""
    for found in _pattern(" ?".join(re.escape(piece) for piece in pieces)).finditer(text):
        yield found.start() + pieces[0].startswith(" "), found.end() - pieces[-1].endswith(" ")


_pattern = lru_cache(maxsize=1024)(re.compile)


def _pieces(literal: Literal) -> list[str]:
    """What has to stand in the text, each piece behind the one before, with a space between or none: mostly one piece.

    A word brings the spaces around it, so that only whole words are found; characters of a script without spaces bring
    none, and where two such words of a phrase meet, a piece ends.
    """
    match literal:
        case Term(word):
            return [word] if is_unspaced(word[0]) else [f" {word} "]
        case Prefix(stem):
            return [f" {stem}"]
        case Phrase(words):
            return _phrase(words)
        case _:
            assert_never(literal)


def _phrase(words: Sequence[str]) -> list[str]:
    pieces = [words[0] if is_unspaced(words[0][0]) else f" {words[0]} "]
    for word in words[1:]:
        if not is_unspaced(word[0]):
            pieces[-1] = f"{pieces[-1].rstrip(' ')} {word} "
        elif pieces[-1].endswith(" "):
            pieces[-1] += word
        else:
            pieces.append(word)
    return pieces
