"""What is measured on: drawn once by the seed and written into a folder, where every measure reads it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from benchmarks.articles import samples
from benchmarks.subscriptions import mix, tail
from bot.matching.language import parse
from bot.matching.query import Query
from bot.model.article import Article
from bot.model.ids import SubscriptionId

SERIES = {"mix": mix, "tail": tail}
ARTICLES, READ = "articles.jsonl", "read.jsonl"


@dataclass(frozen=True, slots=True)
class Workload:
    folder: Path

    @classmethod
    def drawn(cls, folder: Path, seed: int, subscriptions: int) -> "Workload":
        """So many subscriptions of each series; fewer of them are the first ones of more."""
        articles, read = samples(seed)
        for name, some in ((ARTICLES, [sample.article for sample in articles]), (READ, read)):
            with (folder / name).open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(asdict(article)) + "\n" for article in some)
        for name, series in SERIES.items():
            with (folder / f"{name}.txt").open("w", encoding="utf-8") as file:
                file.writelines(f"{query}\n" for query in islice(series(articles, seed), subscriptions))
        return cls(folder)

    def articles(self) -> list[Article]:
        return self._articles(ARTICLES)

    def read_before(self) -> list[Article]:
        """Others, which no subscription is made of: what a service has read before those that are measured."""
        return self._articles(READ)

    def _articles(self, name: str) -> list[Article]:
        lines = (self.folder / name).read_text(encoding="utf-8").splitlines()
        return [_article(**json.loads(line)) for line in lines]

    def typed(self, series: str, number: int, *, first: int = 0) -> Iterator[str]:
        """So many of the queries as people type them, without those before the first."""
        with (self.folder / f"{series}.txt").open(encoding="utf-8") as file:
            for line in islice(file, first, first + number):
                yield line.rstrip("\n")

    def pairs(self, series: str, number: int, *, first: int = 0) -> Iterator[tuple[SubscriptionId, Query]]:
        """The same, read and numbered from 1 for the first query of all."""
        for at, typed in enumerate(self.typed(series, number, first=first), first + 1):
            yield SubscriptionId(at), parse(typed)


def text_of(article: Article) -> str:
    """All that is read of an article, in one."""
    return "\n".join((article.title, article.summary, article.body))


def some_of_every_length(articles: Sequence[Article], number: int) -> tuple[list[Article], list[Article]]:
    """So many whose lengths are spread as those of all are, and the others."""
    by_length = sorted(articles, key=lambda article: len(text_of(article)))
    chosen = {(2 * at + 1) * len(by_length) // (2 * number) for at in range(number)}
    return (
        [article for at, article in enumerate(by_length) if at in chosen],
        [article for at, article in enumerate(by_length) if at not in chosen],
    )


def _article(tags: list[str], **fields: str) -> Article:
    return Article(tags=tuple(tags), **fields)  # type: ignore[arg-type]
