"""What a query means for an article, said a second time: one regular expression a literal over a form of its own.

It shares the trees of queries and the article with the matcher, and nothing that reads a text: no table, no folding,
no tokeniser, no evaluation. Slow and plain.

A text is written so: ``<word>`` for a word, ``<muller|mueller>`` for one with an umlaut, and bare the characters of a
script without spaces, with a space between two runs of those.
"""

import unicodedata
from dataclasses import dataclass, field
from functools import cache

import regex
from opencc import OpenCC

from bot.matching.query import (
    All,
    Any,
    Exact,
    Feed,
    In,
    Lang,
    Literal,
    Near,
    Node,
    Not,
    Phrase,
    Prefix,
    Site,
    Suffix,
    Term,
    Worded,
)
from bot.model.article import Article

Fields = tuple[str, ...]
PLAIN: Fields = ("title", "summary", "body")

# ---- letters --------------------------------------------------------------------------------------------------------

RUN = r"[[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}ー〆\u3099\u309aｰ\uff9e\uff9f]&&[\p{L}\p{M}\p{N}]]"
WORD = rf"[[\p{{L}}\p{{M}}\p{{N}}]--{RUN}]"
MARK = rf"[\p{{M}}--{RUN}]"
UNSEEN = regex.compile(r"\p{Default_Ignorable_Code_Point}")
TOKEN = regex.compile(rf"(?V1)(?P<run>{RUN}+)|{WORD}+")
WITHOUT_SPACES = regex.compile(rf"(?V1){RUN}")

ACCENTS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u302a-\u302f\ufe20-\ufe2f"
HEBREW_POINTS = "\u0591-\u05c7\ufb1e"
ARABIC_POINTS = "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
BREVE, DOTS = "\u0306", "\u0308"
STRIPPED = regex.compile(f"(?V1)[[{ACCENTS}{HEBREW_POINTS}{ARABIC_POINTS}]&&\\p{{M}}--[{BREVE}{DOTS}]]")
STRAY_BREVE_OR_DOTS = regex.compile(f"(?<!и{DOTS}*){BREVE}|(?<![aou]{BREVE}*){DOTS}")
ANOTHER_ALPHABET = str.maketrans({"đ": "d", "ø": "o", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "ß": "ss"})
TRADE_MARKS = str.maketrans("™℠", "  ")
PLAIN_VOWEL = str.maketrans("äöü", "aou")
WITH_E = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})

# After consonants and after vowels, then those that are two in one.
PARTICLES = (
    "은 는 이 가 을 를 과 와 의 에 도 만 로 으로 나 이나 랑 이랑 란 이란 라고 이라고 라는 이라는 라며 이라며 이며 "
    "에서 에게 에게서 께 께서 한테 한테서 까지 부터 보다 처럼 마다 조차 마저 밖에 하고 로서 으로서 로써 으로써 "
    "로부터 으로부터 에는 에도 에만 에서는 에서도 에서의 에게는 에게도 로는 으로는 로도 으로도 로의 으로의 "
    "와의 과의 와는 과는 까지의 까지도 부터의 만의 만이 만은 만을 보다는 보다도"
)
WITH_PARTICLE = f"(?:{PARTICLES.replace(' ', '|')})?"


def unseen_gone(text: str) -> str:
    return UNSEEN.sub("", text)


def folded(text: str) -> str:
    """Umlauts kept, and the signs between words."""
    text = unseen_gone(text).translate(TRADE_MARKS).casefold()
    text = unicodedata.normalize("NFKC", text).casefold()
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text))
    text = STRAY_BREVE_OR_DOTS.sub("", STRIPPED.sub("", text))
    return simplified(unicodedata.normalize("NFC", text).translate(ANOTHER_ALPHABET))


def simplified(text: str) -> str:
    if text.isascii():
        return text
    again: str = converter().convert(text)
    return again if again == text else simplified(again)


@cache
def converter() -> OpenCC:
    return OpenCC("t2s")


def words(text: str) -> tuple[str, ...]:
    """As a query has them: umlauts kept, a run as one."""
    return tuple(found[0] for found in TOKEN.finditer(folded(text)))


@cache
def form(text: str) -> str:
    written = ""
    after_run = False
    for found in TOKEN.finditer(folded(text)):
        is_run = found["run"] is not None
        if is_run:
            written += f"{' ' * after_run}{found[0]}"
        else:
            written += f"<{'|'.join(spellings(found[0]))}>"
        after_run = is_run
    return written


def spellings(word: str) -> tuple[str, ...]:
    word = unicodedata.normalize("NFC", word)
    return tuple(dict.fromkeys((word.translate(PLAIN_VOWEL), word.translate(WITH_E))))


# ---- patterns over the form -----------------------------------------------------------------------------------------

BEGIN = r"<(?:[^<>|]*+\|)?"
END = r"(?:>|\|[^<>]*+>)"
ONE_WORD = r"(?:<[^<>]*+>|[^<>\s])"


@cache
def pattern(literal: Worded | Near | Exact) -> "regex.Pattern[str]":
    match literal:
        case Exact(text):
            return regex.compile(f"(?V1){exactly(text)}")
        case Near(left, right, distance):
            one, other = side(left), side(right)
            between = rf"(?: ?{ONE_WORD}){{0,{distance - 1}}}? ?"
            return regex.compile(f"{one}{between}{other}|{other}{between}{one}")
        case _:
            return regex.compile(side(literal))


def side(literal: Worded) -> str:
    match literal:
        case Term(word):
            return whole(word)
        case Prefix(stem):
            return begun(stem)
        case Suffix(stem):
            return f"{BEGIN}[^<>|]*?{spelt(stem)}{WITH_PARTICLE}{END}"
        case Phrase(said, open_end):
            parts = [whole(word) for word in said[:-1]] + [begun(said[-1]) if open_end else whole(said[-1])]
            for at in range(1, len(said)):
                if is_run(said[at - 1]) and is_run(said[at]):
                    parts[at] = f" ?{parts[at]}"
            return "".join(parts)


def whole(word: str) -> str:
    return regex.escape(word) if is_run(word) else f"{BEGIN}{spelt(word)}{WITH_PARTICLE}{END}"


def begun(stem: str) -> str:
    return f"{BEGIN}{spelt(stem)}[^<>]*+>"


def spelt(word: str) -> str:
    return f"(?:{'|'.join(map(regex.escape, spellings(word)))})"


def is_run(word: str) -> bool:
    return WITHOUT_SPACES.match(word) is not None


def exactly(text: str) -> str:
    """A word that is looked for goes on in letters, marks and digits; a sign goes on in marks upon it."""
    before = f"(?<!{WORD})" if regex.match(f"(?V1){WORD}", text) else ""
    behind = f"(?!{WORD})" if regex.match(f"(?V1){WORD}", text[-1]) else f"(?!{MARK})"
    return f"{before}{regex.escape(text)}{behind}"


# ---- what is no text ------------------------------------------------------------------------------------------------

HOST = regex.compile(r"(?i)[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:]+)")
PUBLIC_SUFFIXES = {"com", "org", "de", "cn", "example", "co.uk", "github.io"}
"""Of the hosts that the tests know."""


def site(link: str) -> str:
    found = HOST.match(link)
    labels = (found[1].encode("idna").decode() if found else "").lower().rstrip(".").split(".")
    for at in range(1, len(labels)):
        if ".".join(labels[at:]) in PUBLIC_SUFFIXES and ".".join(labels) not in PUBLIC_SUFFIXES:
            return ".".join(labels[at - 1 :])
    return ""


def language(article: Article) -> str:
    if article.language:
        return regex.split("[-_]", article.language)[0].lower()
    return detected(f"{article.title} {article.summary} {article.body}"[:500])


@cache
def detected(text: str) -> str:
    from py3langid.langid import classify

    return str(classify(text)[0]) if regex.search(r"\p{L}", text) else ""


# ---- judgement ------------------------------------------------------------------------------------------------------


@dataclass
class Judge:
    """Says of one article what holds, and remembers every literal that it was asked for."""

    article: Article
    judged: dict[tuple[Literal, Fields], bool] = field(default_factory=dict)
    _written: dict[tuple[bool, Fields], str] = field(default_factory=dict)

    def holds(self, node: Node, fields: Fields = PLAIN) -> bool:
        match node:
            case All(parts) | Any(parts):
                judged = [self.holds(part, fields) for part in parts]
                return all(judged) if isinstance(node, All) else any(judged)
            case Not(part):
                return not self.holds(part, fields)
            case In(name, part):
                return self.holds(part, (name,))
            case _:
                known = self.judged.get((node, fields))
                if known is None:
                    known = self.judged[node, fields] = self._stands(node, fields)
                return known

    def _stands(self, literal: Literal, fields: Fields) -> bool:
        match literal:
            case Site(domain):
                return site(self.article.link) == domain
            case Lang(code):
                return language(self.article) == code
            case Feed(feeds=feeds):
                return self.article.feed in feeds
            case _:
                text = self._text(fields, exactly=isinstance(literal, Exact))
                return pattern(literal).search(text) is not None

    def _text(self, fields: Fields, *, exactly: bool) -> str:
        if (exactly, fields) not in self._written:
            texts = [text for name in fields for text in texts_of(self.article, name)]
            self._written[exactly, fields] = "\n".join(as_written(text) if exactly else form(text) for text in texts)
        return self._written[exactly, fields]


def texts_of(article: Article, name: str) -> tuple[str, ...]:
    return article.tags if name == "tag" else (getattr(article, name),)


def as_written(text: str) -> str:
    return unicodedata.normalize("NFC", unseen_gone(text))


def holds(node: Node, article: Article) -> bool:
    return Judge(article).holds(node)
