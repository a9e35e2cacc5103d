"""Whether a process can do its work, and does it in time."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError

from bot.config import Settings, known_secrets
from bot.ports import Vitals
from bot.service.condition import OVERDUE, Condition, overdue
from bot.telemetry import OneLine
from bot.web.dead_man import DeadMan
from storage.unit import SqlStorage
from tests.builders import SettableClock
from tests.standins.publisher import Publisher
from tests.storage.vital_signs import a_feed_is_due, a_notice_waits

LONG = OVERDUE + timedelta(minutes=2)
QUIET = Vitals({}, {}, timedelta(), {}, {})
LATE = replace(QUIET, delivery_lag={"slack": LONG}, feed_lag=LONG)


def condition(storage: SqlStorage, *, signed_in: bool = True) -> Condition:
    return Condition(storage, ("slack",), lambda: signed_in)


# ---- overdue -------------------------------------------------------------------------------------------------------


def test_what_has_been_due_for_too_long_is_named() -> None:
    told = "a delivery to slack has been due for 12 minutes; a feed has been due for 12 minutes"

    assert overdue(LATE, ["slack"], LONG) == told


def test_what_is_due_within_bounds_is_no_trouble() -> None:
    assert overdue(replace(QUIET, delivery_lag={"slack": OVERDUE}, feed_lag=OVERDUE), ["slack"], LONG) == ""


def test_a_process_that_has_just_begun_still_catches_up() -> None:
    assert overdue(LATE, ["slack"], OVERDUE) == ""


def test_what_waits_for_a_platform_that_is_off_is_no_trouble() -> None:
    assert overdue(replace(LATE, feed_lag=timedelta()), ["discord"], LONG) == ""


# ---- in the tables -------------------------------------------------------------------------------------------------


async def test_it_is_ready_until_a_delivery_is_overdue(storage: SqlStorage, clock: SettableClock) -> None:
    one = condition(storage)
    await one.begin()
    await a_notice_waits(storage, "slack:T1/C1")

    assert await one.trouble() == ""
    clock.advance(minutes=11)
    assert await one.trouble() == "a delivery to slack has been due for 11 minutes"


async def test_a_feed_that_nobody_polls_is_told(storage: SqlStorage, clock: SettableClock) -> None:
    one = condition(storage)
    await one.begin()
    await a_feed_is_due(storage)
    clock.advance(minutes=30)

    assert await one.trouble() == "a feed has been due for 30 minutes"


async def test_where_nobody_is_signed_in_or_it_is_stopping_it_is_not_ready(sqlite: SqlStorage) -> None:
    lonely, stopping = condition(sqlite, signed_in=False), condition(sqlite)
    stopping.is_stopping = True

    assert await lonely.trouble() == "no platform is signed in"
    assert await stopping.trouble() == "it is stopping"


async def test_the_dead_man_address_is_called_only_while_all_is_well(sqlite: SqlStorage, clock: SettableClock) -> None:
    one = condition(sqlite)
    await one.begin()
    async with Publisher() as watcher:
        watcher.publishes("/ping", "OK")
        dead_man = DeadMan(watcher.address("/ping"))
        await one.call(dead_man)
        await a_notice_waits(sqlite, "slack:T1/C1")
        clock.advance(minutes=11)
        await one.call(dead_man)

        assert len(watcher.asked_for("/ping")) == 1


# ---- the secret in the address -------------------------------------------------------------------------------------


def test_no_log_line_shows_the_dead_man_address_whoever_writes_it() -> None:
    address = "https://watch.example.org/ping/0b5f-invented"
    settings = Settings.model_validate({"health": {"ping_url": address}})
    said = logging.LogRecord("bot", logging.WARNING, "", 0, "could not call %s", (address,), None)

    line = OneLine(known_secrets(settings, {})).format(said)

    assert "invented" not in line
    assert "invented" not in repr(settings)


def test_a_password_in_the_address_is_a_mistake_that_is_not_repeated() -> None:
    with pytest.raises(ValidationError, match="must not carry a user name or a password") as told:
        Settings.model_validate({"health": {"ping_url": "https://me:invented@watch.example.org/"}})

    assert "invented" not in str(told.value)
