from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from bot.feeds.headers import LONGEST_ASKED, fresh_for, renewed, retry_after, validators
from bot.model.feed import Validators

NOW = datetime(2026, 9, 22, 12, 0, tzinfo=UTC)
NOON = "Tue, 22 Sep 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(minutes=2)),
        (" 120 ", timedelta(minutes=2)),
        ("0", timedelta()),
        ("Tue, 22 Sep 2026 12:30:00 GMT", timedelta(minutes=30)),
        ("Tuesday, 22-Sep-26 12:30:00 GMT", timedelta(minutes=30)),
        ("Tue, 22 Sep 2026 14:30:00 +0200", timedelta(minutes=30)),
        ("Tue, 22 Sep 2026 11:00:00 GMT", timedelta()),
        ("99999999999999999999", LONGEST_ASKED),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_ASKED),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("1e9", None),
        ("٣", None),
        ("Tue, 99 Sep 2026 12:30:00 GMT", None),
        ("Tue, 22 Sox 2026 12:30:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_seconds_and_as_a_date(value: str, wait: timedelta | None) -> None:
    assert wait == retry_after(CIMultiDict({"Retry-After": value}), NOW)


def test_a_date_is_read_by_the_clock_of_the_server_that_wrote_it() -> None:
    fast = {"Date": "Tue, 22 Sep 2026 15:00:00 GMT"}
    three = "Tue, 22 Sep 2026 15:10:00 GMT"

    assert retry_after(CIMultiDict({**fast, "Retry-After": three}), NOW) == timedelta(minutes=10)
    assert fresh_for(CIMultiDict({**fast, "Expires": three}), NOW) == timedelta(minutes=10)


@pytest.mark.parametrize(
    ("cache_control", "minutes"),
    [
        ("max-age=300", 5),
        ("public, MAX-AGE = 300", 5),
        ('max-age="300", must-revalidate', 5),
        ("private,max-age=300,", 5),
        ("max-age=300, max-age=600", 5),
        ("max-age=300, s-maxage=600", 5),
        ("max-age=60, stale-while-revalidate=86400", 1),
        ('no-cache="Set-Cookie", max-age=300', 5),
        ('community="a, max-age=600", max-age=300', 5),
        ("max-age=99999999999", 7 * 24 * 60),
        ("max-age=0", 0),
        ("max-age=-300", 0),
        ("max-age=soon", 0),
        ("max-age", 0),
        ("no-cache, max-age=300", 0),
        ("max-age=300, no-store", 0),
        ("s-maxage=300", 0),
        ("public", 0),
        ("", 0),
    ],
)
def test_an_answer_is_fresh_for_as_long_as_cache_control_says(cache_control: str, minutes: int) -> None:
    assert fresh_for(CIMultiDict({"Cache-Control": cache_control}), NOW) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("said", "minutes"),
    [
        ({"Expires": "Tue, 22 Sep 2026 12:10:00 GMT"}, 10),
        ({"Expires": "Tue, 22 Sep 2026 12:10:00 GMT", "Cache-Control": "public"}, 10),
        ({"Expires": "Tue, 22 Sep 2026 12:10:00 GMT", "Cache-Control": "s-maxage=60"}, 10),
        ({"Expires": "Tue, 22 Sep 2026 12:10:00 GMT", "Cache-Control": "max-age=60"}, 1),
        ({"Expires": "Tue, 22 Sep 2026 12:10:00 GMT", "Cache-Control": "no-cache"}, 0),
        ({"Expires": "Tue, 22 Sep 2026 12:10:00 GMT", "Age": "60"}, 9),
        ({"Expires": "Tue, 22 Sep 2026 11:10:00 GMT"}, 0),
        ({"Expires": "Fri, 31 Dec 9999 23:59:59 GMT"}, 7 * 24 * 60),
        ({"Expires": "0"}, 0),
        ({"Expires": "-1"}, 0),
        ({"Cache-Control": "max-age=300", "Age": "120"}, 3),
        ({"Cache-Control": "max-age=300", "Age": "900"}, 0),
        ({"Cache-Control": "max-age=300", "Age": "old"}, 5),
        ({"Age": "120"}, 0),
        ({}, 0),
    ],
)
def test_an_answer_is_fresh_by_its_expiry_where_cache_control_does_not_say_and_less_by_its_age(
    said: dict[str, str], minutes: int
) -> None:
    assert fresh_for(CIMultiDict({"Date": NOON, **said}), NOW) == timedelta(minutes=minutes)


def test_cache_control_may_be_said_in_several_headers() -> None:
    said = CIMultiDict([("Cache-Control", "public"), ("Cache-Control", "max-age=300")])

    assert fresh_for(said, NOW) == timedelta(minutes=5)


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60), st.text(max_size=40))
def test_no_header_brings_the_reading_down(cache_control: str, expires: str, date: str, age: str) -> None:
    said = CIMultiDict(
        {"Cache-Control": cache_control, "Expires": expires, "Date": date, "Age": age, "Retry-After": expires}
    )

    assert timedelta() <= fresh_for(said, NOW) <= LONGEST_ASKED
    assert timedelta() <= (retry_after(said, NOW) or timedelta()) <= LONGEST_ASKED


def test_validators_are_kept_byte_for_byte() -> None:
    kept = validators(CIMultiDict({"ETag": 'W/"a-b;c"', "Last-Modified": "yesterday, about noon"}), "hash")

    assert (kept.etag, kept.last_modified, kept.body_hash) == ('W/"a-b;c"', "yesterday, about noon", "hash")


@pytest.mark.parametrize("etag", ['"\udce9"', '"é"', '"' + "x" * 1_000 + '"'])
def test_a_validator_that_could_not_go_back_as_it_came_is_left_out(etag: str) -> None:
    assert validators(CIMultiDict({"ETag": etag}), "hash").etag == ""


@pytest.mark.parametrize(
    ("said", "etag", "last_modified"),
    [
        ({}, '"1"', NOON),
        ({"ETag": '"2"'}, '"2"', NOON),
        ({"Last-Modified": "later"}, '"1"', "later"),
        ({"ETag": '"é"'}, '"1"', NOON),
    ],
)
def test_what_a_304_sends_takes_the_place_of_what_was_kept_and_nothing_else_does(
    said: dict[str, str], etag: str, last_modified: str
) -> None:
    kept = Validators('"1"', NOON, "hash")

    assert renewed(kept, CIMultiDict(said)) == Validators(etag, last_modified, "hash")
