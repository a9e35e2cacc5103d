import asyncio
from contextlib import AsyncExitStack

from bot.feeds.turns import Turns


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


async def test_who_gives_up_leaves_the_place_to_the_next() -> None:
    turns = Turns(at_once=1, per_host=1)
    async with turns.of("one.example"):
        waiting = asyncio.create_task(_visit(turns, "one.example"))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    await asyncio.wait_for(_visit(turns, "one.example"), timeout=5)


async def _visit(turns: Turns, host: str) -> None:
    async with turns.of(host):
        pass
