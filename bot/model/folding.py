"""A text's folded words, fast: what ``bot.model.text.canonical`` says, without the way back to the characters.

Nearly all characters of any text are folded one by one, whatever stands beside them: a table does that for all at once.
What stands in one piece with any other character is folded by ``canonical`` itself, which knows them all, and
remembered.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from bot.model.letters import UNSPACED, is_invisible, is_unspaced, signs
from bot.model.text import canonical

Letters = NDArray[np.uint16]
Places = NDArray[np.int64]

_GAP = ord(" ")
_ASCII = bytes(ord(chr(code).lower()) if chr(code).isalnum() else _GAP for code in range(128)) + bytes(128)


def folded(text: str) -> str:
    """The words of ``canonical(text).text`` with spaces around each: umlauts kept, a run as one."""
    return fold(text)[0]


def fold(text: str) -> tuple[str, bool]:
    """The words, and whether every character is in its place: then each word is as it was typed but for its letters.

    Such a text is composed and has neither runs nor anything invisible.
    """
    if text.isascii():
        return text.encode().translate(_ASCII).decode(), True
    encoded = text.encode("utf-32-le", "surrogatepass")
    letters = letters_of_characters().take(np.frombuffer(encoded, np.uint32), mode="clip")
    if letters.all():
        words = _written(letters)
        return words, int(letters.max()) < FIRST_OF_RUNS
    return "".join(_parts(encoded, letters)), False


def places_of_words(text: str) -> tuple[Places, Places] | None:
    """Where each word begins and ends in the text, if every letter of a word is a character of it; else None."""
    if text.isascii():
        letters = np.frombuffer(text.encode().translate(_ASCII), np.uint8).astype(np.uint16)
    else:
        encoded = text.encode("utf-32-le", "surrogatepass")
        letters = letters_of_characters().take(np.frombuffer(encoded, np.uint32), mode="clip")
    if not letters.all():
        return None
    in_word = letters != _GAP
    begins, ends = in_word.copy(), in_word.copy()
    begins[1:] &= ~in_word[:-1]
    ends[:-1] &= ~in_word[1:]
    if letters.size and int(letters.max()) >= FIRST_OF_RUNS:
        turns = _turns(letters)
        begins[1:] |= turns
        ends[:-1] |= turns
    return begins.nonzero()[0], ends.nonzero()[0] + 1


def said(piece: str) -> str:
    """The words of what stands between gaps, looked at character by character."""
    return _known_piece(piece) if len(piece) <= _LONGEST_KNOWN else _piece(piece)


def _parts(encoded: bytes, letters: Letters) -> Iterator[str]:
    """What stands between gaps goes to ``canonical`` as one where the table does not know all of it."""
    gaps = np.concatenate([[-1], (letters == _GAP).nonzero()[0], [len(letters)]])
    unknown = np.unique(gaps.searchsorted((letters == _UNKNOWN).nonzero()[0]))
    done = 0
    for start, end in zip((gaps[unknown - 1] + 1).tolist(), gaps[unknown].tolist(), strict=True):
        yield _written(letters[done:start])
        piece = encoded[_WIDE * start : _WIDE * end].decode("utf-32-le", "surrogatepass")
        yield said(piece)
        done = end
    yield _written(letters[done:])


_WIDE = 4
"""Bytes of a character in UTF-32."""


def _written(letters: Letters) -> str:
    """A run and a word beside it are two words."""
    if letters.size and int(letters.max()) >= FIRST_OF_RUNS:
        turns = _turns(letters)
        if turns.any():
            letters = _spread(letters, turns)
    return letters.astype("<u2", copy=False).tobytes().decode("utf-16-le")


def _turns(letters: Letters) -> NDArray[np.bool_]:
    """Behind which letters, of all but the last, a run and a word stand side by side."""
    in_run, in_word = are_of_run().take(letters), letters != _GAP
    turns: NDArray[np.bool_] = (in_run[1:] != in_run[:-1]) & in_word[1:] & in_word[:-1]
    return turns


def _spread(letters: Letters, turns: NDArray[np.bool_]) -> Letters:
    """A gap behind each of these letters, of all but the last."""
    places = np.arange(len(letters))
    places[1:] += turns.cumsum()
    spread = np.full(places[-1] + 1, _GAP, np.uint16)
    spread[places] = letters
    return spread


# ---- characters by themselves ---------------------------------------------------------------------------------------

_UNKNOWN = 0
"""In the table: what the character says depends on those beside it, or it is none or several letters."""
_MOST = 0xFFFF
FIRST_OF_RUNS = 0x0E01
_KNOWN = (range(0x3400), range(0xFF00, 0xFFF0))
_UNCHANGED = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0xAC00, 0xD7A4))
"""Ideographs and Hangul syllables."""


@cache
def letters_of_characters() -> Letters:
    """What each character becomes, a space for what stands between words; 0 from ``_MOST`` on."""
    table = np.zeros(_MOST + 1, np.uint16)
    for codes in _UNCHANGED:
        table[codes.start : codes.stop] = codes
    for codes in _KNOWN:
        table[codes.start : codes.stop] = [_letter(chr(code)) for code in codes]
    return table


def _letter(character: str) -> int:
    first, *others = signs(character)
    in_words = unicodedata.category(character)[0] in "LMN"
    if all(sign.kind == "gap" for sign in (first, *others)):
        return _UNKNOWN if in_words else _GAP
    if not in_words or not unicodedata.is_normalized("NFC", character):
        return _UNKNOWN
    if first.rank or first.kind not in {"word", "run"} or "\u1161" <= first.character <= "\u11ff":
        return _UNKNOWN
    if any(sign.kind != "accent" for sign in others):
        return _UNKNOWN
    return ord(canonical(character).text[1]) if others else ord(first.character)


@cache
def are_of_run() -> NDArray[np.bool_]:
    """Whether each character belongs to a script without spaces, of all that may."""
    flags = np.zeros(UNSPACED[-1].stop, np.bool_)
    for block in UNSPACED:
        flags[block.start : block.stop] = True
    return flags


# ---- pieces ---------------------------------------------------------------------------------------------------------


def _piece(piece: str) -> str:
    if len(piece) > _LONGEST_KNOWN and (words := _around_runs(piece)) is not None:
        return words
    return canonical(piece).text


_RUN = re.compile("([\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff]+)")


def _around_runs(piece: str) -> str | None:
    """The words of a text that is mostly runs of Chinese or Japanese; None where what stands between joins them."""
    parts = _RUN.split(piece)
    between = [_known_between(part) for part in parts[::2]]
    if None in between:
        return None
    parts[::2] = map(str, between)
    return f" {' '.join(parts)} "


@lru_cache(maxsize=1 << 12)
def _known_between(part: str) -> str | None:
    if any(unicodedata.category(character)[0] == "M" or is_invisible(character) for character in part):
        return None
    folded = canonical(part).text
    return None if any(map(is_unspaced, folded)) else folded


_LONGEST_KNOWN = 24
_known_piece = lru_cache(maxsize=1 << 15)(_piece)
