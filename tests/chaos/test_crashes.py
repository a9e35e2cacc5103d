"""Some of the crash points, chosen by a seed; ``make chaos`` dies at all of them."""

import random
from pathlib import Path

import pytest

from tests.chaos.crashes import DATABASES, HARM, all_died, cases
from tests.standins.postgres import PostgresServer

SOME = 6
"""As many as go on at once."""


@pytest.mark.acceptance
async def test_what_dies_at_a_point_loses_nothing_and_tells_nothing_twice(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    # What first has to go wrong takes longest.
    some = chance.sample([case for case in cases(DATABASES, chance) if case.point not in HARM], SOME)

    found = await all_died(some, postgres, tmp_path)

    assert {str(each.case): each.complaints for each in found if each.complaints} == {}, "\n".join(
        each.log for each in found if each.complaints
    )
