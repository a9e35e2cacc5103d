"""What becomes of a delivery after the platform answered, or did not: one pure decision each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, assert_never

from bot.model.delivery import (
    Absent,
    Ages,
    Claimed,
    Dead,
    Deferred,
    Finding,
    Finished,
    Found,
    Looked,
    Outcome,
    Pending,
    Posted,
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
    second_look: timedelta = timedelta(seconds=60)
    """After what was in doubt was sent again, before the platform is asked whether it stands there twice."""
    expire_after: timedelta = timedelta(days=7)
    """What has waited longer is not sent any more."""
    catch_up_after: timedelta = timedelta(hours=6)
    """Alerts that have waited longer come as one summary."""

    @property
    def ages(self) -> Ages:
        return Ages(self.catch_up_after, self.expire_after)


def before_sending(claimed: Claimed, patience: Patience) -> Step | None:
    """What is decided without asking the platform. What may have arrived is never given up for its age."""
    if claimed.is_resend or claimed.claimed_at - claimed.queued_at <= patience.expire_after:
        return None
    return Dead(f"it has waited since {claimed.queued_at:%Y-%m-%d %H:%M} UTC, longer than delivery.expire_after allows")


def out_of_time(claimed: Claimed) -> Step:
    """Where so little is left of the lease that another process might send it, too, while an attempt is under way."""
    reason = "its lease was nearly over"
    return Unknown(reason, claimed.claimed_at) if claimed.is_resend else Pending(reason, claimed.claimed_at)


def next_step(claimed: Claimed, outcome: Outcome, now: datetime, patience: Patience, jitter: float = 0.0) -> Step:
    """After ``Messenger.send``. ``jitter`` in [0, 1) spreads the attempts of lanes that failed together."""
    match outcome:
        case Sent(receipt, pause):
            again = now + patience.second_look if claimed.is_resend else None
            return Finished(receipt, again, now + pause if pause else None)
        case Deferred(reason, retry_after):
            # A platform that names its pause is taken at its word, however often it does.
            due = now + (retry_after or backoff(claimed.attempt, patience.backoff_max) * (1 + jitter / 4))
            # A refused attempt proves nothing about the one before it.
            return Unknown(reason, due) if claimed.is_resend else Pending(reason, due)
        case Unconfirmed(reason) if claimed.delivery.repeated:
            # Nobody can look whether it arrived, so it is repeated less and less often.
            return Unknown(reason, now + max(patience.grace, backoff(claimed.attempt, patience.backoff_max)))
        case Unconfirmed(reason):
            return Unknown(reason, now + patience.grace)
        case Refused(scope, reason):
            if scope == "delivery":
                return Dead(reason)
            return Suspended(scope, reason, now + patience.backoff_max, in_doubt=claimed.is_resend)
        case _:
            assert_never(outcome)


def after_search(claimed: Claimed, finding: Finding, now: datetime, patience: Patience) -> Step:
    """After ``Messenger.find``, for a delivery in doubt."""
    match finding:
        case Found((receipt, *more)) if more:
            return Finished(receipt, now)
        case Found((receipt,)):
            # Of several attempts another may arrive late, too.
            return Finished(receipt, now + patience.second_look if claimed.attempt > 1 else None)
        case Found() | Absent():
            return Pending("it had not arrived", now)
        case Deferred(reason, retry_after):
            # Where the platform does not say when, a few looks fit into the grace.
            return Unknown(reason, now + max(retry_after or patience.grace / 3, FIRST_BACKOFF))
        case Unknowable(reason) if patience.unknowable == "drop":
            return Dead(f"whether it arrived cannot be known: {reason}")
        case Unknowable(reason):
            return Pending(f"whether it arrived cannot be known: {reason}", now, repeated=True)
        case _:
            assert_never(finding)


def surplus(finding: Finding) -> tuple[str, ...]:
    """The copies to delete after a second look: all but the oldest."""
    return finding.receipts[1:] if isinstance(finding, Found) else ()


def after_second_look(
    posted: Posted, finding: Finding, deletions: Sequence[Outcome], now: datetime, patience: Patience
) -> Looked:
    """What stays, and whether to look once more: ``deletions`` are the answers for each surplus copy, in order."""
    stays = finding.receipts[0] if isinstance(finding, Found) and finding.receipts else posted.receipt
    open_questions = [each for each in (finding, *deletions) if isinstance(each, Deferred | Unconfirmed)]
    pauses = [each.retry_after for each in open_questions if isinstance(each, Deferred)]
    if not open_questions or now - posted.queued_at > patience.expire_after:
        return Looked(stays)
    return Looked(stays, now + max(patience.second_look, *pauses, timedelta()))


def backoff(attempt: int, longest: timedelta) -> timedelta:
    """1, 2, 4 … seconds after the first, second, third attempt, never more than ``longest``."""
    return min(FIRST_BACKOFF * (1 << min(attempt - 1, 20)), longest)
