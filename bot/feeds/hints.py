"""When a feed says that looking again is worth it: ``ttl``, ``skipHours`` and ``skipDays`` of RSS 0.91 to 2.0."""

import re
from collections.abc import Iterable
from datetime import timedelta

from bot.model.feed import Hints

MINUTES = re.compile(r"[0-9]{1,6}")
HOUR = re.compile(r"[0-9]{1,2}")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def hints_of(ttl: str, hours: Iterable[str], days: Iterable[str]) -> Hints:
    """What makes no sense counts as not said; so does skipping every hour or day."""
    minutes = int(ttl) if MINUTES.fullmatch(ttl.strip()) else 0
    skip_hours = frozenset(hour for said in hours if (hour := _hour(said.strip())) is not None)
    skip_days = frozenset(DAYS.index(day) for said in days if (day := said.strip().lower()) in DAYS)
    return Hints(
        ttl=timedelta(minutes=minutes),
        skip_hours=skip_hours if len(skip_hours) < 24 else frozenset(),
        skip_days=skip_days if len(skip_days) < len(DAYS) else frozenset(),
    )


def _hour(said: str) -> int | None:
    """RSS 0.91 counts from 1 to 24, RSS 2.0 from 0 to 23: 24 is midnight."""
    hour = int(said) if HOUR.fullmatch(said) else 25
    return hour % 24 if hour <= 24 else None
