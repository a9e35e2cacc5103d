"""A matcher as the running service has it, and what an article costs."""

import time
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from benchmarks.workload import text_of
from bot.matching.matcher import Matcher
from bot.matching.query import Query
from bot.model.article import Article
from bot.model.ids import SubscriptionId


class Matching(Protocol):
    def match(self, article: Article) -> Sequence[object]: ...


def filled(pairs: Iterable[tuple[SubscriptionId, Query]]) -> Matcher:
    matcher = Matcher()
    if load := getattr(matcher, "load", None):
        load(pairs)
        return matcher
    for subscription, query in pairs:
        matcher.register(subscription, query)
    matcher.settle()
    return matcher


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
