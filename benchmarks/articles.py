"""The workload's articles: real texts of 200 to 6,000 words, 15 % of them Chinese."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import TypeVar

from benchmarks.texts import encyclopedia, news, peoples_daily
from bot.model.article import Article
from bot.model.text import word_count, words

ARTICLES = 400
CHINESE = 60
NEWS = 60
SHORTEST, LONGEST = 200, 5_500
"""Words that are cut off; as ``word_count`` counts them, an article has some more."""
USUAL = 750
SPREAD = 0.75
"""Of the logarithm of the length."""

SITES = tuple(f"{name}.example" for name in (
    "morning-post", "daily-courier", "evening-star", "the-ledger", "harbour-times", "north-wire", "tech-observer",
    "market-watchman", "city-herald", "open-science", "policy-brief", "the-examiner", "xinwen", "renmin-bao", "wanbao",
))  # fmt: skip
FIRST_NAMES = ("Anna", "Ben", "Clara", "David", "Emma", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Kim", "Li", "Maria")
LAST_NAMES = ("Abel", "Baker", "Chen", "Dietrich", "Evans", "Fischer", "Garcia", "Huber", "Ito", "Jansen", "Kaya", "Wu")
TOPICS = ("politics", "economy", "science", "sport", "culture", "world", "technology", "health", "energy", "trade",
          "climate", "security", "history", "law", "education")  # fmt: skip

T = TypeVar("T")

_IDEOGRAPH = re.compile("[\u4e00-\u9fff]")
_SENTENCE = re.compile(r"(?<=[.!?]) +|(?<=[。！？])")


@dataclass(frozen=True, slots=True)
class Sample:
    """An article and its words: as a person reads them, for a script without spaces too."""

    article: Article
    chinese_words: tuple[tuple[str, str], ...] = ()
    """With their parts of speech. None for an article that is not Chinese."""


def samples(seed: int, number: int = ARTICLES) -> tuple[list[Sample], list[Article]]:
    """The workload's articles, and others that were read before them, made of what texts are left over.

    The same for the same seed, in an order that says nothing.
    """
    random = Random(f"articles {seed}")  # noqa: S311 - a workload, not a secret
    chinese, short = number * CHINESE // ARTICLES, number * NEWS // ARTICLES
    texts, others = _some([text for text in news() if word_count(words(text)) >= SHORTEST], short, random)
    pages, other_pages = _some(list(_cut_pages(random)), number - chinese - short, random)
    drawn = [Sample(_article(text, "en", random)) for text in (*texts, *pages)]
    papers, other_papers = _some(list(_cut_papers(random)), chinese, random)
    drawn += [Sample(_article(_joined(words), "zh", random), tuple(words)) for words in papers]
    random.shuffle(drawn)
    read = [_article(text, "en", random) for text in (*others, *other_pages)]
    read += [_article(_joined(words), "zh", random) for words in other_papers]
    random.shuffle(read)
    return drawn, read


def _joined(words: Iterable[tuple[str, str]]) -> str:
    return "".join(word for word, _ in words)


def _some(texts: Sequence[T], number: int, random: Random) -> tuple[list[T], list[T]]:
    """So many of them, and the others."""
    chosen = dict.fromkeys(random.sample(range(len(texts)), number))
    return [texts[at] for at in chosen], [text for at, text in enumerate(texts) if at not in chosen]


def _cut_pages(random: Random) -> Iterator[str]:
    for paragraphs in encyclopedia():
        for piece in _pieces(((paragraph, len(paragraph.split())) for paragraph in paragraphs), random):
            yield " ".join(piece)


def _cut_papers(random: Random) -> Iterator[list[tuple[str, str]]]:
    counted = ((words, len(_IDEOGRAPH.findall("".join(word for word, _ in words))) // 2) for words in peoples_daily())
    for piece in _pieces(counted, random):
        yield [word for paragraph in piece for word in paragraph]


def _pieces(paragraphs: Iterable[tuple[T, int]], random: Random) -> Iterator[list[T]]:
    """Paragraphs with their lengths put together to articles of varied lengths; what is left over is too short."""
    piece: list[T] = []
    length, wanted = 0, _length(random)
    for paragraph, count in paragraphs:
        if length + count > LONGEST:
            piece, length = [], 0
            continue
        piece.append(paragraph)
        length += count
        if length >= wanted:
            yield piece
            piece, length, wanted = [], 0, _length(random)


def _length(random: Random) -> int:
    return round(min(max(random.lognormvariate(math.log(USUAL), SPREAD), SHORTEST), LONGEST))


def _article(text: str, language: str, random: Random) -> Article:
    title, summary, body = _divided(text, language)
    declared = {"en": ("en", "en-gb", "en-us", "en", ""), "zh": ("zh", "zh-cn", "zh-cn", "zh", "")}[language]
    topics = random.sample(TOPICS, random.randint(1, 3))
    return Article(
        title=title,
        summary=summary,
        body=body,
        link=f"https://www.{_zipf(SITES, random)}/{random.randrange(10**8)}",
        guid=str(random.randrange(10**12)),
        author=f"{random.choice(FIRST_NAMES)} {random.choice(LAST_NAMES)}",
        tags=tuple(topics),
        language=random.choice(declared),
    )


def _divided(text: str, language: str) -> tuple[str, str, str]:
    """The first words as the title, the first sentences behind them as the summary, then the rest."""
    if language == "zh":
        title, rest = text[:18], text[18:]
    else:
        words = text.split(" ")
        title, rest = " ".join(words[:9]), " ".join(words[9:])
    sentences = _SENTENCE.split(rest)
    between = "" if language == "zh" else " "
    return title, between.join(sentences[:2]), between.join(sentences[2:])


def _zipf(choices: Sequence[T], random: Random) -> T:
    weights = list(accumulate(1 / rank for rank in range(1, len(choices) + 1)))
    return random.choices(choices, cum_weights=weights)[0]
