from datetime import datetime, timedelta

import pytest

from bot.feeds.headers import LONGEST_ASKED, retry_after, validators


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(minutes=2)),
        ("0", timedelta()),
        ("Tue, 22 Sep 2026 12:30:00 GMT", timedelta(minutes=30)),
        ("Tue, 22 Sep 2026 11:00:00 GMT", timedelta()),
        ("99999999999999999999", LONGEST_ASKED),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_ASKED),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
    ],
)
def test_retry_after_is_read_in_seconds_and_as_a_date(value: str, wait: timedelta | None, now: datetime) -> None:
    assert wait == retry_after({"Retry-After": value}, now)


def test_validators_are_kept_byte_for_byte() -> None:
    kept = validators({"ETag": 'W/"a-b;c"', "Last-Modified": "yesterday, about noon"}, "hash")

    assert (kept.etag, kept.last_modified, kept.body_hash) == ('W/"a-b;c"', "yesterday, about noon", "hash")


@pytest.mark.parametrize("etag", ['"\udce9"', '"é"', '"' + "x" * 1_000 + '"'])
def test_a_validator_that_could_not_go_back_as_it_came_is_left_out(etag: str) -> None:
    assert validators({"ETag": etag}, "hash").etag == ""
