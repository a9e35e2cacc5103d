"""How signs and operands become a tree: NOT binds closer than AND, AND closer than OR."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.matching.mistakes import Edit, Misread
from bot.matching.operands import Operand
from bot.matching.query import All, Any, Feed, In, Lang, Node, Not, Site
from bot.matching.text import Field
from bot.matching.tokens import FieldSign, Sign


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
    within: Field | None = None
    """The one that all of it is looked for in."""
    alternatives: list[list[_Part]] = field(default_factory=lambda: [[]])
    ors: list[Sign] = field(default_factory=list)
    signs: list[Sign | FieldSign] = field(default_factory=list)
    """NOT and fields that wait for what they stand before."""
    operator: Sign | None = None
    """An AND or OR that waits for its right side."""


class Reader:
    """Takes token after token, with a stack of its own: nothing that is typed can nest too deep."""

    def __init__(self) -> None:
        self.stack = [_Group()]

    def take(self, token: Sign | FieldSign | Operand) -> None:
        """Raises Misread, as ``finish`` does."""
        group = self.stack[-1]
        match token:
            case Operand():
                node = token.node
                _refuse_no_text(group, node, token)
                _operand(group, _Part(node))
            case FieldSign():
                _refuse_another_field(group, token)
                group.signs.append(token)
            case Sign("AND" | "OR"):
                _binary(group, token)
            case Sign("NOT"):
                _refuse_field_before_not(group, token)
                group.signs.append(token)
            case Sign("("):
                self.stack.append(_Group(token, _field_around(group)))
            case _:
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
        if isinstance(sign, Sign):
            part = _not(part, sign)
        elif group.within is None:
            part = _Part(_in_field(sign.field, part.node), part.hollow)
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


def _dangling(token: Sign | FieldSign) -> Misread:
    edit = Edit(token.start, token.end)
    match token:
        case FieldSign(name):
            return Misread(f"{name}: needs a word, a phrase or parentheses behind it.", token.start, edit)
        case Sign("NOT"):
            return Misread("NOT needs a word, a phrase or parentheses behind it.", token.start, edit)
        case Sign(name):
            return Misread(f"{name} needs something to look for on both its sides.", token.start, edit)


def _refuse_empty(group: _Group, opened: Sign, end: int) -> None:
    if group.alternatives == [[]]:
        raise Misread("There is nothing in these parentheses.", opened.start, Edit(opened.start, end))


def _refuse_field_before_not(group: _Group, token: Sign) -> None:
    if group.signs and isinstance(sign := group.signs[-1], FieldSign):
        name = sign.field
        message = f"NOT stands before {name}:, as in -{name}:word."
        raise Misread(message, token.start, Edit(sign.start, token.end, f"-{name}:"))


def _field_around(group: _Group) -> Field | None:
    """The field that what comes next is looked for in."""
    return group.within or next((sign.field for sign in group.signs if isinstance(sign, FieldSign)), None)


def _refuse_another_field(group: _Group, token: FieldSign) -> None:
    around = _field_around(group)
    if around and around != token.field:
        message = f"Nothing in {around}: stands in {token.field}:, too: set them side by side, or keep one of them."
        raise Misread(message, token.start, Edit(token.start, token.end))


def _refuse_no_text(group: _Group, node: Node, token: Operand) -> None:
    around = _field_around(group)
    if around and isinstance(node, Site | Lang | Feed):
        message = f"site:, lang: and feed: tell of a whole article, not of its {around}: set it outside of {around}:."
        directly = group.signs[-1] if group.signs else None
        outside = directly if isinstance(directly, FieldSign) else token
        raise Misread(message, token.start, Edit(outside.start, outside.end))


def _not(part: _Part, sign: Sign) -> _Part:
    node = part.node.part if isinstance(part.node, Not) else Not(part.node)
    return _Part(node, None if part.hollow else _Hollow(sign.start))


def _in_field(name: Field, node: Node) -> Node:
    """Looking in a field for what is not there is not finding it there."""
    if isinstance(node, Not):
        return Not(_in_field(name, node.part))
    return node if isinstance(node, In) else In(name, node)


def _whole(group: _Group) -> _Part:
    """Alternatives, each of parts that must all hold."""
    parts = [_all(alternative) for alternative in group.alternatives]
    if len(parts) == 1:
        return parts[0]
    node = _joined(Any, (part.node for part in parts))
    hollow = next(((index, part.hollow) for index, part in enumerate(parts) if part.hollow), None)
    if hollow is None:
        return _Part(node)
    index, place = hollow
    between = group.ors[max(index - 1, 0)]
    return _Part(node, _Hollow(place.at, Edit(between.start, between.end)))


def _all(parts: list[_Part]) -> _Part:
    """Hollow only where every part is: something to look for makes up for any NOT beside it."""
    if len(parts) == 1:
        return parts[0]
    node = _joined(All, (part.node for part in parts))
    return _Part(node, parts[0].hollow if all(part.hollow for part in parts) else None)


def _joined(kind: type[All] | type[Any], nodes: Iterable[Node]) -> Node:
    """One of the kind that holds none of its own and nothing twice; the one part itself where there is no other."""
    flat = (one for node in nodes for one in (node.parts if isinstance(node, kind) else (node,)))
    parts = tuple(dict.fromkeys(flat))
    return parts[0] if len(parts) == 1 else kind(parts)
