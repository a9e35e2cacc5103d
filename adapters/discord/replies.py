"""What the answer to a command looks like: every shape of Reply, privately. Pure.

The first line stands in ``content``, the rest in one embed, whose description holds 4,096 characters.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from adapters.discord.markdown import code, inert, size
from adapters.discord.render import ADDRESS, QUIET, Message
from bot.alerts.plain import web_address
from bot.commands.command import Confirm, Details, Done, Listing, Problem, Reply

LINE, CELL, CODE = 600, 150, 1200
"""The most characters of a line, of a cell, and of a fixed-width block."""
ROOM = 3800
"""The most characters of all rows together."""
NOTES = 10
FACTS = 40


def reply(answer: Reply, said: str) -> Message:
    """``said`` is the command as the person called it, for the shape that asks them to say it again."""
    match answer:
        case Done():
            notes = [f"- {line}" for note in answer.notes if (line := inert(note, LINE))]
            return _message(answer.text, *_fitting(notes[:NOTES], len(notes)))
        case Listing():
            return _listing(answer)
        case Details():
            facts = (f"- {inert(name, CELL)}: {_cell(fact)}" for name, fact in answer.facts[:FACTS])
            return _message(answer.heading, *_fitting(facts, len(answer.facts)))
        case Confirm():
            return _message(answer.question, "To go on, say:", code(again(said, answer.arguments), CODE))
        case Problem():
            return _message(answer.text, code(answer.code, CODE), inert(answer.hint, LINE))
        case _:
            assert_never(answer)


def again(said: str, arguments: Mapping[str, str]) -> str:
    """The command that goes on: as it was called, with what it wants to hear behind it."""
    return " ".join([said, *(f"{name}:{value}" for name, value in arguments.items())])


def _listing(answer: Listing) -> Message:
    if not answer.rows:
        return _message(answer.empty)
    rows = (f"- {_row(answer.columns, row)}" for row in answer.rows)
    return _message(answer.heading, *_fitting(rows, len(answer.rows)))


def _row(columns: tuple[str, ...], row: tuple[str, ...]) -> str:
    """The first cell bold, the others behind their column's name."""
    first, *others = [(name, cell) for name, cell in zip(columns, row, strict=False) if cell] or [("", "–")]
    return "; ".join([f"**{_cell(first[1])}**", *(f"{inert(name, CELL)}: {_cell(cell)}" for name, cell in others)])


def _cell(cell: str) -> str:
    """An address alive, anything else as it is."""
    address = web_address(cell, ADDRESS) if len(cell) <= CELL else None
    # Two asterisks would end what is bold around them.
    return f"<{address.replace('*', '%2A')}>" if address else inert(cell, CELL) or "–"


def _fitting(lines: Iterable[str], of: int) -> list[str]:
    """As many as there is room for, and always the first one; the others of them all are counted."""
    shown = list(_while_there_is_room(lines))
    left_out = of - len(shown)
    return [*shown, *([f"… and {left_out} more"] if left_out else [])]


def _while_there_is_room(lines: Iterable[str]) -> Iterator[str]:
    used = 0
    for place, line in enumerate(lines):
        used += size(line) + 1
        if place and used > ROOM:
            return
        yield line


def _message(first: str, *more: str) -> Message:
    described = "\n".join(filter(None, more))
    embeds = [{"description": described}] if described else []
    return {"content": inert(first, LINE) or "Done.", "embeds": embeds, "allowed_mentions": QUIET}
