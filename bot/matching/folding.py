"""A text's folded words, fast: what ``bot.model.text.canonical`` says, without the way back to the characters.

Most of any text is ASCII, or Chinese, Japanese and Korean without accents; what is neither is folded piece by piece by
``canonical`` itself, which knows every script, and remembered.
"""

import re
from functools import lru_cache

from bot.model.text import canonical

_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
_ASCII_GAPS = {code: " " for code in range(128) if chr(code) not in _LETTERS}

# Signs between words that typographers use, none of which normalisation would write as a letter.
_TYPOGRAPHY = "’‘“”–—…•\u00a0"

_EAST_ASIAN = re.compile(
    "[\x00-\x7f‘’“”–—…·、。〈-】〔〕！-／：-＠［-｀｛-･\u3005\u3007\u3041-\u3096\u30a1-\u30fa\u30fc\u4e00-\u9fff\uac00-\ud7a3]*"
)
_EAST_ASIAN_WORD = re.compile("[0-9a-z\uac00-\ud7a3]+|[\u3005\u3007\u3041-\u3096\u30a1-\u30fa\u30fc\u4e00-\u9fff]+")


def folded_words(text: str) -> list[str]:
    """The words of ``canonical(text).text``, in order: umlauts kept, a run of a script without spaces as one."""
    if not text.isascii():
        for sign in _TYPOGRAPHY:
            text = text.replace(sign, " ")
        if not text.isascii():
            return _mixed_words(text)
    return text.lower().translate(_ASCII_GAPS).split()


def _mixed_words(text: str) -> list[str]:
    if _EAST_ASIAN.fullmatch(text):
        return _EAST_ASIAN_WORD.findall(text.lower())
    return "".join(
        [_known_piece(piece) if len(piece) <= _LONGEST_KNOWN else _piece(piece) for piece in text.split()]
    ).split()


def _piece(piece: str) -> str:
    if _EAST_ASIAN.fullmatch(piece):
        return f" {' '.join(_EAST_ASIAN_WORD.findall(piece.lower()))} "
    return canonical(piece).text


_LONGEST_KNOWN = 24
_known_piece = lru_cache(maxsize=1 << 15)(_piece)
