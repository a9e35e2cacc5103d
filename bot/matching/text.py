"""An article as the matcher reads it, and a query's words in the same letters.

Simplified Chinese on both sides. A German umlaut may be written with its plain vowel or with an e behind it, so a word
that has any is read twice: once as ``a o u``, once as ``ae oe ue``. A folded text is `` word word ``.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bot.matching import compiled
from bot.matching.chinese import may_change, simplified
from bot.matching.exact import TypedWords, Visible, stands_in
from bot.model.article import Article
from bot.model.folding import Places, are_of_run, fold, letters_of_characters, places_of_words, said
from bot.model.letters import is_unspaced
from bot.model.span import Span
from bot.model.text import canonical, has_umlaut, plain

Field = Literal["title", "summary", "body", "author", "tag"]
TEXT_FIELDS: tuple[Field, ...] = ("title", "summary", "body")
"""Where a literal is looked for that names no field."""

_WITH_E = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
BETWEEN_TAGS = ", "
ASKED_OFTEN = 100
"""The number of questions from which on it pays to cut a text into words."""
_NEXT_TEXT = "\n"
"""Never part of what is looked for exactly."""
_WORD = re.compile("[^ ]+")
_HANGUL = re.compile("[\uac00-\ud7a3]")


def query_words(text: str) -> list[str]:
    """The folded words of a query, umlauts kept."""
    return spaced(text).split()


def spaced(text: str) -> str:
    """A text's folded words with spaces around each, umlauts kept."""
    return _spaced(text)[0]


def make_ready() -> None:
    """What reading a text needs, if it is more than ASCII, which the first one would wait for: a tenth of a second."""
    letters_of_characters()
    may_change()


def _spaced(text: str) -> tuple[str, bool]:
    if text.isascii() or not compiled.walk:
        words, are_in_place = fold(text)
    else:
        words, are_in_place = compiled.walk.fold(text, letters_of_characters(), are_of_run(), said)
    return (words if are_in_place else simplified(words)), are_in_place


def readings(folded: str) -> tuple[str, ...]:
    """How a folded text may be written without umlauts: in one way, or in two."""
    return (plain(folded), folded.translate(_WITH_E)) if has_umlaut(folded) else (folded,)


class WayBack(Protocol):
    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The [start, end) in the original that the non-empty [start, end) of the folded text comes from."""


@dataclass(frozen=True, slots=True)
class _LetterForLetter:
    """The way back where every letter is a character of the original: only gaps between words are longer there."""

    _folded: Places
    """Where each word begins in the folded text."""
    _original: Places

    @classmethod
    def of(cls, begins: Places, ends: Places) -> "_LetterForLetter":
        behind = (ends - begins + 1).cumsum() + 1
        return cls(behind - (ends - begins + 1), begins)

    def origin(self, start: int, end: int) -> tuple[int, int]:
        return self._place(start), self._place(end - 1) + 1

    def _place(self, at: int) -> int:
        number = self._folded.searchsorted(at, side="right") - 1
        return int(self._original[number] + at - self._folded[number])


@dataclass(slots=True)
class Passage:
    """A text in which words stand side by side: a field, or one of several tags."""

    text: str
    offset: int = 0
    """Where it begins in its field."""
    _spaced: tuple[str, bool] | None = None
    _folded: str | None = None
    _readings: tuple[str, ...] | None = None
    _word_starts: list[int] | None = None
    _visible: Visible | None = None
    _has_hangul: bool | None = None
    _way_back: WayBack | None = None

    @property
    def spaced(self) -> str:
        """The words with spaces around each, umlauts kept."""
        if self._spaced is None:
            self._spaced = _spaced(self.text)
        return self._spaced[0]

    def is_typed(self, exact: str, start: int) -> bool:
        """Whether a word of ``spaced`` is written exactly so, given where it begins.

        Where not every character is in its place: whether any word is.
        """
        if self._spaced is None:
            self._spaced = _spaced(self.text)
        return self.text.startswith(exact, start) if self._spaced[1] else self.visible.has(exact)

    @property
    def words(self) -> list[str]:
        return self.folded.split()

    @property
    def folded(self) -> str:
        """The words with one space around each, umlauts kept."""
        if self._folded is None:
            self._folded = f" {' '.join(self.spaced.split())} "
        return self._folded

    @property
    def readings(self) -> tuple[str, ...]:
        """All words read in the one way, and in the other."""
        if self._readings is None:
            self._readings = readings(self.folded)
        return self._readings

    @property
    def word_starts(self) -> list[int]:
        """Where words begin in the folded text; in a script without spaces every character is one."""
        if self._word_starts is None:
            self._word_starts = list(_word_starts(self.folded))
        return self._word_starts

    @property
    def has_hangul(self) -> bool:
        if self._has_hangul is None:
            self._has_hangul = not self.folded.isascii() and _HANGUL.search(self.folded) is not None
        return self._has_hangul

    @property
    def visible(self) -> Visible:
        if self._visible is None:
            self._visible = Visible.of(self.text)
        return self._visible

    def origin(self, places: list[Span]) -> list[Span]:
        """Where in the field the [start, end) of the folded text come from."""
        if self._way_back is None:
            # Simplified Chinese takes the places of the traditional one.
            words = places_of_words(self.text)
            self._way_back = _LetterForLetter.of(*words) if words else canonical(self.text)
        kept = self._way_back
        whole = [kept.origin(start, end) for start, end in places]
        return [(start + self.offset, end + self.offset) for start, end in whole]


def _word_starts(folded: str) -> Iterator[int]:
    for found in _WORD.finditer(folded):
        unspaced = is_unspaced(found[0][0])
        yield from range(*found.span()) if unspaced else found.span()[:1]


@dataclass(slots=True)
class ArticleText:
    """An article's passages by field, each folded once however many queries look at it."""

    article: Article
    _passages: dict[Field, list[Passage]] = field(default_factory=dict)
    _seen: str | None = None
    _typed: TypedWords | None = None
    _asked: int = 0
    _language: str | None = None

    def passages(self, name: Field) -> list[Passage]:
        if name not in self._passages:
            self._passages[name] = _passages(self.article, name)
        return self._passages[name]

    def has_exactly(self, exact: str) -> bool:
        """Whether it stands as typed in the title, the summary or the body."""
        self._asked += 1
        if self._typed is None and self._asked >= ASKED_OFTEN:
            self._typed = TypedWords.of(self.seen)
        known = self._typed.have(exact) if self._typed else None
        return stands_in(self.seen, exact) if known is None else known

    @property
    def seen(self) -> str:
        """What there is to see of the title, the summary and the body."""
        if self._seen is None:
            visible = (passage.visible.text for name in TEXT_FIELDS for passage in self.passages(name))
            self._seen = _NEXT_TEXT.join(visible)
        return self._seen

    def language(self, detected: Callable[[str], str]) -> str:
        """The primary subtag, lower case: declared by the feed, else detected; empty where nothing tells."""
        if self._language is None:
            declared = self.article.language.replace("_", "-").partition("-")[0].lower()
            self._language = declared or detected(" ".join(self.original(name) for name in TEXT_FIELDS))
        return self._language

    def original(self, name: Field) -> str:
        """What the spans of a field count in; tags stand one behind the other, with ``BETWEEN_TAGS`` between."""
        return BETWEEN_TAGS.join(self.article.tags) if name == "tag" else _whole(self.article, name)


def _passages(article: Article, name: Field) -> list[Passage]:
    if name != "tag":
        return [Passage(_whole(article, name))]
    passages = []
    offset = 0
    for tag in article.tags:
        passages.append(Passage(tag, offset))
        offset += len(tag) + len(BETWEEN_TAGS)
    return passages


def _whole(article: Article, name: Field) -> str:
    match name:
        case "title":
            return article.title
        case "summary":
            return article.summary
        case "body":
            return article.body
        case "author":
            return article.author
        case "tag":
            raise ValueError("tags are several texts")
