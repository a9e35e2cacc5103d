"""Moments and spans of time, as people read them."""

from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def moment(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"


def minute_after(when: datetime) -> str:
    """The first whole minute by which it has come."""
    return moment(when + MINUTE - timedelta(microseconds=1))


def span(time: timedelta) -> str:
    """In the largest unit of which it holds at least two, or whole ones."""
    seconds = int(time.total_seconds())
    for unit, length in UNITS:
        if seconds >= 2 * length or (seconds >= length and seconds % length == 0):
            return counted(round(seconds / length), unit)
    return counted(seconds, "second")


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
