"""The embedded clock only wakes."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.jobs.engine import ClockEngine
from bot.model.ids import DestinationId


class Wakened:
    def __init__(self) -> None:
        self.lanes: list[DestinationId] = []
        self.stop = asyncio.Event()

    async def look_at(self, lane: DestinationId) -> None:
        self.lanes.append(lane)
        self.stop.set()


async def test_a_lane_is_looked_at_when_it_is_woken() -> None:
    wakened = Wakened()
    engine = ClockEngine(wakened.look_at)
    engine.wake(DestinationId(7))

    await asyncio.wait_for(engine.run(wakened.stop.wait()), 5)

    assert wakened.lanes == [7]


async def test_a_time_that_has_passed_means_now() -> None:
    wakened = Wakened()
    engine = ClockEngine(wakened.look_at)
    engine.wake(DestinationId(7), datetime.now(UTC) - timedelta(days=1))

    await asyncio.wait_for(engine.run(wakened.stop.wait()), 5)

    assert wakened.lanes == [7]


async def test_a_lane_that_is_woken_twice_is_looked_at_once_at_the_time_said_last() -> None:
    wakened = Wakened()
    engine = ClockEngine(wakened.look_at)
    engine.wake(DestinationId(7), datetime.now(UTC) + timedelta(days=1))
    engine.wake(DestinationId(7))

    await asyncio.wait_for(engine.run(wakened.stop.wait()), 5)

    assert wakened.lanes == [7]


async def test_a_job_runs_at_once_and_again_and_again_although_it_fails() -> None:
    runs, stop = [], asyncio.Event()

    async def job() -> None:
        runs.append(1)
        if len(runs) == 3:
            stop.set()
        raise KeyError("a mistake of ours")

    engine = ClockEngine(Wakened().look_at)
    engine.every(timedelta(milliseconds=10), job)

    await asyncio.wait_for(engine.run(stop.wait()), 5)

    assert len(runs) >= 3


async def test_a_tick_under_way_comes_to_its_end_before_the_engine_stops(caplog: pytest.LogCaptureFixture) -> None:
    began, stop, ended = asyncio.Event(), asyncio.Event(), []

    async def job() -> None:
        began.set()
        await asyncio.sleep(0.05)
        ended.append(1)

    engine = ClockEngine(Wakened().look_at)
    engine.every(timedelta(seconds=60), job)
    running = asyncio.create_task(engine.run(stop.wait()))
    await began.wait()
    stop.set()
    await asyncio.wait_for(running, 5)
    await asyncio.sleep(0)

    assert ended == [1]
    assert [record.getMessage() for record in caplog.records] == [], "a clean stop leaves no traceback"


async def test_a_lane_that_is_woken_while_it_is_looked_at_is_looked_at_again() -> None:
    looked, stop = [], asyncio.Event()

    async def look_at(lane: DestinationId) -> None:
        looked.append(lane)
        if len(looked) == 1:
            engine.wake(lane)
            await asyncio.sleep(0.05)
        else:
            stop.set()

    engine = ClockEngine(look_at)
    engine.wake(DestinationId(7))

    await asyncio.wait_for(engine.run(stop.wait()), 5)

    assert looked == [7, 7]
