"""The matcher against one compiled regular expression for each subscription."""

import unicodedata
from statistics import median

from benchmarks.measures.matching import cpu_seconds, filled
from benchmarks.measures.rounds import in_a_fork, settled_down
from benchmarks.patterns import predicate
from benchmarks.workload import Workload, some_of_every_length, text_of

ARTICLES = 12
"""It takes a second or so for each."""
ROUNDS = 9


def measure(workload: Workload, size: int) -> dict[str, float]:
    few, known = some_of_every_length(workload.articles(), ARTICLES)
    matcher = filled(workload.pairs("mix", size))
    settled_down()
    read = [*workload.read_before(), *known]
    cost = median(in_a_fork(matcher, read, few).new for _ in range(ROUNDS))

    predicates = [predicate(query.root) for _, query in workload.pairs("mix", size)]
    texts = [unicodedata.normalize("NFKC", text_of(article)).casefold() for article in few]
    found = 0

    def match() -> None:
        nonlocal found
        for text in texts:
            found += sum(holds(text) is not None for holds in predicates)

    regex_cost = cpu_seconds(match) / ARTICLES
    return {
        "regex_ratio": regex_cost / cost,
        "regex_ms": regex_cost * 1e3,
        "regex_articles": ARTICLES,
        "regex_matching_share": found / ARTICLES / size,
    }
