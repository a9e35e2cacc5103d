"""Arrays of numbers: a table that is asked for many keys at once, and what many ranges of places are together."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]

# Knuth's multiplicative hashing: the golden ratio of 64 bits.
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_ROOMY = 4
"""Places for each key at least: most questions are answered at the first place."""
NONE = 0
"""The value of every key that is not there, and the one key that never is."""


class Table:
    """From keys to values, none of them ``NONE``. Open addressing: a question costs few steps, however many keys."""

    def __init__(self, keys: Numbers, values: Numbers) -> None:
        self._make(len(keys))
        self._fill(keys, values)

    def __len__(self) -> int:
        return self._number

    def values(self, keys: Numbers) -> Numbers:
        places = self._first_places(keys)
        found = self._keys[places]
        values = np.where(found == keys, self._values[places], NONE).astype(np.int64)
        elsewhere = ((found != keys) & (found != NONE)).nonzero()[0]
        keys, places = keys[elsewhere], places[elsewhere]
        while elsewhere.size:
            places = (places + 1) & self._last
            found = self._keys[places]
            here = found == keys
            values[elsewhere[here]] = self._values[places[here]]
            further = ~here & (found != NONE)
            elsewhere, keys, places = elsewhere[further], keys[further], places[further]
        return values

    def add(self, keys: Numbers, values: Numbers) -> None:
        """Keys that are not there yet."""
        if (self._number + len(keys)) * _ROOMY > len(self._keys):
            known = np.flatnonzero(self._keys)
            keys = np.concatenate([self._keys[known], keys])
            values = np.concatenate([self._values[known], values])
            self._make(2 * len(keys))
        self._fill(keys, values)

    def _make(self, number: int) -> None:
        bits = max(4, (number * _ROOMY).bit_length())
        self._shift = np.uint64(64 - bits)
        self._last = (1 << bits) - 1
        self._keys = np.zeros(1 << bits, np.int64)
        self._values = np.zeros(1 << bits, np.int32)
        self._number = 0

    def _first_places(self, keys: Numbers) -> Numbers:
        return ((keys.view(np.uint64) * _SPREAD) >> self._shift).astype(np.int64)

    def _fill(self, keys: Numbers, values: Numbers) -> None:
        self._number += len(keys)
        places = self._first_places(keys)
        left = np.arange(len(keys))
        while left.size:
            free = left[self._keys[places[left]] == NONE]
            self._keys[places[free]] = keys[free]
            # Of those that wanted the same place, the last one has it.
            self._values[places[free]] = values[free]
            left = left[self._keys[places[left]] != keys[left]]
            places[left] = (places[left] + 1) & self._last


def runs(starts: Numbers, counts: Numbers) -> Numbers:
    """``start, start + 1, …`` for each start, as many as its count, one behind the other."""
    ends = counts.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    if total == len(counts) and counts.all():
        return starts
    numbers: Numbers = np.arange(total) + (starts - ends + counts).repeat(counts)
    return numbers
