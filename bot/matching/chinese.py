"""Simplified and traditional Chinese as one: both sides are read in simplified characters, by phrases.

A table of characters would be wrong: 乾 is 干 in 乾燥 and stays in 乾隆.
"""

import re
from functools import cache

import numpy as np
from opencc import OpenCC

MOST_STEPS = 4
"""A conversion may bring together what is converted again."""

_IDEOGRAPHS = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")


def simplified(folded: str) -> str:
    """Every character of a folded text in its place: the result is as long, and reading it again changes nothing."""
    if not _may_have_ideographs(folded):
        return folded
    for _ in range(MOST_STEPS):
        converted = _convert(folded)
        if len(converted) != len(folded):
            converted = _IDEOGRAPHS.sub(_run, folded)
        if converted == folded:
            return folded
        folded = converted
    return folded


_FIRST_IDEOGRAPH = 0x3400


def _may_have_ideographs(text: str) -> bool:
    letters = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    return bool(letters.size) and int(letters.max()) >= _FIRST_IDEOGRAPH


def _convert(text: str) -> str:
    converted: str = _converter().convert(text)
    return converted


def _run(found: re.Match[str]) -> str:
    converted = _convert(found[0])
    return converted if len(converted) == len(found[0]) else found[0]


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")
