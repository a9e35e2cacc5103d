"""Where the process can be told to die, for the proof that nothing is lost or told twice then.

``TOCSIN_CRASH_POINT=deliver.claimed:3`` kills it (SIGKILL) when it comes to that point for the third time. Without the
variable a point costs one comparison of strings.
"""

import os
import signal
from typing import Literal

VARIABLE = "TOCSIN_CRASH_POINT"

Point = Literal[
    "poll.claimed",
    "poll.read",
    "poll.matched",
    "poll.before_commit",
    "poll.after_commit",
    "deliver.claimed",
    "deliver.before_write",
    "deliver.answered",
    "deliver.looked",
    "deliver.before_commit",
    "deliver.after_commit",
    "second_look.claimed",
    "second_look.deleted",
]

_chosen, _, _passage = os.environ.get(VARIABLE, "").partition(":")
_passages_left = int(_passage or 1)


def at(point: Point) -> None:
    """Nothing, unless the variable names this point."""
    global _passages_left  # noqa: PLW0603 - one process dies once
    if point != _chosen:
        return
    _passages_left -= 1
    if not _passages_left:
        os.kill(os.getpid(), signal.SIGKILL)
