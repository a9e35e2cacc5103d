"""How tokens become a tree: NOT binds closer than AND, AND closer than OR."""

from dataclasses import dataclass, field

from bot.matching.mistakes import Edit, Misread
from bot.matching.query import All, Any, In, Node, Not
from bot.matching.tokens import Found, Sign, Token


@dataclass(frozen=True, slots=True)
class _Hollow:
    """Where something begins that holds for articles with none of its words, and what would mend it."""

    at: int
    edit: Edit | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    node: Node
    hollow: _Hollow | None = None


@dataclass(slots=True)
class _Group:
    """What stands between two parentheses, as far as it was read."""

    opened: Sign | None = None
    in_title: bool = False
    alternatives: list[list[_Part]] = field(default_factory=lambda: [[]])
    ors: list[Sign] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)
    """NOT and title: that wait for what they stand before."""
    operator: Sign | None = None
    """An AND or OR that waits for its right side."""


class Reader:
    """Takes token after token, with a stack of its own: nothing that is typed can nest too deep."""

    def __init__(self) -> None:
        self.stack = [_Group()]

    def take(self, token: Token) -> None:
        """Raises Misread, as ``finish`` does."""
        group = self.stack[-1]
        if isinstance(token, Found):
            _operand(group, _Part(token.literal))
            return
        match token.kind:
            case "AND" | "OR":
                _binary(group, token)
            case "NOT":
                _refuse_title_before_not(group, token)
                group.signs.append(token)
            case "title":
                group.signs.append(token)
            case "(":
                in_title = group.in_title or any(sign.kind == "title" for sign in group.signs)
                self.stack.append(_Group(token, in_title))
            case ")":
                self._close(token)

    def finish(self, end: int) -> Node:
        """The tree, once every token up to the query's end was taken."""
        group = self.stack[-1]
        _refuse_dangling(group)
        if group.opened:
            _refuse_empty(group, group.opened, group.opened.end)
            at, missing = group.opened.start, ")" * (len(self.stack) - 1)
            raise Misread(f"The parenthesis opened at character {at + 1} never closes.", at, Edit(end, end, missing))
        if group.alternatives == [[]]:
            raise Misread('There is nothing to look for: type a word, or a phrase in quotes ("5G auction").', 0)
        whole = _whole(group)
        if whole.hollow:
            raise Misread(
                "Only NOT would match nearly every article: name something to look for beside it.",
                whole.hollow.at,
                whole.hollow.edit,
            )
        return whole.node

    def _close(self, token: Sign) -> None:
        group = self.stack[-1]
        _refuse_dangling(group)
        if group.opened is None:
            raise Misread("This parenthesis was never opened.", token.start, Edit(token.start, token.end))
        _refuse_empty(group, group.opened, token.end)
        self.stack.pop()
        _operand(self.stack[-1], _whole(group))


def _operand(group: _Group, part: _Part) -> None:
    while group.signs:
        sign = group.signs.pop()
        if sign.kind == "NOT":
            part = _not(part, sign)
        elif not group.in_title:
            part = _Part(_in_title(part.node), part.hollow)
    group.alternatives[-1].append(part)
    group.operator = None


def _binary(group: _Group, token: Sign) -> None:
    _refuse_dangling(group)
    if not group.alternatives[-1]:
        raise _dangling(token)
    if token.kind == "OR":
        group.alternatives.append([])
        group.ors.append(token)
    group.operator = token


def _refuse_dangling(group: _Group) -> None:
    if group.signs:
        raise _dangling(group.signs[-1])
    if group.operator:
        raise _dangling(group.operator)


def _dangling(token: Sign) -> Misread:
    edit = Edit(token.start, token.end)
    match token.kind:
        case "NOT":
            return Misread("NOT needs a word, a phrase or parentheses behind it.", token.start, edit)
        case "title":
            return Misread("title: needs a word, a phrase or parentheses behind it.", token.start, edit)
        case name:
            return Misread(f"{name} needs something to look for on both its sides.", token.start, edit)


def _refuse_empty(group: _Group, opened: Sign, end: int) -> None:
    if group.alternatives == [[]]:
        raise Misread("There is nothing in these parentheses.", opened.start, Edit(opened.start, end))


def _refuse_title_before_not(group: _Group, token: Sign) -> None:
    if group.signs and group.signs[-1].kind == "title":
        title = group.signs[-1]
        raise Misread(
            "NOT stands before title:, as in -title:word.", token.start, Edit(title.start, token.end, "-title:")
        )


def _not(part: _Part, sign: Sign) -> _Part:
    node = part.node.part if isinstance(part.node, Not) else Not(part.node)
    return _Part(node, None if part.hollow else _Hollow(sign.start))


def _in_title(node: Node) -> Node:
    """Looking in the title for what is not there is not finding it there."""
    if isinstance(node, Not):
        return Not(_in_title(node.part))
    return node if isinstance(node, In) else In("title", node)


def _whole(group: _Group) -> _Part:
    """Alternatives, each of parts that must all hold."""
    parts = [_all(alternative) for alternative in group.alternatives]
    if len(parts) == 1:
        return parts[0]
    hollow = next(((index, part.hollow) for index, part in enumerate(parts) if part.hollow), None)
    nodes = [node for part in parts for node in (part.node.parts if isinstance(part.node, Any) else (part.node,))]
    if hollow is None:
        return _Part(Any(tuple(nodes)))
    index, place = hollow
    between = group.ors[max(index - 1, 0)]
    return _Part(Any(tuple(nodes)), _Hollow(place.at, Edit(between.start, between.end)))


def _all(parts: list[_Part]) -> _Part:
    """Hollow only where every part is: something to look for makes up for any NOT beside it."""
    if len(parts) == 1:
        return parts[0]
    nodes = [node for part in parts for node in (part.node.parts if isinstance(part.node, All) else (part.node,))]
    return _Part(All(tuple(nodes)), parts[0].hollow if all(part.hollow for part in parts) else None)
