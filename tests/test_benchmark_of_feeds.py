"""What ``make bench-feeds`` promises, on a few small feeds."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.feeds import ASKED, measured
from benchmarks.polling.place import Place, Sizes
from benchmarks.readers.seats import Failed, Seat

TINY = Sizes(
    feeds=4,
    entries=3,
    size=4_000,
    sample=2,
    slices=2,
    rounds=1,
    documents_rounds=1,
    subscriptions=5,
    hosts=2,
    probed=2,
    hostile=("packed_small",),
    copies=1,
    many=4,
    few=2,
)


def test_a_run_measures_all_that_is_asked_but_what_needs_peers(tmp_path: Path) -> None:
    figures = dict(measured(Place(tmp_path, 7, TINY, peers=None)))

    assert not [failed for failed in figures.values() if isinstance(failed, Failed)]
    found = {name for each in figures.values() if not isinstance(each, Failed) for name in each}
    assert {asked.figure for asked in ASKED} - found == {
        "poll304_vs_reader",
        "unchanged_vs_reader",
        "one_new_vs_reader",
    }


@pytest.mark.parametrize("reads_many", [False, True])
def test_many_feeds_are_polled_for_the_first_time_only_where_that_is_asked(reads_many: bool, tmp_path: Path) -> None:
    [(_, figures)] = measured(Place(tmp_path, 7, replace(TINY, reads_many=reads_many), peers=None), ["scale"])

    assert not isinstance(figures, Failed)
    assert ("scale_first_many_ms" in figures, "scale_new_many_ms" in figures) == (reads_many, reads_many)


def test_a_reader_that_dies_is_named_with_its_exit_status() -> None:
    with pytest.raises(Failed, match=r"^bare ended with status 1$"):
        Seat("benchmarks.readers.bare", {"loop": "asyncio", "unknown": True})
