"""A text's folded words, fast: what ``bot.model.text.canonical`` says, without the way back to the characters.

Most of any text is ASCII, or Chinese, Japanese and Korean without accents; what is neither is folded piece by piece by
``canonical`` itself, which knows every script, and remembered.
"""

import re
import unicodedata
from functools import lru_cache

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


_BEYOND_ASCII = re.compile("[\x80-\U0010ffff]+")
_WORD_BEHIND = re.compile("[0-9A-Za-z\x80-\U0010ffff]*")


def _mixed(text: str) -> str:
    if _EAST_ASIAN.fullmatch(text):
        return " ".join(_EAST_ASIAN_WORD.findall(text.lower()))
    parts = []
    done = 0
    for found in _BEYOND_ASCII.finditer(text):
        if found.end() <= done:
            continue
        start = found.start()
        while start > done and text[start - 1].isalnum():
            start -= 1
        parts.append(text[done:start].lower().translate(_ASCII_GAPS))
        rest = _WORD_BEHIND.match(text, found.end())
        done = rest.end() if rest else found.end()
        piece = text[start:done]
        parts.append(_known_piece(piece) if len(piece) <= _LONGEST_KNOWN else _piece(piece))
    parts.append(text[done:].lower().translate(_ASCII_GAPS))
    return "".join(parts)


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
