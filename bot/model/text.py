"""The canonical text: what a text says to the matcher, and where each of its characters stood.

Compatibility-normalised (NFKC), case-folded and stripped of accents; words set apart by one space each. A German umlaut
is kept here (``ä ö ü``), for those who know that it may be written ``ae oe ue``; ``plain`` takes it off. A word is a
run of letters, marks and digits. Chinese, Japanese, Thai, Lao and Khmer are written without spaces: a run of their
characters is one word here, and readers who know look inside it. One pass, linear in the text.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from bot.model.letters import Kind, Sign, is_unspaced, signs

_BETWEEN_SPACES = re.compile(r"\S+")
_PARTS = re.compile(r"(?P<plain>[A-Za-z0-9]+)|(?P<gap>[\x00-/:-@\[-`{-\x7f]+)|(?P<other>.)", re.DOTALL)

_BREVE = "\u0306"
_DIAERESIS = "\u0308"
_JOINING = f"\u3099\u309a{_BREVE}{_DIAERESIS}"
# Accents that become one with these letters only.
_BEARERS = {_BREVE: "и", _DIAERESIS: "aou"}

_UMLAUTS = str.maketrans("äöü", "aou")

# Chinese and Japanese: a word has about two characters.
_DENSE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\U0001aff0-\U0003ffff]")


@dataclass(frozen=True, slots=True)
class _Piece:
    """What stood between white space, folded: `` word word `` and where each character comes from."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Canonical:
    """A folded text and the way back."""

    text: str
    """`` word word ``: a space before, between and after; a single space where there is no word."""
    _starts: tuple[int, ...]
    """Where each piece begins here."""
    _pieces: tuple[tuple[int, _Piece], ...]
    """Each with where it begins in the original."""

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The [start, end) in the original that the non-empty [start, end) of the canonical text comes from."""
        return self._place(start)[0], self._place(end - 1)[1]

    def _place(self, at: int) -> tuple[int, int]:
        number = bisect_right(self._starts, at) - 1
        original, piece = self._pieces[number]
        within = at - self._starts[number]
        return original + piece.starts[within], original + piece.ends[within]


def canonical(text: str) -> Canonical:
    """Fold a text, keeping the way back to its characters."""
    starts: list[int] = []
    pieces: list[tuple[int, _Piece]] = []
    length = 0
    for found in _BETWEEN_SPACES.finditer(text):
        piece = _known_piece(found[0]) if len(found[0]) <= _LONGEST_KNOWN else _piece(found[0])
        if len(piece.text) > 1:
            starts.append(length)
            pieces.append((found.start(), piece))
            length += len(piece.text) - 1
    return Canonical("".join(piece.text[:-1] for _, piece in pieces) + " ", tuple(starts), tuple(pieces))


def _piece(text: str) -> _Piece:
    scribe = _Scribe()
    for part in _PARTS.finditer(text):
        if part.lastgroup == "plain":
            scribe.write_plain(part[0].lower(), part.start())
        elif part.lastgroup == "gap":
            scribe.pause()
        else:
            for sign in signs(part[0]):
                scribe.write(sign, part.start())
    return scribe.finish()


# Few words make up most of any text.
_LONGEST_KNOWN = 24
_known_piece = lru_cache(maxsize=1 << 13)(_piece)


def plain(folded: str) -> str:
    """Without umlauts, as the other accents are gone."""
    return folded.translate(_UMLAUTS) if has_umlaut(folded) else folded


def has_umlaut(folded: str) -> bool:
    return "ä" in folded or "ö" in folded or "ü" in folded


def normalise(text: str) -> str:
    """What the text says: its folded words with one space between. Reading that again changes nothing."""
    return " ".join(words(text))


def words(text: str) -> list[str]:
    """The folded words in order; a run of a script without spaces is one word."""
    from bot.model.folding import folded  # noqa: PLC0415 - it needs numpy, which the command line never waits for

    return plain(folded(text)).split()


def word_count(said: Sequence[str]) -> int:
    """How many words a person would count, given the folded ones.

    A script without spaces has about one in two characters (Chinese, Japanese) or in four (Thai, Lao, Khmer), rounded
    up for each run.
    """
    return sum(_words_in(word) for word in said)


def _words_in(word: str) -> int:
    if not is_unspaced(word[0]):
        return 1
    per_word = 2 if _DENSE.match(word) else 4
    return -(-len(word) // per_word)


@dataclass(slots=True)
class _Scribe:
    """Writes a piece character by character."""

    characters: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    kind: Kind = "gap"
    marks: list[tuple[Sign, int]] = field(default_factory=list)
    """Marks of the last letter, which may come in any order and are written in one: by combining class."""

    def write_plain(self, word: str, at: int) -> None:
        self._turn("word", at)
        self.characters.extend(word)
        self.starts.extend(range(at, at + len(word)))
        self.ends.extend(range(at + 1, at + len(word) + 1))

    def write(self, sign: Sign, at: int) -> None:
        if sign.rank or sign.kind == "accent":
            self.marks.append((sign, at))
        elif sign.kind == "gap":
            self.pause()
        elif sign.kind != "gone":
            self._letter(sign, at)

    def pause(self) -> None:
        self._write_marks()
        self.kind = "gap"

    def finish(self) -> _Piece:
        self.pause()
        self._append(" ", self.ends[-1] if self.ends else 0, 0)
        return _Piece("".join(self.characters), tuple(self.starts), tuple(self.ends))

    def _turn(self, kind: Kind, at: int) -> None:
        """Make ready for a character of this kind: another kind begins another word."""
        if self.marks:
            self._write_marks()
        if kind != self.kind:
            self._append(" ", at, 0)
            self.kind = kind

    def _append(self, character: str, start: int, length: int) -> None:
        self.characters.append(character)
        self.starts.append(start)
        self.ends.append(start + length)

    def _letter(self, letter: Sign, at: int) -> None:
        if self.marks:
            self._write_marks()
        if letter.kind != self.kind or not self._joined(letter.character, at):
            self._turn(letter.kind, at)
            self._append(letter.character, at, 1)

    def _joined(self, character: str, at: int) -> bool:
        """Whether a kana's voicing, a Hangul letter, the breve of й or an umlaut's dots became one with a letter."""
        last = self.characters[-1]
        if last not in _BEARERS.get(character, last):
            return False
        if character not in _JOINING and not "\u1161" <= character <= "\u11c2":
            return False
        both = unicodedata.normalize("NFC", last + character)
        if len(both) > 1:
            return False
        self.characters[-1] = both
        self.ends[-1] = at + 1
        return True

    def _write_marks(self) -> None:
        ordered = sorted((mark for mark, _ in self.marks), key=_order)
        places = [at for _, at in self.marks]
        self.marks.clear()
        for mark, at in zip(ordered, places, strict=True):
            if mark.kind == "accent":
                self._accent(mark.character, at)
            else:
                self._letter(mark, at)

    def _accent(self, accent: str, at: int) -> None:
        """An accent leaves no trace but that its letter reaches over it."""
        if self.kind != "gap" and not self._joined(accent, at) and self.ends[-1] == at:
            self.ends[-1] = at + 1


def _order(mark: Sign) -> tuple[bool, int]:
    """What becomes one with its letter, then the others as Unicode orders them."""
    return mark.character not in _JOINING, mark.rank
