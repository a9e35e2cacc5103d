"""What a query means, said a second time in another way: regular expressions over text folded as a whole.

It shares nothing with the matcher: queries are trees of its own, written down as people type them, and it knows the
scripts of its own vocabulary only.
"""

import re
import unicodedata
from dataclasses import dataclass

RUN = "[\u0e00-\u0e7f\u3005\u3040-\u30ff\u4e00-\u9fff]"
WORD = rf"(?:(?!{RUN})[\w\u0900-\u0963])"
GAP = rf"(?:(?!{RUN})[^\w\u0900-\u0963])"

LETTERS = str.maketrans({"đ": "d", "ø": "o", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe"})


def fold(text: str) -> str:
    text = re.sub("[\u00ad\u200b\u2060]", "", text.replace("™", " ").replace("_", " "))
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    text = unicodedata.normalize("NFD", text.replace("й", "\ue000")).replace("\ue000", "й")
    return unicodedata.normalize("NFC", re.sub("[\u0300-\u036f\u0591-\u05c7]", "", text).translate(LETTERS)).replace(
        "и\u0306", "й"
    )


def _whole_words(text: str, *, open_end: bool = False) -> str:
    runs = re.findall(rf"{RUN}+|{WORD}+", fold(text))
    found = [re.escape(run) if re.match(RUN, run) else rf"(?<!{WORD}){re.escape(run)}(?!{WORD})" for run in runs]
    if open_end:
        found[-1] = found[-1].removesuffix(rf"(?!{WORD})")
    return f"{GAP}*".join(found)


@dataclass(frozen=True)
class Said:
    """A word or phrase as typed."""

    text: str
    quoted: bool = False
    open_end: bool = False


@dataclass(frozen=True)
class Titled:
    part: "Tree"


@dataclass(frozen=True)
class Both:
    left: "Tree"
    right: "Tree"
    sign: str


@dataclass(frozen=True)
class Either:
    left: "Tree"
    right: "Tree"


@dataclass(frozen=True)
class Without:
    part: "Tree"
    sign: str


Tree = Said | Titled | Both | Either | Without


def typed(tree: Tree) -> str:
    match tree:
        case Said(text, quoted, open_end):
            return f"“{text}”" if quoted else text + "*" * open_end
        case Titled(part):
            return f"title:({typed(part)})"
        case Both(left, right, sign):
            return f"({typed(left)}){sign}({typed(right)})"
        case Either(left, right):
            return f"({typed(left)}) OR ({typed(right)})"
        case Without(part, sign):
            return f"{sign}({typed(part)})"


def means(tree: Tree, fields: tuple[str, ...]) -> bool:
    """Whether a tree holds for these fields, the title first."""
    match tree:
        case Said(text, _, open_end):
            pattern = re.compile(_whole_words(text, open_end=open_end))
            return any(pattern.search(fold(field)) for field in fields)
        case Titled(part):
            return means(part, fields[:1])
        case Both(left, right):
            return means(left, fields) and means(right, fields)
        case Either(left, right):
            return means(left, fields) or means(right, fields)
        case Without(part):
            return not means(part, fields)
