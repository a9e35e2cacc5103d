"""What becomes of a delivery after the platform answered, or did not."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerts.retry import Patience, after_search, backoff, next_step
from bot.model.delivery import (
    Absent,
    Dead,
    Deferred,
    Finding,
    Finished,
    Outcome,
    Pending,
    Refused,
    Sent,
    Suspended,
    Unconfirmed,
    Unknowable,
    Unknown,
)
from tests.builders import NOON, a_claim

PATIENCE = Patience()
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


# ---- after an attempt


def test_what_was_sent_is_finished() -> None:
    assert next_step(a_claim(), Sent("1"), NOON, PATIENCE) == Finished("1")


def test_what_was_deferred_waits_as_long_as_the_platform_asked() -> None:
    step = next_step(a_claim(), Deferred("rate limited", 40 * SECOND), NOON, PATIENCE)

    assert step == Pending("rate limited", NOON + 40 * SECOND)


def test_where_the_platform_asked_for_nothing_it_waits_twice_as_long_each_time() -> None:
    steps = [next_step(a_claim(attempt=n), Deferred("down"), NOON, PATIENCE) for n in (1, 2, 3, 4)]

    assert steps == [Pending("down", NOON + seconds * SECOND) for seconds in (1, 2, 4, 8)]


def test_the_longer_of_both_pauses_counts() -> None:
    assert next_step(a_claim(attempt=7), Deferred("down", SECOND), NOON, PATIENCE) == Pending(
        "down", NOON + 64 * SECOND
    )


def test_a_refused_repeat_proves_nothing_about_the_attempt_before_it() -> None:
    assert next_step(a_claim(repeated=True), Deferred("down"), NOON, PATIENCE) == Unknown("down", NOON + SECOND)


def test_what_is_unconfirmed_is_looked_for_after_the_grace() -> None:
    assert next_step(a_claim(), Unconfirmed("no answer"), NOON, PATIENCE) == Unknown("no answer", NOON + 30 * SECOND)


def test_what_is_refused_for_itself_is_dead() -> None:
    assert next_step(a_claim(), Refused("delivery", "invalid_blocks"), NOON, PATIENCE) == Dead("invalid_blocks")


@pytest.mark.parametrize("scope", ["lane", "workspace"])
def test_a_shut_door_is_tried_again_after_the_longest_pause(scope: str) -> None:
    step = next_step(a_claim(), Refused(scope, "shut"), NOON, PATIENCE)  # type: ignore[arg-type]  # both are scopes

    assert step == Suspended(scope, "shut", NOON + 15 * MINUTE)  # type: ignore[arg-type]  # both are scopes


# ---- after a search


def test_what_was_found_is_finished() -> None:
    assert after_search(a_claim(in_doubt=True), Sent("1"), NOON, PATIENCE) == Finished("1")


def test_what_is_absent_is_sent_again_at_once_and_is_no_repeat() -> None:
    assert after_search(a_claim(in_doubt=True), Absent(), NOON, PATIENCE) == Pending("it had not arrived", NOON)


def test_where_the_platform_cannot_say_yet_it_is_asked_later() -> None:
    assert after_search(a_claim(), Deferred("rate limited"), NOON, PATIENCE) == Unknown("rate limited", NOON + SECOND)
    assert after_search(a_claim(), Deferred("rate limited", MINUTE), NOON, PATIENCE) == Unknown(
        "rate limited", NOON + MINUTE
    )


def test_where_nobody_can_say_it_is_sent_again_as_a_repeat() -> None:
    step = after_search(a_claim(), Unknowable("missing_scope"), NOON, PATIENCE)

    assert step == Pending("whether it arrived cannot be known: missing_scope", NOON, repeated=True)


def test_or_dropped_where_the_admin_wants_that() -> None:
    step = after_search(a_claim(), Unknowable("missing_scope"), NOON, Patience(unknowable="drop"))

    assert step == Dead("whether it arrived cannot be known: missing_scope")


# ---- whatever a platform answers

PAUSES = st.timedeltas(timedelta(), timedelta(days=1))
OUTCOMES: st.SearchStrategy[Outcome] = st.one_of(
    st.builds(Sent, st.text()),
    st.builds(Deferred, st.text(), PAUSES),
    st.builds(Refused, st.sampled_from(["delivery", "lane", "workspace"]), st.text()),
    st.builds(Unconfirmed, st.text()),
)
FINDINGS: st.SearchStrategy[Finding] = st.one_of(
    st.builds(Sent, st.text()),
    st.builds(Deferred, st.text(), PAUSES),
    st.just(Absent()),
    st.builds(Unknowable, st.text()),
)


@given(OUTCOMES, st.integers(1, 10_000), st.booleans(), st.floats(0, 1, exclude_max=True))
def test_only_what_was_sent_or_refused_for_itself_is_ever_given_up(
    outcome: Outcome, attempt: int, repeated: bool, jitter: float
) -> None:
    step = next_step(a_claim(attempt=attempt, repeated=repeated), outcome, NOON, PATIENCE, jitter)

    settled = isinstance(outcome, Sent) or (isinstance(outcome, Refused) and outcome.scope == "delivery")
    assert isinstance(step, Finished | Dead) == settled
    if isinstance(step, Pending | Unknown | Suspended):
        assert step.due > NOON
    if isinstance(outcome, Deferred) and isinstance(step, Pending | Unknown):
        assert step.due >= NOON + outcome.retry_after


@given(FINDINGS)
def test_nothing_in_doubt_is_given_up_and_nothing_is_sent_again_that_was_found(finding: Finding) -> None:
    step = after_search(a_claim(in_doubt=True), finding, NOON, PATIENCE)

    assert isinstance(step, Finished) == isinstance(finding, Sent)
    assert not isinstance(step, Dead)


@given(st.integers(1, 10**9))
def test_a_pause_grows_and_never_beyond_the_longest(attempt: int) -> None:
    assert SECOND <= backoff(attempt, 15 * MINUTE) <= backoff(attempt + 1, 15 * MINUTE) <= 15 * MINUTE


def test_what_nobody_can_look_for_is_repeated_less_and_less_often() -> None:
    steps = [next_step(a_claim(attempt=n, repeated=True), Unconfirmed("502"), NOON, PATIENCE) for n in (2, 8, 30)]

    assert steps == [Unknown("502", NOON + pause) for pause in (30 * SECOND, 128 * SECOND, 15 * MINUTE)]
