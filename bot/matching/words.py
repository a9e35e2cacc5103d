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
        edges = (is_letter[1:] != is_letter[:-1]).nonzero()[0] + 1
        starts, ends = edges[::2], edges[1::2]
        names = self._powers.names(letters, starts, ends)
        for long in (ends - starts > LONGEST_NAMED).nonzero()[0].tolist():
            names[long] = hash(text[starts[long] : ends[long]]) or 1
        numbers = self._known.values(names)
        unknown = (numbers == NONE).nonzero()[0]
        if unknown.size:
            unknown = unknown[_may_be_remembered(letters[starts[unknown]])]
            numbers[unknown] = self._meet(text, starts[unknown], ends[unknown], names[unknown])
        places = (numbers > _FEATURELESS).nonzero()[0]
        numbers = numbers[places]
        counts = self._counts[numbers]
        return self._kept[runs(self._starts[numbers], counts)], places.repeat(counts), starts

    def _meet(self, text: bytes, starts: Numbers, ends: Numbers, names: Numbers) -> list[int]:
        """Remember words, but for runs of scripts without spaces: no two are the same. Answers their numbers."""
        met: dict[int, int] = {}
        asked = names.tolist()
        for start, end, name in zip(starts.tolist(), ends.tolist(), asked, strict=True):
            if name in met:
                continue
            word = text[start:end].decode()
            if not word.isascii() and is_unspaced(word[0]):
                continue
            found = self._features.of_word(word)
            met[name] = self._keep([one for one in found if one < self._size]) if found else _FEATURELESS
        if met:
            self._known.add(np.array(list(met), np.int64), np.array(list(met.values()), np.int64))
        return [met.get(name, NONE) for name in asked]

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


def _may_be_remembered(first: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Told by the first byte of a word: at once for Chinese, of which there is most."""
    return (first < _FIRST_IDEOGRAPH) | (first > _LAST_IDEOGRAPH)


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
        sums = (letters * self._up[: len(letters)]).cumsum()
        words = (sums[ends - 1] - sums[starts - 1]) * self._down[starts]
        words[words == NONE] = 1
        names: Numbers = words.view(np.int64)
        return names

    def _grow(self, number: int) -> None:
        self._up = np.multiply.accumulate(np.full(number, self._base))
        self._down = np.multiply.accumulate(np.full(number, self._inverse))


def _twice(numbers: Numbers) -> Numbers:
    return np.concatenate([numbers, np.zeros_like(numbers)])
