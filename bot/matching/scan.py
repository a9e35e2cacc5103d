"""Which features stand in an article: one walk along its words and characters, for all queries at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from bot.matching.features import ALWAYS, FIELDS, Features
from bot.matching.table import Numbers, Table, runs
from bot.matching.text import TEXT_FIELDS, ArticleText
from bot.matching.words import Words
from bot.model.letters import is_unspaced
from bot.model.sites import registrable_domain

BETWEEN = " \n "
"""Stands around texts like a word of its own, so that no phrase reaches from one into the other."""
_CHARACTERS = 0x40000
"""Beyond the last character of a script without spaces."""
_FIRST_BYTE_OF_RUNS = "\u0e01".encode()[0]
"""No lower byte begins a character of a script without spaces, in UTF-8."""
_SPACE = ord(" ")
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
        self._also = self._flags(np.fromiter(features.also, np.int64, len(features.also)))
        narrow = np.fromiter(features.within, np.int64, len(features.within))
        self._narrow = self._flags(narrow & _LOW)
        self._within = np.zeros((len(FIELDS), self.size), np.int32)
        self._within[narrow >> 32, narrow & _LOW] = list(features.within.values())
        self._words = Words(features, self.size)

    def standing(self, text: ArticleText) -> "Standing":
        written = _Written.of(text, with_margins=bool(self._features.within))
        features, places, words = self._in_words(written.encoded)
        begun = words.searchsorted(written.encoded_starts)
        counts = begun[1:] - begun[:-1]
        found = [np.fromiter(self._facts(text), np.int64)]
        found += self._by_field(features, written.fields.repeat(counts)[places])
        in_runs = None
        if self._features.characters and written.has_runs:
            in_runs = self._in_runs(written)
            found += self._by_field(in_runs[0], written.fields[written.texts_of(in_runs[1])])
        return Standing(np.concatenate(found), written, counts, (features, places), in_runs)

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
        narrow = self._narrow[features].nonzero()[0]
        in_fields = self._within[fields[narrow], features[narrow]]
        return [features[fields < len(TEXT_FIELDS)], in_fields.astype(np.int64)]

    def _in_words(self, encoded: bytes) -> tuple[Numbers, Numbers, Numbers]:
        """Features, for each the place of the word at which it ends, and where words begin."""
        features, places, words = self._words.features_of(encoded)
        continuing = self._continues[features].nonzero()[0]
        nexts = features[continuing]
        counts = np.bincount(places[continuing], minlength=len(words) + 1)
        ends = counts.cumsum()
        found = [(features, places)]
        while True:
            beginning = self._begins[features].nonzero()[0]
            features, places = features[beginning], places[beginning] + 1
            number = counts[places]
            if not number.any():
                return *_joined(found), words
            keys = features.repeat(number) << 32 | nexts[runs(ends[places] - number, number)]
            features = self._pairs.values(keys)
            here = features.nonzero()[0]
            features, places = features[here], places.repeat(number)[here]
            found.append((features, places))

    def _in_runs(self, written: "_Written") -> tuple[Numbers, Numbers]:
        """Features and, for each, the place of the character at which it ends."""
        at, characters = written.characters()
        nexts = self._character[characters]
        places = nexts.nonzero()[0]
        features = nexts[places]
        found = [(features, places)]
        while features.size:
            beginning = self._begins[features].nonzero()[0]
            places = places[beginning] + 1
            features = self._pairs.values(features[beginning] << 32 | nexts[places])
            here = features.nonzero()[0]
            features, places = features[here], places[here]
            found.append((features, places))
        found += self._others(*_joined(found))
        features, places = _joined(found)
        return features, at[places]

    def _others(self, features: Numbers, places: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
        """Phrases that are written so."""
        for one in np.flatnonzero(self._also[features]).tolist():
            others = [other for other in self._features.also[int(features[one])] if other < self.size]
            yield np.array(others, np.int64), np.repeat(places[one], len(others))

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

    def characters(self) -> tuple[Numbers, Numbers]:
        """All but what stands behind a space and is one, too, with their places."""
        characters = np.minimum(np.frombuffer(self.text.encode("utf-32-le"), np.uint32), _CHARACTERS - 1)
        is_space = characters == _SPACE
        at = np.flatnonzero(~(is_space & np.concatenate([[False], is_space[:-1]])))
        return at, characters[at].astype(np.int64)

    def texts_of(self, places: Numbers) -> Numbers:
        """In which text each character stands."""
        return np.searchsorted(self.starts[1:-1], places, side="right")

    def units(self) -> tuple[Numbers, Numbers]:
        """What NEAR counts: the number of each word, and of each character of a script without spaces.

        For each word the one with which it begins, and for each character the one that it belongs to.
        """
        characters = np.minimum(np.frombuffer(self.text.encode("utf-32-le"), np.uint32), _CHARACTERS - 1)
        is_letter = characters != _SPACE
        begins = is_letter & ~np.concatenate([[False], is_letter[:-1]])
        units = np.cumsum(begins | _unspaced()[characters]) - 1
        return units[begins], units

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
    _in_words: tuple[Numbers, Numbers]
    _in_runs: tuple[Numbers, Numbers] | None

    def with_ends(self) -> tuple[Numbers, Numbers]:
        """Features of the text and, for each, the number of the word at which it ends; two texts are far apart.

        In a script without spaces every character counts as a word.
        """
        texts = np.flatnonzero(self._written.fields < len(TEXT_FIELDS))
        features, words = self._in_words
        text_of_word = np.repeat(np.arange(len(self._counts)), self._counts)
        of_words, of_characters = self._written.units() if self._in_runs else (np.arange(len(text_of_word)), None)
        ends = of_words[words] + text_of_word[words] * _APART
        in_text = text_of_word[words] < len(texts)
        if self._in_runs is None or of_characters is None:
            return features[in_text], ends[in_text]
        more, places = self._in_runs
        text = self._written.texts_of(places)
        more_ends = of_characters[places] + text * _APART
        return (
            np.concatenate([features[in_text], more[text < len(texts)]]),
            np.concatenate([ends[in_text], more_ends[text < len(texts)]]),
        )


@cache
def _unspaced() -> NDArray[np.bool_]:
    """Whether each character belongs to a script without spaces."""
    flags = np.zeros(_CHARACTERS, np.bool_)
    flags[[code for code in range(_CHARACTERS) if is_unspaced(chr(code))]] = True
    return flags
