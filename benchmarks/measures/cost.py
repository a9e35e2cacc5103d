"""What an article costs that the matcher has never seen, in times of the floor."""

from collections.abc import Iterable
from random import Random
from statistics import median

from benchmarks.measures.matching import filled
from benchmarks.measures.rounds import in_a_fork, settled_down
from benchmarks.workload import Workload, text_of
from bot.matching.text import query_words
from bot.model.article import Article
from bot.model.letters import is_unspaced

ROUNDS = 4
ROUNDS_WITH_FEW_READ = 2


def measure(workload: Workload, size: int) -> dict[str, float]:
    matcher = filled(workload.pairs("mix", size))
    articles, read = workload.articles(), workload.read_before()
    settled_down()
    halves = [Halves(articles).of_round(number) for number in range(ROUNDS)]
    rounds = [in_a_fork(matcher, [*read, *known], new) for known, new in halves]
    few_read = [in_a_fork(matcher, known, new) for known, new in halves[:ROUNDS_WITH_FEW_READ]]
    known, new = halves[0]
    return {
        "cost_ratio": median(one.new / one.floor for one in rounds),
        "cost_ratio_lowest": min(one.new / one.floor for one in rounds),
        "cost_ratio_highest": max(one.new / one.floor for one in rounds),
        "cost_ratio_few_read": median(one.new / one.floor for one in few_read),
        "cost_ratio_repeated": median(one.repeated / one.floor for one in rounds),
        "cost_ms": median(one.new for one in rounds) * 1e3,
        "cost_floor_ms": median(one.floor for one in rounds) * 1e3,
        "cost_matching_share": sum(one.met for one in rounds) / ROUNDS / size,
        "cost_unread_words_share": _unread([*read, *known], new),
        "cost_unread_words_share_few_read": _unread(known, new),
    }


def _unread(known: Iterable[Article], new: Iterable[Article]) -> float:
    """The share of words that stand in no article before, of all words of articles."""
    read = {word for article in known for word in _words(article)}
    words = [word for article in new for word in _words(article)]
    return sum(word not in read for word in words) / len(words)


def _words(article: Article) -> list[str]:
    """A run of a script without spaces is none."""
    return [word for word in query_words(text_of(article)) if not is_unspaced(word[0])]


class Halves:
    """Every two rounds the articles fall into two halves, each of which is warmed up with once and measured once."""

    def __init__(self, articles: list[Article]) -> None:
        self._articles = articles

    def of_round(self, number: int) -> tuple[list[Article], list[Article]]:
        shuffled = list(self._articles)
        Random(f"halves {number // 2}").shuffle(shuffled)  # noqa: S311 - a workload, not a secret
        half = len(shuffled) // 2
        halves = shuffled[:half], shuffled[half:]
        return halves if number % 2 else halves[::-1]
