"""Which words stand near each other, for many pairs at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.matching.clauses import PAIR
from bot.matching.table import Numbers, runs


@dataclass(frozen=True, slots=True)
class Nears:
    """What is asked of each pair: an array a column."""

    left: Numbers
    """Features of words and phrases."""
    right: Numbers
    left_length: Numbers
    """In words."""
    right_length: Numbers
    distance: Numbers

    @classmethod
    def of(cls, checks: Sequence[int]) -> "Nears":
        """The columns of ``Checks.pairs``."""
        return cls(*np.asarray(checks, np.int64).reshape(-1, PAIR).T)

    def sides(self, size: int) -> NDArray[np.bool_]:
        """Of all features, those that something is asked about."""
        flags = np.zeros(size, np.bool_)
        flags[self.left] = flags[self.right] = True
        return flags

    def only(self, which: Numbers) -> "Nears":
        columns = (self.left, self.right, self.left_length, self.right_length, self.distance)
        return Nears(*(column[which] for column in columns))


def near(asked: Nears, features: Numbers, ends: Numbers) -> NDArray[np.bool_]:
    """Whether each pair stands as ``query.Near`` says, given features and the number of the word at which each ends."""
    standing = features << 32 | ends
    standing.sort()
    standing = np.concatenate([_NOTHING_BEFORE, standing, _NOTHING_BEHIND])
    left = asked.left << 32
    first = standing.searchsorted(left)
    number = standing.searchsorted(left | _LAST) - first
    pair = np.arange(len(number)).repeat(number)
    end = standing.take(runs(first, number)) & _LAST
    begin = end - asked.left_length.take(pair) + 1
    length, distance, right = asked.right_length.take(pair), asked.distance.take(pair), asked.right.take(pair) << 32
    # The first right one that begins behind this left one, and the last that ends before it.
    behind = standing.take(standing.searchsorted(right | end + length)) - right - length + 1
    before = standing.take(standing.searchsorted(right | begin) - 1) - right
    is_near = (behind - end <= distance) | ((before >= 0) & (begin - before <= distance))
    return np.bincount(pair[is_near], minlength=len(number)) > 0


_LAST = 0xFFFFFFFF
_NOTHING_BEFORE, _NOTHING_BEHIND = np.array([[-1], [np.iinfo(np.int64).max]])
