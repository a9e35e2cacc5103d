"""What standing queries ask for, one entry for all that read the same, compiled once."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.matching.clauses import Checks, Compiler
from bot.matching.features import ALWAYS, Features
from bot.matching.language import read_back
from bot.matching.query import Node, Query, asks_for_feeds
from bot.model.ids import SubscriptionId

NO_CHECKS = 0


@dataclass(slots=True)
class Book:
    """Grows only; one thread at a time writes in it, while another may read what it has known before."""

    features: Features = field(default_factory=Features)
    checks: Checks = field(default_factory=Checks)
    check_lists: list[tuple[int, ...]] = field(default_factory=lambda: [()])
    """Of all clauses that have the same, by number: ``NO_CHECKS`` is the empty one."""
    _forms: list[str] = field(default_factory=list)
    _entries: dict[str | Node, int] = field(default_factory=dict)
    _queries: dict[int, Query] = field(default_factory=dict)
    """Of the entries whose normal form does not say everything: it names feeds, and not which ones those are."""
    _list_numbers: dict[tuple[int, ...], int] = field(default_factory=lambda: {(): NO_CHECKS})

    def write(self, page: "Page", subscriptions: Iterable[tuple[SubscriptionId, Query]]) -> None:
        """Add the entries of these subscriptions, and the clauses of those entries that are new."""
        compiler = Compiler(self.features, self.checks)
        for subscription, query in subscriptions:
            key = _key(query)
            entry = self._entries.get(key)
            if entry is None:
                entry = self._enter(key, query)
                for clause in compiler.clauses(query.root):
                    needed = (
                        clause.features if max(clause.features, default=ALWAYS) > ALWAYS else (ALWAYS, *clause.features)
                    )
                    page.features.extend(needed)
                    page.lengths.append(len(needed))
                    page.checks.append(self._list_number(clause.checks) if clause.checks else NO_CHECKS)
                    page.clause_entries.append(entry)
            page.subscriptions.append(subscription)
            page.entries.append(entry)

    def __len__(self) -> int:
        """How many entries there have been."""
        return len(self._forms)

    def forget(self, entries: Iterable[int]) -> None:
        """They have no subscription any more, and their clauses go: who asks the same again gets a new entry."""
        for entry in entries:
            query = self._queries.get(entry)
            self._entries.pop(query.root if query else self._forms[entry], None)

    def query(self, entry: int) -> Query:
        """How the entry reads; its label is its normal form."""
        return self._queries.get(entry) or read_back(self._forms[entry])

    def _enter(self, key: str | Node, query: Query) -> int:
        entry = self._entries[key] = len(self._forms)
        self._forms.append(query.normal_form)
        if key is not query.normal_form:
            self._queries[entry] = query
        return entry

    def _list_number(self, checks: tuple[int, ...]) -> int:
        number = self._list_numbers.setdefault(checks, len(self.check_lists))
        if number == len(self.check_lists):
            self.check_lists.append(checks)
        return number


@dataclass(slots=True)
class Page:
    """Clauses one behind the other, as the index files them."""

    features: "array[int]" = field(default_factory=lambda: array("i"))
    lengths: "array[int]" = field(default_factory=lambda: array("i"))
    """How many features each clause has."""
    checks: "array[int]" = field(default_factory=lambda: array("i"))
    clause_entries: "array[int]" = field(default_factory=lambda: array("i"))
    subscriptions: "array[int]" = field(default_factory=lambda: array("q"))
    entries: "array[int]" = field(default_factory=lambda: array("i"))
    """Of each subscription."""


def _key(query: Query) -> str | Node:
    """Two queries are one entry exactly if this is the same."""
    return query.root if asks_for_feeds(query.normal_form) else query.normal_form
