"""Words as numbers: the words of an article, named all at once, and the features of each."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bot.matching.features import Features
from bot.matching.naming import LONGEST_NAMED, Naming, Sought, Sums
from bot.matching.table import NONE, Numbers, Table, runs
from bot.matching.written import Written

MOST_WORDS = 1 << 18
"""How many words of articles are remembered: as many as some languages together use."""
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
        self._naming = Naming()
        self._sought = Sought(features, self._naming)
        self._forget()

    def numbers(self, written: Written) -> Numbers:
        """Of each word of an article a number by which its features and its roles are asked for."""
        if len(self._known) > MOST_WORDS:
            self._forget()
        sums = self._naming.sums(written.letters)
        starts, ends = written.word_starts, written.word_ends
        if not written.has_runs:
            return self._named(written, sums, starts, ends)
        numbers = np.full(len(starts), _FEATURELESS)
        which = written.without_runs()
        numbers[which] = self._named(written, sums, starts[which], ends[which])
        return numbers

    def roles(self, numbers: Numbers) -> NDArray[np.uint8]:
        """What any of the features of each is for."""
        return self._roles.take(numbers)

    def features(self, numbers: Numbers) -> tuple[Numbers, Numbers]:
        """All that these words have, and for each which of the words has it."""
        counts = self._counts.take(numbers)
        return self._kept.take(runs(self._starts.take(numbers), counts)), np.arange(len(numbers)).repeat(counts)

    def _named(self, written: Written, sums: Sums, starts: Numbers, ends: Numbers) -> Numbers:
        names = self._naming.names(sums, starts, ends)
        long = (ends - starts > LONGEST_NAMED).nonzero()[0]
        for one in long.tolist():
            names[one] = hash(written.text[starts[one] : ends[one]]) or 1
        numbers = self._known.values(names)
        unknown = (numbers == NONE).nonzero()[0]
        if unknown.size:
            starts, ends, names = starts.take(unknown), ends.take(unknown), names.take(unknown)
            met = np.full(len(unknown), _FEATURELESS)
            sought = self._sought.among(written.letters, sums, names, starts, ends)
            if sought.size:
                columns = (column.take(sought).tolist() for column in (names, starts, ends))
                met[sought] = self._meet(written.text, zip(*columns, strict=True))
            self._known.add(names, met)
            numbers[unknown] = met
        return numbers

    def _meet(self, text: str, words: Iterable[tuple[int, int, int]]) -> list[int]:
        """Keep the features of words, each given by its name and its place. Answers their numbers."""
        met: dict[int, int] = {}
        found: list[list[int]] = []
        roles: list[int] = []
        numbers = []
        for name, start, end in words:
            number = met.get(name)
            if number is None:
                number = _FEATURELESS
                features = self._features.of_word(text[start:end])
                if features and (role := self._role(features)):
                    number = self._number + len(found)
                    found.append(features)
                    roles.append(role)
                met[name] = number
            numbers.append(number)
        if found:
            self._keep(found, roles)
        return numbers

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


def _twice(numbers: NDArray[T]) -> NDArray[T]:
    return np.concatenate([numbers, np.zeros_like(numbers)])
