"""Numbers for everything that standing queries look for, so that an article is compared with arrays of numbers.

A feature is something that stands in an article or does not: a word, a phrase, characters of a run, a word in one
field. What leads to a phrase, its first words, are features too: ``follows`` says which feature and which next one make
a longer one. Numbers are only ever added.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, count, product
from typing import TypeVar, get_args

from bot.matching.korean import without_particle
from bot.matching.query import Exact, Feed, Phrase, Prefix, Site, Suffix, Term, Worded
from bot.matching.text import Field, readings
from bot.model.folding import fold
from bot.model.ids import FeedId
from bot.model.letters import is_unspaced

ALWAYS = 0
"""The feature of every article."""
MOST_SIDE_BY_SIDE = 8
"""Words of a phrase, or characters of a run: every step is taken at every place of an article that repeats itself."""
MOST_RUNS = 3
"""Of a phrase that is looked for in every way it may be written."""
FIELDS: tuple[Field, ...] = get_args(Field)
_FIRST_LETTERS = 3

K = TypeVar("K")


@dataclass(slots=True)
class Beginnings:
    """Features of all words that begin in some way."""

    _stems: dict[str, list[int]] = field(default_factory=dict)
    _lengths: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Of the stems that have these first letters: few, so that no word has to be cut everywhere."""
    _short: tuple[int, ...] = ()
    """Of the stems that are shorter than that; they are among all others, too."""

    def add(self, stem: str, feature: int) -> None:
        _listed(self._stems, stem, feature)
        if len(stem) < _FIRST_LETTERS:
            if len(stem) not in self._short:
                self._short = _with(self._short, len(stem))
                self._lengths = {first: _with(lengths, len(stem)) for first, lengths in self._lengths.items()}
        else:
            first = stem[:_FIRST_LETTERS]
            self._lengths[first] = _with(self._lengths.get(first, self._short), len(stem))

    def __iter__(self) -> Iterator[str]:
        return iter(self._stems)

    def of(self, word: str) -> list[int]:
        found: list[int] = []
        for length in self._lengths.get(word[:_FIRST_LETTERS], self._short):
            found += self._stems.get(word[:length], ())
        return found


def _with(lengths: tuple[int, ...], length: int) -> tuple[int, ...]:
    return lengths if length in lengths else (*lengths, length)


def _listed(table: dict[K, list[int]], key: K, feature: int) -> None:
    table.setdefault(key, []).append(feature)


@dataclass(slots=True)
class Features:
    words: dict[str, int] = field(default_factory=dict)
    """Of a word as articles write it: never with an umlaut, never of a script without spaces."""
    characters: dict[str, int] = field(default_factory=dict)
    """Of one character of a script without spaces, and of a space."""
    follows: dict[int, int] = field(default_factory=dict)
    """``pair(one, next)`` -> the feature of both side by side."""
    within: dict[int, int] = field(default_factory=dict)
    """``pair(number of a field, feature)`` -> the feature of standing there."""
    beginnings: Beginnings = field(default_factory=Beginnings)
    endings: Beginnings = field(default_factory=Beginnings)
    """Of words read from their end."""
    umlauts: dict[str, list[int]] = field(default_factory=dict)
    """A word as articles write it -> the features of the words with umlauts that it may stand for."""
    also: dict[int, list[int]] = field(default_factory=dict)
    """Of characters side by side: the features of the phrases that are written so, too."""
    typed: dict[str, list[int]] = field(default_factory=dict)
    """A word with its umlauts -> the features of what is looked for exactly as typed, if it is written so at all."""
    exact: dict[int, str] = field(default_factory=dict)
    """Of each of these features what is looked for."""
    sites: dict[str, int] = field(default_factory=dict)
    feeds: dict[FeedId, list[int]] = field(default_factory=dict)
    _known: dict[Prefix | Suffix | Term | Phrase | Feed | Exact, int] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(ALWAYS + 1))
    last: int = ALWAYS

    def of(self, literal: Worded) -> int | None:
        """None for what no single feature says."""
        match literal:
            case Term(word):
                return None if is_unspaced(word[0]) and len(word) > MOST_SIDE_BY_SIDE else self._term(word)
            case Phrase(words, open_end):
                are_runs = [is_unspaced(word[0]) for word in words]
                if all(are_runs):
                    return self._runs(literal)
                if any(are_runs) or len(words) > MOST_SIDE_BY_SIDE:
                    return None
                return self._phrase(words, open_end=open_end)
            case Prefix(stem):
                return self._prefix(stem)
            case Suffix(stem):
                return self._starred(literal, (one[::-1] for one in readings(stem)), self.endings.add)

    def word(self, word: str) -> int:
        return self.words.get(word) or self._add(self.words, word)

    def site(self, site: Site) -> int:
        return self.sites.get(site.domain) or self._add(self.sites, site.domain)

    def feed(self, feed: Feed) -> int:
        return self._starred(feed, feed.feeds, partial(_listed, self.feeds))

    def typed_word(self, exact: Exact) -> int | None:
        """None for what is no single word whose characters stand in their places."""
        words, is_in_place = fold(exact.text)
        if not is_in_place or not words or " " in words:
            return None
        if (known := self._known.get(exact)) is not None:
            return known
        number = self._add(self._known, exact)
        self.exact[number] = exact.text
        _listed(self.typed, words, number)
        return number

    def in_field(self, name: Field, feature: int) -> int:
        """Of a feature's standing in this field."""
        key = pair(FIELDS.index(name), feature)
        return self.within.get(key) or self._add(self.within, key)

    def of_word(self, word: str) -> list[int]:
        """All that a word of an article is, each once: for the words that queries know few, for others none."""
        if word.isascii():
            found = self._of_written(word, (word,))
        else:
            found = [
                one
                for written in readings(word)
                for one in self._of_written(written, (written, *without_particle(written)))
            ]
        if word in self.typed:
            found += self.typed[word]
        return found if len(found) < 2 else list(dict.fromkeys(found))

    def _of_written(self, word: str, bares: Iterable[str]) -> list[int]:
        """Of a word without umlauts, given also what it may be without a particle. Linear however long the word is."""
        found = self.beginnings.of(word)
        for bare in bares:
            if bare in self.words:
                found.append(self.words[bare])
            if bare in self.umlauts:
                found += self.umlauts[bare]
            found += self.endings.of(bare[::-1])
        return found

    def _term(self, word: str) -> int:
        if known := self.words.get(word):
            return known
        if is_unspaced(word[0]):
            return self._characters(word)
        written = readings(word)
        if len(written) == 1:
            return self.word(word)
        return self._starred(Term(word), written, partial(_listed, self.umlauts))

    def _phrase(self, words: tuple[str, ...], *, open_end: bool) -> int:
        last = self._prefix(words[-1]) if open_end else self._term(words[-1])
        return self._side_by_side([*map(self._term, words[:-1]), last])

    def _runs(self, phrase: Phrase) -> int | None:
        """Between two runs there may stand a space or none."""
        if len(phrase.words) > MOST_RUNS or sum(map(len, phrase.words)) > MOST_SIDE_BY_SIDE:
            return None
        if known := self._known.get(phrase):
            return known
        number = self._add(self._known, phrase)
        for spaces in product(("", " "), repeat=len(phrase.words) - 1):
            written = "".join(chain.from_iterable(zip(phrase.words, (*spaces, ""), strict=True)))
            self.also.setdefault(self._characters(written), []).append(number)
        return number

    def _characters(self, written: str) -> int:
        return self._side_by_side(self.characters.get(one) or self._add(self.characters, one) for one in written)

    def _prefix(self, stem: str) -> int:
        return self._starred(Prefix(stem), readings(stem), self.beginnings.add)

    def _side_by_side(self, features: Iterable[int]) -> int:
        found = 0
        for feature in features:
            if found:
                key = pair(found, feature)
                found = self.follows.get(key) or self._add(self.follows, key)
            else:
                found = feature
        return found

    def _starred(self, literal: Prefix | Suffix | Term | Feed, keys: Iterable[K], add: Callable[[K, int], None]) -> int:
        if (known := self._known.get(literal)) is not None:
            return known
        number = self._add(self._known, literal)
        for key in keys:
            add(key, number)
        return number

    def _add(self, table: dict[K, int], key: K) -> int:
        self.last = table[key] = next(self._numbers)
        return self.last


def pair(one: int, other: int) -> int:
    return one << 32 | other
