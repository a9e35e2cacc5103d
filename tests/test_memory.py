"""A long-lived process does not look through the same objects again and again."""

import gc

from bot.service.memory import keep_what_stands


def test_garbage_collections_look_no_more_through_what_stood_at_the_start() -> None:
    standing: list[object] = []
    keep_what_stands()
    try:
        come: list[object] = []
        looked_through = {id(each) for each in gc.get_objects()}
    finally:
        gc.unfreeze()

    assert id(standing) not in looked_through
    assert id(come) in looked_through
