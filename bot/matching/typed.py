"""What people type and what they mean by it: the same query in plain signs, every character in its place."""

import re
import unicodedata

from bot.model.letters import is_invisible

# Vanishes from words, so that an entity keeps its length.
_FILLER = "\u2060"
_ENTITY = re.compile("&(amp|lt|gt);")
_NESTED_ENTITY = re.compile("&(?:amp;)*(amp|lt|gt);")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">"}

_QUOTES = "“”„‟«»「」『』｢｣〝〞〟﹁﹂"
_DASHES = "‐‑‒–—―−﹘﹣"
_FULL_WIDTH = {sign: sign - 0xFEE0 for sign in range(0xFF01, 0xFF5F)}
_MEANT = (
    _FULL_WIDTH
    | str.maketrans(_QUOTES, '"' * len(_QUOTES))
    | str.maketrans(_DASHES, "-" * len(_DASHES))
    | str.maketrans("﹙﹚﹡﹕", "()*:")
)
_CONTROLS = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), " ")

STRAY = re.compile("[\ud800-\udfff]")
"""Half a character (a lone surrogate), which may stand for a byte of the command line that is no UTF-8: no text."""


def without_controls(typed: str) -> str:
    """Control characters, line breaks among them, as spaces."""
    return typed.translate(_CONTROLS)


def as_meant(typed: str) -> str:
    """Curly and CJK quotes, full-width signs, dashes and escaped ``&amp; &lt; &gt;`` as what they stand for.

    A control character stands for a space.
    """
    if typed.isascii() and typed.isprintable() and "&" not in typed:
        return typed
    return _ENTITY.sub(_entity, without_controls(typed).translate(_MEANT))


def _entity(found: re.Match[str]) -> str:
    return _ENTITIES[found[1]] + _FILLER * (len(found[0]) - 1)


def exactly(typed: str) -> str:
    """The characters as typed, composed (NFC), white space folded, nothing invisible, no entities.

    Doing that again changes nothing, hence an entity in an entity is taken apart to its end.
    """
    seen = without_controls(typed)
    visible = seen if seen.isascii() else "".join(sign for sign in seen if not is_invisible(sign))
    composed = unicodedata.normalize("NFC", " ".join(visible.split()))
    whole = unicodedata.normalize("NFC", _NESTED_ENTITY.sub(lambda found: _ENTITIES[found[1]], composed))
    return " ".join(whole.split())


def shown(typed: str) -> str:
    """A piece of a query on one line, without what cannot be seen."""
    visible = "".join(character for character in typed if character.isprintable() or character.isspace())
    return " ".join(visible.split())
