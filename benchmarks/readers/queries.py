"""What a workspace asks for of the benchmark's publishers, so that about every other article is news to somebody."""

from collections.abc import Iterator
from itertools import accumulate
from random import Random

from benchmarks.publisher.press import Press

COMMON = 400
"""Words so frequent that nobody asks for them."""


def queries(press: Press, number: int) -> Iterator[str]:
    """Distinct ones, of most forms, mostly for what stands rarely; one in ten in Chinese."""
    random = Random(f"{press.seed} queries")  # noqa: S311 - a workload, not a secret
    seen = set()
    while len(seen) < number:
        words = press.words(chinese=random.random() < 0.1)[COMMON:]
        typed = _form(random, *random.choices(words, cum_weights=list(accumulate(range(1, len(words) + 1))), k=3))
        if typed not in seen:
            seen.add(typed)
            yield typed


def _form(random: Random, one: str, two: str, three: str) -> str:
    match random.randrange(10):
        case 0 | 1 | 2:
            return one
        case 3 | 4:
            return f'"{one} {two}"'
        case 5:
            return f"{one} {two}"
        case 6:
            return f"{one} -{two}"
        case 7:
            return f"{one} OR ({two} {three})"
        case 8:
            return f"title:{one}"
        case _:
            return f"{one} NEAR/5 {two}"
