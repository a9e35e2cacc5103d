"""The proof of correctness in small: ``python -m benchmarks.oracle`` runs it on 800,000 pairs."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from random import Random

import pytest
from hypothesis import given, settings

from benchmarks.oracle import IMPLEMENTATIONS, compared, run
from bot.matching.explanation import Explanation, explain
from bot.matching.korean import PARTICLES
from bot.matching.language import parse
from bot.matching.matcher import Match
from bot.matching.query import In, Phrase, Query, Term
from bot.matching.text import query_words
from bot.model.article import Article
from bot.model.ids import SubscriptionId
from tests.matching import oracle, strategies, worlds

PAIRS = 40_000


class Deaf:
    """Meets nothing."""

    def match(self, article: Article) -> Sequence[Match]:
        return []


class Stammering:
    """Says what it knows twice."""

    def __init__(self, queries: dict[SubscriptionId, Query]) -> None:
        self.scan_all = IMPLEMENTATIONS["ScanAll"](queries, Random())

    def match(self, article: Article) -> Sequence[Match]:
        return [*self.scan_all.match(article)] * 2


@pytest.mark.usefixtures("steps")
def test_every_implementation_agrees_with_the_oracle_on_every_pair() -> None:
    figures = run(PAIRS, seed=7)

    assert figures.pairs >= PAIRS
    assert figures.shortcomings() == []
    assert figures.differences == 0


def test_both_implementations_are_compared() -> None:
    assert list(IMPLEMENTATIONS) == ["ScanAll", "Matcher"]


def test_an_implementation_that_errs_is_found_out() -> None:
    queries = {SubscriptionId(1): parse("huawei"), SubscriptionId(2): parse("zte")}

    figures = compared(queries, [Article("Huawei")], {"deaf": Deaf(), "stammering": Stammering(queries)})

    assert figures.differences == 2
    assert figures.matching_share == 0.5
    assert figures.examples[0].startswith("deaf finds 0 times what the oracle finds 1 times: 'huawei' in ")
    assert figures.examples[1].startswith("stammering finds 2 times what the oracle finds 1 times: 'huawei' in ")


@settings(deadline=None, max_examples=300)
@given(strategies.cases)
def test_every_part_of_a_query_is_explained_as_the_oracle_judges_it(case: strategies.Case) -> None:
    judge = oracle.Judge(case.article)

    for part, fields in with_fields(explain(case.article, case.query), oracle.PLAIN):
        assert part.held == judge.holds(part.node, fields), part.normal_form
        assert all(name in fields for name, _ in part.places)


def with_fields(part: Explanation, fields: oracle.Fields) -> Iterator[tuple[Explanation, oracle.Fields]]:
    """Each part, and the fields in which it is looked for."""
    yield part, fields
    for inner in part.parts:
        yield from with_fields(inner, (part.node.field,) if isinstance(part.node, In) else fields)


def test_the_list_of_particles_is_closed() -> None:
    assert set(PARTICLES) == set(oracle.PARTICLES.split())


@pytest.mark.parametrize("name", worlds.SCRIPTS)
def test_the_words_of_a_query_are_folded_as_the_oracle_folds_them(name: str) -> None:
    for typed in worlds.SCRIPTS[name].words:
        root = parse(f'"{typed}"').root

        assert isinstance(root, Term | Phrase)
        assert ((root.word,) if isinstance(root, Term) else root.words) == oracle.words(typed)


@settings(deadline=None, max_examples=300)
@given(strategies.cases.map(lambda case: case.article.body) | strategies.letters)
def test_texts_have_the_words_that_the_oracle_reads(written: str) -> None:
    assert composed(query_words(written)) == composed(oracle.words(written))


def composed(words: Iterable[str]) -> list[str]:
    return [unicodedata.normalize("NFC", word) for word in words]
