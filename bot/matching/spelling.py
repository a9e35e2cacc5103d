"""How words are spelt: the letters of all words of a text as a few numbers.

No two words of ASCII have the same. Letters beyond ASCII are not all told apart.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from bot.matching.korean import is_hangul
from bot.matching.table import Numbers, Packed
from bot.model.text import has_umlaut

Letters = NDArray[np.uint8]
"""Each character of ASCII, and signs beyond for all others."""
Codes = NDArray[np.uint32] | Letters
Flags = NDArray[np.bool_]

LETTERS = 16
"""Of a word that are read."""
AROUND = " " * LETTERS
"""Stands around a text, so that so many letters can be read from each word on, and before its end."""


@dataclass(slots=True)
class Spelling:
    """Of words: a byte for each letter, the first one lowest."""

    first: Packed
    """Eight letters; zeros behind the last one."""
    second: Packed
    """The next eight."""
    lengths: Numbers
    _letters: Letters
    _lasts: Numbers
    are_ascii: bool

    @classmethod
    def of(cls, letters: Letters, edges: Numbers, *, are_ascii: bool) -> "Spelling":
        """Given for each word the place before it, and then its last one; with ``AROUND`` around all of them."""
        befores, lasts = edges[::2], edges[1::2]
        lengths = lasts - befores
        everywhere = np.ndarray(len(letters) - LETTERS, _SIXTEEN, letters, 1, (1,))
        both = everywhere[befores].view(_EIGHT).reshape(-1, 2)
        both &= _SO_MANY.take(lengths, axis=0, mode="clip")
        return cls(both[:, 0], both[:, 1], lengths, letters, lasts, are_ascii)

    def take(self, which: Numbers) -> "Spelling":
        return Spelling(
            self.first.take(which),
            self.second.take(which),
            self.lengths.take(which),
            self._letters,
            self._lasts.take(which),
            self.are_ascii,
        )

    def untold(self) -> Numbers:
        """Which words have more letters than are read, or may be written in several ways: with an umlaut, in Hangul."""
        untold = self.lengths > LETTERS
        if not self.are_ascii:
            untold |= _has_various(self.first) | _has_various(self.second)
        return untold.nonzero()[0]

    def backwards(self) -> Packed:
        """The last eight letters, the last one lowest; whatever stands before a shorter word, too."""
        everywhere = np.ndarray(len(self._letters) - 7, _EIGHT_BACKWARDS, self._letters, 0, (1,))
        return everywhere[self._lasts - 7].astype(np.uint64)


_SIXTEEN, _EIGHT, _EIGHT_BACKWARDS = map(np.dtype, ("V16", "<u8", ">u8"))
_SO_MANY = np.array(
    [[(1 << 8 * min(length, 8)) - 1, (1 << 8 * max(length - 8, 0)) - 1] for length in range(LETTERS + 1)], np.uint64
)
"""What is left of sixteen letters of a word of so many."""
_BATCH = 1 << 12
_OTHER, _VARIOUS, _LOW = 0x80, 0xC0, 0x3F
"""The highest bits of letters beyond ASCII, of those that are untold, and the lower bits that tell some apart."""
_HIGHEST_BITS = np.uint64(0x8080808080808080)
_MOST = 0xFFFF


def _has_various(letters: Packed) -> Flags:
    """Whether both of the highest bits are set in any of the letters."""
    return (letters & (letters << np.uint64(1)) & _HIGHEST_BITS).astype(np.bool_)


def in_letters(text: str) -> tuple[Codes, Letters]:
    """A folded text as characters and as letters, which are the same thing where all are ASCII."""
    if text.isascii():
        letters = np.frombuffer(text.encode(), np.uint8)
        return letters, letters
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    return codes, letters_of_codes().take(codes, mode="clip")


@cache
def letters_of_codes() -> Letters:
    """Of each character its letter, of the last one also whatever comes behind."""
    codes = np.arange(_MOST + 1)
    letters = np.where(codes < _OTHER, codes, _OTHER | codes & _LOW).astype(np.uint8)
    letters[[code for code in range(_MOST) if has_umlaut(chr(code)) or is_hangul(chr(code))]] |= _VARIOUS
    return letters


def spelt(words: Iterable[str]) -> Iterator[tuple[list[str], Spelling]]:
    """Words, some at a time."""
    rest = iter(words)
    while some := list(islice(rest, _BATCH)):
        codes, letters = in_letters(f"{AROUND}{' '.join(some)}{AROUND}")
        lengths = np.fromiter(map(len, some), np.int64, len(some))
        lasts = (lengths + 1).cumsum() + (len(AROUND) - 2)
        edges = np.stack([lasts - lengths, lasts], axis=1).ravel()
        yield some, Spelling.of(letters, edges, are_ascii=codes is letters)
