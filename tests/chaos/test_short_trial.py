"""A short trial on each database, and the control that shows that the harness would see a duplicate."""

import random
from pathlib import Path

import pytest

from tests.chaos.disturbance import FAULTS, Plan, Postgres, small_disk
from tests.chaos.scene import SHORT
from tests.chaos.trial import Outcome, tried
from tests.standins.postgres import PostgresServer

pytestmark = pytest.mark.acceptance
PLAN = Plan(headlines=12, kills=4, pauses=1, failures=1, publish_every=0.8, faults=FAULTS, constants=SHORT)
CONTROL = Plan(headlines=12, kills=2, pauses=0, failures=0, publish_every=0.5, faults=FAULTS, constants=SHORT)


@pytest.fixture
def seed() -> int:
    """Printed, so that a trial that fails can be tried again."""
    drawn = random.SystemRandom().randrange(10**6)
    print(f"seed {drawn}")
    return drawn


def nothing_is_wrong(outcome: Outcome) -> None:
    verdict = outcome.verdict
    found = (verdict.lost, verdict.duplicated, verdict.out_of_order, verdict.unchecked_resends, outcome.looks_left)
    assert found == (0, 0, 0, 0, 0), outcome
    assert verdict.given_up == 0
    assert outcome.harm.kills >= PLAN.kills
    assert "Traceback" not in outcome.log, outcome.log


async def test_through_kills_pauses_faults_and_a_full_disk_each_alert_stands_once_in_order(
    tmp_path: Path, seed: int
) -> None:
    async with small_disk(tmp_path) as database:
        nothing_is_wrong(await tried(database, PLAN, tmp_path, seed))


async def test_through_kills_pauses_faults_and_a_restarted_postgresql_each_alert_stands_once_in_order(
    tmp_path: Path, seed: int
) -> None:
    with PostgresServer() as server:
        nothing_is_wrong(await tried(Postgres(server, server.fresh_database()), PLAN, tmp_path, seed))


async def test_a_delivery_that_sends_again_without_asking_shows_duplicates(tmp_path: Path, seed: int) -> None:
    async with small_disk(tmp_path) as database:
        outcome = await tried(database, CONTROL, tmp_path, seed, naive=True)

    assert outcome.verdict.duplicated > 0
