"""How often a machine runs, and from which seed."""

import os
from collections.abc import Sequence

from hypothesis import Phase, settings
from hypothesis import seed as seeded
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

RUNS, SEED = os.environ.get("RUNS", ""), os.environ.get("SEED", "")
TO_THE_POINT: Sequence[Phase] = (Phase.generate,)
"""It is enough to know that something is wrong: not which steps at least lead there."""
MANY = 4000


def runs(
    machine: type[RuleBasedStateMachine], usually: int, seed: int = 1, phases: Sequence[Phase] = tuple(Phase)
) -> None:
    """So many runs, the same every time.

    ``RUNS=5000`` makes as many from a seed of its own, which a failure names; with ``SEED`` as well they come again.
    """
    if RUNS:
        usually, seed = int(RUNS), int(SEED or int.from_bytes(os.urandom(4)))
    how = settings(max_examples=usually, stateful_step_count=60, deadline=None, database=None, phases=phases)
    try:
        run_state_machine_as_test(seeded(seed)(machine), settings=how)
    except BaseException as failure:
        failure.add_note(f"SEED={seed} RUNS={usually} draws the same again.")
        raise


def finds_it(machine: type[RuleBasedStateMachine], seed: int) -> bool:
    """Whether something is found wrong, whatever ``RUNS`` says; with a seed that finds it soon."""
    how = settings(max_examples=MANY, stateful_step_count=60, deadline=None, database=None, phases=TO_THE_POINT)
    try:
        run_state_machine_as_test(seeded(seed)(machine), settings=how)
    except AssertionError:
        return True
    return False
