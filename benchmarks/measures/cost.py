"""What an article costs that the matcher has never seen, in times of the floor."""

from random import Random
from statistics import median

from benchmarks.measures.matching import filled
from benchmarks.measures.rounds import in_a_fork, settled_down
from benchmarks.workload import Workload
from bot.model.article import Article

ROUNDS = 4


def measure(workload: Workload, size: int) -> dict[str, float]:
    matcher = filled(workload.pairs("mix", size))
    articles = workload.articles()
    settled_down()
    halves = Halves(articles)
    rounds = [in_a_fork(matcher, *halves.of_round(number)) for number in range(ROUNDS)]
    return {
        "cost_ratio": median(one.new / one.floor for one in rounds),
        "cost_ratio_lowest": min(one.new / one.floor for one in rounds),
        "cost_ratio_highest": max(one.new / one.floor for one in rounds),
        "cost_ratio_repeated": median(one.repeated / one.floor for one in rounds),
        "cost_ms": median(one.new for one in rounds) * 1e3,
        "cost_floor_ms": median(one.floor for one in rounds) * 1e3,
        "cost_matching_share": sum(one.met for one in rounds) / ROUNDS / size,
    }


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
