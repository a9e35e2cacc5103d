import asyncio
from contextlib import AsyncExitStack
from itertools import pairwise

import pytest

from bot.feeds.turns import Turns
from tests.standins.instant_loop import run_instantly


async def test_a_host_has_one_visitor_at_a_time_while_others_are_visited() -> None:
    turns = Turns(at_once=10, per_host=1)
    async with turns.of("one.example"), turns.of("two.example"):
        waiting = asyncio.create_task(_visit(turns, "one.example"))
        await asyncio.sleep(0)

        assert not waiting.done()
    await waiting


async def test_no_more_are_let_in_than_may_be_at_once() -> None:
    turns = Turns(at_once=2, per_host=1)
    async with AsyncExitStack() as visits:
        await visits.enter_async_context(turns.of("one.example"))
        await visits.enter_async_context(turns.of("two.example"))
        waiting = asyncio.create_task(_visit(turns, "three.example"))
        await asyncio.sleep(0)

        assert not waiting.done()
    await waiting


async def test_who_waits_for_a_busy_host_takes_no_place_from_others() -> None:
    turns = Turns(at_once=2, per_host=1)
    async with turns.of("busy.example"):
        waiting = asyncio.create_task(_visit(turns, "busy.example"))
        await asyncio.sleep(0)

        await asyncio.wait_for(_visit(turns, "idle.example"), timeout=5)
    await waiting


async def test_who_waits_for_a_host_to_rest_takes_no_place_from_others() -> None:
    turns = Turns(at_once=1, per_host=1, pause=3600.0)
    await _visit(turns, "resting.example")
    waiting = asyncio.create_task(_visit(turns, "resting.example"))
    await asyncio.sleep(0)

    await asyncio.wait_for(_visit(turns, "idle.example"), timeout=5)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


async def test_who_gives_up_leaves_the_place_to_the_next() -> None:
    turns = Turns(at_once=1, per_host=1)
    async with turns.of("one.example"):
        waiting = asyncio.create_task(_visit(turns, "one.example"))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    await asyncio.wait_for(_visit(turns, "one.example"), timeout=5)


async def test_who_gets_no_turn_in_time_is_told_and_leaves_the_place_to_the_next() -> None:
    turns = Turns(at_once=1, per_host=1)
    async with turns.of("one.example"):
        with pytest.raises(TimeoutError):
            await turns.of("one.example", patience=0.01).__aenter__()

    await asyncio.wait_for(_visit(turns, "one.example"), timeout=5)


async def test_a_failed_visit_leaves_the_place_to_the_next() -> None:
    turns = Turns(at_once=1, per_host=1)
    with pytest.raises(ZeroDivisionError):
        async with turns.of("one.example"):
            raise ZeroDivisionError

    await asyncio.wait_for(_visit(turns, "one.example"), timeout=5)


def test_a_pause_lies_between_two_visits_and_is_never_quite_the_same() -> None:
    async def visits() -> list[float]:
        turns = Turns(at_once=5, per_host=1, pause=1.0)
        log = await _visited(turns, ["one.example"] * 200, seconds=0.3)
        return [after.began - before.ended for before, after in pairwise(log)]

    pauses = run_instantly(visits())

    assert all(0.5 <= pause <= 1.5 for pause in pauses)
    assert min(pauses) < 0.7
    assert max(pauses) > 1.3
    assert len({round(pause, 6) for pause in pauses}) > 150


def test_a_pause_lies_between_the_beginnings_of_visits_that_may_be_made_at_once() -> None:
    async def visits() -> list[float]:
        turns = Turns(at_once=5, per_host=2, pause=1.0)
        log = await _visited(turns, ["one.example"] * 20, seconds=5.0)
        began = sorted(visit.began for visit in log)
        return [after - before for before, after in pairwise(began)]

    assert min(run_instantly(visits())) >= 0.5


def test_other_hosts_need_no_pause() -> None:
    async def visits() -> float:
        turns = Turns(at_once=1, per_host=1, pause=1.0)
        log = await _visited(turns, [f"{number}.example" for number in range(20)], seconds=0.0)
        return log[-1].ended - log[0].began

    assert run_instantly(visits()) < 0.5


def test_a_host_that_is_not_paced_needs_no_pause() -> None:
    async def visits() -> float:
        turns = Turns(at_once=1, per_host=1, pause=1.0)
        log = await _visited(turns, ["one.example"] * 20, seconds=0.0, paced=False)
        return log[-1].ended - log[0].began

    assert run_instantly(visits()) < 0.5


def test_nothing_is_kept_of_hosts_that_have_rested() -> None:
    async def visits() -> int:
        turns = Turns(at_once=10, per_host=1, pause=1.0)
        for number in range(1_000):
            await _visit(turns, f"{number}.example")
            await asyncio.sleep(0.1)
        return len(turns._resting) + len(turns._queues)

    assert run_instantly(visits()) <= 20


class _Visited:
    def __init__(self, began: float) -> None:
        self.began = began
        self.ended = began


async def _visited(turns: Turns, hosts: list[str], seconds: float, *, paced: bool = True) -> list[_Visited]:
    """All at once, each staying for so long; in the order in which they began."""
    now = asyncio.get_running_loop().time
    log: list[_Visited] = []

    async def visit(host: str) -> None:
        async with turns.of(host, paced=paced):
            visited = _Visited(now())
            log.append(visited)
            await asyncio.sleep(seconds)
            visited.ended = now()

    await asyncio.gather(*map(visit, hosts))
    return log


async def _visit(turns: Turns, host: str) -> None:
    async with turns.of(host):
        pass
