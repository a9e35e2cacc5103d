"""A long-lived process does not look through the same objects again and again."""

import gc
from collections.abc import Iterator

import pytest

from bot.service.memory import YOUNG, keep_what_stands


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_garbage_collections_look_no_more_through_what_stood_at_the_start() -> None:
    standing: list[object] = []
    keep_what_stands()
    come: list[object] = []
    looked_through = {id(each) for each in gc.get_objects()}

    assert id(standing) not in looked_through
    assert id(come) in looked_through


def test_what_comes_and_goes_is_looked_at_seldom_and_what_is_left_is_found() -> None:
    keep_what_stands()
    begun = gc.get_stats()[0]["collections"]

    for _ in range(YOUNG // 2):
        circle: list[object] = []
        circle.append(circle)
    seldom = gc.get_stats()[0]["collections"] - begun
    for _ in range(2 * YOUNG):
        circle = []
        circle.append(circle)

    assert seldom <= 1
    assert gc.get_stats()[0]["collections"] > begun + seldom
