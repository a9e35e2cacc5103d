"""The matcher with its index: what was just registered, what is filed, and what comes and goes meanwhile."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings

from benchmarks.oracle import run
from bot.matching import words
from bot.matching.clauses import Compiler
from bot.matching.language import parse
from bot.matching.matcher import Matcher
from bot.matching.query import Node, Query
from bot.model.article import Article
from bot.model.ids import SubscriptionId
from tests.matching import oracle, strategies
from tests.matching.matcher_contract import MatcherContract, ids
from tests.matching.strategies import Asks, Comes, Goes, Settles

pytestmark = pytest.mark.usefixtures("steps")


class TestFreshMatcher(MatcherContract):
    """Before anything is filed."""

    def make(self) -> Matcher:
        return Matcher()


class TestFiledMatcher(MatcherContract):
    def make(self) -> Matcher:
        return Matcher()

    def settle(self, matcher: Matcher) -> None:
        matcher.settle()


def test_those_that_read_the_same_are_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    matcher = Matcher()
    for number, typed in enumerate(("huawei -ban", "Huawei NOT Ban", "HUAWEI –BAN", "zte"), start=1):
        matcher.register(SubscriptionId(number), parse(typed))
    compiled: list[Node] = []
    clauses = Compiler.clauses
    monkeypatch.setattr(Compiler, "clauses", lambda self, root: compiled.append(root) or clauses(self, root))

    matcher.settle()

    assert compiled == [parse("huawei -ban").root, parse("zte").root]
    assert ids(matcher.match(Article("Huawei opens"))) == [1, 2, 3]


def test_what_an_article_meets_is_made_only_when_it_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    matcher = Matcher()
    matcher.register(SubscriptionId(1), parse("huawei"))
    matcher.settle()
    matcher.register(SubscriptionId(2), parse("opens"))
    made: list[SubscriptionId] = []
    monkeypatch.setattr("bot.matching.matcher.Match", lambda subscription, *_: made.append(subscription))

    met = matcher.match(Article("Huawei opens"))

    assert (len(met), met.subscriptions, made) == (2, [1, 2], [])
    assert met[1] is None
    assert made == [2]


def test_words_that_have_been_forgotten_are_met_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "MOST_WORDS", 20)

    figures = run(10_000, seed=5)

    assert figures.differences == 0, figures.examples


def test_no_word_is_taken_for_another_however_it_was_made_up() -> None:
    matcher = Matcher()
    matcher.register(SubscriptionId(1), parse("abba*"))
    matcher.settle()
    # Thue's and Morse's: a polynomial modulo a power of two has one value for both, whatever its base.
    word = "a"
    for _ in range(12):
        word += word.translate(str.maketrans("ab", "ba"))
    other = word.translate(str.maketrans("ab", "ba"))

    assert ids(matcher.match(Article(word))) == [1]
    assert ids(matcher.match(Article(other))) == []
    assert ids(matcher.match(Article(f"{other} {word}"))) == [1]


@settings(deadline=None, max_examples=60)
@given(strategies.changes, strategies.some_articles)
def test_who_comes_and_goes_while_queries_are_filed_counts_at_once(
    changes: list[strategies.Change], article: Article
) -> None:
    async def lived() -> tuple[Matcher, dict[SubscriptionId, Query]]:
        matcher = Matcher()
        standing: dict[SubscriptionId, Query] = {}
        merges: list[asyncio.Task[None]] = []
        for change in changes:
            match change:
                case Comes(subscription, query):
                    matcher.register(subscription, query)
                    standing[subscription] = query
                case Goes(subscription):
                    matcher.forget(subscription)
                    standing.pop(subscription, None)
                case Settles():
                    merges.append(asyncio.create_task(matcher.merge()))
                    await asyncio.sleep(0)
                case Asks(asked):
                    assert ids(matcher.match(asked)) == met(standing, asked)
        await asyncio.gather(*merges)
        return matcher, standing

    matcher, standing = asyncio.run(lived())

    assert ids(matcher.match(article)) == met(standing, article)


@pytest.mark.parametrize("begins", ["to load", "to file"])
def test_who_leaves_or_asks_for_something_else_meanwhile_has_done_so(begins: str) -> None:
    asked = [(SubscriptionId(number), parse("huawei")) for number in (1, 2, 3)]

    async def batches() -> AsyncIterator[list[tuple[SubscriptionId, Query]]]:
        yield asked

    async def lived() -> Matcher:
        matcher = Matcher()
        if begins == "to file":
            for subscription, query in asked:
                matcher.register(subscription, query)
        under_way = asyncio.create_task(matcher.load(batches()) if begins == "to load" else matcher.merge())
        await asyncio.sleep(0)
        matcher.forget(SubscriptionId(1))
        matcher.register(SubscriptionId(2), parse("zte"))
        await under_way
        return matcher

    matcher = asyncio.run(lived())

    assert ids(matcher.match(Article("Huawei"))) == [3]
    assert ids(matcher.match(Article("ZTE"))) == [2]


def met(standing: dict[SubscriptionId, Query], article: Article) -> list[int]:
    return sorted(subscription for subscription, query in standing.items() if oracle.holds(query.root, article))
