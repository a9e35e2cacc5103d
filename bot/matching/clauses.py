"""A query as alternatives, each a list of features that must stand or must not, and of what has to be looked up."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, product
from typing import NamedTuple

from bot.matching.evaluation import literal_holds
from bot.matching.features import MOST_SIDE_BY_SIDE, Features
from bot.matching.query import (
    All,
    Any,
    Exact,
    Feed,
    In,
    Lang,
    Literal,
    Near,
    Node,
    Not,
    Phrase,
    Site,
    Term,
    Worded,
    words_of,
)
from bot.matching.text import TEXT_FIELDS, ArticleText, Field, query_words
from bot.model.letters import is_unspaced

PAIR = 5


class Clause(NamedTuple):
    features: tuple[int, ...] = ()
    """What must stand; ``missing(feature)`` for what must not."""
    checks: tuple[int, ...] = ()
    """What has to be looked up once all features are as they must be; ``missing(check)`` for what must not hold."""


def missing(number: int) -> int:
    """A number as Python counts from the end of a sequence: never the number of a feature."""
    return ~number


@dataclass(slots=True)
class Checks:
    """Literals that no feature decides, by number."""

    literals: list[tuple[Literal, Field | None]] = field(default_factory=list)
    pairs: "array[int]" = field(default_factory=lambda: array("i"))
    """``PAIR`` numbers for each: of a NEAR in the whole text both features, their lengths in words and the distance;
    zeros for anything else."""
    _numbers: dict[tuple[Literal, Field | None], int] = field(default_factory=dict)

    def number(self, literal: Literal, name: Field | None, features: Features) -> int:
        known = self._numbers.setdefault((literal, name), len(self.literals))
        if known == len(self.literals):
            self.literals.append((literal, name))
            self.pairs.extend(_pair(literal, features) if isinstance(literal, Near) and not name else (0,) * PAIR)
        return known

    def holds(self, number: int, text: ArticleText) -> bool:
        literal, name = self.literals[number]
        return literal_holds(literal, text, (name,) if name else TEXT_FIELDS)


def _pair(near: Near, features: Features) -> tuple[int, ...]:
    left, right = features.of(near.left), features.of(near.right)
    if not left or not right:
        return (0,) * PAIR
    return left, right, _length(near.left), _length(near.right), near.distance


def _length(side: Worded) -> int:
    """In words; in a script without spaces every character counts as one."""
    return sum(len(word) if is_unspaced(word[0]) else 1 for word in words_of(side))


@dataclass(frozen=True, slots=True)
class Compiler:
    features: Features
    checks: Checks

    def clauses(self, root: Node) -> list[Clause]:
        """The alternatives of a query, each once."""
        found = self._clauses(root, None, wanted=True)
        return found if len(found) == 1 else list(dict.fromkeys(found))

    def _clauses(self, node: Node, name: Field | None, *, wanted: bool) -> list[Clause]:
        match node:
            case Not(part):
                return self._clauses(part, name, wanted=not wanted)
            case In(within, part):
                return self._clauses(part, within, wanted=wanted)
            case All(parts) | Any(parts):
                alternatives = [self._clauses(part, name, wanted=wanted) for part in parts]
                if isinstance(node, All) == wanted:
                    return [_together(one) for one in product(*alternatives)]
                return list(chain.from_iterable(alternatives))
            case _:
                return [self._clause(node, name, wanted=wanted)]

    def _clause(self, literal: Literal, name: Field | None, *, wanted: bool) -> Clause:
        feature = self._feature(literal)
        if feature is not None:
            feature = self.features.in_field(name, feature) if name and isinstance(literal, Worded | Exact) else feature
            return Clause((feature if wanted else missing(feature),))
        check = self.checks.number(literal, name, self.features)
        if not wanted:
            return Clause(checks=(missing(check),))
        needed = self._needed(literal)
        if name:
            needed = [self.features.in_field(name, one) for one in needed]
        return Clause(tuple(dict.fromkeys(needed)), (check,))

    def _feature(self, literal: Literal) -> int | None:
        """What says by itself whether the literal stands; None where nothing does."""
        match literal:
            case Site():
                return self.features.site(literal)
            case Feed():
                return self.features.feed(literal)
            case Exact():
                return self.features.typed_word(literal)
            case Near() | Lang():
                return None
            case _:
                return self.features.of(literal)

    def _needed(self, literal: Literal) -> list[int]:
        """The features without which the literal cannot stand."""
        match literal:
            case Near(left, right):
                return [*self._needed(left), *self._needed(right)]
            case Phrase(words, open_end):
                feature = self.features.of(literal)
                if feature is not None:
                    return [feature]
                if not any(is_unspaced(word[0]) for word in words):
                    return self._needed(Phrase(words[:MOST_SIDE_BY_SIDE]))
                whole = words[:-1] if open_end else words
                return [feature for word in whole for feature in self._needed(Term(word))]
            case Exact(text):
                # Chinese is simplified by the words around it, which are others here than in an article.
                words = tuple(word for word in query_words(text) if not is_unspaced(word[0]))
                return [feature for word in words if (feature := self.features.of(Term(word)))]
            case Lang() | Site() | Feed():
                return []
            case Term(word) if is_unspaced(word[0]):
                beginning = self.features.of(Term(word[:MOST_SIDE_BY_SIDE]))
                return [beginning] if beginning else []
            case _:
                return [feature] if (feature := self.features.of(literal)) else []


def _together(clauses: Sequence[Clause]) -> Clause:
    features = dict.fromkeys([one for clause in clauses for one in clause.features])
    checks = dict.fromkeys([one for clause in clauses for one in clause.checks])
    return Clause(tuple(features), tuple(checks))
