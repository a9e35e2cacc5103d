"""Every implementation against the oracle of the tests, on every pair of a query and an article.

``python -m benchmarks.oracle 800000 1`` takes the number of pairs and a seed.
"""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import isqrt
from random import Random
from typing import Protocol

import regex

from bot.matching.matcher import Match, Matcher, ScanAll
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
    Query,
    Site,
    nodes,
    normal_form,
)
from bot.model.article import Article
from bot.model.ids import SubscriptionId
from tests.matching import oracle, worlds

PAIRS = 800_000
QUERIES_PER_ARTICLE = 5
LEAST_SHARE = 0.05
"""Of pairs that match: fewer would prove little."""
SHOWN = 10
BATCH = 1_000
"""Queries that are loaded at a time: several times in a run, as at a start."""

KINDS = ("Term", "Phrase", "open Phrase", "Prefix", "Suffix", "Exact", "Near", "Site", "Feed")
LANGUAGES = ("Lang declared", "Lang detected")
FIELDS = tuple(f"in {name}" for name in ("title", "summary", "body", "author", "tag"))
OPERATORS = ("All", "Any", "Not", "Not Near", "Not Exact", "Not In", "In with Not", "Not of several")
SCRIPTS = ("Latin", "Greek", "Cyrillic", "Arabic", "Hebrew", "Devanagari", "Thai", "Lao", "Khmer", "Han", "Hiragana",
           "Katakana", "Hangul", "digits")  # fmt: skip
SPELLINGS = ("umlaut", "mixed scripts")
FORMS = (*KINDS, *LANGUAGES, *FIELDS, *OPERATORS, *SCRIPTS, *SPELLINGS)
"""Each of them must have held and failed at least once."""


class Implementation(Protocol):
    def match(self, article: Article) -> Sequence[Match]: ...


@dataclass(frozen=True, slots=True)
class OracleFigures:
    pairs: int
    matching_share: float
    differences: int
    """Pairs on which an implementation and the oracle disagree."""
    forms: Mapping[str, tuple[int, int]]
    """How often each form held, and how often it did not."""
    examples: tuple[str, ...] = ()
    """The first differences."""

    def shortcomings(self) -> list[str]:
        """Why these figures prove nothing, or prove a mistake; empty where all is well."""
        found = [f"{form} held {self.forms[form][0]} times of {sum(self.forms[form])}" for form in self.one_sided()]
        if self.matching_share < LEAST_SHARE:
            found.append(f"only {self.matching_share:.2%} of the pairs match")
        return [*found, *self.examples]

    def one_sided(self) -> list[str]:
        return [form for form in FORMS if 0 in self.forms[form]]


def run(pairs: int = PAIRS, seed: int = 1) -> OracleFigures:
    """As many queries and articles as make at least so many pairs, drawn by the seed."""
    random = Random(seed)  # noqa: S311 - a seed names a world
    article_count = max(1, isqrt(pairs // QUERIES_PER_ARTICLE))
    query_count = -(-pairs // article_count)
    queries = {SubscriptionId(number): worlds.a_query(random) for number in range(1, query_count + 1)}
    articles = [worlds.an_article(random) for _ in range(article_count)]
    return compared(queries, articles, {name: make(queries, random) for name, make in IMPLEMENTATIONS.items()})


def compared(
    queries: Mapping[SubscriptionId, Query], articles: Sequence[Article], made: Mapping[str, Implementation]
) -> OracleFigures:
    forms: Counter[tuple[str, bool]] = Counter()
    held: Counter[SubscriptionId] = Counter()
    differences: list[str] = []
    for article in articles:
        judge = oracle.Judge(article)
        expected = {number for number, query in queries.items() if judge.holds(query.root)}
        held.update(expected)
        for (literal, fields), outcome in judge.judged.items():
            forms.update((form, outcome) for form in _forms(literal, fields, article))
        for name, implementation in made.items():
            heard = Counter(match.subscription for match in implementation.match(article))
            differences += [
                f"{name} finds {heard[number]} times what the oracle finds {int(number in expected)} times: "
                f"{queries[number].normal_form!r} in {article}"
                for number in sorted(expected | set(heard))
                if heard[number] != (number in expected)
            ]
    for number, query in queries.items():
        for form in set(_operators(query.root)):
            forms[form, True] += held[number]
            forms[form, False] += len(articles) - held[number]
    pairs = len(queries) * len(articles)
    return OracleFigures(
        pairs,
        sum(held.values()) / pairs,
        len(differences),
        {form: (forms[form, True], forms[form, False]) for form in FORMS},
        tuple(differences[:SHOWN]),
    )


# ---- implementations ------------------------------------------------------------------------------------------------


def _scan_all(queries: Mapping[SubscriptionId, Query], _: Random) -> Implementation:
    matcher = ScanAll()
    for number, query in queries.items():
        matcher.register(number, query)
    return matcher


def _matcher(queries: Mapping[SubscriptionId, Query], random: Random) -> Implementation:
    """Half is loaded as at a start, the other half is filed partly later and partly never; some came and went."""
    matcher = Matcher()
    loaded = dict(random.sample(list(queries.items()), len(queries) // 2))
    left = {number: query for number, query in queries.items() if number not in loaded}
    asyncio.run(matcher.load(_batches(loaded)))
    settled = random.sample(list(left), len(left) // 2)
    everything = list(queries.values())
    for number in [*settled, *(number for number in left if number not in settled)]:
        if number == settled[-1]:
            matcher.settle()
        if random.random() < 0.2:
            matcher.register(number, random.choice(everything))
        if random.random() < 0.1:
            matcher.forget(number)
        matcher.register(number, queries[number])
    for number in random.sample(list(loaded), len(loaded) // 10):
        matcher.forget(number)
        matcher.register(number, queries[number])
    return matcher


async def _batches(loaded: Mapping[SubscriptionId, Query]) -> AsyncIterator[list[tuple[SubscriptionId, Query]]]:
    waiting = iter(loaded.items())
    while batch := list(islice(waiting, BATCH)):
        yield batch


IMPLEMENTATIONS: dict[str, Callable[[Mapping[SubscriptionId, Query], Random], Implementation]] = {
    "ScanAll": _scan_all,
    "Matcher": _matcher,
}


# ---- forms ----------------------------------------------------------------------------------------------------------


def _forms(literal: Literal, fields: oracle.Fields, article: Article) -> Iterator[str]:
    match literal:
        case Lang():
            yield f"Lang {'declared' if article.language else 'detected'}"
            return
        case Site() | Feed():
            yield type(literal).__name__
            return
        case Phrase(open_end=True):
            yield "open Phrase"
        case _:
            yield type(literal).__name__
    if fields != oracle.PLAIN:
        yield f"in {fields[0]}"
    yield from _scripts(literal)


def _scripts(literal: Literal) -> list[str]:
    known = _KNOWN_SCRIPTS.get(literal)
    if known is None:
        text = normal_form(literal)
        known = [name for name in SCRIPTS if regex.search(_SCRIPT_PATTERNS[name], text)]
        known += ["mixed scripts"] * (len(known) > 1) + ["umlaut"] * bool(set("äöü") & set(text))
        _KNOWN_SCRIPTS[literal] = known
    return known


_KNOWN_SCRIPTS: dict[Literal, list[str]] = {}
_SCRIPT_PATTERNS = {name: r"\p{N}" if name == "digits" else rf"\p{{Script={name}}}" for name in SCRIPTS}


def _operators(root: Node) -> Iterator[str]:
    for node in nodes(root):
        match node:
            case All():
                yield "All"
            case Any():
                yield "Any"
            case Not(part):
                yield from _negations(part)
            case In(part=part) if any(isinstance(inner, Not) for inner in nodes(part)):
                yield "In with Not"
            case _:
                pass


def _negations(part: Node) -> Iterator[str]:
    yield "Not"
    match part:
        case Near() | Exact() | In():
            yield f"Not {type(part).__name__}"
        case All() | Any():
            yield "Not of several"
        case _:
            pass


def main() -> None:
    began = time.monotonic()
    figures = run(*map(int, sys.argv[1:]))
    print(f"{', '.join(IMPLEMENTATIONS)}: {figures.pairs:,} pairs, {figures.matching_share:.1%} match,")
    print(f"{figures.differences} differences, {time.monotonic() - began:.0f} s")
    for form, (held, missed) in figures.forms.items():
        print(f"  {form:15} {held:10,} held {missed:10,} not")
    if shortcomings := figures.shortcomings():
        sys.exit("\n".join(shortcomings))


if __name__ == "__main__":
    main()
