"""Words as numbers: which words of an article queries know, and the features of each."""

from collections.abc import Sequence
from itertools import chain
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bot.matching import compiled
from bot.matching.features import Features
from bot.matching.sieve import Sieve
from bot.matching.spelling import LETTERS, Spelling, spelt
from bot.matching.table import NONE, Numbers, Packed, Pairs, Table, runs, up_to
from bot.matching.written import Written

MOST_WORDS = 1 << 17
"""How many words are remembered that were looked up one by one."""
LONGEST_REMEMBERED = 100
"""Characters. Of a longer word a keyed hash is, which nobody can foresee."""
MOST_LATELY = 1 << 14
"""How many of them are told by their letters, too."""
_FEATURELESS = 0
_UNTOLD = -1

T = TypeVar("T", bound=np.generic)


class Words:
    """The words that queries know, each with the features it has; and words of articles that are like them.

    What queries know is compared with all words of a text at once, by their letters. Looked up one by one are those
    that may begin or end as somebody asks for, long ones, and those that may be written in several ways.
    """

    def __init__(self, features: Features, roles: NDArray[np.uint8]) -> None:
        self._features = features
        self._known_roles = roles.tobytes()
        self._sieve = Sieve(features)
        self._starts = np.zeros(1024, np.int64)
        self._counts = np.zeros(1024, np.int64)
        self._roles = np.zeros(1024, np.uint8)
        self._kept = np.zeros(1024, np.int64)
        self._number = _FEATURELESS + 1
        """Of the next word that has any features."""
        self._used = 0
        self._asked = self._asked_for()
        self._of_queries = self._number, self._used
        self._remembered: dict[str | int, int] = {}
        self._lately = _nothing_lately()
        """Of some of these words the letters and the number, for ``compiled.walk``."""

    def numbers(self, written: Written) -> Numbers:
        """Of each word of an article a number by which its features and its roles are asked for."""
        if len(self._remembered) > MOST_WORDS:
            self._remembered, self._lately = {}, _nothing_lately()
            self._number, self._used = self._of_queries
        if compiled.walk:
            return self._told_by_walk(written)
        if not written.has_runs:
            return self._told(written, written.edges)
        numbers = np.full(len(written.edges) // 2, _FEATURELESS)
        which = written.without_runs()
        numbers[which] = self._told(written, written.edges.reshape(-1, 2).take(which, axis=0).ravel())
        return numbers

    def roles(self, numbers: Numbers) -> NDArray[np.uint8]:
        """What any of the features of each is for."""
        return self._roles.take(numbers)

    def joined(self, numbers: Numbers, pairs: Pairs, feature_roles: NDArray[np.uint8]) -> list[Numbers]:
        """By ``compiled.walk``: the features that stand and where each ends, and the same of what is typed somehow."""
        kept = self._roles, self._starts, self._counts, self._kept, feature_roles
        return [compiled.numbers(found) for found in compiled.walk.joined(numbers, *kept, *pairs.parts)]

    def features(self, numbers: Numbers) -> tuple[Numbers, Numbers]:
        """All that these words have, and for each which of the words has it."""
        counts = self._counts.take(numbers)
        return self._kept.take(runs(self._starts.take(numbers), counts)), up_to(len(numbers)).repeat(counts)

    def _told_by_walk(self, written: Written) -> Numbers:
        numbers = np.zeros(len(written.edges) // 2, np.int64)
        if written.has_runs:
            numbers[written.in_runs()] = _UNTOLD
        letters, edges, known = written.letters, written.edges, (*self._asked.parts, *self._sieve.parts)
        told = compiled.walk.told(letters, written.is_ascii, edges, *known, *self._lately, numbers)
        which = compiled.numbers(told)
        if written.has_runs:
            numbers[numbers == _UNTOLD] = _FEATURELESS
        if which.size:
            numbers[which] = self._looked_up(written.words(which, edges))
            compiled.walk.keep(letters, edges, which, numbers, *self._lately)
        return numbers

    def _told(self, written: Written, edges: Numbers) -> Numbers:
        words = Spelling.of(written.letters, edges, are_ascii=written.is_ascii)
        numbers = self._asked.values(words.first, words.second)
        untold = words.untold()
        numbers[untold] = _UNTOLD
        unasked = (numbers == NONE).nonzero()[0]
        like = unasked.compress(self._sieve.passed(words.take(unasked)))
        which = np.concatenate([like, untold]) if untold.size else like
        if which.size:
            numbers[which] = self._looked_up(written.words(which, edges))
        return numbers

    def _looked_up(self, words: Sequence[str]) -> list[int]:
        """The numbers of words that no letters tell."""
        keys = [word if len(word) <= LONGEST_REMEMBERED else hash(word) for word in words]
        known = self._remembered
        new = {key: word for key, word in zip(keys, words, strict=True) if key not in known}
        if new:
            known.update(zip(new, self._numbered(list(new.values())), strict=True))
        return [known[key] for key in keys]

    def _asked_for(self) -> Table:
        """The numbers of all words that queries know and that are told by their letters."""
        asked = dict.fromkeys(chain(self._features.words, self._features.umlauts, self._features.typed))
        first, second = [np.zeros(0, np.uint64)], [np.zeros(0, np.uint64)]
        numbers: list[int] = []
        for words, some in spelt(word for word in asked if word.isascii() and len(word) <= LETTERS):
            first.append(some.first)
            second.append(some.second)
            numbers += self._numbered(words)
        return Table(np.concatenate(first), np.concatenate(second), np.array(numbers, np.int64))

    def _numbered(self, words: Sequence[str]) -> list[int]:
        """Keep the features of new words. Answers the number of each."""
        found: list[list[int]] = []
        roles: list[int] = []
        numbers = []
        for word in words:
            features = self._features.of_word(word)
            role = self._role(features) if features else 0
            numbers.append(self._number + len(found) if role else _FEATURELESS)
            if role:
                found.append(features)
                roles.append(role)
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


def _nothing_lately() -> tuple[Packed, Packed, NDArray[np.int32]]:
    return np.zeros(MOST_LATELY, np.uint64), np.zeros(MOST_LATELY, np.uint64), np.zeros(MOST_LATELY, np.int32)


def _twice(numbers: NDArray[T]) -> NDArray[T]:
    return np.concatenate([numbers, np.zeros_like(numbers)])
