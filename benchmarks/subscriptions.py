"""The workload's queries: every form of the language, asked for as often as words of a real text are used."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from random import Random
from typing import TypeVar

from benchmarks.articles import FIRST_NAMES, LAST_NAMES, SITES, TOPICS, Sample
from benchmarks.vocabulary import EDGE, Vocabulary, invented, occurring, popularity

T = TypeVar("T")
EXPONENT = 0.85
FLAT = 60
"""How many of the first ranks are about equally popular."""
NEVER_SAID = 0.6
"""The share of subscriptions that wait for something no article of the workload tells of."""
BATCH = 8192
UNMATCHED_FROM = 10_000

FORMS = {
    "term": 12, "all_of_two": 12, "pair": 6, "all_of_three": 6, "one_of_two": 5, "one_of_three": 2, "without": 5,
    "pair_without": 3, "phrase": 14, "phrase_and_word": 4, "open_phrase": 3, "prefix": 4, "suffix": 1, "near": 5,
    "title": 3, "summary": 1, "body": 1, "title_phrase": 1, "site": 1.5, "tag": 1.5, "author": 1, "language": 1,
    "exact": 2, "grouped": 3, "chinese_word": 3, "chinese_phrase": 2, "chinese_pair": 2, "mixed_scripts": 1,
    "either_script": 1,
}  # fmt: skip


def mix(samples: Sequence[Sample], seed: int) -> Iterator[str]:
    """Without end. About 0.3 % of any number of them meet an article."""
    random = Random(f"mix {seed}")  # noqa: S311 - a workload, not a secret
    real = occurring(samples, random)
    said = Asker(real, real, random)
    never = Asker(invented(samples, real, random), real, random)
    while True:
        for unsaid in _shares(random):
            yield (never if unsaid else said).query()


def tail(samples: Sequence[Sample], seed: int) -> Iterator[str]:
    """The first ones of ``mix``, always as many; behind them without end what no article meets."""
    random = Random(f"tail {seed}")  # noqa: S311 - a workload, not a secret
    real = occurring(samples, random)
    never = Asker(invented(samples, real, random), real, random)
    return chain(islice(mix(samples, seed), UNMATCHED_FROM), iter(never.query, ""))


def _shares(random: Random) -> list[bool]:
    return random.choices((True, False), weights=(NEVER_SAID, 1 - NEVER_SAID), k=BATCH)


class Asker:
    """Types one query after another. What a query leaves out, or offers beside a word, is always real."""

    def __init__(self, vocabulary: Vocabulary, real: Vocabulary, random: Random) -> None:
        draw = partial(_drawn, random)
        self._word = draw(vocabulary.words)
        self._phrase = draw(vocabulary.phrases)
        self._pair = draw(vocabulary.pairs)
        self._typed = draw(vocabulary.typed)
        self._chinese_word = draw(vocabulary.chinese_words)
        self._chinese_phrase = draw(vocabulary.chinese_phrases)
        self._left_out = draw(real.words)
        self._site, self._topic = draw(SITES, flat=0), draw(TOPICS, flat=5)
        self._first_name, self._last_name = draw(FIRST_NAMES, flat=5), draw(LAST_NAMES, flat=5)
        self._language = draw(("en", "zh", "de"), flat=0)
        forms: dict[str, Callable[[], str]] = {name: getattr(self, name) for name in FORMS}
        self._form = _endless(lambda: random.choices(list(forms.values()), list(FORMS.values()), k=BATCH))
        self._short = _endless(lambda: random.choices(range(6, 9), k=BATCH))
        self._distance = _endless(lambda: random.choices((3, 5, 10, 20), k=BATCH))

    def query(self) -> str:
        return next(self._form)()

    def term(self) -> str:
        return next(self._word)

    def all_of_two(self) -> str:
        return f"{next(self._word)} {next(self._word)}"

    def pair(self) -> str:
        return " ".join(next(self._pair))

    def all_of_three(self) -> str:
        left, right = next(self._pair)
        return f"{left} AND {right} AND {next(self._word)}"

    def one_of_two(self) -> str:
        return f"{next(self._word)} OR {next(self._word)}"

    def one_of_three(self) -> str:
        return f'{next(self._word)} OR "{next(self._phrase)}" OR {next(self._word)}'

    def without(self) -> str:
        return f"{next(self._word)} -{next(self._left_out)}"

    def pair_without(self) -> str:
        left, right = next(self._pair)
        return f'{left} {right} NOT "{next(self._phrase)}"'

    def phrase(self) -> str:
        return f'"{next(self._phrase)}"'

    def phrase_and_word(self) -> str:
        return f'"{next(self._phrase)}" {next(self._word)}'

    def open_phrase(self) -> str:
        phrase = next(self._phrase)
        return f'"{phrase[: -1 - len(phrase) % 2] if len(phrase.split()[-1]) > EDGE else phrase}*"'

    def prefix(self) -> str:
        return f"{next(self._word)[: next(self._short)]}*"

    def suffix(self) -> str:
        word = next(self._word)[-next(self._short) :]
        return f"*{word}" if len(word) >= EDGE else word

    def near(self) -> str:
        left, right = next(self._pair)
        return f"{left} NEAR/{next(self._distance)} {right}"

    def title(self) -> str:
        return f"title:{next(self._word)}"

    def summary(self) -> str:
        return f"summary:({next(self._word)} OR {next(self._word)})"

    def body(self) -> str:
        return f"body:{next(self._word)}"

    def title_phrase(self) -> str:
        return f'title:"{next(self._phrase)}"'

    def site(self) -> str:
        return f"site:{next(self._site)} {next(self._word)}"

    def tag(self) -> str:
        return f"tag:{next(self._topic)} {next(self._word)}"

    def author(self) -> str:
        return f'author:"{next(self._first_name)} {next(self._last_name)}" {next(self._word)}'

    def language(self) -> str:
        return f"lang:{next(self._language)} {next(self._word)}"

    def exact(self) -> str:
        return f"`{next(self._typed)}`"

    def grouped(self) -> str:
        left, right = next(self._pair)
        return f"({left} OR {next(self._word)}) ({right} OR {next(self._word)})"

    def chinese_word(self) -> str:
        return next(self._chinese_word)

    def chinese_phrase(self) -> str:
        return f'"{next(self._chinese_phrase)}"'

    def chinese_pair(self) -> str:
        return f"{next(self._chinese_word)} {next(self._chinese_word)}"

    def mixed_scripts(self) -> str:
        return f"{next(self._chinese_word)} {next(self._word)}"

    def either_script(self) -> str:
        return f"{next(self._word)} OR {next(self._chinese_word)}"


def _drawn(random: Random, choices: Sequence[T], *, flat: int = FLAT) -> Iterator[T]:
    weights = popularity(len(choices), exponent=EXPONENT, flat=flat)
    return _endless(lambda: random.choices(choices, cum_weights=weights, k=BATCH))


def _endless(batch: Callable[[], Sequence[T]]) -> Iterator[T]:
    return chain.from_iterable(iter(batch, ()))
