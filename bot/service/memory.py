"""What stands once a process has started stays until it ends."""

import gc

YOUNG = 10_000
"""Objects that come before a garbage collection looks at them. Most are gone by then: of a poll nothing stays. With
Python's own 700 a tenth of a poll that brings nothing is collections."""


def keep_what_stands() -> None:
    """Garbage collections look no more through it: for a tenth of a second that would hold the event loop up."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
