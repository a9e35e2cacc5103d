"""Queries and articles for Hypothesis, over the vocabularies of ``worlds``: those of one case share their scripts."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from random import Random

from hypothesis import reject
from hypothesis import strategies as st

from bot.matching.language import parse
from bot.matching.mistakes import QueryError
from bot.matching.query import All, Query
from bot.model.article import Article
from bot.model.ids import FeedId, SubscriptionId
from tests.matching import worlds
from tests.matching.worlds import NAMES, SCRIPTS, Script

randoms = st.randoms(use_true_random=False)
scripts = st.lists(st.sampled_from(list(SCRIPTS.values())), min_size=1, max_size=2)


@dataclass(frozen=True)
class Case:
    query: Query
    article: Article


@st.composite
def literals(draw: st.DrawFn, of: list[Script]) -> Query:
    """A word, a phrase, one of them with a star, a NEAR pair or something exact."""
    query = _parsed(worlds.a_literal(draw(randoms), of))
    return reject() if isinstance(query.root, All) else query


@st.composite
def queries(draw: st.DrawFn, of: list[Script]) -> Query:
    return _parsed(worlds.a_tree(draw(randoms), of, draw(st.integers(0, 2))))


def _parsed(typed: str) -> Query:
    try:
        return parse(typed, NAMES)
    except QueryError:
        return reject()


def texts(of: list[Script]) -> st.SearchStrategy[str]:
    one = st.sampled_from(of).flatmap(
        lambda script: st.tuples(
            st.sampled_from(script.words),
            st.sampled_from([str, *worlds.CHANGES]),
            st.sampled_from(["", "", "", *script.endings]),
            st.sampled_from(script.joints),
        )
    )
    return st.lists(one.map(lambda drawn: drawn[1](drawn[0]) + drawn[2] + drawn[3]), max_size=8).map(
        lambda parts: " ".join("".join(parts).split())
    )


def articles(of: list[Script]) -> st.SearchStrategy[Article]:
    return st.builds(
        Article,
        title=texts(of),
        link=st.sampled_from(worlds.LINKS),
        summary=texts(of),
        body=texts(of),
        author=st.sampled_from(worlds.AUTHORS),
        tags=st.lists(st.sampled_from(worlds.TAGS), max_size=3).map(tuple),
        language=st.sampled_from(worlds.LANGUAGES),
        feed=st.none() | st.integers(1, worlds.FEEDS).map(FeedId),
    )


BLOCKS = {
    "Latin": "\u0020-\u024f\u0300-\u036f\u1e00-\u1eff\ufb00-\ufb06",
    "Greek": "\u0300-\u036f\u0370-\u03ff\u1f00-\u1fff",
    "Cyrillic": "\u0300-\u036f\u0400-\u052f",
    "Hebrew": "\u0590-\u05ff\ufb1d-\ufb4f",
    "Arabic": "\u0600-\u06e4\u06e7-\u06ff\ufe70-\ufefc",
    "Indic": "\u0900-\u0dff",
    "Thai, Lao": "\u0e01-\u0eff",
    "Khmer": "\u1780-\u17ff",
    "Hangul": "\u1100-\u11ff\uac00-\uad00",
    "signs": "\u2000-\u206f\u2100-\u218f\u2460-\u24ff",
    "Chinese, Japanese": "\u3000-\u30ff\u3300-\u33ff\u4e00-\u9fff\uf900-\ufad9",
    "widths": "\uff01-\uffee",
}


@cache
def letters_of(block: str) -> list[str]:
    named = re.compile(f"[{BLOCKS[block]}]")
    return [sign for code in range(0x20, 0xFFEF) if named.match(sign := chr(code)) and unicodedata.name(sign, "")]


letters = st.lists(
    st.sampled_from(list(BLOCKS)).flatmap(lambda block: st.text(st.sampled_from(letters_of(block)), max_size=12)),
    max_size=6,
).map(" ".join)
"""Of every script that the rules name."""
cases = scripts.flatmap(lambda of: st.builds(Case, queries(of), articles(of)))
sayings = scripts.flatmap(lambda of: st.builds(Case, literals(of), articles(of)))
some_queries = st.integers(0, 400).map(lambda seed: worlds.a_query(Random(seed)))
some_articles = st.integers(0, 40).map(lambda seed: worlds.an_article(Random(seed)))


# ---- what happens to a matcher ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Comes:
    subscription: SubscriptionId
    query: Query


@dataclass(frozen=True)
class Goes:
    subscription: SubscriptionId


@dataclass(frozen=True)
class Settles:
    pass


@dataclass(frozen=True)
class Asks:
    article: Article


Change = Comes | Goes | Settles | Asks
someone = st.integers(1, 6).map(SubscriptionId)
coming = st.builds(Comes, someone, some_queries)
changes: st.SearchStrategy[list[Change]] = st.lists(
    coming | coming | st.builds(Goes, someone) | st.builds(Settles) | st.builds(Asks, some_articles), max_size=25
)
