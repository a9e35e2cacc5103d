"""Whether the matcher finds what the oracle of the tests finds: a fast wrong answer is worth nothing."""

from benchmarks.oracle import run
from benchmarks.workload import Workload


def measure(_: Workload, pairs: int, seed: int) -> dict[str, float]:
    figures = run(pairs, seed)
    return {
        "oracle_pairs": figures.pairs,
        "oracle_matching_share": figures.matching_share,
        "oracle_differences": figures.differences,
    }
