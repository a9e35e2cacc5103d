"""What may happen next, drawn by Hypothesis, and what must hold at the end."""

import os
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.simulation.world import FAULTS, LANES, LEASE, Fault, World

MOST = 8
"""Alerts in one run."""
RUNS = int(os.environ.get("RUNS", "400"))
THOROUGH = settings(max_examples=RUNS, stateful_step_count=60, deadline=None, derandomize=RUNS == 400, database=None)


class Draining(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.accepted = 0

    @precondition(lambda self: self.accepted < MOST)
    @rule(lane=st.sampled_from(LANES))
    def an_alert_is_accepted(self, lane: object) -> None:
        self.accepted += 1
        self.world.accepts(lane, f"alert {self.accepted}")

    @precondition(lambda self: len(self.world.processes) < 2)
    @rule(ahead=st.integers(-1, 1))
    def a_process_starts(self, ahead: int) -> None:
        self.world.starts(timedelta(seconds=ahead))

    @precondition(lambda self: self._awake)
    @rule(data=st.data())
    def a_process_looks_for_work(self, data: st.DataObject) -> None:
        process = data.draw(st.sampled_from(self._awake))
        self.world.do(process.sweeps)

    @precondition(lambda self: self.world.open_gates)
    @rule(data=st.data(), fault=st.sampled_from(FAULTS))
    def one_goes_a_step(self, data: st.DataObject, fault: Fault) -> None:
        self.world.opens(data.draw(st.sampled_from(self.world.open_gates)), fault)

    @precondition(lambda self: self._awake)
    @rule(data=st.data(), steps=st.integers(2, 12), faults=st.lists(st.sampled_from(FAULTS), max_size=3))
    def one_works_for_a_while(self, data: st.DataObject, steps: int, faults: list[Fault]) -> None:
        process = data.draw(st.sampled_from(self._awake))
        self.world.do(process.sweeps)
        for _ in range(steps):
            if own := [gate for gate in self.world.open_gates if gate.process is process]:
                self.world.opens(own[0], faults.pop() if own[0].is_asking and faults else "")

    @precondition(lambda self: self.world.open_gates)
    @rule()
    def all_go_on_without_a_fault(self) -> None:
        for gate in self.world.open_gates:
            self.world.opens(gate)

    @rule(seconds=st.sampled_from([1, 5, 15, 31, 61]))
    def time_passes(self, seconds: int) -> None:
        self.world.passes(seconds)

    @precondition(lambda self: self.world.processes)
    @rule(data=st.data())
    def a_process_is_killed(self, data: st.DataObject) -> None:
        self.world.kills(data.draw(st.sampled_from(self.world.processes)))

    @precondition(lambda self: self._stoppable)
    @rule(data=st.data())
    def a_process_is_stopped_for_longer_than_its_lease(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(self._stoppable)).is_stopped = True
        self.world.passes(LEASE.total_seconds() + 1)

    @rule()
    def all_that_were_stopped_go_on(self) -> None:
        for process in self.world.processes:
            process.is_stopped = False

    @property
    def _awake(self) -> list:
        return [process for process in self.world.processes if not process.is_stopped]

    @property
    def _stoppable(self) -> list:
        """A request that leaves after a stop is one that arrives late, which is a fault of its own."""
        asking = {gate.process.name for gate in self.world.gates if gate.is_asking}
        return [process for process in self._awake if process.name not in asking]

    @invariant()
    def the_fence_stands(self) -> None:
        assert self.world.broken_fences == []

    def teardown(self) -> None:
        try:
            assert self.world.heals(), "it never comes to an end"
            assert self.world.bugs == []
            for lane in LANES:
                found = self.world.verdict(lane)
                wrong = (found.lost, found.duplicated, found.out_of_order, found.unchecked_resends)
                assert wrong == (0, 0, 0, 0), f"{lane}: {found}"
        finally:
            self.world.close()
