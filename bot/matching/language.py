"""The query language: what people type, parsed into a tree.

Words, phrases in quotes, AND (or nothing), OR, NOT (or a hyphen), parentheses, stars before and behind words, NEAR,
fields, and what is looked for exactly as typed. NEAR binds closest, then NOT and fields, then AND, then OR.
docs/query-language.md tells it to people.
"""

import math
import re
from dataclasses import dataclass, field
from functools import lru_cache

from bot.matching.grammar import Reader
from bot.matching.mistakes import LONGEST_QUERY, Edit, Misread, QueryError
from bot.matching.names import NO_NAMES, Names
from bot.matching.operands import Operand, operands
from bot.matching.query import All, Any, In, Node, Not, Phrase, Query, Term, normal_form
from bot.matching.stored import read_stored
from bot.matching.tokens import OPERATORS, Found, tokens
from bot.matching.typed import STRAY

__all__ = [
    "LANGUAGE",
    "LONGEST_WIDENED",
    "MOST_CLAUSES",
    "MOST_LITERALS",
    "QueryError",
    "clauses",
    "parse",
    "read_back",
    "read_for",
]

LANGUAGE = 1
"""Counted up with every change by which a query reads otherwise: what stands is then read anew at the next start."""
MOST_LITERALS = 32
MOST_CLAUSES = 64
LONGEST_WIDENED = 4_000
"""Characters of the normal form of what aliases have widened."""
MOST_REPAIRS = 8

_PLAIN_WORDS = re.compile('[a-z0-9]+(?: [a-z0-9]+)*|"[a-z0-9]+(?: [a-z0-9]+)+"')


@lru_cache(maxsize=4096)
def parse(text: str, names: Names = NO_NAMES) -> Query:
    """Read what a person typed. Linear in the text, however it nests.

    Raises QueryError, saying where and what to do instead.
    """
    if not names.aliases and len(text) <= LONGEST_QUERY and (plain := _plain(text)):
        return plain
    try:
        return _read(text, names)
    except Misread as misread:
        raise QueryError(text, misread.message, misread.position, _nearest(text, names, misread)) from None


@lru_cache(maxsize=4096)
def read_back(written: str, names: Names = NO_NAMES) -> Query:
    """Read a normal form that ``parse`` once gave: aliases have widened it already, feeds may be gone since.

    Raises QueryError for what is none.
    """
    if plain := _plain(written):
        return plain
    if root := read_stored(written, names):
        return Query(root, written, _bare(root) or written)
    try:
        return _assembled(written, names, stored=True)
    except Misread as misread:
        raise QueryError(written, misread.message, misread.position, "") from None


def read_for(text: str, names: Names) -> Query:
    """As ``parse``, remembered for everybody where names make no difference. Raises QueryError."""
    if names.aliases:
        return parse(text, names)
    query = parse(text)
    return parse(text, names) if query.names_feeds else query


def clauses(root: Node) -> int:
    """How many alternatives the query has once every OR stands outermost, counted without writing them down."""
    return _clauses(root)[0]


def _clauses(node: Node) -> tuple[int, int]:
    """Of the node, and of its negation."""
    match node:
        case Not(part):
            held, missed = _clauses(part)
            return missed, held
        case In(part=part):
            return _clauses(part)
        case All(parts):
            counts = [_clauses(part) for part in parts]
            return math.prod(held for held, _ in counts), sum(missed for _, missed in counts)
        case Any(parts):
            counts = [_clauses(part) for part in parts]
            return sum(held for held, _ in counts), math.prod(missed for _, missed in counts)
        case _:
            return 1, 1


def _plain(text: str) -> Query | None:
    """The most common queries, a word, lower-case words or one phrase of them, without the ceremony."""
    if text.isalnum() and text.isascii() and text not in OPERATORS:
        word = text.lower()
        return Query(Term(word), word, text)
    if not _PLAIN_WORDS.fullmatch(text):
        return None
    if text[0] == '"':
        words = text[1:-1]
        return Query(Phrase(tuple(words.split(" "))), text, words)
    terms = text.split(" ")
    if len(terms) > MOST_LITERALS or len(set(terms)) < len(terms):
        return None
    return Query(All(tuple(map(Term, terms))), text, text)


def _nearest(text: str, names: Names, misread: Misread) -> str:
    """The query with this mistake mended, and those that then come to light; empty where that leads nowhere."""
    for _ in range(MOST_REPAIRS):
        if misread.edit is None:
            return ""
        text = misread.edit.apply(text)
        try:
            _read(text, names)
        except Misread as another:
            misread = another
        else:
            return re.sub(r"(?<=\() | (?=\))", "", " ".join(text.split()))
    return ""


def _read(text: str, names: Names) -> Query:
    if len(text) > LONGEST_QUERY:
        raise Misread(f"A query has at most {LONGEST_QUERY} characters: make two subscriptions of it.", LONGEST_QUERY)
    try:
        return _assembled(text, names)
    except _TooMuch as too_much:
        if too_much.alias and _fits(text, Names(feeds=names.feeds)):
            raise Misread(too_much.with_alias(), too_much.position) from None
        raise


def _fits(text: str, names: Names) -> bool:
    try:
        _assembled(text, names)
    except Misread:
        return False
    return True


class _TooMuch(Misread):
    """A query beyond a limit."""

    def __init__(self, limit: str, position: int, alias: str) -> None:
        super().__init__(f"{limit}: make two subscriptions of it.", position)
        self.limit = limit
        self.alias = alias
        """The widest one in it, as it was typed; empty where there is none."""

    def with_alias(self) -> str:
        return (
            f"{self.limit}, and the alias of {self.alias} makes more of this one: "
            f"make two subscriptions of it, or write `{self.alias}` in backticks, which no alias widens."
        )


@dataclass(slots=True)
class _Account:
    """What was read so far."""

    operands: list[Operand] = field(default_factory=list)
    weight: int = 0

    def add(self, operand: Operand) -> None:
        self.operands.append(operand)
        self.weight += operand.weight
        if self.weight > MOST_LITERALS:
            limit = f"A query has at most {MOST_LITERALS} words and phrases"
            raise _TooMuch(limit, operand.start, self.widest_alias())

    def found(self) -> list[Found]:
        return [found for operand in self.operands for found in operand.found]

    def widest_alias(self) -> str:
        sizes = [
            (len(widened), found.piece.label)
            for operand in self.operands
            for found, widened in zip(operand.found, operand.widened, strict=True)
        ]
        size, label = max(sizes, key=lambda one: one[0], default=(0, ""))
        return label if size > 1 else ""

    def notes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(note for found in self.found() for note in found.piece.notes))


def _assembled(text: str, names: Names, *, stored: bool = False) -> Query:
    if stray := STRAY.search(text):
        message = "There stands a stray byte or half a character, which is no text: leave it out."
        raise Misread(message, stray.start(), Edit(stray.start(), stray.end()))
    reader = Reader()
    account = _Account()
    for token in operands(text, tokens(text), names, stored=stored):
        if isinstance(token, Operand):
            account.add(token)
        reader.take(token)
    root = reader.finish(len(text))
    written = normal_form(root)
    _refuse_too_much(root, written, account, stored=stored)
    return Query(root, written, _label(root, account) or written, account.notes())


def _refuse_too_much(root: Node, written: str, account: _Account, *, stored: bool) -> None:
    alias = account.widest_alias()
    if clauses(root) > MOST_CLAUSES:
        raise _TooMuch(f"This asks for {clauses(root)} alternatives, and a query has at most {MOST_CLAUSES}", 0, alias)
    longest = LONGEST_WIDENED if alias or stored else LONGEST_QUERY
    if len(written) > longest:
        raise _TooMuch(f"Read word by word this has more than {longest} characters", 0, alias)


def _bare(root: Node) -> str:
    match root:
        case Term(word):
            return word
        case Phrase(words, open_end=False):
            return " ".join(words)
        case _:
            return ""


def _label(root: Node, account: _Account) -> str:
    """The words of the only term or phrase as they were typed, whatever an alias made of it."""
    operand = account.operands[0]
    literal = operand.found[0].piece.literal
    is_bare = isinstance(literal, Term) or (isinstance(literal, Phrase) and not literal.open_end)
    is_whole = root == literal or (len(account.operands) == 1 and root == operand.node)
    return operand.found[0].piece.label if is_bare and is_whole and len(operand.found) == 1 else ""
