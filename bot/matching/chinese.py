"""Simplified and traditional Chinese as one: both sides are read in simplified characters, by phrases.

A table of characters would be wrong: 乾 is 干 in 乾燥 and stays in 乾隆. Most runs of simplified text have no character
that could become another one, though, and need not be converted.
"""

import re
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
import opencc
from numpy.typing import NDArray

from bot.matching import compiled
from bot.matching.table import Numbers

MOST_STEPS = 4
"""A conversion may bring together what is converted again."""
ONLY_IN_PHRASES = "么俱哩坏彷沈甦瞭藉衹覆"
"""Characters that become others beside some characters, though not by themselves, as far as ``PHRASES`` tell."""
PHRASES = "7774a9f9498b01f38e165bcb7569bc0638d70df7006b6864638df26280e9b3f4"
"""The digest of the conversion and its phrases that were looked through for them."""
FILES = ("t2s.json", "TSPhrases.ocd2")

_IDEOGRAPHS = (range(0x3400, 0xA000), range(0xF900, 0xFB00), range(0x20000, 0x33500))
"""As many as Unicode 17 has, and a few other signs among them."""
_RUN = re.compile(f"[{''.join(f'{chr(block.start)}-{chr(block.stop - 1)}' for block in _IDEOGRAPHS)}]+")
_SOME = 0x100
"""Characters that are asked for at once: what all of them take would be 20 MB, for a moment."""
_SPACE = ord(" ")


def simplified(folded: str) -> str:
    """Every character of a folded text in its place: the result is as long, and reading it again changes nothing."""
    for _ in range(MOST_STEPS):
        runs = _runs_to_convert(folded)
        if not runs:
            return folded
        asked = " ".join([folded[start:end] for start, end in runs])
        converted = _converted(asked)
        if converted == asked:
            return folded
        folded = _with(folded, runs, converted)
    return folded


def _with(folded: str, runs: list[tuple[int, int]], converted: str) -> str:
    """The text with these runs as they were converted, one behind the other."""
    parts: list[str] = []
    done = at = 0
    for start, end in runs:
        parts += folded[done:start], converted[at : at + end - start]
        done, at = end, at + end - start + 1
    return "".join([*parts, folded[done:]])


def _runs_to_convert(folded: str) -> list[tuple[int, int]]:
    """Where what stands between spaces begins and ends that has characters which may become others."""
    flags = may_change()
    if compiled.walk:
        edges = compiled.numbers(compiled.walk.runs_with(folded, flags))
        return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
    codes = np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), np.uint32)
    changing: Numbers = flags.take(codes, mode="clip").nonzero()[0]
    spaces = np.concatenate([[-1], (codes == _SPACE).nonzero()[0], [len(codes)]])
    behind = np.unique(spaces.searchsorted(changing))
    return list(zip((spaces[behind - 1] + 1).tolist(), spaces[behind].tolist(), strict=True))


@cache
def may_change() -> NDArray[np.bool_]:
    """Whether each character may become another one, by itself or beside others; of the last one, whatever is behind.

    Of phrases that nobody has looked through any character may be one that does.
    """
    flags = np.zeros(_IDEOGRAPHS[-1].stop + 1, np.bool_)
    if digest(Path(opencc.__file__).parent / "clib" / "share" / "opencc") != PHRASES:
        for block in _IDEOGRAPHS:
            flags[block.start : block.stop] = True
        return flags
    for block in _IDEOGRAPHS:
        for first in range(block.start, block.stop, _SOME):
            some = [chr(code) for code in range(first, first + _SOME)]
            becoming = _converter().convert("\n".join(some)).split("\n")
            flags[[ord(one) for one, other in zip(some, becoming, strict=True) if one != other]] = True
    flags[[ord(character) for character in ONLY_IN_PHRASES]] = True
    return flags


def digest(folder: Path) -> str:
    """Of the conversion that stands in a folder; empty where it is not there."""
    try:
        files = [(folder / name).read_bytes() for name in FILES]
    except OSError:
        return ""
    return sha256(b"".join(files)).hexdigest()


def _converted(folded: str) -> str:
    converted: str = _converter().convert(folded)
    return converted if len(converted) == len(folded) else _RUN.sub(_run, folded)


def _run(found: re.Match[str]) -> str:
    converted: str = _converter().convert(found[0])
    return converted if len(converted) == len(found[0]) else found[0]


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")
