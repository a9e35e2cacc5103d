"""Words as numbers: the words of an article, found and named all at once, and the features of each."""

import secrets
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot.matching.features import Features
from bot.matching.table import NONE, Numbers, Table, runs
from bot.model.letters import is_unspaced

MOST_WORDS = 1 << 18
"""How many words of articles are remembered: as many as some languages together use."""
LONGEST_NAMED = 100
"""Bytes. Two long words can be made up that have one number by whatever base."""
_FEATURELESS = 1
_SPACE = ord(" ")
_FIRST_IDEOGRAPH, _LAST_IDEOGRAPH = "\u4e00".encode()[0], "\u9fff".encode()[0]
"""First bytes that only ideographs have."""


class Words:
    """The words of articles that were met, each with the features it has.

    A word is known by a number that is made of its letters, of all words of a text in a few steps: a polynomial of its
    bytes, by a base that nobody outside knows, so that nobody can make up two words with one number.
    """

    def __init__(self, features: Features, size: int) -> None:
        self._features = features
        self._size = size
        self._powers = _Powers()
        self._forget()

    def features_of(self, text: bytes) -> tuple[Numbers, Numbers, Numbers]:
        """The features of all words in order, for each the word's place among the words, and where words begin.

        The text is words with spaces around each.
        """
        if len(self._known) > MOST_WORDS:
            self._forget()
        letters = np.frombuffer(text, np.uint8)
        is_letter = letters != _SPACE
        edges = np.flatnonzero(is_letter[1:] != is_letter[:-1]) + 1
        starts, ends = edges[::2], edges[1::2]
        names = self._powers.names(letters, starts, ends)
        for long in np.flatnonzero(ends - starts > LONGEST_NAMED).tolist():
            names[long] = hash(text[starts[long] : ends[long]]) or 1
        numbers = self._known.values(names)
        if not numbers.all():
            unknown = np.flatnonzero(numbers == NONE)
            self._meet(text, starts[unknown], ends[unknown], names[unknown])
            numbers[unknown] = self._known.values(names[unknown])
        places = np.flatnonzero(numbers > _FEATURELESS)
        numbers = numbers[places]
        counts = self._counts[numbers]
        return self._kept[runs(self._starts[numbers], counts)], np.repeat(places, counts), starts

    def _meet(self, text: bytes, starts: Numbers, ends: Numbers, names: Numbers) -> None:
        """Remember words, but for runs of scripts without spaces: no two are the same."""
        first = np.frombuffer(text, np.uint8)[starts]
        other = (first < _FIRST_IDEOGRAPH) | (first > _LAST_IDEOGRAPH)
        names, at = np.unique(names[other], return_index=True)
        starts, ends = starts[other], ends[other]
        numbers = []
        for start, end in zip(starts[at].tolist(), ends[at].tolist(), strict=True):
            word = text[start:end].decode()
            found = () if is_unspaced(word[0]) else self._features.of_word(word)
            found = [feature for feature in found if feature < self._size]
            numbers.append(self._keep(found) if found else _FEATURELESS)
        self._known.add(names, np.array(numbers, np.int64))

    def _forget(self) -> None:
        nothing = np.zeros(0, np.int64)
        self._known = Table(nothing, nothing)
        self._starts = np.zeros(1024, np.int64)
        self._counts = np.zeros(1024, np.int64)
        self._kept = np.zeros(1024, np.int64)
        self._numbers = _FEATURELESS + 1
        self._used = 0

    def _keep(self, found: Sequence[int]) -> int:
        number, used = self._numbers, self._used
        if number == len(self._starts):
            self._starts, self._counts = _twice(self._starts), _twice(self._counts)
        while used + len(found) > len(self._kept):
            self._kept = _twice(self._kept)
        self._starts[number], self._counts[number] = used, len(found)
        self._kept[used : used + len(found)] = found
        self._numbers, self._used = number + 1, used + len(found)
        return number


class _Powers:
    """Of a secret odd number, and of its inverse, modulo 2**64."""

    def __init__(self) -> None:
        base = secrets.randbits(64) | 1
        self._base, self._inverse = np.uint64(base), np.uint64(pow(base, -1, 1 << 64))
        self._up = self._down = np.zeros(0, np.uint64)

    def names(self, letters: NDArray[np.uint8], starts: Numbers, ends: Numbers) -> Numbers:
        """One number for each word, never ``NONE``: the sum of its bytes, each times a power."""
        if len(letters) > len(self._up):
            self._grow(2 * len(letters))
        sums = np.cumsum(letters * self._up[: len(letters)], dtype=np.uint64)
        words = (sums[ends - 1] - sums[starts - 1]) * self._down[starts]
        words[words == NONE] = 1
        names: Numbers = words.view(np.int64)
        return names

    def _grow(self, number: int) -> None:
        self._up = np.multiply.accumulate(np.full(number, self._base))
        self._down = np.multiply.accumulate(np.full(number, self._inverse))


def _twice(numbers: Numbers) -> Numbers:
    return np.concatenate([numbers, np.zeros_like(numbers)])
