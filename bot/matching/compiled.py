"""The steps that look at every character or word of an article, in C: ``_walk.c``, compiled when Tocsin is installed.

Without a compiler they are not there. Then, and only then, the same steps in numpy are taken, which stand beside each
place where these are called.
"""

from typing import Any

import numpy as np

from bot.matching.table import Numbers

walk: Any
try:
    from bot.matching import _walk as walk
except ImportError:
    walk = None


def numbers(written: bytes) -> Numbers:
    """What a step answers."""
    return np.frombuffer(written, np.int64)
