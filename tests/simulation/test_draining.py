"""Lanes are drained rightly whatever happens, and the simulation sees it where they are not."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from bot.alerts.retry import next_step
from bot.jobs import deliver, second_look
from bot.model.delivery import Absent, Claimed, Delivery, Finding, Step
from tests.simulation.machine import THOROUGH, Draining
from tests.simulation.memory import MemoryOutbox
from tests.simulation.runs import runs
from tests.simulation.world import Messages

Break = Callable[[pytest.MonkeyPatch], None]


def test_whatever_happens_each_alert_stands_once_in_order() -> None:
    runs(Draining, usually=400)


def without_the_fence(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(MemoryOutbox, "is_still_his", lambda _self, _row, _claimed: True)


def without_a_look(patch: pytest.MonkeyPatch) -> None:
    async def find(_self: Messages, _delivery: Delivery) -> Finding:
        return Absent()

    patch.setattr(Messages, "find", find)


def without_a_second_look(patch: pytest.MonkeyPatch) -> None:
    def nothing(_finding: Finding) -> Sequence[str]:
        return ()

    patch.setattr(second_look, "surplus", nothing)


def believing_a_failed_resend(patch: pytest.MonkeyPatch) -> None:
    def decide(claimed: Claimed, *facts: Any) -> Step:
        return next_step(replace(claimed, is_resend=False), *facts)

    patch.setattr(deliver, "next_step", decide)


@pytest.mark.parametrize(
    "broken", [without_the_fence, without_a_look, without_a_second_look, believing_a_failed_resend]
)
def test_the_simulation_finds_what_is_broken(broken: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch)

    with pytest.raises(AssertionError):
        run_state_machine_as_test(Draining, settings=settings(THOROUGH, max_examples=5000, phases=[Phase.generate]))
