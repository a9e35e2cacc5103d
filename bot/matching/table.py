"""Arrays of numbers: a table that is asked for many keys at once, and what many ranges of places are together."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]

# Knuth's multiplicative hashing: the golden ratio of 64 bits.
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_ROOMY = 4
"""Places for each key at least."""
NONE = 0
"""The value of every key that is not there, and the one key that never is."""


class Table:
    """From keys to values, none of them ``NONE``. Few keys share a place: only one of these has it."""

    def __init__(self) -> None:
        self._make(0)

    def __len__(self) -> int:
        """At most so many keys are there."""
        return self._number

    def values(self, keys: Numbers) -> Numbers:
        """Of each key; ``NONE`` of those that are not there."""
        places = self._places.of(keys)
        found = self._keys.take(places)
        values = self._values.take(places).astype(np.int64)
        others = (found != keys).nonzero()[0]
        if others.size:
            values[others] = [self._without_place.get(key, NONE) for key in keys.take(others).tolist()]
        return values

    def add(self, keys: Numbers, values: Numbers) -> None:
        """Keys that are not there yet; one that comes twice has the same value."""
        if (self._number + len(keys)) * _ROOMY > len(self._keys):
            known = np.flatnonzero(self._keys)
            without = self._without_place
            keys = np.concatenate([self._keys[known], np.fromiter(without, np.int64, len(without)), keys])
            later = np.fromiter(without.values(), np.int64, len(without))
            values = np.concatenate([self._values[known], later, values])
            self._make(2 * len(keys))
        self._fill(keys, values)

    def _make(self, number: int) -> None:
        self._places = Places(number * _ROOMY)
        self._keys = np.zeros(self._places.number, np.int64)
        self._values = np.zeros(self._places.number, np.int32)
        self._without_place: dict[int, int] = {}
        self._number = 0

    def _fill(self, keys: Numbers, values: Numbers) -> None:
        self._number += len(keys)
        places = self._places.of(keys)
        free = (self._keys.take(places) == NONE).nonzero()[0]
        # Of those that want the same place, the last one has it.
        self._keys[places[free]] = keys[free]
        self._values[places[free]] = values[free]
        late = (self._keys.take(places) != keys).nonzero()[0]
        self._without_place.update(zip(keys[late].tolist(), values[late].tolist(), strict=True))


class Pairs:
    """Of pairs of numbers, most of which have no value: what they have in a growing ``dict``, below some number."""

    def __init__(self, values: Mapping[int, int], below: int) -> None:
        self._values = values
        self._below = below
        self._places = Places(len(values) * _SPARSE)
        self._taken = np.zeros(self._places.number, np.bool_)
        self._taken[self._places.of(np.fromiter(values, np.int64, len(values)))] = True

    def known(self, keys: Numbers) -> tuple[Numbers, Numbers]:
        """Which of the keys have a value, and which one."""
        which = self._taken.take(self._places.of(keys)).nonzero()[0]
        if not which.size:
            return which, which
        get = self._values.get
        values = np.array([get(key, NONE) for key in keys.take(which).tolist()], np.int64)
        here = ((values != NONE) & (values < self._below)).nonzero()[0]
        return which.take(here), values.take(here)


_SPARSE = 16
"""Places for each key: few that are not there fall on one that is taken."""


class Places:
    """A place for each key, out of at least so many."""

    def __init__(self, number: int) -> None:
        bits = max(4, number.bit_length())
        self.number = 1 << bits
        self._shift = np.uint64(64 - bits)

    def of(self, keys: Numbers) -> Numbers:
        places: Numbers = ((keys.view(np.uint64) * _SPREAD) >> self._shift).view(np.int64)
        return places


def runs(starts: Numbers, counts: Numbers) -> Numbers:
    """``start, start + 1, …`` for each start, as many as its count, one behind the other."""
    ends = counts.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    if total == len(counts) and counts.all():
        return starts
    numbers: Numbers = np.arange(total) + (starts - ends + counts).repeat(counts)
    return numbers
