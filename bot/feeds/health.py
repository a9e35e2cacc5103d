"""When a feed is ill, and when the operator has to hear of it: pure functions."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.model.feed import Ailment, Feed, Rhythm
from bot.ports import Patient

PASSING = timedelta(hours=24)
"""Trouble that ends within it is nobody's business."""
LEAST_SILENCE = timedelta(days=7)
SILENCE_UNKNOWN = timedelta(days=30)
"""For a feed of whose usual pace nothing is known."""
GAPS = 10
"""So many times the usual gap without news is no pause any more."""
SAMPLE = 20
WEIGHT = 0.2
"""Of the newest gap in the moving average."""


def ailment(patient: Patient, now: datetime) -> Ailment | None:
    """410 is final at once; any other trouble may pass within a day."""
    feed = patient.feed
    if patient.trouble == "gone":
        return "gone"
    if feed.failing_since is not None:
        if now - feed.failing_since < PASSING:
            return None
        return "challenge" if patient.trouble == "challenge" else "failing"
    return "silent" if feed.rhythm is not None and feed.rhythm.silent_at <= now else None


def is_worth_telling(found: Ailment | None, told: Ailment | None, *, is_failing: bool) -> bool:
    """Once for each illness, again where it turns out to be final, and once for the recovery.

    A feed that begins to fail has not recovered from its silence.
    """
    if found is None:
        return told is not None and not is_failing
    return told is None or (found != told and (found == "gone" or told == "silent"))


def first_rhythm(published: Sequence[datetime], now: datetime) -> Rhythm:
    """As the newest dates of a first document tell."""
    newest = sorted(published, reverse=True)[:SAMPLE]
    last = newest[0] if newest else now
    gap = (newest[0] - newest[-1]) / (len(newest) - 1) if len(newest) > 1 else None
    # What was silent when it was first read is followed as it is: only a longer silence is worth a word.
    return _rhythm(last, gap, now)


def next_rhythm(feed: Feed, news: int, now: datetime) -> Rhythm:
    """After a poll that brought so many new articles."""
    before = feed.rhythm
    if before is None:
        return _rhythm(now, None, now)
    if not news:
        return before
    gap = (now - before.last_news) / news
    usual = gap if before.usual_gap is None else before.usual_gap + (gap - before.usual_gap) * WEIGHT
    return _rhythm(now, usual, now)


def _rhythm(last: datetime, gap: timedelta | None, since: datetime) -> Rhythm:
    patience = SILENCE_UNKNOWN if gap is None else max(LEAST_SILENCE, gap * GAPS)
    return Rhythm(last, gap, since + patience)
