"""What becomes of a delivery after the platform answered, or did not."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerts.retry import (
    Patience,
    after_search,
    after_second_look,
    backoff,
    before_sending,
    next_step,
    out_of_time,
    surplus,
)
from bot.model.delivery import (
    Absent,
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
    Suspended,
    Unconfirmed,
    Unknowable,
    Unknown,
)
from bot.model.ids import DeliveryId
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


def test_the_pause_that_a_platform_names_counts_however_often_it_was_tried() -> None:
    outcome = Deferred("rate limited", SECOND / 5)

    assert next_step(a_claim(attempt=7), outcome, NOON, PATIENCE) == Pending("rate limited", NOON + SECOND / 5)


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


def test_what_was_sent_again_in_doubt_is_looked_at_once_more() -> None:
    assert next_step(a_claim(is_resend=True), Sent("1"), NOON, PATIENCE) == Finished("1", NOON + MINUTE)


@pytest.mark.parametrize("outcome", [Deferred("down"), Deferred("rate limited", MINUTE), Unconfirmed("no answer")])
def test_what_fails_while_an_attempt_before_may_have_arrived_stays_in_doubt(outcome: Outcome) -> None:
    assert isinstance(next_step(a_claim(is_resend=True), outcome, NOON, PATIENCE), Unknown)


def test_behind_a_shut_door_it_stays_in_doubt_too() -> None:
    step = next_step(a_claim(is_resend=True), Refused("lane", "shut"), NOON, PATIENCE)

    assert step == Suspended("lane", "shut", NOON + 15 * MINUTE, in_doubt=True)


# ---- before an attempt


def test_what_has_waited_too_long_is_not_sent() -> None:
    waiting = a_claim(queued_at=NOON - timedelta(days=7, seconds=1))

    assert before_sending(waiting, PATIENCE) == Dead(
        "it has waited since 2026-03-07 11:59 UTC, longer than delivery.expire_after allows"
    )
    assert before_sending(a_claim(queued_at=NOON - timedelta(days=7)), PATIENCE) is None


def test_what_may_have_arrived_is_not_given_up_for_its_age() -> None:
    assert before_sending(a_claim(queued_at=NOON - timedelta(days=30), is_resend=True), PATIENCE) is None


def test_with_little_left_of_its_lease_it_is_handed_back_as_it_was() -> None:
    assert out_of_time(a_claim()) == Pending("its lease was nearly over", NOON)
    assert out_of_time(a_claim(is_resend=True)) == Unknown("its lease was nearly over", NOON)


# ---- after a search


def test_what_was_found_after_several_attempts_is_looked_at_once_more() -> None:
    """The other attempt may arrive late, as the one that was found may have."""
    sent_twice = a_claim(in_doubt=True, attempt=2)

    assert after_search(sent_twice, Found(("1",)), NOON, PATIENCE) == Finished("1", NOON + MINUTE)
    assert after_search(sent_twice, Found(("1", "2")), NOON, PATIENCE) == Finished("1", NOON)


def test_what_was_found_is_finished() -> None:
    assert after_search(a_claim(in_doubt=True), Found(("1",)), NOON, PATIENCE) == Finished("1")


def test_what_was_found_twice_is_looked_at_again_at_once() -> None:
    assert after_search(a_claim(in_doubt=True), Found(("1", "2")), NOON, PATIENCE) == Finished("1", NOON)


def test_what_is_absent_is_sent_again_at_once_and_is_no_repeat() -> None:
    assert after_search(a_claim(in_doubt=True), Absent(), NOON, PATIENCE) == Pending("it had not arrived", NOON)


def test_where_the_platform_cannot_say_yet_it_is_asked_later() -> None:
    assert after_search(a_claim(), Deferred("down"), NOON, PATIENCE) == Unknown("down", NOON + 10 * SECOND)
    assert after_search(a_claim(), Deferred("rate limited", MINUTE), NOON, PATIENCE) == Unknown(
        "rate limited", NOON + MINUTE
    )


def test_where_nobody_can_say_it_is_sent_again_as_a_repeat() -> None:
    step = after_search(a_claim(), Unknowable("missing_scope"), NOON, PATIENCE)

    assert step == Pending("whether it arrived cannot be known: missing_scope", NOON, repeated=True)


def test_or_dropped_where_the_admin_wants_that() -> None:
    step = after_search(a_claim(), Unknowable("missing_scope"), NOON, Patience(unknowable="drop"))

    assert step == Dead("whether it arrived cannot be known: missing_scope")


# ---- after a second look


def a_post() -> Posted:
    return Posted(DeliveryId(1), a_claim().delivery, "first", 2, "1", queued_at=NOON)


def test_all_copies_but_the_oldest_are_surplus() -> None:
    assert surplus(Found(("1", "2", "3"))) == ("2", "3")
    assert surplus(Found(("1",))) == surplus(Absent()) == surplus(Deferred("down")) == ()


def test_what_stays_is_the_oldest_copy_and_that_was_all() -> None:
    assert after_second_look(a_post(), Found(("0", "1")), [Sent("1")], NOON, PATIENCE) == Looked("0")


@pytest.mark.parametrize("finding", [Absent(), Unknowable("missing_scope")])
def test_where_nothing_is_found_what_was_posted_stays_on_record(finding: Finding) -> None:
    assert after_second_look(a_post(), finding, [], NOON, PATIENCE) == Looked("1")


@pytest.mark.parametrize(
    ("finding", "deletions", "pause"),
    [
        (Deferred("rate limited", 2 * MINUTE), [], 2 * MINUTE),
        (Deferred("down"), [], MINUTE),
        (Found(("1", "2")), [Unconfirmed("502")], MINUTE),
        (Found(("1", "2", "3")), [Sent("2"), Deferred("rate limited", 3 * MINUTE)], 3 * MINUTE),
    ],
)
def test_what_the_platform_left_open_is_looked_at_again(
    finding: Finding, deletions: list[Outcome], pause: timedelta
) -> None:
    assert after_second_look(a_post(), finding, deletions, NOON, PATIENCE) == Looked("1", NOON + pause)


def test_a_copy_that_cannot_be_deleted_and_what_is_long_over_are_left() -> None:
    refused, late = Refused("delivery", "cant_delete_message"), NOON + timedelta(days=8)

    assert after_second_look(a_post(), Found(("1", "2")), [refused], NOON, PATIENCE) == Looked("1")
    assert after_second_look(a_post(), Deferred("down"), [], late, PATIENCE) == Looked("1")


# ---- whatever a platform answers

PAUSES = st.timedeltas(timedelta(), timedelta(days=1))
OUTCOMES: st.SearchStrategy[Outcome] = st.one_of(
    st.builds(Sent, st.text()),
    st.builds(Deferred, st.text(), PAUSES),
    st.builds(Refused, st.sampled_from(["delivery", "lane", "workspace"]), st.text()),
    st.builds(Unconfirmed, st.text()),
)
FINDINGS: st.SearchStrategy[Finding] = st.one_of(
    st.builds(Found, st.lists(st.text(), min_size=1).map(tuple)),
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

    assert isinstance(step, Finished) == isinstance(finding, Found)
    assert not isinstance(step, Dead)


@given(st.integers(1, 10**9))
def test_a_pause_grows_and_never_beyond_the_longest(attempt: int) -> None:
    assert SECOND <= backoff(attempt, 15 * MINUTE) <= backoff(attempt + 1, 15 * MINUTE) <= 15 * MINUTE


def test_what_nobody_can_look_for_is_repeated_less_and_less_often() -> None:
    steps = [next_step(a_claim(attempt=n, repeated=True), Unconfirmed("502"), NOON, PATIENCE) for n in (2, 8, 30)]

    assert steps == [Unknown("502", NOON + pause) for pause in (30 * SECOND, 128 * SECOND, 15 * MINUTE)]
