"""Which words may begin or end as queries ask for, told of all words of an article at once."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.matching.features import Features
from bot.matching.literals import SHORTEST_PREFIX, SHORTEST_SUFFIX
from bot.matching.spelling import Flags, Spelling, spelt
from bot.matching.table import Numbers, Packed, Places


class Sieve:
    """Lets words pass that may be like one that queries ask for, though they are not known by their letters."""

    def __init__(self, features: Features) -> None:
        others = [word for word in (*features.words, *features.umlauts, *features.typed) if not word.isascii()]
        self._places = Places(len(others) * _SPARSE)
        self._others = np.zeros(self._places.number, np.bool_)
        for _, words in spelt(others):
            self._others[self._place(words)] = True
        self._beginnings = _by_letters(features.beginnings, fewest=SHORTEST_PREFIX)
        self._endings = _by_letters(features.endings, fewest=SHORTEST_SUFFIX)

    @property
    def parts(self) -> tuple[Flags, tuple[tuple[int, bool, NDArray[np.uint8]], ...]]:
        """Whether another word may have each place; of all stems how many letters, whether backwards, and lengths."""
        kinds = ((self._beginnings, False), (self._endings, True))
        stems = tuple((one.letters, backwards, one.shortest) for kind, backwards in kinds for one in kind)
        return self._others, stems

    def passed(self, words: Spelling) -> Flags:
        """Whether each passes, of words that are told."""
        passed = np.zeros(len(words.lengths), np.bool_) if words.are_ascii else self._others.take(self._place(words))
        for stems in self._beginnings:
            passed |= stems.may_begin(words.first, words.lengths)
        if self._endings:
            backwards = words.backwards()
            for stems in self._endings:
                passed |= stems.may_begin(backwards, words.lengths)
        return passed

    def _place(self, words: Spelling) -> Numbers:
        return self._places.of(words.first ^ words.second * _SECOND)


def _by_letters(stems: Iterable[str], *, fewest: int) -> "list[_Stems]":
    by_letters: dict[int, list[str]] = {}
    for stem in stems:
        letters = max(most for most in (fewest, *_LETTERS) if most <= max(len(stem), fewest))
        by_letters.setdefault(letters, []).append(stem)
    return [_Stems(letters, some) for letters, some in by_letters.items()]


class _Stems:
    """How words begin, or how they end if they are read from their end: some letters of each stem, and its length."""

    def __init__(self, letters: int, stems: Sequence[str]) -> None:
        self.letters = letters
        self._others = np.uint64(8 * (8 - letters))
        self._places = Places(len(stems) * _SPARSE)
        self.shortest = np.full(self._places.number, _NEVER, np.uint8)
        for words, some in spelt(stems):
            lengths = np.minimum(some.lengths, _LONGEST).astype(np.uint8)
            np.minimum.at(self.shortest, self._places.of(some.first << self._others), lengths)
            if min(map(len, words)) < letters:
                # Nobody can ask for anything so short: no word is held back.
                self.shortest[:] = 0

    def may_begin(self, first: Packed, lengths: Numbers) -> Flags:
        """Whether a stem that is not longer than the word may begin each word, given its first letters."""
        return self.shortest.take(self._places.of(first << self._others)) <= lengths


_LETTERS = (4, 6)
"""As many letters of a stem are compared as it has of these."""
_SECOND = np.uint64(0xD6E8FEB86659FD93)
_SPARSE = 128
"""Places for each word: few others fall on one that is taken."""
_LONGEST, _NEVER = 254, 255
"""Lengths as they are kept."""
