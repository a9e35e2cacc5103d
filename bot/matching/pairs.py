"""A table of pairs of features, asked for many pairs at once."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]

# Knuth's multiplicative hashing: the golden ratio of 64 bits.
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_ROOMY = 4
"""Places for each pair: most questions are answered at the first place."""
_EMPTY = -1


class Pairs:
    """Immutable. Open addressing, so that a question costs few steps however many pairs there are."""

    def __init__(self, follows: Mapping[int, int]) -> None:
        keys = np.fromiter(follows.keys(), np.int64, len(follows))
        values = np.fromiter(follows.values(), np.int32, len(follows))
        bits = max(4, int(len(keys) * _ROOMY).bit_length())
        self._shift = np.uint64(64 - bits)
        self._last = (1 << bits) - 1
        self._keys = np.full(1 << bits, _EMPTY, np.int64)
        self._values = np.zeros(1 << bits, np.int32)
        self._fill(keys, values)

    def joined(self, ones: Numbers, others: Numbers) -> Numbers:
        """For each pair the feature of both side by side, 0 where there is none."""
        keys = (ones << 32) | others
        places = self._first_places(keys)
        found = self._keys[places]
        values = np.where(found == keys, self._values[places], 0).astype(np.int64)
        elsewhere = np.flatnonzero((found != keys) & (found != _EMPTY))
        keys, places = keys[elsewhere], places[elsewhere]
        while elsewhere.size:
            places = (places + 1) & self._last
            found = self._keys[places]
            here = found == keys
            values[elsewhere[here]] = self._values[places[here]]
            further = ~here & (found != _EMPTY)
            elsewhere, keys, places = elsewhere[further], keys[further], places[further]
        return values

    def _first_places(self, keys: NDArray[np.int64]) -> Numbers:
        return ((keys.view(np.uint64) * _SPREAD) >> self._shift).astype(np.int64)

    def _fill(self, keys: NDArray[np.int64], values: NDArray[np.int32]) -> None:
        places = self._first_places(keys)
        left = np.arange(keys.size)
        while left.size:
            free = left[self._keys[places[left]] == _EMPTY]
            self._keys[places[free]] = keys[free]
            # Of those that wanted the same place, the last one has it.
            self._values[places[free]] = values[free]
            left = left[self._keys[places[left]] != keys[left]]
            places[left] = (places[left] + 1) & self._last


def runs(starts: Numbers, counts: Numbers) -> Numbers:
    """``start, start + 1, …`` for each start, as many as its count, one behind the other."""
    before = np.cumsum(counts) - counts
    numbers: Numbers = np.arange(counts.sum()) + np.repeat(starts - before, counts)
    return numbers
