"""The points at which a process can be told to die: each is come to, and costs nothing where it is not named."""

import os
import subprocess
import sys
from collections.abc import Mapping
from signal import SIGKILL
from typing import get_args

import pytest

from bot import crash
from bot.crash import VARIABLE, Point
from bot.model.delivery import Absent, Found, Unconfirmed
from tests.jobs.newsroom import Newsroom

WIRE = "https://wire.example.org/rss"
LIVES = "from bot import crash\nfor passage in range(1, 4):\n    print(passage, flush=True); crash.at('poll.read')\n"


async def test_news_comes_by_every_point(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    passed: list[Point] = []
    monkeypatch.setattr(crash, "at", passed.append)
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, "5G auction opens in Mainz")
    await newsroom.polls()
    newsroom.channels.answers("C1", Unconfirmed("no answer"))
    newsroom.channels.findings.extend([Absent(), Found(("first", "second"))])

    await newsroom.delivers()
    await newsroom.delivers(seconds=30)
    await newsroom.delivers()
    await newsroom.looks_again(seconds=60)

    assert set(passed) == set(get_args(Point))


def lived(variable: Mapping[str, str]) -> tuple[int, str]:
    """How a process ended that comes to one point three times, and what it said before."""
    environment = {"PATH": os.environ["PATH"], **variable}
    run = subprocess.run([sys.executable, "-c", LIVES], env=environment, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout


def test_a_process_dies_where_and_when_the_variable_says() -> None:
    assert lived({VARIABLE: "poll.read:2"}) == (-SIGKILL, "1\n2\n")
    assert lived({VARIABLE: "poll.read"}) == (-SIGKILL, "1\n")


def test_a_process_lives_on_where_the_variable_is_not_set_or_names_another_point() -> None:
    assert lived({}) == (0, "1\n2\n3\n")
    assert lived({VARIABLE: "deliver.claimed"}) == (0, "1\n2\n3\n")
