"""Whether the matcher finds what the oracle of the tests finds: a fast wrong answer is worth nothing."""

from benchmarks.oracle import LEAST_SHARE, run
from benchmarks.workload import Workload


def measure(_: Workload, pairs: int, seed: int) -> dict[str, float]:
    """Raises RuntimeError where the figures prove nothing."""
    figures = run(pairs, seed)
    if figures.one_sided() or figures.matching_share < LEAST_SHARE:
        raise RuntimeError("; ".join(figures.shortcomings()))
    return {
        "oracle_pairs": figures.pairs,
        "oracle_matching_share": figures.matching_share,
        "oracle_differences": figures.differences,
    }
