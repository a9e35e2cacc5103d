"""The storage in memory does what the others do, by their own tests: those that need no feed and read no table."""

import pytest

from tests.builders import SettableClock
from tests.simulation.memory import MemoryStorage
from tests.storage.test_outbox import (  # noqa: F401 - pytest runs them here, with the storage of this module
    test_a_claim_counts_the_attempt_and_remembers_when,
    test_a_destination_keeps_its_id,
    test_a_lane_that_is_reopened_goes_on_at_once,
    test_a_notice_is_queued_once_a_destination_and_occasion,
    test_a_suspended_lane_holds_only_itself_up_and_tries_again,
    test_a_suspended_workspace_holds_up_all_its_lanes_until_it_is_resumed,
    test_no_more_lanes_are_claimed_than_asked_for_and_only_those_named,
    test_only_lanes_of_platforms_that_run_here_are_claimed,
    test_only_the_head_of_a_lane_is_claimed_and_it_is_first_come_first_served,
    test_reopening_does_not_touch_what_is_in_doubt,
    test_resuming_a_workspace_that_is_open_hurries_nothing,
    test_the_outcome_of_another_owner_of_the_same_epoch_changes_nothing,
    test_what_a_process_left_is_claimed_in_doubt_once_its_lease_and_the_grace_are_over,
    test_what_is_finished_or_dead_leaves_its_lane,
    test_what_is_in_doubt_is_claimed_to_look_for_it,
    test_what_is_in_doubt_is_claimed_to_send_it_again_while_its_platform_knows_it_again,
    test_what_waits_for_its_time_holds_up_its_lane_until_then,
    test_what_was_once_in_doubt_is_a_resend_whatever_was_found,
    test_who_lost_the_lease_changes_nothing,
)
from tests.storage.test_second_looks import (  # noqa: F401
    test_it_is_due_when_it_was_asked_for_and_not_without,
    test_nobody_else_gets_it_until_its_lease_is_over,
    test_one_that_is_to_be_looked_at_again_is_due_then,
    test_the_lane_does_not_wait_for_it,
    test_the_longest_due_come_first_and_no_more_than_asked_for,
    test_those_of_a_platform_that_does_not_run_here_wait,
    test_what_is_dead_is_never_looked_at,
)


@pytest.fixture
def storage(clock: SettableClock) -> MemoryStorage:
    return MemoryStorage(clock)
