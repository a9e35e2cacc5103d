"""A long document is taken in slice by slice."""

import asyncio
from types import SimpleNamespace

import pytest

from bot.jobs import breath
from bot.jobs.breath import LONGEST, Breath
from bot.jobs.intake import items_of
from tests.builders import an_article


class Others:
    """Whoever else waits for the event loop, and how often they got it."""

    def __init__(self) -> None:
        self.turns = 0

    async def wait(self) -> None:
        while True:
            self.turns += 1
            await asyncio.sleep(0)


async def test_others_get_the_event_loop_once_they_have_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    others = Others()
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(breath, "time", SimpleNamespace(monotonic=lambda: clock.now))
    waiting = asyncio.create_task(others.wait())
    one = Breath()
    heard = []

    for clock.now in (LONGEST / 2, LONGEST * 1.5, LONGEST * 2, LONGEST * 3):
        await one.take()
        heard.append(others.turns)

    waiting.cancel()
    assert heard == [0, 1, 1, 2]


async def test_others_have_the_event_loop_while_the_items_of_a_document_are_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others = Others()
    monkeypatch.setattr(breath, "LONGEST", -1.0)
    waiting = asyncio.create_task(others.wait())

    items = await items_of([an_article(guid=f"{number}") for number in range(50)], "guid")

    waiting.cancel()
    assert len(items) == 50
    assert others.turns >= 50
