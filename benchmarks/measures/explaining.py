"""Why an article meets a query, and where: asked for when somebody reads an alert, or wonders about one."""

from statistics import median

from benchmarks.measures.matching import cpu_seconds
from benchmarks.workload import Workload, text_of
from bot.matching.explanation import explain
from bot.matching.matcher import spans
from bot.matching.query import Query
from bot.matching.text import ArticleText
from bot.model.article import Article

QUERIES = 200


def measure(workload: Workload) -> dict[str, float]:
    by_length = sorted(workload.articles(), key=lambda article: len(text_of(article)))
    article = by_length[len(by_length) // 2]
    spent = [
        cpu_seconds(lambda query=query: _explained(article, query))  # type: ignore[misc]
        for _, query in workload.pairs("mix", QUERIES)
    ]
    return {"explain_ms": median(spent) * 1e3, "explain_ms_highest": max(spent) * 1e3}


def _explained(article: Article, query: Query) -> None:
    if explain(article, query).held:
        spans(query, ArticleText(article))
