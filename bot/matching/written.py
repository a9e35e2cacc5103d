"""An article's folded texts in one, as characters and as numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from bot.matching.features import FIELDS
from bot.matching.table import Numbers
from bot.matching.text import TEXT_FIELDS, ArticleText, Passage
from bot.model.letters import is_unspaced

BETWEEN = " \n "
"""Stands around texts like a word of its own, so that no phrase reaches from one into the other."""
CHARACTERS = 0x40000
"""Beyond the last character of a script without spaces."""
Letters = NDArray[np.uint8] | NDArray[np.uint32]

_FIRST_OF_RUNS = 0x0E01
_SPACE = ord(" ")


@dataclass(frozen=True, slots=True)
class Written:
    """Words with spaces around each: those of the text fields first, then those of authors and tags."""

    passages: Sequence[Passage]
    text: str
    letters: Letters
    fields: NDArray[np.int8]
    """Of each text its field's number."""
    starts: Numbers
    """Where each text begins; and where what is behind the last one does."""
    word_starts: Numbers
    word_ends: Numbers
    has_runs: bool
    """Whether there may be some of a script without spaces."""

    @classmethod
    def of(cls, text: ArticleText, *, with_margins: bool) -> "Written":
        names = FIELDS if with_margins else TEXT_FIELDS
        passages = [text.passages(name) for name in names]
        fields = [number for number, of_field in enumerate(passages) for _ in of_field]
        every = list(chain.from_iterable(passages))
        texts = [passage.spaced for passage in every]
        whole = f"{BETWEEN}{BETWEEN.join(texts)}{BETWEEN}"
        letters = _numbers(whole)
        is_space = letters == _SPACE
        edges = (is_space[1:] != is_space[:-1]).nonzero()[0] + 1
        return cls(
            every,
            whole,
            letters,
            np.array(fields, np.int8),
            np.array([0, *(len(BETWEEN) + len(one) for one in texts)]).cumsum(),
            edges[::2],
            edges[1::2],
            letters.dtype != np.uint8 and int(letters.max()) >= _FIRST_OF_RUNS,
        )

    @property
    def first_words(self) -> Numbers:
        """The number of the first word of each text, counting from 0; and of the first one behind the last."""
        return self.word_starts.searchsorted(self.starts)

    @property
    def texts(self) -> int:
        """How many there are of the text fields."""
        return int(self.fields.searchsorted(len(TEXT_FIELDS)))

    def texts_of(self, places: Numbers) -> Numbers:
        """In which text each character stands."""
        return self.starts[1:-1].searchsorted(places, side="right")

    def typed_so(self, exact: Iterable[str], words: Numbers, texts: Numbers) -> NDArray[np.bool_]:
        """Whether each word, by its number and that of its text, is written so.

        In a text of which not every character is in its place: whether any word of it is.
        """
        starts = self.word_starts.take(words) - self.starts.take(texts) - len(BETWEEN)
        passages = self.passages
        asked = zip(exact, texts.tolist(), starts.tolist(), strict=True)
        return np.array([passages[text].is_typed(one, start) for one, text, start in asked], np.bool_)

    def without_runs(self) -> Numbers:
        """Which of the words are not of a script without spaces."""
        if not self.has_runs:
            return np.arange(len(self.word_starts))
        return (~_unspaced().take(self.letters[self.word_starts], mode="clip")).nonzero()[0]

    def characters(self) -> tuple[Numbers, Numbers]:
        """All but what stands behind a space and is one, too, with their places."""
        is_space = self.letters == _SPACE
        wanted = ~is_space
        wanted[1:] |= ~is_space[:-1]
        at = wanted.nonzero()[0]
        return at, np.minimum(self.letters[at], CHARACTERS - 1)

    def units(self) -> tuple[Numbers, Numbers]:
        """What NEAR counts: the number of each word, and of each character of a script without spaces.

        For each word the one with which it begins, and for each character the one that it belongs to.
        """
        begins = np.zeros(len(self.letters), np.bool_)
        begins[self.word_starts] = True
        units = np.cumsum(begins | _unspaced().take(self.letters, mode="clip")) - 1
        return units[self.word_starts], units


def _numbers(text: str) -> Letters:
    if text.isascii():
        return np.frombuffer(text.encode(), np.uint8)
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


@cache
def _unspaced() -> NDArray[np.bool_]:
    """Whether each character belongs to a script without spaces."""
    flags = np.zeros(CHARACTERS, np.bool_)
    flags[[code for code in range(CHARACTERS) if is_unspaced(chr(code))]] = True
    return flags
