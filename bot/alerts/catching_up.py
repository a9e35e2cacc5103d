"""Alerts that have waited so long that one message tells them all: pure."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.model.delivery import Alert, CatchUp, Gathered, Headline

MOST_NAMED = 50
"""Of more alerts the first ones are only counted: no message holds more, and news are at the end."""


def summed_up(alerts: Sequence[Alert], count: int, since: datetime, standing: CatchUp | None = None) -> CatchUp:
    """One message for ``count`` alerts, of which the last ones are given in order; ``since`` is when they were queued.

    A summary that still waits takes them in, so that there is one.
    """
    headlines = tuple(Headline(alert.article.title, alert.article.link, alert.source) for alert in alerts)
    reasons = tuple(reason for alert in alerts for reason in alert.reasons)
    if standing is not None:
        headlines, reasons = standing.headlines + headlines, standing.reasons + reasons
        count, since = standing.count + count, min(standing.since, since)
    return CatchUp(count, since, headlines[-MOST_NAMED:], tuple(dict.fromkeys(reasons)))


def newest_within(told: CatchUp | Gathered, room: int, size: Callable[[Headline], int]) -> Sequence[Headline]:
    """As many of the newest headlines, in order, as there is room for; one at least, where there are any."""
    named: list[Headline] = []
    for headline in reversed(told.headlines):
        room -= size(headline)
        if named and room < 0:
            break
        named.append(headline)
    return named[::-1]
