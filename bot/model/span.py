"""A stretch of a text."""

from collections.abc import Iterable

Span = tuple[int, int]
"""[start, end) in characters."""


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Ascending, overlapping ones joined; neighbours that only touch stay apart."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)
