"""An article's folded texts in one, as characters and as numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

import numpy as np
from numpy.typing import NDArray

from bot.matching import compiled
from bot.matching.features import FIELDS
from bot.matching.spelling import AROUND, Codes, Letters, in_letters, letters_of_codes
from bot.matching.table import Numbers
from bot.matching.text import TEXT_FIELDS, ArticleText, Passage
from bot.model.folding import FIRST_OF_RUNS, are_of_run
from bot.model.letters import UNSPACED

BETWEEN = " \n "
"""Stands around texts like a word of its own, so that no phrase reaches from one into the other."""
CHARACTERS = UNSPACED[-1].stop
"""Beyond the last character of a script without spaces."""

_SPACE = ord(" ")


@dataclass(slots=True)
class Written:
    """Words with spaces around each: those of the text fields first, then those of authors and tags."""

    passages: Sequence[Passage]
    text: str
    letters: Letters
    codes: Codes
    """Each character."""
    fields: NDArray[np.int8]
    """Of each text its field's number."""
    texts: int
    """How many there are of the text fields."""
    starts: Numbers
    """Where each text begins; and where what is behind the last one does."""
    edges: Numbers
    """For each word the place before it, and then its last one."""
    first_words: Numbers
    """The number of the first word of each text, counting from 0; and of the first one behind the last."""
    has_runs: bool
    """Whether there may be some of a script without spaces."""

    @classmethod
    def of(cls, text: ArticleText, *, with_margins: bool) -> "Written":
        of_fields = [text.passages(name) for name in (FIELDS if with_margins else TEXT_FIELDS)]
        passages = list(chain.from_iterable(of_fields))
        texts = [passage.spaced for passage in passages]
        whole = f"{AROUND}{BETWEEN}{BETWEEN.join(texts)}{BETWEEN}{AROUND}"
        codes, letters, edges, largest = _in_letters(whole)
        lengths = accumulate((len(BETWEEN) + len(one) for one in texts), initial=len(AROUND))
        starts = np.array(list(lengths))
        return cls(
            passages,
            whole,
            letters,
            codes,
            np.array([number for number, of_field in enumerate(of_fields) for _ in of_field], np.int8),
            sum(map(len, of_fields[: len(TEXT_FIELDS)])),
            starts,
            edges,
            edges[::2].searchsorted(starts),
            largest >= FIRST_OF_RUNS,
        )

    @property
    def is_ascii(self) -> bool:
        return self.codes is self.letters

    @property
    def word_starts(self) -> Numbers:
        return self.edges[::2] + 1

    def texts_of_words(self, places: Numbers) -> Numbers:
        """In which text each word stands, given their numbers."""
        return self.first_words[1:-1].searchsorted(places, side="right")

    def texts_of(self, places: Numbers) -> Numbers:
        """In which text each character stands."""
        return self.starts[1:-1].searchsorted(places, side="right")

    def within_texts(self, words: Numbers) -> tuple[list[int], list[int]]:
        """Where words begin in the folded text that each stands in, and the number of this text."""
        texts = self.texts_of_words(words)
        starts = self.edges.take(2 * words) - self.starts.take(texts) - (len(BETWEEN) - 1)
        return starts.tolist(), texts.tolist()

    def words(self, which: Numbers, edges: Numbers) -> list[str]:
        """Some of the words that stand between these edges."""
        bounds = edges.reshape(-1, 2).take(which, axis=0).tolist()
        return [self.text[before + 1 : last + 1] for before, last in bounds]

    def in_runs(self) -> NDArray[np.bool_]:
        """Whether each word is of a script without spaces."""
        return are_of_run().take(self.codes.take(self.word_starts), mode="clip")

    def without_runs(self) -> Numbers:
        """Which of the words are not of a script without spaces."""
        return (~self.in_runs()).nonzero()[0]

    def characters(self) -> tuple[Numbers, Numbers]:
        """All but what stands behind a space and is one, too, with their places."""
        is_space = self.codes == _SPACE
        wanted = ~is_space
        wanted[1:] |= ~is_space[:-1]
        at = wanted.nonzero()[0]
        return at, np.minimum(self.codes[at], CHARACTERS - 1)

    def units(self) -> tuple[Numbers, Numbers]:
        """What NEAR counts: the number of each word, and of each character of a script without spaces.

        For each word the one with which it begins, and for each character the one that it belongs to.
        """
        begins = np.zeros(len(self.codes), np.bool_)
        begins[self.word_starts] = True
        units = np.cumsum(begins | are_of_run().take(self.codes, mode="clip")) - 1
        return units[self.word_starts], units


def _in_letters(whole: str) -> tuple[Codes, Letters, Numbers, int]:
    """Characters, letters, the edges of words, and the largest of the characters, or less where all are ASCII."""
    if compiled.walk and not whole.isascii():
        codes, letters, edges, largest = compiled.walk.written(whole, letters_of_codes())
        return np.frombuffer(codes, np.uint32), np.frombuffer(letters, np.uint8), compiled.numbers(edges), largest
    characters, as_letters = in_letters(whole)
    largest = 0 if characters is as_letters else int(characters.max())
    return characters, as_letters, _edges(as_letters), largest


def _edges(letters: Letters) -> Numbers:
    if compiled.walk:
        return compiled.numbers(compiled.walk.edges(letters))
    is_space = letters == _SPACE
    edges: Numbers = (is_space[1:] != is_space[:-1]).nonzero()[0]
    return edges
