"""Work in flight."""

import asyncio
import logging

import pytest

from bot.jobs.crew import Crew


async def test_there_is_room_again_when_work_has_ended() -> None:
    crew, go = Crew(2), asyncio.Event()

    async def work() -> None:
        await go.wait()

    crew.begin(work(), "work")
    busy = crew.free
    go.set()
    await crew.dismiss(within=5)

    assert busy == 1
    assert crew.free == 0


async def test_what_was_claimed_is_worked_on_even_beyond_the_size() -> None:
    crew, done = Crew(1), []

    async def work(number: int) -> None:
        done.append(number)

    for number in range(3):
        crew.begin(work(number), "work")
    await crew.dismiss(within=5)

    assert sorted(done) == [0, 1, 2]


async def test_work_that_breaks_off_is_logged_once_with_its_traceback_and_makes_room(
    caplog: pytest.LogCaptureFixture,
) -> None:
    crew = Crew(1)

    async def work() -> None:
        raise KeyError("a mistake of ours")

    crew.begin(work(), "poll of feed 7")
    await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()})

    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.getMessage() == "broke off poll of feed 7"
    assert record.exc_info is not None
    assert crew.free == 1


async def test_what_takes_too_long_at_the_end_is_cancelled() -> None:
    crew, cancelled = Crew(1), asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    crew.begin(work(), "work")
    await crew.dismiss(within=0.01)

    assert cancelled.is_set()


async def test_an_idle_crew_is_dismissed_at_once() -> None:
    crew = Crew(3)

    await crew.dismiss(within=0)

    assert crew.free == 0


async def test_what_work_in_flight_begins_at_the_end_is_waited_for_too() -> None:
    crew, sent = Crew(2), []

    async def send() -> None:
        await asyncio.sleep(0.01)
        sent.append("second")

    async def drain() -> None:
        await asyncio.sleep(0.01)
        crew.begin(send(), "second")

    crew.begin(drain(), "first")
    await crew.dismiss(within=5)

    assert sent == ["second"]
