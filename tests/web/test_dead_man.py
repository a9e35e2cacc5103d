"""The dead-man address, over the wire."""

import logging
from collections.abc import AsyncIterator

import pytest

from bot.web import dead_man
from bot.web.dead_man import DeadMan
from tests.standins.publisher import Publisher

PATH = "/ping/a-secret-of-ours"


@pytest.fixture
async def watcher() -> AsyncIterator[Publisher]:
    async with Publisher() as publisher:
        yield publisher


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, logger="bot")
    return caplog


def said(log: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(record.getMessage(), vars(record).get("reason", "")) for record in log.records]


async def test_it_is_called_at_its_whole_address(watcher: Publisher, log: pytest.LogCaptureFixture) -> None:
    watcher.publishes(PATH, "OK")

    await DeadMan(watcher.address(PATH)).call()

    assert len(watcher.asked_for(PATH)) == 1
    assert said(log) == []


async def test_an_outage_is_logged_once_and_so_is_its_end(watcher: Publisher, log: pytest.LogCaptureFixture) -> None:
    watcher.answers(PATH, 500)
    called = DeadMan(watcher.address(PATH))
    for _ in range(3):
        await called.call()
    watcher.publishes(PATH, "OK")
    for _ in range(2):
        await called.call()

    assert said(log) == [
        ("could not call the dead-man address; trying again", "answered 500"),
        ("the dead-man address answers again", ""),
    ]


async def test_a_redirect_is_not_followed(watcher: Publisher, log: pytest.LogCaptureFixture) -> None:
    watcher.redirects(PATH, watcher.address("/elsewhere"))
    watcher.publishes("/elsewhere", "OK")

    await DeadMan(watcher.address(PATH)).call()

    assert watcher.asked_for("/elsewhere") == []
    assert [reason for _, reason in said(log)] == ["answered 302: redirects are not followed"]


async def test_one_that_never_answers_is_left(
    watcher: Publisher, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_man, "LONGEST", 0.05)
    watcher.never_answers(PATH)

    await DeadMan(watcher.address(PATH)).call()

    assert [reason for _, reason in said(log)] == ["no answer within 0 s"]


@pytest.mark.parametrize("way", ["refused", "reset", "error"])
async def test_whatever_goes_wrong_no_part_of_the_address_is_logged(
    way: str, watcher: Publisher, log: pytest.LogCaptureFixture
) -> None:
    address = watcher.address(PATH)
    match way:
        case "refused":
            address = f"http://127.0.0.1:1{PATH}"
        case "reset":
            watcher.resets(PATH)
        case "error":
            watcher.answers(PATH, 404)

    await DeadMan(address).call()

    assert len(log.records) == 1
    assert "127.0.0.1" not in log.text + str(vars(log.records[0]))
    assert "secret" not in log.text + str(vars(log.records[0]))
