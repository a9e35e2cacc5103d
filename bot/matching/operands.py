"""From what was found to what a query is made of: NEAR joins two, aliases widen, feeds' names find their feeds."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import assert_never

from bot.matching.mistakes import Edit, Misread
from bot.matching.names import Names
from bot.matching.query import Any, Feed, Literal, Near, Node, Phrase, Prefix, Suffix, Term, Worded
from bot.matching.tokens import FieldSign, Found, NearSign, Sign, Token


@dataclass(frozen=True, slots=True)
class Operand:
    """What stands between operators: one literal or a NEAR pair, each with what its alias adds."""

    found: tuple[Found, ...]
    """One, or both sides of a NEAR."""
    widened: tuple[tuple[Literal, ...], ...]
    """For each of them itself and what its alias adds."""
    distance: int = 0

    @property
    def start(self) -> int:
        return self.found[0].start

    @property
    def end(self) -> int:
        return self.found[-1].end

    @property
    def weight(self) -> int:
        """How many words and phrases it is, told before they are made."""
        if len(self.widened) == 1:
            return len(self.widened[0])
        left, right = self.widened
        return 2 * len(left) * len(right)

    @property
    def node(self) -> Node:
        parts = self.widened[0] if len(self.widened) == 1 else self._pairs()
        return parts[0] if len(parts) == 1 else Any(parts)

    def _pairs(self) -> tuple[Near, ...]:
        return tuple(
            Near(left, right, self.distance)
            for left, right in product(*self.widened)
            if isinstance(left, Worded) and isinstance(right, Worded)
        )


def operands(text: str, cut: Iterable[Token], names: Names, *, stored: bool) -> Iterator[Sign | FieldSign | Operand]:
    """The tokens of a text, put together. What is stored was widened before, and may name feeds that are gone.

    Raises Misread.
    """
    reader = _Pairing(text, names, stored)
    for token in cut:
        yield from reader.take(token)
    yield from reader.finish()


@dataclass(slots=True)
class _Pairing:
    text: str
    names: Names
    stored: bool
    waiting: Found | None = None
    """What may be the left side of a NEAR."""
    near: NearSign | None = None
    """A NEAR that waits for its right side."""
    last: Token | None = None

    def take(self, token: Token) -> Iterator[Sign | FieldSign | Operand]:
        last, self.last = self.last, token
        match token:
            case NearSign():
                self._refuse_no_left_side(token, last)
                self.near = token
            case Found() if self.near and self.waiting:
                _refuse_unworded(token, self.near)
                yield self._operand(self.waiting, token, distance=self.near.distance)
                self.waiting = self.near = None
            case Found():
                yield from self._released()
                self.waiting = token
            case Sign() | FieldSign():
                self._refuse_no_right_side(token)
                yield from self._released()
                yield token
            case _:
                assert_never(token)

    def finish(self) -> Iterator[Operand]:
        if self.near:
            raise _dangling(self.near)
        yield from self._released()

    def _released(self) -> Iterator[Operand]:
        if self.waiting:
            yield self._operand(self.waiting)
        self.waiting = None

    def _operand(self, *found: Found, distance: int = 0) -> Operand:
        return Operand(found, tuple(self._widened(one) for one in found), distance)

    def _widened(self, found: Found) -> tuple[Literal, ...]:
        literal = found.piece.literal
        if isinstance(literal, Feed):
            if not self.stored:
                _refuse_unknown_feed(literal, found, self.names)
            return (self.names.resolved(literal),)
        return (literal,) if self.stored else self.names.widened(literal)

    def _refuse_no_left_side(self, near: NearSign, last: Token | None) -> None:
        if self.near:
            raise _dangling(near)
        if self.waiting:
            _refuse_unworded(self.waiting, near)
        elif isinstance(last, Found):
            again = self.text[last.start : last.end]
            message = "NEAR joins two words or phrases, not three: join every two by themselves."
            raise Misread(message, near.start, Edit(near.start, near.start, f"AND {again} "))
        elif isinstance(last, Sign) and last.kind == ")":
            raise _not_beside(near)
        else:
            raise _dangling(near)

    def _refuse_no_right_side(self, token: Sign | FieldSign) -> None:
        if self.near:
            hides_more = isinstance(token, FieldSign) or token.kind in {"(", "NOT"}
            raise _not_beside(self.near) if hides_more else _dangling(self.near)


def _refuse_unworded(found: Found, near: NearSign) -> None:
    if not isinstance(found.piece.literal, Term | Phrase | Prefix | Suffix):
        raise _not_beside(near)


def _not_beside(near: NearSign) -> Misread:
    message = "NEAR stands between two words or phrases only: AND finds both sides, wherever they stand."
    return Misread(message, near.start, Edit(near.start, near.end, "AND"))


def _dangling(near: NearSign) -> Misread:
    message = "NEAR needs a word or a phrase on both its sides."
    return Misread(message, near.start, Edit(near.start, near.end))


def _refuse_unknown_feed(feed: Feed, found: Found, names: Names) -> None:
    if names.knows(feed):
        return
    nearest = names.like(feed)
    known = f"; the nearest names are {', '.join(nearest)}" if nearest else ""
    message = f"No feed is called “{feed.name}” here{known}: name a feed or a tag that the list of feeds shows."
    mended = f'feed:"{nearest[0]}"' if nearest else ""
    raise Misread(message, found.start, Edit(found.start, found.end, mended))
