"""Which features stand in an article: one walk along its words and characters, for all queries at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.matching.features import ALWAYS, FIELDS, Features
from bot.matching.pairs import Numbers, Pairs, runs
from bot.matching.sites import registrable_domain
from bot.matching.text import TEXT_FIELDS, ArticleText
from bot.model.letters import FIRST_UNSPACED, is_unspaced

MOST_WORDS = 1 << 18
"""How many words of articles are remembered: as many as some languages together use."""
BETWEEN = "\n"
"""A word that stands between two texts, so that no phrase reaches from one into the other."""
_CHARACTERS = 0x40000
"""Beyond the last character of a script without spaces."""
_LOW = 0xFFFFFFFF


class Scan:
    """Knows the features that there are when it is made; those that are added later stay unknown to it."""

    def __init__(self, features: Features) -> None:
        self.size = features.last + 1
        self._features = features
        self._pairs = Pairs(features.follows)
        pairs = np.fromiter(features.follows, np.int64, len(features.follows))
        self._begins = self._flags(pairs >> 32)
        self._continues = self._flags(pairs & _LOW)
        self._character = np.zeros(_CHARACTERS, np.int64)
        for character, feature in features.characters.items():
            self._character[ord(character)] = feature
        narrow = np.fromiter(features.within, np.int64, len(features.within))
        self._narrow = self._flags(narrow & _LOW)
        self._within = np.zeros((len(FIELDS), self.size), np.int32)
        self._within[narrow >> 32, narrow & _LOW] = list(features.within.values())
        self._remembered = _Remembered(features, self.size)

    def standing(self, text: ArticleText) -> "Standing":
        parts = _parts(text, with_margins=bool(self._features.within))
        found = [np.fromiter(self._facts(text), np.int64)]
        words = self._in_words(parts)
        fields = _fields(parts, [len(part.words) + 1 for part in parts])
        found += self._by_field(*words, fields)
        if self._features.characters and any(part.written for part in parts):
            fields = _fields(parts, [len(part.written) + 1 for part in parts])
            found += self._by_field(*self._in_runs(parts), fields)
        return Standing(np.concatenate(found), parts, *words)

    def _facts(self, text: ArticleText) -> Iterator[int]:
        """What needs no reading: the site and the feed."""
        yield ALWAYS
        if self._features.sites:
            yield self._known(self._features.sites.get(registrable_domain(text.article.link), ALWAYS))
        if text.article.feed is not None:
            yield from map(self._known, self._features.feeds.get(text.article.feed, ()))

    def _known(self, feature: int) -> int:
        return feature if feature < self.size else ALWAYS

    def _by_field(self, features: Numbers, places: Numbers, fields: NDArray[np.int8]) -> list[Numbers]:
        """Features by themselves where they stand in the text, and as features of their fields."""
        field = fields[places]
        narrow = np.flatnonzero(self._narrow[features])
        return [features[field < len(TEXT_FIELDS)], self._within[field[narrow], features[narrow]]]

    def _in_words(self, parts: Sequence["_Part"]) -> tuple[Numbers, Numbers]:
        """Features and, for each, the number of the word at which it ends."""
        words = [word for part in parts for word in (*part.words, BETWEEN)]
        features, places = self._remembered.features_of(words)
        continuing = np.flatnonzero(self._continues[features])
        counts = np.bincount(places[continuing], minlength=len(words) + 1)
        ends = np.cumsum(counts)
        nexts = features[continuing]
        found = [(features, places)]
        while True:
            beginning = np.flatnonzero(self._begins[features])
            features, places = features[beginning], places[beginning] + 1
            number = counts[places]
            if not number.any():
                return _joined(found)
            at = runs(ends[places] - number, number)
            features = self._pairs.joined(np.repeat(features, number), nexts[at])
            here = np.flatnonzero(features)
            features, places = features[here], np.repeat(places, number)[here]
            found.append((features, places))

    def _in_runs(self, parts: Sequence["_Part"]) -> tuple[Numbers, Numbers]:
        """Features and, for each, the number of the character at which it ends."""
        written = "".join([f"{part.written}{BETWEEN}" for part in parts])
        nexts = self._character[np.frombuffer(written.encode("utf-32-le"), np.uint32).clip(max=_CHARACTERS - 1)]
        places = np.flatnonzero(nexts)
        features = nexts[places]
        found = [(features, places)]
        while features.size:
            beginning = np.flatnonzero(self._begins[features])
            places = places[beginning] + 1
            features = self._pairs.joined(features[beginning], nexts[places])
            here = np.flatnonzero(features)
            features, places = features[here], places[here]
            found.append((features, places))
        return _joined(found)

    def _flags(self, features: Numbers) -> NDArray[np.bool_]:
        flags = np.zeros(self.size, np.bool_)
        flags[features] = True
        return flags


def _joined(found: Sequence[tuple[Numbers, Numbers]]) -> tuple[Numbers, Numbers]:
    return np.concatenate([features for features, _ in found]), np.concatenate([places for _, places in found])


@dataclass(frozen=True, slots=True)
class _Part:
    """One text."""

    field: int
    words: Sequence[str]
    written: str
    """The words with spaces between; empty where all of it is ASCII, which has no script without spaces."""


def _parts(text: ArticleText, *, with_margins: bool) -> list[_Part]:
    """The text fields, and authors and tags where somebody asks for those."""
    parts = []
    for number, name in enumerate(FIELDS if with_margins else TEXT_FIELDS):
        for passage in text.passages(name):
            parts.append(_Part(number, passage.words, "" if passage.text.isascii() else passage.folded))
    return parts


_APART = 1 << 10
"""More words than any NEAR reaches."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What was found in an article."""

    features: Numbers
    """All that stand, some of them several times."""
    _parts: Sequence[_Part]
    _in_words: Numbers
    _ends: Numbers

    def in_words(self) -> tuple[Numbers, Numbers] | None:
        """Features of the text and, for each, the number of the word at which it ends; two texts are far apart.

        None where characters may count as words.
        """
        parts = [part for part in self._parts if part.field < len(TEXT_FIELDS)]
        if any(part.written and max(part.written) >= FIRST_UNSPACED for part in parts):
            return None
        lengths = [len(part.words) + 1 for part in parts]
        shift = np.repeat(np.arange(len(parts)) * _APART, lengths)
        in_text = np.flatnonzero(self._ends < len(shift))
        ends = self._ends[in_text]
        return self._in_words[in_text], ends + shift[ends]


def _fields(parts: Sequence[_Part], lengths: Sequence[int]) -> NDArray[np.int8]:
    return np.repeat(np.array([part.field for part in parts], np.int8), lengths)


class _Remembered(dict[str, int]):
    """The words of articles that were met, each with a number under which its features are kept."""

    def __init__(self, features: Features, size: int) -> None:
        super().__init__()
        self._features = features
        self._size = size
        self._forget()

    def _forget(self) -> None:
        self.clear()
        self._starts = np.zeros(1024, np.int64)
        self._counts = np.zeros(1024, np.int64)
        self._kept = np.zeros(1024, np.int64)
        self._numbers = 1
        self._used = 0

    def features_of(self, words: Sequence[str]) -> tuple[Numbers, Numbers]:
        """The features of each word, with their places, in the order of the words."""
        if len(self) > MOST_WORDS:
            self._forget()
        numbers = np.fromiter(map(self.__getitem__, words), np.int64, len(words))
        places = np.flatnonzero(numbers)
        numbers = numbers[places]
        counts = self._counts[numbers]
        return self._kept[runs(self._starts[numbers], counts)], np.repeat(places, counts)

    def __missing__(self, word: str) -> int:
        """0 for a word without features, as runs of scripts without spaces are: no two are the same."""
        if is_unspaced(word[0]):
            return 0
        found = [feature for feature in self._features.of_word(word) if feature < self._size]
        number = self[word] = self._keep(found) if found else 0
        return number

    def _keep(self, found: Sequence[int]) -> int:
        number, used = self._numbers, self._used
        if number == len(self._starts):
            self._starts, self._counts = _twice(self._starts), _twice(self._counts)
        while used + len(found) > len(self._kept):
            self._kept = _twice(self._kept)
        self._starts[number], self._counts[number] = used, len(found)
        self._kept[used : used + len(found)] = found
        self._numbers, self._used = number + 1, used + len(found)
        return number


def _twice(numbers: Numbers) -> Numbers:
    return np.concatenate([numbers, np.zeros_like(numbers)])
