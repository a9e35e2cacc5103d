"""How the cost of an article grows with subscriptions that it does not meet: those that it does stay the same."""

from statistics import median

from benchmarks.measures.cost import Halves
from benchmarks.measures.matching import filled
from benchmarks.measures.rounds import in_a_fork, settled_down
from benchmarks.workload import Workload

ROUNDS = 4


def measure(workload: Workload, fewer: int, more: int) -> dict[str, float]:
    """Both matchers take turns with the same articles."""
    matchers = [filled(workload.pairs("tail", size)) for size in (fewer, more)]
    halves = Halves(workload.articles())
    settled_down()
    rounds = []
    for number in range(ROUNDS):
        known, new = halves.of_round(number)
        rounds.append([in_a_fork(matcher, known, new) for matcher in matchers])
    ratios = [(of_more.new / of_more.floor) / (of_fewer.new / of_fewer.floor) for of_fewer, of_more in rounds]
    return {
        "tail_ratio": median(ratios),
        "tail_ratio_lowest": min(ratios),
        "tail_ratio_highest": max(ratios),
        "tail_ms_fewer": median(of_fewer.new for of_fewer, _ in rounds) * 1e3,
        "tail_ms_more": median(of_more.new for _, of_more in rounds) * 1e3,
        "tail_matches_fewer": median(of_fewer.met for of_fewer, _ in rounds),
        "tail_matches_more": median(of_more.met for _, of_more in rounds),
    }
