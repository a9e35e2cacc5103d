"""Text from feeds and people, made harmless in Discord's Markdown. Pure.

``allowed_mentions`` already keeps every message from notifying anybody. What is done here keeps text from looking like
something that it is not: a mention, a heading, a masked link, an address that unfolds into a picture of its own.
https://support.discord.com/hc/en-us/articles/210298617
"""

import re
from collections.abc import Iterable, Iterator

from bot.alerts.plain import BREAK, clean, on_one_line

_SPECIAL = re.compile(r"[\\*`_]|~(?=~)|(?<=~)~|\|(?=\|)|(?<=\|)\|")
_WITHIN_A_WORD = re.compile(r"(?<=[0-9A-Za-z])_(?=[0-9A-Za-z])")
_BREAK_BEHIND = re.compile(
    r"<(?=\S)"  # mentions, custom emoji, times, links in angle brackets
    r"|@(?=everyone|here)"
    r"|\](?=\()"  # masked links
    r"|\w:(?=//)"  # addresses, which would unfold
    r"|discord(?:app)?(?=\.(?:gg|com|gift|new)/)"  # invitations and gifts, which do so without a scheme
    r"|:(?=[0-9]*[a-z_+-][0-9a-z_+-]*:)",  # emoji by their name
    re.IGNORECASE,
)
_BEGINS_A_BLOCK = re.compile("\ufeff*(?:(?:#{1,3}|[-+]|[0-9]+[.)])(?:[\\s\ufeff]|$)|>|-#)")
"""JavaScript counts the byte order mark among the blanks; what ends the text here may be followed by another."""
_QUOTES = re.compile("`{2,}")


def size(text: str) -> int:
    """Discord counts UTF-16 units where it counts most strictly."""
    return len(text) + sum(char > "\uffff" for char in text)


def pieces(text: str, *, alone: bool = False) -> Iterator[str]:
    """Each character as it must be written to be shown as it is; joined, they are harmless within a line.

    ``alone``: neither marks nor code nor addresses come near them, so that an underscore within a word needs no escape.
    """
    breaks = {found.end() for found in _BREAK_BEHIND.finditer(text)}
    escaped = {found.start() for found in _SPECIAL.finditer(text)}
    if alone:
        escaped -= {found.start() for found in _WITHIN_A_WORD.finditer(text)}
    for place, char in enumerate(text):
        written = f"\\{char}" if place in escaped else char
        yield BREAK + written if place in breaks else written


def inert(text: str, limit: int, *, alone: bool = False) -> str:
    """Harmless, on one line, at most ``limit`` characters as they are written."""
    return at_line_start(within(pieces(on_one_line(text)[:limit], alone=alone), limit - 1))


def at_line_start(line: str) -> str:
    """What is no heading, quotation or item of a list, although it begins like one."""
    return BREAK + line if _BEGINS_A_BLOCK.match(line) else line


def within(written: Iterable[str], limit: int) -> str:
    """As many of the pieces as there is room for, with "…" where that is not all."""
    kept: list[str] = []
    left = limit
    for piece in written:
        left -= size(piece)
        kept.append(piece)
        if left < 0:
            while kept and left < 1:
                left += size(kept.pop())
            # An underscore that stood within a word would stand at its end.
            return "".join(kept[:-1] if kept[-1:] == ["_"] else kept).rstrip() + "…"
    return "".join(kept)


def plain(text: str, limit: int) -> str:
    """On one line, for the places that know no Markdown (footer, author, alternative text)."""
    return within(on_one_line(text), limit)


def code(text: str, limit: int) -> str:
    """Set apart in fixed width, on one line where the text stands on one; empty where nothing is left of it."""
    words = clean(text).strip("\n")
    if not words.strip():
        return ""
    if "\n" in words:
        return f"```\n{within(_QUOTES.sub(_apart, words), limit)}\n```"
    if "`" in words:
        # The blanks are not shown; without them one that begins or ends with a quote would not close.
        return f"`` {within(_QUOTES.sub(_apart, words), limit)} ``"
    return f"`{within(words, limit)}`"


def _apart(quotes: re.Match[str]) -> str:
    return BREAK.join(quotes[0])
