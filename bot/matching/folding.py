"""A text's folded words, fast: what ``bot.model.text.canonical`` says, without the way back to the characters.

Most of any text is ASCII, or Chinese, Japanese and Korean without accents; what is neither is folded piece by piece by
``canonical`` itself, which knows every script, and remembered.
"""

import re
import unicodedata
from functools import lru_cache

import numpy as np

from bot.model.letters import is_invisible, is_unspaced
from bot.model.text import canonical

_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
_ASCII_GAPS = {code: " " for code in range(128) if chr(code) not in _LETTERS}

# Signs between words that typographers use, none of which normalisation would write as a letter.
_TYPOGRAPHY = "’‘“”–—…•\u00a0"

_EAST_ASIAN = re.compile(
    "[\x00-\x7f‘’“”–—…·、。〈-】〔〕！-／：-＠［-｀｛-･\u3005\u3007\u3041-\u3096\u30a1-\u30fa\u30fc\u4e00-\u9fff\uac00-\ud7a3]*"
)
_EAST_ASIAN_WORD = re.compile("[0-9a-z\uac00-\ud7a3]+|[\u3005\u3007\u3041-\u3096\u30a1-\u30fa\u30fc\u4e00-\u9fff]+")


def folded(text: str) -> str:
    """The words of ``canonical(text).text`` with spaces around each: umlauts kept, a run as one."""
    if not text.isascii():
        for sign in _TYPOGRAPHY:
            text = text.replace(sign, " ")
        if not text.isascii():
            return _mixed(text)
    return text.lower().translate(_ASCII_GAPS)


_BEYOND_ASCII = re.compile(b"[0-9A-Za-z]*[\x80-\xff][0-9A-Za-z\x80-\xff]*")
_GAPS = bytes(code if chr(code) in _LETTERS else ord(" ") for code in range(128)) + bytes(range(128, 256))


def _mixed(text: str) -> str:
    encoded = text.encode("utf-8", "surrogatepass")
    if has_east_asian(encoded) and _EAST_ASIAN.fullmatch(text):
        return " ".join(_EAST_ASIAN_WORD.findall(text.lower()))
    parts = []
    done = 0
    for place in _beyond_ascii(encoded):
        if place < done:
            continue
        start = place
        while start > done and chr(encoded[start - 1]).isalnum():
            start -= 1
        parts.append(encoded[done:start].lower().translate(_GAPS).decode())
        found = _BEYOND_ASCII.match(encoded, start)
        done = found.end() if found else place + 1
        piece = encoded[start:done].decode("utf-8", "surrogatepass")
        parts.append(_known_piece(piece) if len(piece) <= _LONGEST_KNOWN else _piece(piece))
    parts.append(encoded[done:].lower().translate(_GAPS).decode())
    return "".join(parts)


def _beyond_ascii(encoded: bytes) -> list[int]:
    """Where something begins that is not ASCII."""
    beyond = np.frombuffer(encoded, np.uint8) > 127
    beyond[1:] &= ~beyond[:-1]
    places: list[int] = np.flatnonzero(beyond).tolist()
    return places


def has_east_asian(encoded: bytes) -> bool:
    """Whether a text in UTF-8 has anything that is written in three bytes from U+3000 on, or in four."""
    return not encoded.isascii() and int(np.frombuffer(encoded, np.uint8).max()) >= _FIRST_EAST_ASIAN


_FIRST_EAST_ASIAN = "\u3000".encode()[0]


def _piece(piece: str) -> str:
    if _EAST_ASIAN.fullmatch(piece):
        return f" {' '.join(_EAST_ASIAN_WORD.findall(piece.lower()))} "
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
