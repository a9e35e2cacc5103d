"""Reading normal forms back, fast: at a start there may be a million of them, and most are a few words or phrases.

They were written by ``query.normal_form``: folded, nothing twice, without mistakes.
"""

import re
from functools import lru_cache
from typing import cast

from bot.matching.names import Names
from bot.matching.query import (
    All,
    Any,
    Exact,
    Feed,
    In,
    Lang,
    Near,
    Node,
    Not,
    Phrase,
    Prefix,
    Site,
    Suffix,
    Term,
    Worded,
    asks_for_feeds,
    normal_form,
)
from bot.matching.text import Field

_PIECE = re.compile(r"""[-a-z:]*\(|\)|[^ "`()]+(?:"[^"]*"|`[^`]*`)?|"[^"]*"|`[^`]*`""")
_WORD = "[^\x00-/:-`{-\x7f]+"
"""No ASCII but digits and small letters."""
_PARTS = re.compile(
    rf"""(?P<minus>-?)(?:(?P<field>title|summary|body|author|tag):)?(?:"""
    rf"""(?P<word>{_WORD})|(?P<prefix>{_WORD})\*|\*(?P<suffix>{_WORD})"""
    rf"""|"(?P<phrase>{_WORD}(?: {_WORD})+)(?P<open_end>\*?)"|`(?P<exact>[^`]+)`"""
    rf"""|site:(?P<site>[-._0-9a-z]+)|lang:(?P<lang>[a-z]+)|feed:"?(?P<feed>[^"]+)"?)"""
)
_OR, _NEAR = "OR", "NEAR/"


def read_stored(written: str, names: Names) -> Node | None:
    """The tree of a normal form; None for anything else."""
    has_signs = '"' in written or "`" in written or "(" in written
    pieces = _PIECE.findall(written) if has_signs else written.split(" ")
    groups = [_Group()]
    for piece in pieces:
        group = groups[-1]
        if piece.isalnum() and piece != _OR:
            group.add(Term(piece))
        elif piece == _OR and group.parts:
            group.turn()
        elif piece.startswith(_NEAR) and piece[len(_NEAR) :].isdigit() and group.parts:
            group.distance = int(piece.removeprefix(_NEAR))
        elif piece.endswith("("):
            groups.append(_Group(piece))
        elif piece == ")" and len(groups) > 1 and group.parts:
            groups.pop()
            groups[-1].add(group.signed())
        elif part := _part(piece):
            group.add(part)
        else:
            return None
    root = groups[0].whole() if groups[0].parts else None
    if root is None or len(groups) > 1 or (has_signs and normal_form(root) != written):
        return None
    return _resolved(root, names) if asks_for_feeds(written) else root


class _Group:
    """What stands between parentheses, or outside of all."""

    def __init__(self, opened: str = "") -> None:
        self.opened = opened
        self.alternatives: list[Node] = []
        self.parts: list[Node] = []
        self.distance = 0

    def add(self, part: Node) -> None:
        if self.distance:
            part = Near(cast("Worded", self.parts.pop()), cast("Worded", part), self.distance)
            self.distance = 0
        self.parts.append(part)

    def turn(self) -> None:
        self.alternatives.append(_together(self.parts))
        self.parts = []

    def whole(self) -> Node:
        last = _together(self.parts)
        return Any((*self.alternatives, last)) if self.alternatives else last

    def signed(self) -> Node:
        signs = self.opened.removesuffix("(")
        field = signs.strip("-:")
        node = In(cast("Field", field), self.whole()) if field else self.whole()
        return Not(node) if signs.startswith("-") else node


def _together(parts: list[Node]) -> Node:
    return parts[0] if len(parts) == 1 else All(tuple(parts))


@lru_cache(maxsize=1 << 16)
def _part(piece: str) -> Node | None:
    found = _PARTS.fullmatch(piece)
    if found is None:
        return None
    node = _literal(found)
    if found["field"]:
        node = In(cast("Field", found["field"]), node)
    return Not(node) if found["minus"] else node


def _literal(found: re.Match[str]) -> Node:
    match found.lastgroup, found[found.lastgroup or 0]:
        case "word", word:
            return Term(word)
        case "prefix", stem:
            return Prefix(stem)
        case "suffix", stem:
            return Suffix(stem)
        case "open_end", star:
            return Phrase(tuple(found["phrase"].split(" ")), open_end=bool(star))
        case "exact", text:
            return Exact(text)
        case "site", domain:
            return Site(domain)
        case "lang", code:
            return Lang(code)
        case _, name:
            return Feed(name)


def _resolved(node: Node, names: Names) -> Node:
    match node:
        case Feed():
            return names.resolved(node)
        case Not(part):
            return Not(_resolved(part, names))
        case All(parts):
            return All(tuple(_resolved(part, names) for part in parts))
        case Any(parts):
            return Any(tuple(_resolved(part, names) for part in parts))
        case _:
            return node
