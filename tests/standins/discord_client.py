"""What a Discord client makes of a text: the rules of its Markdown in the order in which it tries them.

Where clients differ, or change, the one that acts on most stands here: what is harmless for it is harmless for all.
https://support.discord.com/hc/en-us/articles/210298617
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "text", "escape", "heading", "small", "quote", "item", "fence", "code", "tag", "link", "masked", "invite",
    "everyone", "emoji", "bold", "underline", "italic", "struck", "spoiler",
]  # fmt: skip

BLANK = "[\\s\ufeff]"
"""JavaScript counts the byte order mark among them."""
BLOCKS: dict[Kind, re.Pattern[str]] = {
    "heading": re.compile(rf" *#{{1,3}}{BLANK}+"),
    "small": re.compile(rf" *-#{BLANK}+"),
    "quote": re.compile(rf" *>(?:>>)?{BLANK}"),
    "item": re.compile(rf" *(?:[-*+]|\d+[.)]){BLANK}+"),
}
WITHIN: dict[Kind, re.Pattern[str]] = {
    "bold": re.compile(r"\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)"),
    "underline": re.compile(r"__((?:\\[\s\S]|[^\\])+?)__(?!_)"),
    "italic": re.compile(
        r"_((?:__|\\[\s\S]|[^\\_])+?)_(?![0-9A-Za-z_])"
        r"|\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)"
    ),
    "struck": re.compile(r"~~((?:\\[\s\S]|[^\\])+?)~~"),
    "spoiler": re.compile(r"\|\|([\s\S]+?)\|\|"),
}
RULES: dict[Kind, re.Pattern[str]] = {
    "escape": re.compile(r"\\([^0-9A-Za-z\s])"),
    "fence": re.compile(r"```(?:[\w+\-.#]+\n)?\n*([^\n][\s\S]*?)\n*```"),
    "tag": re.compile(
        r"<(?:@[!&]?\d|#\d|/[^\s:>]+|id:|a?:\w+:\d|t:-?\d|[\w.+-]+@\w|\+\d|(?:mailto|tel|sms):)[^>]*>", re.ASCII
    ),
    "link": re.compile(r"<[a-z][a-z0-9+.-]*:/[^ >]+>|[a-z][a-z0-9+.-]*://[^\s<]", re.IGNORECASE),
    "invite": re.compile(r"discord(?:app)?\.(?:gg|com|gift|new)/[\w-]", re.IGNORECASE),
    "masked": re.compile(r"\](\()"),
    "everyone": re.compile(r"@(?:everyone|here)"),
    "emoji": re.compile(r":[\w+-]*[A-Za-z_+-][\w+-]*:", re.ASCII),
    **WITHIN,
    "code": re.compile(r"(?P<quotes>`+)([\s\S]*?[^`])(?P=quotes)(?!`)"),
    "text": re.compile(r"[\s\S]"),
}


@dataclass(frozen=True)
class Seen:
    kind: Kind
    shown: str
    """As a reader sees it."""


def acts(text: str) -> list[Seen]:
    """What is more than text."""
    return [each for each in read(text) if each.kind not in ("text", "escape")]


def shown(text: str) -> str:
    return "".join(each.shown for each in read(text) if each.kind not in WITHIN)


def read(text: str, at_line_start: bool = True) -> Iterator[Seen]:
    """What stands within bold text and the like comes after it."""
    place = 0
    while place < len(text):
        if at_line_start and (block := _first(BLOCKS, text, place)):
            kind, found = block
            place, at_line_start = found.end(), kind in ("quote", "item")
            yield Seen(kind, "")
            continue
        rule = _first(RULES, text, place)
        assert rule is not None, "any character is text"
        kind, found = rule
        inner = next((group for group in reversed(found.groups()) if group), found[0])
        if kind in WITHIN:
            within = list(read(inner, at_line_start=False))
            yield Seen(kind, "".join(each.shown for each in within if each.kind not in WITHIN))
            yield from within
        else:
            yield Seen(kind, found[0] if kind in ("tag", "link", "masked") else inner)
        place, at_line_start = found.end(), found[0].endswith("\n")


def _first(rules: dict[Kind, re.Pattern[str]], text: str, place: int) -> tuple[Kind, re.Match[str]] | None:
    return next(((kind, found) for kind, rule in rules.items() if (found := rule.match(text, place))), None)
