"""Words named by numbers, all words of a text in a few steps, and which of them anybody asks for."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from bot.matching.features import Features
from bot.matching.table import NONE, Numbers, Places
from bot.matching.written import Letters

Sums = NDArray[np.uint64]

LONGEST_NAMED = 100
"""Characters. Two long words can be made up that have one name by whatever number."""


class Naming:
    """By a secret odd number, the powers of it and of its inverse, modulo 2**64.

    A name is a polynomial of the letters, so that the name of any part of a text is told by two sums.
    """

    def __init__(self) -> None:
        base = secrets.randbits(64) | 1
        self._base, self._inverse = np.uint64(base), np.uint64(pow(base, -1, 1 << 64))
        self._up = self._down = np.zeros(0, np.uint64)

    def sums(self, letters: Letters) -> Sums:
        """For each letter: of all letters up to it, each times a power."""
        if len(letters) > len(self._up):
            self._grow(2 * len(letters))
        sums: Sums = (letters * self._up[: len(letters)]).cumsum()
        return sums

    def names(self, sums: Sums, starts: Numbers, ends: Numbers) -> Numbers:
        """Of what stands from each start to each end, never ``NONE``. No start is the first letter of the text."""
        words = (sums.take(ends - 1) - sums.take(starts - 1)) * self._down.take(starts)
        words[words == NONE] = 1
        names: Numbers = words.view(np.int64)
        return names

    def _grow(self, number: int) -> None:
        self._up = np.multiply.accumulate(np.full(number, self._base))
        self._down = np.multiply.accumulate(np.full(number, self._inverse))


class Sought:
    """Tells at once of most words of ASCII that no query knows them, nor how they begin or end."""

    def __init__(self, features: Features, naming: Naming) -> None:
        self._naming = naming
        kinds = (
            list(_ascii((*features.words, *features.umlauts, *features.typed))),
            list({stem[:_ENOUGH] for stem in _ascii(features.beginnings)}),
            list({stem[:_ENOUGH][::-1] for stem in _ascii(features.endings)}),
        )
        self._places = Places(sum(map(len, kinds)) * _SPARSE)
        self._taken = np.zeros(self._places.number, np.bool_)
        for kind, words in zip((_WHOLE, _BEGINNING, _ENDING), kinds, strict=True):
            for some in _batches(words):
                self._taken[self._places.of(self._named(some) ^ kind)] = True
        self._first, self._last = (sorted(set(map(len, stems))) for stems in kinds[1:])

    def among(self, letters: Letters, sums: Sums, names: Numbers, starts: Numbers, ends: Numbers) -> Numbers:
        """Which of these words may have features; those that are not ASCII, or have no such name, may."""
        known = self._knows(names, _WHOLE) | (ends - starts > LONGEST_NAMED)
        # What is longer than its word is asked for as the whole word, in vain.
        for length in self._first:
            known |= self._knows(self._naming.names(sums, starts, np.minimum(starts + length, ends)), _BEGINNING)
        for length in self._last:
            known |= self._knows(self._naming.names(sums, np.maximum(ends - length, starts), ends), _ENDING)
        if letters.dtype != np.uint8:
            beyond = (letters > _LAST_ASCII).cumsum()
            known |= beyond.take(ends - 1) != beyond.take(starts - 1)
        return known.nonzero()[0]

    def _knows(self, names: Numbers, kind: np.int64) -> NDArray[np.bool_]:
        return self._taken.take(self._places.of(names ^ kind))

    def _named(self, words: Sequence[str]) -> Numbers:
        text = np.frombuffer(f" {' '.join(words)}".encode(), np.uint8)
        lengths = np.fromiter(map(len, words), np.int64, len(words))
        ends = (lengths + 1).cumsum()
        return self._naming.names(self._naming.sums(text), ends - lengths, ends)


_ENOUGH = 4
"""Letters of a beginning or an ending."""
_SPARSE = 16
_BATCH = 1 << 12
_LAST_ASCII = 127
_WHOLE, _BEGINNING, _ENDING = np.array([0, 0x5BD1E9955BD1E995, 0x2545F4914F6CDD1D], np.int64)
"""Set apart the names of whole words, of beginnings and of endings."""


def _ascii(words: Iterable[str]) -> Iterator[str]:
    return filter(str.isascii, words)


def _batches(words: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(words)
    while some := list(islice(rest, _BATCH)):
        yield some
