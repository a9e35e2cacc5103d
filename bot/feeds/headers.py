"""What a server's answer says beside the document."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

from multidict import MultiMapping

from bot.model.feed import Validators

LONGEST_VALIDATOR = 1_000
LONGEST_ASKED = timedelta(days=7)
"""What a longer Retry-After, or freshness, is read as."""
NOTHING = timedelta()

FIXDATE = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", re.ASCII)
"""RFC 9110, 5.6.7."""
MONTHS = dict(
    zip(("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), range(1, 13), strict=True)
)
DIRECTIVE = re.compile(r'([^\s=,"]++)\s*+(?:=\s*+(?:"([^"]*)"|([^\s,"]*)))?')


def validators(headers: MultiMapping[str], body_hash: str) -> Validators:
    return Validators(_validator(headers.get("ETag", "")), _validator(headers.get("Last-Modified", "")), body_hash)


def renewed(kept: Validators, headers: MultiMapping[str]) -> Validators:
    """After a 304: what it sends takes the place of what was kept (RFC 9111, 4.3.4), and nothing else is touched."""
    etag, last_modified = _validator(headers.get("ETag", "")), _validator(headers.get("Last-Modified", ""))
    if etag in ("", kept.etag) and last_modified in ("", kept.last_modified):
        return kept
    return Validators(etag or kept.etag, last_modified or kept.last_modified, kept.body_hash)


def retry_after(headers: MultiMapping[str], now: datetime) -> timedelta | None:
    """RFC 9110, 10.2.3: seconds, or a date by the server's own clock.

    Between nothing and a week; None where there is none that can be read.
    """
    value = headers.get("Retry-After", "").strip()
    if (seconds := _seconds(value)) is not None:
        wait = timedelta(seconds=seconds)
    elif (date := _date(value)) is not None:
        wait = date - _sent(headers, now)
    else:
        return None
    return _bounded(wait)


def fresh_for(headers: MultiMapping[str], now: datetime) -> timedelta:
    """How long the answer may be taken for the newest (RFC 9111, 4.2.1): by Cache-Control max-age, else by Expires.

    Less the Age that a cache on the way gave it; between nothing and a week. What is meant for shared caches alone
    (s-maxage) is not for us.
    """
    lifetime = _max_age(",".join(headers.getall("Cache-Control", ())))
    if lifetime is None and "Expires" in headers and (expires := _date(headers["Expires"])):
        lifetime = expires - _sent(headers, now)
    if not lifetime:
        return NOTHING
    if "Age" in headers:
        lifetime -= timedelta(seconds=_seconds(headers["Age"].strip()) or 0)
    return _bounded(lifetime)


@lru_cache(maxsize=256)
def _max_age(cache_control: str) -> timedelta | None:
    """None where it says nothing of it; nothing where it forbids to keep the answer, or says what cannot be read.

    What it says twice holds as it was said first. ``no-cache`` with names of headers is about those alone.
    """
    said: dict[str, str] = {}
    for found in DIRECTIVE.finditer(cache_control):
        name, quoted, bare = found.groups(default="")
        said.setdefault(name.lower(), quoted or bare)
    if "no-store" in said or said.get("no-cache") == "":
        return NOTHING
    return timedelta(seconds=_seconds(said["max-age"]) or 0) if "max-age" in said else None


def _validator(value: str) -> str:
    """As received. One that could not go back byte for byte is as good as none."""
    return value if value.isascii() and value.isprintable() and len(value) <= LONGEST_VALIDATOR else ""


def _seconds(value: str) -> int | None:
    return int(value[:9]) if value.isascii() and value.isdigit() else None


def _date(value: str) -> datetime | None:
    if FIXDATE.fullmatch(value):
        return _fixdate(value)
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _fixdate(value: str) -> datetime | None:
    """As nearly all servers write it; twenty times as fast as reading what it might be."""
    try:
        return datetime(
            int(value[12:16]),
            MONTHS[value[8:11]],
            int(value[5:7]),
            int(value[17:19]),
            int(value[20:22]),
            int(value[23:25]),
            tzinfo=UTC,
        )
    except (ValueError, KeyError):
        return None


def _sent(headers: MultiMapping[str], now: datetime) -> datetime:
    """When the server says that it answered: only to its own clock do its dates compare."""
    return _date(headers.get("Date", "")) or now


def _bounded(wait: timedelta) -> timedelta:
    return min(max(wait, NOTHING), LONGEST_ASKED)
