"""What is looked for exactly as typed: case, accents and punctuation count, invisible characters do not."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from bot.model.letters import is_invisible, is_unspaced
from bot.model.span import Span

# A character and the marks upon it, or a Hangul syllable in its letters; no more marks than Unicode's Stream-Safe Text
# Format has (UAX #15), since putting them in order takes quadratic time.
_CLUSTER = re.compile(
    r"(?s:.[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u093c\u09bc\u0a3c\u0b3c\u1160-\u11ff\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\u3099\u309a]{0,30})"
)


@dataclass(frozen=True, slots=True)
class Visible:
    """A text as exact literals are compared with it: composed (NFC), without what nobody sees."""

    text: str
    origins: Sequence[Span] | None = None
    """For each character its [start, end) in the original; None where that is the same text."""

    @classmethod
    def of(cls, text: str) -> "Visible":
        if text.isascii() or _stays_whole(text):
            return cls(text)
        kept = [at for at, sign in enumerate(text) if not is_invisible(sign)]
        visible = "".join([text[at] for at in kept])
        clusters = [found.span() for found in _CLUSTER.finditer(visible)]
        composed = [unicodedata.normalize("NFC", visible[start:end]) for start, end in clusters]
        whole = [(kept[start], kept[end - 1] + 1) for start, end in clusters]
        origins = [origin for origin, one in zip(whole, composed, strict=True) for _ in one]
        return cls("".join(composed), origins)

    def has(self, exact: str) -> bool:
        return stands_in(self.text, exact)

    def places(self, exact: str) -> Iterator[Span]:
        """Where it stands as a whole word, in characters of the original."""
        for start, end in _places(exact, self.text):
            yield (self.origins[start][0], self.origins[end - 1][1]) if self.origins else (start, end)


def _stays_whole(text: str) -> bool:
    characters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    staying = _staying().take(characters, mode="clip")
    return bool(staying.all()) or all(_stays(chr(code)) for code in np.unique(characters[~staying]).tolist())


_MOST = 0xFFFF
"""Stands for all characters from here on, of which the table knows nothing."""


@cache
def _staying() -> NDArray[np.bool_]:
    flags = np.fromiter(map(_stays, map(chr, range(_MOST + 1))), np.bool_)
    flags[_MOST] = False
    return flags


def _stays(character: str) -> bool:
    """Whether it is seen, and composed whatever stands beside it."""
    kind = unicodedata.category(character)
    joins = (
        kind[0] == "M" or kind == "Cs" or "\u1100" <= character <= "\u11ff" or "\U00011000" <= character <= "\U00016fff"
    )
    return not joins and unicodedata.is_normalized("NFC", character) and not is_invisible(character)


_BETWEEN_WORDS = bytes(code if code > 127 or chr(code).isalnum() else 32 for code in range(256))
"""In UTF-8: spaces for whatever of ASCII is no letter and no digit."""


@dataclass(frozen=True, slots=True)
class TypedWords:
    """The words of a visible text as they are written, for one who asks for many."""

    words: frozenset[bytes]
    """All that stand between signs of ASCII."""
    doubtful: bytes
    """Those of them in which ASCII stands beside something else, that a word may end at or go on with."""

    @classmethod
    def of(cls, text: str) -> "TypedWords":
        words = frozenset(text.encode("utf-8", "surrogatepass").translate(_BETWEEN_WORDS).split())
        return cls(words, b" ".join(word for word in words if not word.isascii()))

    def have(self, exact: str) -> bool | None:
        """None where only a closer look tells."""
        word = exact.encode()
        if word in self.words:
            return True
        return False if word.isalnum() and word not in self.doubtful else None


def stands_in(visible: str, exact: str) -> bool:
    """Whether it stands in a visible text as a whole word."""
    return exact in visible and next(_places(exact, visible), None) is not None


def _places(exact: str, text: str) -> Iterator[Span]:
    at = text.find(exact)
    while at >= 0:
        end = at + len(exact)
        before, behind = text[at - 1 : at], text[end : end + 1]
        if not (_is_one_word(before, exact[0]) or _is_one_word(exact[-1], behind) or _is_mark(behind)):
            yield at, end
            at = text.find(exact, end)
        else:
            at = text.find(exact, at + 1)


def _is_one_word(one: str, next_one: str) -> bool:
    """Whether a word goes on from one character to the next."""
    return _in_word(one) and _in_word(next_one)


def _in_word(character: str) -> bool:
    if character.isascii():
        return character.isalnum()
    # Half-width kana are a script without spaces, too.
    return unicodedata.category(character)[0] in "LMN" and not is_unspaced(unicodedata.normalize("NFKC", character)[0])


def _is_mark(character: str) -> bool:
    """Whether it stands upon the character before; in a script without spaces it is a character like any other."""
    return not character.isascii() and unicodedata.category(character)[0] == "M" and not is_unspaced(character)
