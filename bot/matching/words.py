"""Words as numbers: the words of an article, named all at once, and the features of each."""

import secrets
from collections.abc import Sequence
from itertools import chain
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bot.matching.features import Features
from bot.matching.table import NONE, Numbers, Table, runs
from bot.matching.written import Letters, Written

MOST_WORDS = 1 << 18
"""How many words of articles are remembered: as many as some languages together use."""
LONGEST_NAMED = 100
"""Characters. Two long words can be made up that have one number by whatever base."""
_FEATURELESS = 1

T = TypeVar("T", bound=np.generic)


class Words:
    """The words of articles that were met, each with the features it has.

    A word is known by a number that is made of its letters, of all words of a text in a few steps: a polynomial of its
    characters, by a base that nobody outside knows, so that nobody can make up two words with one number.
    """

    def __init__(self, features: Features, roles: NDArray[np.uint8]) -> None:
        self._features = features
        self._known_roles = roles.tobytes()
        self._powers = _Powers()
        self._forget()

    def numbers(self, written: Written) -> Numbers:
        """Of each word of an article a number by which its features and its roles are asked for."""
        if len(self._known) > MOST_WORDS:
            self._forget()
        names = self._powers.names(written.letters, written.word_starts, written.word_ends)
        if not written.has_runs:
            return self._named(written, names, written.word_starts, written.word_ends)
        numbers = np.full(len(names), _FEATURELESS)
        which = written.without_runs()
        numbers[which] = self._named(written, names[which], written.word_starts[which], written.word_ends[which])
        return numbers

    def roles(self, numbers: Numbers) -> NDArray[np.uint8]:
        """What any of the features of each is for."""
        return self._roles.take(numbers)

    def features(self, numbers: Numbers) -> tuple[Numbers, Numbers]:
        """All that these words have, and for each which of the words has it."""
        counts = self._counts.take(numbers)
        return self._kept.take(runs(self._starts.take(numbers), counts)), np.arange(len(numbers)).repeat(counts)

    def _named(self, written: Written, names: Numbers, starts: Numbers, ends: Numbers) -> Numbers:
        for long in (ends - starts > LONGEST_NAMED).nonzero()[0].tolist():
            names[long] = hash(written.text[starts[long] : ends[long]]) or 1
        numbers = self._known.values(names)
        unknown = (numbers == NONE).nonzero()[0]
        if unknown.size:
            numbers[unknown] = self._meet(written.text, starts[unknown], ends[unknown], names[unknown].tolist())
        return numbers

    def _meet(self, text: str, starts: Numbers, ends: Numbers, names: list[int]) -> list[int]:
        """Remember words, and answer their numbers."""
        met: dict[int, int] = {}
        found: list[list[int]] = []
        roles: list[int] = []
        of_word = self._features.of_word
        for start, end, name in zip(starts.tolist(), ends.tolist(), names, strict=True):
            if name in met:
                continue
            met[name] = _FEATURELESS
            features = of_word(text[start:end])
            if features and (role := self._role(features)):
                met[name] = self._number + len(found)
                found.append(features)
                roles.append(role)
        self._known.add(np.fromiter(met, np.int64, len(met)), np.fromiter(met.values(), np.int64, len(met)))
        if found:
            self._keep(found, roles)
        return [met[name] for name in names]

    def _role(self, features: list[int]) -> int:
        """What any of them is for; those that nobody has asked for yet are taken out."""
        known = self._known_roles
        if max(features) >= len(known):
            features[:] = [one for one in features if one < len(known)]
        role = 0
        for one in features:
            role |= known[one]
        return role

    def _forget(self) -> None:
        self._known = Table()
        self._starts = np.zeros(1024, np.int64)
        self._counts = np.zeros(1024, np.int64)
        self._roles = np.zeros(1024, np.uint8)
        self._kept = np.zeros(1024, np.int64)
        self._number = _FEATURELESS + 1
        """Of the next word that has any features."""
        self._used = 0

    def _keep(self, found: Sequence[Sequence[int]], roles: Sequence[int]) -> None:
        features = list(chain.from_iterable(found))
        counts = np.fromiter(map(len, found), np.int64, len(found))
        number, used = self._number, self._used
        self._number, self._used = number + len(found), used + len(features)
        while self._number > len(self._starts):
            self._starts, self._counts = _twice(self._starts), _twice(self._counts)
            self._roles = _twice(self._roles)
        while self._used > len(self._kept):
            self._kept = _twice(self._kept)
        self._starts[number : self._number] = counts.cumsum() - counts + used
        self._counts[number : self._number] = counts
        self._roles[number : self._number] = roles
        self._kept[used : self._used] = features


class _Powers:
    """Of a secret odd number, and of its inverse, modulo 2**64."""

    def __init__(self) -> None:
        base = secrets.randbits(64) | 1
        self._base, self._inverse = np.uint64(base), np.uint64(pow(base, -1, 1 << 64))
        self._up = self._down = np.zeros(0, np.uint64)

    def names(self, letters: Letters, starts: Numbers, ends: Numbers) -> Numbers:
        """One number for each word, never ``NONE``: the sum of its letters, each times a power."""
        if len(letters) > len(self._up):
            self._grow(2 * len(letters))
        sums = (letters * self._up[: len(letters)]).cumsum()
        words = (sums.take(ends - 1) - sums.take(starts - 1)) * self._down.take(starts)
        words[words == NONE] = 1
        names: Numbers = words.view(np.int64)
        return names

    def _grow(self, number: int) -> None:
        self._up = np.multiply.accumulate(np.full(number, self._base))
        self._down = np.multiply.accumulate(np.full(number, self._inverse))


def _twice(numbers: NDArray[T]) -> NDArray[T]:
    return np.concatenate([numbers, np.zeros_like(numbers)])
