"""What becomes of a delivery after the platform answered, or did not: one pure decision each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, assert_never

from bot.model.delivery import (
    Absent,
    Claimed,
    Dead,
    Deferred,
    Finding,
    Finished,
    Outcome,
    Pending,
    Refused,
    Sent,
    Step,
    Suspended,
    Unconfirmed,
    Unknowable,
    Unknown,
)

FIRST_BACKOFF = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, from the settings ``delivery.*``."""

    grace: timedelta = timedelta(seconds=30)
    """After an unconfirmed attempt, before the platform is asked about it."""
    backoff_max: timedelta = timedelta(minutes=15)
    """The longest pause between attempts, and between tries of a shut door."""
    unknowable: Literal["resend", "drop"] = "resend"
    """What to do where nobody can say whether it arrived."""


def next_step(claimed: Claimed, outcome: Outcome, now: datetime, patience: Patience, jitter: float = 0.0) -> Step:
    """After ``Messenger.send``. ``jitter`` in [0, 1) spreads the attempts of lanes that failed together."""
    match outcome:
        case Sent(receipt):
            return Finished(receipt)
        case Deferred(reason, retry_after):
            pause = max(retry_after, backoff(claimed.attempt, patience.backoff_max))
            due = now + pause * (1 + jitter / 4)
            # A refused attempt proves nothing about the one before it.
            return Unknown(reason, due) if claimed.delivery.repeated else Pending(reason, due)
        case Unconfirmed(reason) if claimed.delivery.repeated:
            # Nobody can look whether it arrived, so it is repeated less and less often.
            return Unknown(reason, now + max(patience.grace, backoff(claimed.attempt, patience.backoff_max)))
        case Unconfirmed(reason):
            return Unknown(reason, now + patience.grace)
        case Refused(scope, reason):
            return Dead(reason) if scope == "delivery" else Suspended(scope, reason, now + patience.backoff_max)
        case _:
            assert_never(outcome)


def after_search(claimed: Claimed, finding: Finding, now: datetime, patience: Patience) -> Step:
    """After ``Messenger.find``, for a delivery in doubt."""
    match finding:
        case Sent(receipt):
            return Finished(receipt)
        case Absent():
            return Pending("it had not arrived", now)
        case Deferred(reason, retry_after):
            return Unknown(reason, now + max(retry_after, FIRST_BACKOFF))
        case Unknowable(reason) if patience.unknowable == "drop":
            return Dead(f"whether it arrived cannot be known: {reason}")
        case Unknowable(reason):
            return Pending(f"whether it arrived cannot be known: {reason}", now, repeated=True)
        case _:
            assert_never(finding)


def backoff(attempt: int, longest: timedelta) -> timedelta:
    """1, 2, 4 … seconds after the first, second, third attempt, never more than ``longest``."""
    return min(FIRST_BACKOFF * (1 << min(attempt - 1, 20)), longest)
