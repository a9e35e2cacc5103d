"""Whether the workload is what is promised of it."""

from statistics import median

from benchmarks.workload import Workload, text_of
from bot.model.letters import is_unspaced
from bot.model.text import word_count, words


def measure(workload: Workload, size: int) -> dict[str, float]:
    texts = [text_of(article) for article in workload.articles()]
    lengths = [word_count(words(text)) for text in texts]
    chinese = sum(sum(map(is_unspaced, text)) > len(text) / 2 for text in texts)
    return {
        "articles": len(texts),
        "words_fewest": min(lengths),
        "words_median": median(lengths),
        "words_most": max(lengths),
        "chinese_share": chinese / len(texts),
        "distinct_share": len({query.normal_form for _, query in workload.pairs("mix", size)}) / size,
    }
