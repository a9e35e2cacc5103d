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
    first = standing.searchsorted(asked.left << 32)
    number = standing.searchsorted((asked.left + 1) << 32) - first
    pair = np.arange(len(number)).repeat(number)
    end = standing[runs(first, number)] - (asked.left << 32)[pair]
    each = asked.only(pair)
    begin = end - each.left_length + 1
    key = each.right << 32
    standing = np.concatenate([[-1], standing, [np.iinfo(np.int64).max]])
    # The first right one that begins behind this left one, and the last that ends before it.
    behind = standing[standing.searchsorted(key | (end + each.right_length))] - key - each.right_length + 1
    before = standing[standing.searchsorted(key | begin) - 1] - key
    is_near = (behind - end <= each.distance) | ((before >= 0) & (begin - before <= each.distance))
    return np.bincount(pair[is_near], minlength=len(number)) > 0
