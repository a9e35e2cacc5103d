"""Standing queries, filed so that an article looks only at those it may meet: nothing changes but who has left.

Every alternative of a query is filed under that one of its features which the fewest articles have. An article opens
the files of its own features, and of what lies there keeps what is complete.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bot.matching import compiled
from bot.matching.book import NO_CHECKS, Book, Page
from bot.matching.features import ALWAYS
from bot.matching.near import Nears, near
from bot.matching.scan import Scan, Standing
from bot.matching.table import Numbers, runs
from bot.matching.text import ArticleText
from bot.model.ids import SubscriptionId

Small = NDArray[np.int32]
DOUBT = 20
"""How many articles it takes to trust their count more than how often a feature is asked for."""


class Index:
    """One thread at a time asks it."""

    def __init__(self, book: Book, clauses: "_Clauses", members: "_Members", popularity: "_Popularity") -> None:
        self._book = book
        self._clauses = clauses
        self._members = members
        self._popularity = popularity
        self._nears = Nears.of(book.checks.pairs)
        self._scan = Scan(book.features, np.concatenate([clauses.asked(), self._nears.left, self._nears.right]))
        size = self._scan.size
        filed = clauses.each(0)
        self._files = np.searchsorted(filed, np.arange(size + 1)).astype(np.int32)
        self._second, self._third = clauses.each(1), clauses.each(2)
        self._has_more = np.diff(clauses.starts) > 3
        self._is_near = (self._nears.left > 0).tobytes()
        self._is_side = self._nears.sides(size)
        self._stands = np.zeros(2 * size, np.bool_)
        """By feature; and by ``missing(feature)``, as arrays count from their end, whether it does not stand."""
        self._stands[size:] = True
        self._once = _Once(size), _Once(len(members.starts))

    def __len__(self) -> int:
        return int(self._members.here.sum())

    def match(self, text: ArticleText) -> tuple[Numbers, Numbers]:
        """The subscriptions that the article meets, and the entry of each."""
        standing = self._scan.standing(text)
        return self._of(self._checked(self._complete(standing.features), standing, text))

    def forget(self, subscription: SubscriptionId) -> None:
        self._members.forget(subscription)

    def _complete(self, features: Numbers) -> Numbers:
        """The clauses of which all features are as they must be; which features an article had is counted."""
        self._popularity.articles += 1
        if compiled.walk:
            counted = self._once[0].last_place, self._popularity.seen, self._stands
            filed = self._files, self._second, self._third, self._clauses.starts, self._clauses.features
            return compiled.numbers(compiled.walk.complete(features, *counted, *filed))
        features = self._once[0].each(features)
        self._popularity.seen[features] += 1
        self._stands[features], self._stands[~features] = True, False
        try:
            return self._opened(features)
        finally:
            self._stands[features], self._stands[~features] = False, True

    def _opened(self, features: Numbers) -> Numbers:
        first = self._files.take(features).astype(np.int64)
        number = self._files.take(features + 1) - first
        filled = number.nonzero()[0]
        opened = runs(first[filled], number[filled])
        opened = opened[self._stands[self._second.take(opened)]]
        opened = opened[self._stands[self._third.take(opened)]]
        has_more = self._has_more.take(opened)
        return np.concatenate([opened[~has_more], self._with_more(opened[has_more])]) if has_more.any() else opened

    def _with_more(self, clauses: Numbers) -> Numbers:
        """Those of which the fourth feature and every further one is as it must be."""
        at, end = self._clauses.starts[clauses] + 3, self._clauses.starts[clauses + 1]
        while True:
            longer = (at < end).nonzero()[0]
            if not longer.size:
                return clauses
            complete = np.ones(len(clauses), np.bool_)
            complete[longer] = self._stands[self._clauses.features[at[longer]]]
            clauses, at, end = clauses[complete], at[complete] + 1, end[complete]

    def _of(self, clauses: Numbers) -> tuple[Numbers, Numbers]:
        """The subscriptions and the entry of each."""
        if compiled.walk:
            asked = self._clauses.entries, self._once[1].last_place, self._members.starts, self._members.here
            return self._members.at(compiled.numbers(compiled.walk.members(clauses, *asked)))
        return self._members.of(self._once[1].each(self._clauses.entries[clauses]))

    def _checked(self, clauses: Numbers, standing: Standing, text: ArticleText) -> Numbers:
        """Those of which everything holds that features do not decide."""
        lists = self._clauses.checks.take(clauses)
        unchecked = (lists != NO_CHECKS).nonzero()[0]
        if not unchecked.size:
            return clauses
        asked = lists.take(unchecked).tolist()
        holding = self._holding(set(asked), standing, text)
        wanted = np.ones(len(clauses), np.bool_)
        wanted[unchecked] = [number in holding for number in asked]
        return clauses[wanted]

    def _holding(self, lists: Collection[int], standing: Standing, text: ArticleText) -> set[int]:
        """Those of the lists of checks of which everything is as it must be."""
        checks = self._book.checks
        asked = {number: self._book.check_lists[number] for number in lists}
        wanted = {check if check >= 0 else ~check for checks in asked.values() for check in checks}
        near = [check for check in wanted if self._is_near[check]]
        held = set(self._near(near, standing)) if near else set()
        held.update(check for check in wanted if not self._is_near[check] and checks.holds(check, text))
        return {
            number
            for number, checks in asked.items()
            if all(check in held if check >= 0 else ~check not in held for check in checks)
        }

    def _near(self, checks: list[int], standing: Standing) -> list[int]:
        asked = np.array(checks, np.int64)
        are_near = near(self._nears.only(asked), *standing.with_ends(self._is_side))
        held: list[int] = asked[are_near].tolist()
        return held


def filed(book: Book, page: Page, before: Index | None = None) -> Index:
    """The index of what stood before, without those who have left, and of what stands on the page.

    It may be made in one thread while another asks the one before; who leaves meanwhile leaves that one only.
    """
    clauses, members = _Clauses.on(page), _Members.on(page)
    popularity = _Popularity()
    if before:
        clauses, members = before._clauses.and_(clauses), before._members.and_(members)
        popularity = before._popularity.of(before._scan.counted)
    members = members.by_entry(len(book))
    lonely = members.starts[clauses.entries] == members.starts[clauses.entries + 1]
    book.forget(np.unique(clauses.entries[lonely]).tolist())
    popularity = popularity.grown(book.features.last + 1)
    clauses = clauses.only(~lonely)
    return Index(book, clauses.in_order(popularity.rarity(clauses.features)), members, popularity)


@dataclass(frozen=True, slots=True)
class _Clauses:
    """Alternatives of entries, one behind the other."""

    features: Small
    starts: Numbers
    """Where the features of each begin, and behind the last one where they end."""
    entries: Small
    checks: Small
    """The number of a list of checks for each."""

    @classmethod
    def on(cls, page: Page) -> "_Clauses":
        starts = np.concatenate([[0], np.cumsum(np.asarray(page.lengths, np.int64))])
        return cls(_small(page.features), starts, _small(page.clause_entries), _small(page.checks))

    def and_(self, other: "_Clauses") -> "_Clauses":
        return _Clauses(
            np.concatenate([self.features, other.features]),
            np.concatenate([self.starts[:-1], other.starts + self.starts[-1]]),
            np.concatenate([self.entries, other.entries]),
            np.concatenate([self.checks, other.checks]),
        )

    def only(self, wanted: NDArray[np.bool_]) -> "_Clauses":
        return self if wanted.all() else self._taken(np.flatnonzero(wanted))

    def each(self, number: int) -> Small:
        """Of each clause the feature of this number, counting from 0; ``ALWAYS`` where it has fewer."""
        features = np.full(len(self.entries), ALWAYS, np.int32)
        has_it = np.diff(self.starts) > number
        features[has_it] = self.features[self.starts[:-1][has_it] + number]
        return features

    def asked(self) -> Numbers:
        """The features of all, those too that must be missing."""
        return np.where(self.features < 0, ~self.features, self.features).astype(np.int64)

    def in_order(self, rarity: NDArray[np.float32]) -> "_Clauses":
        """The rarest feature of each first, and the clauses in the order of these."""
        lengths = np.diff(self.starts)
        clause = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
        # What must be missing is no way to find a clause, and stands last.
        rank = np.where(self.features < 0, np.float32(np.inf), rarity[self.features])
        ranked = _Clauses(self.features[np.lexsort((rank, clause))], self.starts, self.entries, self.checks)
        return ranked._taken(np.argsort(ranked.features[self.starts[:-1]], kind="stable"))

    def _taken(self, which: Numbers) -> "_Clauses":
        lengths = np.diff(self.starts)[which]
        return _Clauses(
            self.features[runs(self.starts[which], lengths)],
            np.concatenate([[0], np.cumsum(lengths)]),
            self.entries[which],
            self.checks[which],
        )


@dataclass(frozen=True, slots=True)
class _Members:
    """The subscriptions of each entry, those of one side by side."""

    subscriptions: Numbers
    entries: Small
    starts: Small
    """By entry."""
    by_id: Numbers
    """The places of the subscriptions in the order of their ids. As numpy counts places: others it copies each time."""
    here: NDArray[np.bool_]

    @classmethod
    def on(cls, page: Page) -> "_Members":
        subscriptions, entries = np.asarray(page.subscriptions, np.int64), _small(page.entries)
        return cls(subscriptions, entries, _small(()), _NONE, np.ones(len(entries), np.bool_))

    def and_(self, other: "_Members") -> "_Members":
        """Those that are still here, and others."""
        here = self.here.copy()
        subscriptions = np.concatenate([self.subscriptions[here], other.subscriptions])
        entries = np.concatenate([self.entries[here], other.entries])
        return _Members(subscriptions, entries, _small(()), _NONE, np.ones(len(entries), np.bool_))

    def by_entry(self, number: int) -> "_Members":
        """Each subscription once, with the last of its entries."""
        by_id = np.argsort(self.subscriptions, kind="stable")
        is_last = np.diff(self.subscriptions[by_id], append=-1) != 0
        last = by_id[is_last]
        order = last[np.argsort(self.entries[last], kind="stable")]
        subscriptions, entries = self.subscriptions[order], self.entries[order]
        starts = np.searchsorted(entries, np.arange(number + 1)).astype(np.int32)
        here = np.ones(len(order), np.bool_)
        return _Members(subscriptions, entries, starts, np.argsort(subscriptions), here)

    def of(self, entries: Numbers) -> tuple[Numbers, Numbers]:
        first = self.starts[entries].astype(np.int64)
        places = runs(first, self.starts[entries + 1] - first)
        return self.at(places[self.here[places]])

    def at(self, places: Numbers) -> tuple[Numbers, Numbers]:
        return self.subscriptions[places], self.entries[places].astype(np.int64)

    def forget(self, subscription: SubscriptionId) -> None:
        """No mistake where it is not among them."""
        at = int(np.searchsorted(self.subscriptions, subscription, sorter=self.by_id))
        if at < len(self.by_id) and self.subscriptions[self.by_id[at]] == subscription:
            self.here[self.by_id[at]] = False


@dataclass(slots=True)
class _Popularity:
    """How many articles had a feature, of how many since it was known."""

    articles: int = 0
    seen: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    known_at: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    """How many articles there had been before."""

    def of(self, counted: NDArray[np.bool_]) -> "_Popularity":
        """Of these features; whoever asks for another one begins to count it."""
        seen = np.where(counted, self.seen, np.float32(0))
        return _Popularity(self.articles, seen, np.where(counted, self.known_at, np.float32(self.articles)))

    def grown(self, size: int) -> "_Popularity":
        new = size - len(self.seen)
        seen = np.concatenate([self.seen, np.zeros(new, np.float32)])
        return _Popularity(
            self.articles, seen, np.concatenate([self.known_at, np.full(new, self.articles, np.float32)])
        )

    def rarity(self, features: Small) -> NDArray[np.float32]:
        """What share of articles is likely to have each feature, given what clauses ask for.

        As long as few articles were seen: people ask often for what is often written about.
        """
        asked = np.bincount(np.maximum(features, ALWAYS), minlength=len(self.seen)).astype(np.float32)
        guess = asked / max(1.0, float(asked[ALWAYS + 1 :].max(initial=0)))
        rarity = (self.seen + DOUBT * guess) / (self.articles - self.known_at + DOUBT)
        rarity[ALWAYS] = 1
        return rarity.astype(np.float32)


class _Once:
    """Finds each of some numbers once, without sorting them."""

    def __init__(self, size: int) -> None:
        self.last_place = np.zeros(size, np.int32)

    def each(self, numbers: Numbers | Small) -> Numbers:
        places = np.arange(len(numbers), dtype=np.int32)
        self.last_place[numbers] = places
        once: Numbers = numbers[self.last_place[numbers] == places].astype(np.int64, copy=False)
        return once


def _small(numbers: Sequence[int]) -> Small:
    return np.asarray(numbers, np.int32)


_NONE = np.zeros(0, np.int64)
