"""What stands once a process has started stays until it ends."""

import gc


def keep_what_stands() -> None:
    """Garbage collections look no more through it: for a tenth of a second that would hold the event loop up."""
    gc.collect()
    gc.freeze()
