"""The words and phrases that people would ask for, the most frequent first, and those that stand nowhere."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice, pairwise
from random import Random

from benchmarks.articles import Sample
from bot.matching.text import TEXT_FIELDS, ArticleText

FUNCTION_WORDS = 0.02
"""The share of articles from which on a word says nothing: nobody asks for "the"."""
_ONSETS = ("b", "br", "d", "dr", "f", "g", "k", "l", "m", "n", "p", "pr", "r", "s", "st", "t", "v", "z")
SYLLABLES = [onset + rest for onset in _ONSETS for rest in ("a", "an", "e", "el", "i", "in", "o", "or", "u", "us")]
EDGE = 5
"""Letters at either end of an invented word that no real word has there, so that stars find none either."""
INVENTED = 200_000

_TYPED = re.compile(r"\b[A-Z][A-Za-z]{2,}(?:[-.&][A-Za-z]+)?\b")
_CHINESE_WORD = re.compile("[\u4e00-\u9fff]{2,6}")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Ready to be typed; every list begins with what most people ask for."""

    words: Sequence[str]
    phrases: Sequence[str]
    """Two or three words, without quotes."""
    pairs: Sequence[tuple[str, str]]
    """Words of one article."""
    typed: Sequence[str]
    """Names as they are written."""
    chinese_words: Sequence[str]
    chinese_phrases: Sequence[str]
    """Two words with a space between."""


def occurring(samples: Sequence[Sample], random: Random) -> Vocabulary:
    texts = [_words(sample) for sample in samples if not sample.chinese_words]
    common = _common(texts, len(samples))
    phrases = Counter(phrase for text in texts for phrase in set(_phrases(text, common)))
    words = Counter(word for text in texts for word in set(_content(text, common)))
    typed = Counter(name for sample in samples for name in set(_TYPED.findall(sample.article.body)))
    chinese = [_chinese(sample) for sample in samples if sample.chinese_words]
    return Vocabulary(
        words=_by_frequency(words, random),
        phrases=_by_frequency(phrases, random),
        pairs=_pairs(texts, common, random),
        typed=_by_frequency(typed, random),
        chinese_words=_by_frequency(Counter(word for text in chinese for word in set(text)), random),
        chinese_phrases=_by_frequency(Counter(f"{a} {b}" for text in chinese for a, b in set(pairwise(text))), random),
    )


def invented(samples: Sequence[Sample], real: Vocabulary, random: Random) -> Vocabulary:
    """Nothing of it stands in any article. Half of the phrases are real words that never stand side by side."""
    texts = [_words(sample) for sample in samples]
    words = list(islice(_invented_words({word for text in texts for word in text}, random), INVENTED))
    beside = {pair for text in texts for pair in pairwise(text)}
    apart = (pair for pair in _endless_pairs(real.words, random) if pair not in beside)
    phrases = [f"{a} {b}" for a, b in islice(apart, INVENTED // 2)]
    phrases += [f"{random.choice(words)} {random.choice(words)}" for _ in range(INVENTED // 2)]
    random.shuffle(phrases)
    chinese = list(islice(_invented_runs(texts, random), INVENTED // 4))
    return Vocabulary(
        words=words,
        phrases=phrases,
        pairs=list(islice(_endless_pairs(words, random), INVENTED)),
        typed=[word.title() for word in words],
        chinese_words=chinese,
        chinese_phrases=[f"{a} {b}" for a, b in islice(_endless_pairs(chinese, random), INVENTED // 4)],
    )


def popularity(length: int, *, exponent: float, flat: int) -> list[float]:
    """Zipf and Mandelbrot's: cumulated weights 1 / (rank + flat) ** exponent."""
    return list(accumulate((rank + flat) ** -exponent for rank in range(1, length + 1)))


def _words(sample: Sample) -> list[str]:
    text = ArticleText(sample.article)
    return [word for name in TEXT_FIELDS for passage in text.passages(name) for word in passage.words]


def _common(texts: Iterable[list[str]], number: int) -> set[str]:
    counted = Counter(word for text in texts for word in set(text))
    return {word for word, articles in counted.items() if articles > FUNCTION_WORDS * number}


def _says_something(word: str, common: set[str]) -> bool:
    return len(word) > 2 and word.isalpha() and word not in common


def _content(text: Iterable[str], common: set[str]) -> Iterator[str]:
    return (word for word in text if _says_something(word, common))


def _phrases(text: list[str], common: set[str]) -> Iterator[str]:
    """Words that say something, side by side or with one between them that says nothing, as in "bank of england"."""
    for one, two, three in zip(text, text[1:], text[2:], strict=False):
        if not _says_something(one, common):
            continue
        if _says_something(two, common):
            yield f"{one} {two}"
        elif _says_something(three, common):
            yield f"{one} {two} {three}"


def _pairs(texts: Sequence[list[str]], common: set[str], random: Random) -> list[tuple[str, str]]:
    """Hundred for each article, of words of which each stands in it."""
    pairs: list[tuple[str, str]] = []
    for text in texts:
        content = list(dict.fromkeys(_content(text, common)))
        if len(content) > 1:
            pairs.extend(islice(_endless_pairs(content, random), 100))
    random.shuffle(pairs)
    return pairs


def _chinese(sample: Sample) -> list[str]:
    return [word for word, part in sample.chinese_words if part[0] in "nvaj" and _CHINESE_WORD.fullmatch(word)]


def _by_frequency(counted: Counter[str], random: Random) -> list[str]:
    """As many articles, as many askers; among those that stand in as many, chance decides."""
    drawn = sorted(counted)
    random.shuffle(drawn)
    return sorted(drawn, key=lambda one: -counted[one])


def _endless_pairs(words: Sequence[str], random: Random) -> Iterator[tuple[str, str]]:
    while True:
        left, right = random.choice(words), random.choice(words)
        if left != right:
            yield left, right


def _invented_words(real: set[str], random: Random) -> Iterator[str]:
    taken = {word[:EDGE] for word in real} | {word[-EDGE:] for word in real} | real
    while True:
        word = "".join(random.choices(SYLLABLES, k=random.randint(3, 4)))
        if len(word) > EDGE and not {word, word[:EDGE], word[-EDGE:]} & taken:
            taken.add(word)
            yield word


def _invented_runs(texts: Iterable[list[str]], random: Random) -> Iterator[str]:
    """Three or four characters of which the first three never stand side by side."""
    runs = [word for text in texts for word in text if "\u4e00" <= word[0] <= "\u9fff"]
    characters = [character for run in runs for character in run if "\u4e00" <= character <= "\u9fff"]
    real = {run[at : at + 3] for run in runs for at in range(len(run) - 2)}
    while True:
        run = "".join(random.choices(characters, k=random.randint(3, 4)))
        if run[:3] not in real:
            yield run
