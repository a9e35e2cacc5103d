"""A matcher as the running service has it, and what an article costs."""

import asyncio
import time
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from itertools import islice

from benchmarks.workload import text_of
from bot.jobs.standing import BATCH
from bot.matching.matcher import Matcher
from bot.matching.query import Query
from bot.model.article import Article
from bot.model.ids import SubscriptionId


def filled(pairs: Iterable[tuple[SubscriptionId, Query]]) -> Matcher:
    matcher = Matcher()
    asyncio.run(matcher.load(_batches(iter(pairs))))
    if not len(matcher):
        raise RuntimeError("the matcher took nothing")
    return matcher


async def _batches(
    pairs: Iterator[tuple[SubscriptionId, Query]],
) -> AsyncIterator[list[tuple[SubscriptionId, Query]]]:
    while batch := list(islice(pairs, BATCH)):
        yield batch


def warm_up(matcher: Matcher, articles: Iterable[Article]) -> None:
    """As after a while of service: the most usual words are known, and there was a merge since."""
    known = list(articles)
    for article in known:
        met(matcher, article)
    matcher.settle()
    for article in known:
        met(matcher, article)


def met(matcher: Matcher, article: Article) -> int:
    """What the service asks first: how many subscriptions the article meets, and which."""
    matches = matcher.match(article)
    return len(matches) and len(matches.subscriptions)


def floor(articles: Sequence[Article]) -> Callable[[], None]:
    """The least that any matcher must do: to read the text without regard to case and width."""
    texts = [text_of(article) for article in articles]

    def read() -> None:
        for text in texts:
            unicodedata.normalize("NFKC", text).casefold()

    return read


def cpu_seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun
