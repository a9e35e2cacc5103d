"""Which features stand in an article: one walk along its words and characters, for all queries at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.matching.features import ALWAYS, FIELDS, Features
from bot.matching.sites import registrable_domain
from bot.matching.table import Numbers, Table, runs
from bot.matching.text import TEXT_FIELDS, ArticleText
from bot.matching.words import Words

BETWEEN = " \n "
"""Stands around texts like a word of its own, so that no phrase reaches from one into the other."""
_CHARACTERS = 0x40000
"""Beyond the last character of a script without spaces."""
_FIRST_BYTE_OF_RUNS = "\u0e01".encode()[0]
"""No lower byte begins a character of a script without spaces, in UTF-8."""
_LOW = 0xFFFFFFFF


class Scan:
    """Knows the features that there are when it is made; those that are added later stay unknown to it."""

    def __init__(self, features: Features) -> None:
        self.size = features.last + 1
        self._features = features
        pairs = np.fromiter(features.follows, np.int64, len(features.follows))
        self._pairs = Table(pairs, np.fromiter(features.follows.values(), np.int64, len(pairs)))
        self._begins = self._flags(pairs >> 32)
        self._continues = self._flags(pairs & _LOW)
        self._character = np.zeros(_CHARACTERS, np.int64)
        for character, feature in features.characters.items():
            self._character[ord(character)] = feature
        narrow = np.fromiter(features.within, np.int64, len(features.within))
        self._narrow = self._flags(narrow & _LOW)
        self._within = np.zeros((len(FIELDS), self.size), np.int32)
        self._within[narrow >> 32, narrow & _LOW] = list(features.within.values())
        self._words = Words(features, self.size)

    def standing(self, text: ArticleText) -> "Standing":
        written = _Written.of(text, with_margins=bool(self._features.within))
        features, places, words = self._in_words(written.encoded)
        counts = np.diff(np.searchsorted(words, written.encoded_starts))
        found = [np.fromiter(self._facts(text), np.int64)]
        found += self._by_field(features, np.repeat(written.fields, counts)[places])
        if self._features.characters and written.has_runs:
            found += self._by_field(*self._in_runs(written))
        return Standing(np.concatenate(found), written, counts, features, places)

    def _facts(self, text: ArticleText) -> Iterator[int]:
        """What needs no reading: the site and the feed."""
        yield ALWAYS
        if self._features.sites:
            yield self._known(self._features.sites.get(registrable_domain(text.article.link), ALWAYS))
        if text.article.feed is not None:
            yield from map(self._known, self._features.feeds.get(text.article.feed, ()))

    def _known(self, feature: int) -> int:
        return feature if feature < self.size else ALWAYS

    def _by_field(self, features: Numbers, fields: NDArray[np.int8]) -> list[Numbers]:
        """Features by themselves where they stand in the text, and as features of the fields that they stand in."""
        narrow = np.flatnonzero(self._narrow[features])
        in_fields = self._within[fields[narrow], features[narrow]]
        return [features[fields < len(TEXT_FIELDS)], in_fields.astype(np.int64)]

    def _in_words(self, encoded: bytes) -> tuple[Numbers, Numbers, Numbers]:
        """Features, for each the place of the word at which it ends, and where words begin."""
        features, places, words = self._words.features_of(encoded)
        continuing = np.flatnonzero(self._continues[features])
        nexts = features[continuing]
        counts = np.bincount(places[continuing], minlength=len(words) + 1)
        ends = np.cumsum(counts)
        found = [(features, places)]
        while True:
            beginning = np.flatnonzero(self._begins[features])
            features, places = features[beginning], places[beginning] + 1
            number = counts[places]
            if not number.any():
                return *_joined(found), words
            keys = np.repeat(features, number) << 32 | nexts[runs(ends[places] - number, number)]
            features = self._pairs.values(keys)
            here = np.flatnonzero(features)
            features, places = features[here], np.repeat(places, number)[here]
            found.append((features, places))

    def _in_runs(self, written: "_Written") -> tuple[Numbers, NDArray[np.int8]]:
        """Features and, for each, its field."""
        characters = np.frombuffer(written.text.encode("utf-32-le"), np.uint32)
        nexts = self._character[np.minimum(characters, _CHARACTERS - 1)]
        places = np.flatnonzero(nexts)
        features = nexts[places]
        found = [(features, places)]
        while features.size:
            beginning = np.flatnonzero(self._begins[features])
            places = places[beginning] + 1
            features = self._pairs.values(features[beginning] << 32 | nexts[places])
            here = np.flatnonzero(features)
            features, places = features[here], places[here]
            found.append((features, places))
        features, places = _joined(found)
        return features, written.fields[np.searchsorted(written.starts, places, side="right") - 1]

    def _flags(self, features: Numbers) -> NDArray[np.bool_]:
        flags = np.zeros(self.size, np.bool_)
        flags[features] = True
        return flags


def _joined(found: Sequence[tuple[Numbers, Numbers]]) -> tuple[Numbers, Numbers]:
    return np.concatenate([features for features, _ in found]), np.concatenate([places for _, places in found])


@dataclass(frozen=True, slots=True)
class _Written:
    """An article's folded texts in one: those of the text fields first, then authors and tags."""

    text: str
    encoded: bytes
    fields: NDArray[np.int8]
    """Of each text its field's number."""
    starts: Numbers
    """Where each begins, in characters; one more than there are texts."""
    encoded_starts: Numbers
    """In bytes."""
    has_runs: bool
    """Whether there may be some of a script without spaces."""

    @classmethod
    def of(cls, text: ArticleText, *, with_margins: bool) -> "_Written":
        names = FIELDS if with_margins else TEXT_FIELDS
        parts = [(number, passage.spaced) for number, name in enumerate(names) for passage in text.passages(name)]
        texts = [f"{BETWEEN}{part}" for _, part in parts]
        encoded = [part.encode() for part in texts]
        whole = b"".join([*encoded, BETWEEN.encode()])
        return cls(
            "".join([*texts, BETWEEN]),
            whole,
            np.array([number for number, _ in parts], np.int8),
            _starts(texts),
            _starts(encoded),
            not whole.isascii() and int(np.frombuffer(whole, np.uint8).max()) >= _FIRST_BYTE_OF_RUNS,
        )


def _starts(texts: Sequence[str | bytes]) -> Numbers:
    return np.cumsum([0, *map(len, texts)])


_APART = 1 << 10
"""More words than any NEAR reaches."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What was found in an article."""

    features: Numbers
    """All that stand, some of them several times."""
    _written: _Written
    _counts: Numbers
    """How many words each text has."""
    _in_words: Numbers
    _ends: Numbers

    def in_words(self) -> tuple[Numbers, Numbers] | None:
        """Features of the text and, for each, the number of the word at which it ends; two texts are far apart.

        None where characters may count as words.
        """
        if self._written.has_runs:
            return None
        texts = int(np.count_nonzero(self._written.fields < len(TEXT_FIELDS)))
        shift = np.repeat(np.arange(texts) * _APART, self._counts[:texts])
        in_text = np.flatnonzero(self._ends < len(shift))
        ends = self._ends[in_text]
        return self._in_words[in_text], ends + shift[ends]
