"""What a server's answer says beside the document."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from bot.model.feed import Validators

LONGEST_VALIDATOR = 1_000
LONGEST_ASKED = timedelta(days=7)
"""What a longer Retry-After is read as."""


def validators(headers: Mapping[str, str], body_hash: str) -> Validators:
    return Validators(_validator(headers.get("ETag", "")), _validator(headers.get("Last-Modified", "")), body_hash)


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """RFC 9110, 10.2.3: seconds or a date. Between nothing and a week; None where there is none that can be read."""
    value = headers.get("Retry-After", "").strip()
    wait = timedelta(seconds=int(value[:9])) if value.isascii() and value.isdigit() else _until(value, now)
    return None if wait is None else min(max(wait, timedelta()), LONGEST_ASKED)


def _validator(value: str) -> str:
    """As received. One that could not go back byte for byte is as good as none."""
    return value if value.isascii() and value.isprintable() and len(value) <= LONGEST_VALIDATOR else ""


def _until(value: str, now: datetime) -> timedelta | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return (date if date.tzinfo else date.replace(tzinfo=UTC)) - now
