"""What a single character says to the matcher: the tables behind the canonical text."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

_FOLDED = str.maketrans({"đ": "d", "ø": "o", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "ß": "ss"})

# Marks that are accents or points; those of other scripts are vowels and their like, and stay. A kana's voicing and
# the breve of й join their letter instead.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0711\u0730-\u074a"
    "\u0897-\u089f\u08ca-\u08ff\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u302a-\u302f\ufb1e\ufe20-\ufe2f]"
)

UNSPACED = (
    range(0x0E01, 0x0E3B),
    range(0x0E40, 0x0E4F),
    range(0x0E50, 0x0E5A),
    range(0x0E81, 0x0EE0),
    range(0x1780, 0x17D4),
    range(0x17D7, 0x17D8),
    range(0x17DC, 0x17EA),
    range(0x17F0, 0x17FA),
    range(0x2E80, 0x2FE0),
    range(0x3005, 0x3008),
    range(0x3021, 0x302A),
    range(0x3038, 0x303C),
    range(0x3041, 0x30FB),
    range(0x30FC, 0x3130),
    range(0x31A0, 0x31C0),
    range(0x31F0, 0x3200),
    range(0x3400, 0x4DC0),
    range(0x4E00, 0xA000),
    range(0xF900, 0xFB00),
    range(0x1AFF0, 0x1B170),
    range(0x20000, 0x40000),
)
"""The characters of scripts without spaces: Thai, Lao, Khmer, Chinese and Japanese."""
_UNSPACED = re.compile(f"[{''.join(f'{chr(block.start)}-{chr(block.stop - 1)}' for block in UNSPACED)}]")

# Kana with their voicing and Hangul syllables stay whole.
_COMPOSED = re.compile("[\u3041-\u3096\u30a1-\u30fa\uac00-\ud7a3]")

# Invisible although not of category Cf: joiners, fillers, variation selectors.
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_VISIBLE_FORMATS = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2"

# Normalisation would write them as letters and grow a name by them: Huawei™ is not "huaweitm".
_TRADE_MARKS = "™℠"

Kind = Literal["word", "run", "accent", "gap", "gone"]
"""Part of a word, part of a run of a script without spaces, part of the letter before, between words, invisible."""


@dataclass(frozen=True, slots=True)
class Sign:
    """A folded character, its part in words, and its combining class (0 but for marks that have an order)."""

    character: str
    kind: Kind
    rank: int


@lru_cache(maxsize=1 << 14)
def signs(character: str) -> tuple[Sign, ...]:
    """What one character of a text becomes, decomposed."""
    if character in _TRADE_MARKS:
        return (Sign(" ", "gap", 0),)
    if _COMPOSED.match(character):
        return (Sign(character, _kind(character), 0),)
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold()).translate(_FOLDED)
    return tuple(Sign(sign, _kind(sign), unicodedata.combining(sign)) for sign in folded)


def _kind(sign: str) -> Kind:
    category = unicodedata.category(sign)
    if _INVISIBLE.match(sign) or (category == "Cf" and sign not in _VISIBLE_FORMATS):
        return "gone"
    if category[0] not in "LMN":
        return "gap"
    if _ACCENTS.match(sign):
        return "accent"
    return "run" if is_unspaced(sign) else "word"


def is_unspaced(character: str) -> bool:
    """Whether a character belongs to a script that is written without spaces between words."""
    return _UNSPACED.match(character) is not None


def is_invisible(character: str) -> bool:
    """Whether a character leaves no trace in a word: soft hyphens, joiners, variation selectors."""
    return all(sign.kind == "gone" for sign in signs(character))
