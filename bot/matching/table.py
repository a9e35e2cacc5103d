"""Arrays of numbers: a table that is asked for many keys at once, and what many ranges of places are together."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Packed = NDArray[np.uint64]

# Knuth's multiplicative hashing: the golden ratio of 64 bits.
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_ROOMY = 4
"""Places for each key at least."""
NONE = 0
"""The value of whatever is not there."""


class Table:
    """From pairs of numbers to values, given each pair once. Few share a place: only one of these has it."""

    def __init__(self, first: Packed, second: Packed, values: Numbers) -> None:
        self._places = Places(len(values) * _ROOMY)
        number = self._places.number
        self._first, self._second = np.zeros(number, np.uint64), np.zeros(number, np.uint64)
        self._values = np.zeros(number, np.int32)
        self._is_crowded = np.zeros(number, np.bool_)
        places = self._places.of(first + second * _SECOND)
        # Of those that want the same place, the last one has it.
        self._first[places], self._second[places], self._values[places] = first, second, values
        others = ((self._first.take(places) != first) | (self._second.take(places) != second)).nonzero()[0]
        self._is_crowded[places.take(others)] = True
        self._others = dict(zip(_pairs(first, second, others), values.take(others).tolist(), strict=True))

    @property
    def parts(self) -> tuple[NDArray[Any], ...]:
        """Of each place its two numbers, its value, and whether others wanted it."""
        return self._first, self._second, self._values, self._is_crowded

    def values(self, first: Packed, second: Packed) -> Numbers:
        """Of each pair; ``NONE`` of those that are not there."""
        places = self._places.of(first + second * _SECOND)
        is_there = self._first.take(places) == first
        is_there &= self._second.take(places) == second
        values: Numbers = np.multiply(self._values.take(places), is_there, dtype=np.int64)
        elsewhere = (self._is_crowded.take(places) > is_there).nonzero()[0]
        if elsewhere.size:
            get = self._others.get
            values[elsewhere] = [get(pair, NONE) for pair in _pairs(first, second, elsewhere)]
        return values


def _pairs(first: Packed, second: Packed, which: Numbers) -> Iterator[tuple[int, int]]:
    return zip(first.take(which).tolist(), second.take(which).tolist(), strict=True)


_SECOND = np.uint64(0xD6E8FEB86659FD93)


class Pairs:
    """Of pairs of numbers, most of which have no value: what they have in a growing ``dict``, below some number."""

    def __init__(self, values: Mapping[int, int], below: int) -> None:
        self._values = values
        self._below = below
        self._places = Places(len(values) * _SPARSE)
        self._taken = np.zeros(self._places.number, np.bool_)
        self._taken[self._places.of(np.fromiter(values, np.int64, len(values)))] = True

    @property
    def parts(self) -> tuple[NDArray[np.bool_], Mapping[int, int], int]:
        """Whether a key may have each place; the values; below which number."""
        return self._taken, self._values, self._below

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

    def of(self, keys: Numbers | Packed) -> Numbers:
        places: Numbers = ((keys.view(np.uint64) * _SPREAD) >> self._shift).view(np.int64)
        return places


def runs(starts: Numbers, counts: Numbers) -> Numbers:
    """``start, start + 1, …`` for each start, as many as its count, one behind the other."""
    ends = counts.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    starts = starts + counts
    starts -= ends
    numbers = starts.repeat(counts)
    numbers += up_to(total)
    return numbers


def up_to(number: int) -> Numbers:
    """``0, 1, …`` and no further: not to be written to."""
    return _UP_TO[:number] if number <= len(_UP_TO) else np.arange(number)


_UP_TO = np.arange(1 << 12)
_UP_TO.flags.writeable = False
