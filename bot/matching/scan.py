"""Which features stand in an article: one walk along its words and characters, for all queries at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.matching.features import ALWAYS, FIELDS, Features
from bot.matching.pairs import Numbers, Pairs, runs
from bot.matching.sites import registrable_domain
from bot.matching.text import TEXT_FIELDS, ArticleText
from bot.model.letters import is_unspaced

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

    def features_of(self, text: ArticleText) -> Numbers:
        """All that stand in the article, some of them several times."""
        parts = _parts(text, with_margins=bool(self._features.within))
        found = [np.fromiter(self._facts(text), np.int64)]
        found += self._standing(self._in_words(parts), _fields(parts, [len(part.words) + 1 for part in parts]))
        if self._features.characters and any(part.written for part in parts):
            found += self._standing(self._in_runs(parts), _fields(parts, [len(part.written) + 1 for part in parts]))
        return np.concatenate(found)

    def _facts(self, text: ArticleText) -> Iterator[int]:
        """What needs no reading: the site and the feed."""
        yield ALWAYS
        if self._features.sites:
            yield self._known(self._features.sites.get(registrable_domain(text.article.link), ALWAYS))
        if text.article.feed is not None:
            yield from map(self._known, self._features.feeds.get(text.article.feed, ()))

    def _known(self, feature: int) -> int:
        return feature if feature < self.size else ALWAYS

    def _standing(self, found: Sequence[tuple[Numbers, Numbers]], fields: NDArray[np.int8]) -> list[Numbers]:
        """Features with their places, by themselves where they stand in the text, and as features of their fields."""
        features = np.concatenate([one for one, _ in found])
        places = fields[np.concatenate([place for _, place in found])]
        narrow = np.flatnonzero(self._narrow[features])
        in_fields = self._within[places[narrow], features[narrow]]
        return [features[places < len(TEXT_FIELDS)], in_fields]

    def _in_words(self, parts: Sequence["_Part"]) -> list[tuple[Numbers, Numbers]]:
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
                return found
            at = runs(ends[places] - number, number)
            features = self._pairs.joined(np.repeat(features, number), nexts[at])
            here = np.flatnonzero(features)
            features, places = features[here], np.repeat(places, number)[here]
            found.append((features, places))

    def _in_runs(self, parts: Sequence["_Part"]) -> list[tuple[Numbers, Numbers]]:
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
        return found

    def _flags(self, features: Numbers) -> NDArray[np.bool_]:
        flags = np.zeros(self.size, np.bool_)
        flags[features] = True
        return flags


@dataclass(frozen=True, slots=True)
class _Part:
    """One text as it reads in one way."""

    field: int
    words: Sequence[str]
    written: str
    """Empty for a text in ASCII, which has no script without spaces."""


def _parts(text: ArticleText, *, with_margins: bool) -> list[_Part]:
    """The text fields, and authors and tags where somebody asks for those."""
    parts = []
    for number, name in enumerate(FIELDS if with_margins else TEXT_FIELDS):
        for passage in text.passages(name):
            if passage.text.isascii():
                parts.append(_Part(number, passage.words, ""))
            else:
                parts += [_Part(number, reading.split(), reading) for reading in passage.readings]
    return parts


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
