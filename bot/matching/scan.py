"""Which features stand in an article: one walk along its words and characters, for all queries at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.matching import compiled
from bot.matching.features import ALWAYS, FIELDS, Features
from bot.matching.table import Numbers, Pairs
from bot.matching.text import ArticleText
from bot.matching.words import Words
from bot.matching.written import CHARACTERS, Written
from bot.model.sites import registrable_domain

_LOW = 0xFFFFFFFF
_ALONE, _BEGINS, _CONTINUES, _TYPED = np.array([1, 2, 4, 8], np.uint8)
"""What a feature may be for: to be looked for as it is, to begin what is side by side, to go on with it, and to be
looked for as it is typed."""
_TO_BEGINS = np.uint8(1)
"""By so many bits ``_CONTINUES`` is shifted to ``_BEGINS``."""


class Scan:
    """Knows the features that there are when it is made; those that are added later stay unknown to it."""

    def __init__(self, features: Features, asked: Numbers) -> None:
        """Tells the features that are asked for; others only where they happen to stand beside."""
        self.size = features.last + 1
        self._features = features
        pairs = np.fromiter(features.follows, np.int64, len(features.follows))
        self._pairs = Pairs(features.follows, self.size)
        narrow = np.fromiter(features.within, np.int64, len(features.within))
        self._within = np.zeros((len(FIELDS), self.size), np.int32)
        self._within[narrow >> 32, narrow & _LOW] = list(features.within.values())
        self._narrow = self._flags(narrow & _LOW)
        self._also = self._flags(np.fromiter(features.also, np.int64, len(features.also)))
        self._begins = self._flags(pairs >> 32)
        self._is_typed = self._flags(np.fromiter(features.exact, np.int64, len(features.exact)))
        self._alone = (self._flags(asked) | self._narrow | self._also) & ~self._is_typed
        self._alone[ALWAYS] = False
        self.counted = self._alone | self._is_typed
        """The features that are told wherever they stand."""
        continues = self._flags(pairs & _LOW)
        self._roles = self._alone * _ALONE | self._begins * _BEGINS | continues * _CONTINUES | self._is_typed * _TYPED
        self._character = np.zeros(CHARACTERS, np.int32)
        for character, feature in features.characters.items():
            self._character[ord(character)] = feature
        self._words = Words(features, self._roles)

    def standing(self, text: ArticleText) -> "Standing":
        written = Written.of(text, with_margins=bool(self._features.within))
        features, places = self._in_words(written)
        found = [self._facts(text)]
        if self._features.within:
            found.append(features.compress(places < written.first_words[written.texts]))
            narrow = self._narrow.take(features).nonzero()[0]
            found.append(self._in_fields(written, features.take(narrow), written.texts_of_words(places.take(narrow))))
        else:
            found.append(features)
        in_runs = None
        if self._features.characters and written.has_runs:
            in_runs = self._in_runs(written)
            texts = written.texts_of(in_runs[1])
            narrow = self._narrow.take(in_runs[0]).nonzero()[0]
            found.append(in_runs[0].compress(texts < written.texts))
            found.append(self._in_fields(written, in_runs[0].take(narrow), texts.take(narrow)))
        return Standing(np.concatenate(found), written, (features, places), in_runs)

    def _facts(self, text: ArticleText) -> Numbers:
        """What needs no reading: the site and the feed."""
        found = [ALWAYS]
        if self._features.sites:
            found.append(self._known(self._features.sites.get(registrable_domain(text.article.link), ALWAYS)))
        if text.article.feed is not None:
            found += map(self._known, self._features.feeds.get(text.article.feed, ()))
        return np.array(found, np.int64)

    def _known(self, feature: int) -> int:
        return feature if feature < self.size else ALWAYS

    def _in_fields(self, written: Written, features: Numbers, texts: Numbers) -> Numbers:
        """What it is that features stand in a field, given the number of the text that each stands in."""
        return self._within[written.fields.take(texts), features].astype(np.int64)

    def _in_words(self, written: Written) -> tuple[Numbers, Numbers]:
        """Features and, for each, the place of the word at which it ends."""
        numbers = self._words.numbers(written)
        if compiled.walk:
            features, places, typed, typed_places = self._words.joined(numbers, self._pairs, self._roles)
            if not typed.size:
                return features, places
            return _joined([(features, places), self._as_typed(written, typed, typed_places)])
        roles = self._words.roles(numbers)
        # An article ends with a word that nobody asks for.
        goes_on = roles[1:] & _CONTINUES
        wanted = roles & (_ALONE | _TYPED)
        wanted[:-1] |= (goes_on >> _TO_BEGINS) & roles[:-1]
        places = wanted.nonzero()[0]
        if not places.size:
            return places, places
        features, which = self._words.features(numbers.take(places))
        places = places.take(which)
        roles = self._roles.take(features)
        alone = (roles & _ALONE).nonzero()[0]
        found = [(features.take(alone), places.take(alone))]
        typed = (roles & _TYPED).nonzero()[0]
        if typed.size:
            found.append(self._as_typed(written, features.take(typed), places.take(typed)))
        while True:
            begins = ((roles & _BEGINS) & (goes_on.take(places) >> _TO_BEGINS)).nonzero()[0]
            if not begins.size:
                return _joined(found)
            places = places.take(begins) + 1
            nexts, which = self._words.features(numbers.take(places))
            here, features = self._pairs.known(features.take(begins).take(which) << 32 | nexts)
            places = places.take(which.take(here))
            roles = self._roles.take(features)
            found.append((features, places))

    def _as_typed(self, written: Written, features: Numbers, places: Numbers) -> tuple[Numbers, Numbers]:
        """Those that are typed as somebody asks for, of the words that say the same."""
        exact = self._features.exact
        starts, texts = written.within_texts(places)
        passages = written.passages
        asked = zip(features.tolist(), texts, starts, strict=True)
        held = [passages[text].is_typed(exact[feature], start) for feature, text, start in asked]
        which = np.array(held, np.bool_).nonzero()[0]
        return features.take(which), places.take(which)

    def _in_runs(self, written: Written) -> tuple[Numbers, Numbers]:
        """Features and, for each, the place of the character at which it ends."""
        if compiled.walk:
            asked = written.codes, self._character, self._roles, *self._pairs.parts
            features, places = map(compiled.numbers, compiled.walk.in_runs(*asked))
            return self._with_others(features, places)
        at, characters = written.characters()
        nexts = self._character.take(characters)
        nexts = np.append(nexts, 0).astype(np.int64)
        roles = self._roles.take(nexts)
        places = (roles & _ALONE).nonzero()[0]
        features = nexts.take(places)
        found = [(features, places)]
        places = ((roles[:-1] & _BEGINS) * ((roles[1:] & _CONTINUES) != 0)).nonzero()[0]
        features = nexts.take(places)
        while places.size:
            here, features = self._pairs.known(features << 32 | nexts.take(places + 1))
            places = places.take(here) + 1
            found.append((features, places))
            begins = self._begins.take(features).nonzero()[0]
            features, places = features.take(begins), places.take(begins)
        features, places = _joined(found)
        return self._with_others(features, at.take(places))

    def _with_others(self, features: Numbers, places: Numbers) -> tuple[Numbers, Numbers]:
        """And the phrases that are written so, too."""
        if not self._features.also:
            return features, places
        return _joined([(features, places), *self._others(features, places)])

    def _others(self, features: Numbers, places: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
        """Phrases that are written so."""
        for one in self._also.take(features).nonzero()[0].tolist():
            others = [other for other in self._features.also[int(features[one])] if other < self.size]
            yield np.array(others, np.int64), np.repeat(places[one], len(others))

    def _flags(self, features: Numbers) -> NDArray[np.bool_]:
        flags = np.zeros(self.size, np.bool_)
        flags[features] = True
        return flags


def _joined(found: Sequence[tuple[Numbers, Numbers]]) -> tuple[Numbers, Numbers]:
    return np.concatenate([features for features, _ in found]), np.concatenate([places for _, places in found])


def _only(wanted: NDArray[np.bool_], found: tuple[Numbers, Numbers]) -> tuple[Numbers, Numbers]:
    features, places = found
    which = wanted.take(features).nonzero()[0]
    return features.take(which), places.take(which)


_APART = 1 << 10
"""More words than any NEAR reaches."""


@dataclass(slots=True)
class Standing:
    """What was found in an article."""

    features: Numbers
    """All that stand, some of them several times."""
    _written: Written
    _in_words: tuple[Numbers, Numbers]
    _in_runs: tuple[Numbers, Numbers] | None

    def with_ends(self, wanted: NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
        """Features that are wanted and, for each, the number of the word at which it ends; two texts are far apart.

        In a script without spaces every character counts as a word.
        """
        written = self._written
        features, words = _only(wanted, self._in_words)
        texts = written.texts_of_words(words)
        of_words, of_characters = written.units() if written.has_runs else (None, None)
        ends = (words if of_words is None else of_words[words]) + texts * _APART
        in_text = texts < written.texts
        features, ends = features[in_text], ends[in_text]
        if self._in_runs is None or of_characters is None:
            return features, ends
        more, places = _only(wanted, self._in_runs)
        texts = written.texts_of(places)
        in_text = texts < written.texts
        more_ends = of_characters[places] + texts * _APART
        return np.concatenate([features, more[in_text]]), np.concatenate([ends, more_ends[in_text]])
