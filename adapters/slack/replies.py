"""What the answer to a slash command looks like: every shape of Reply, privately. Pure."""

from collections.abc import Iterator, Mapping
from typing import assert_never

from adapters.slack.blocks import Element, Rendered, bullets, fixed_width, link, rich, section, text
from adapters.slack.inert import block_of, escape, one_line, web_address
from bot.commands.command import Confirm, Details, Done, Listing, Problem, Reply

LINE, CELL, CODE = 600, 150, 1500
"""The most characters of a line, of a cell, and of a fixed-width block."""
ROOM = 9000
"""The most characters of all rows together: a message holds about 13,000."""
NOTES = 10


def reply(answer: Reply, said: str) -> Rendered:
    """``said`` is the line that the person typed, for the shape that asks them to say it again."""
    match answer:
        case Done():
            return _done(answer)
        case Listing():
            return _listing(answer)
        case Details():
            return _details(answer)
        case Confirm():
            return _confirm(answer, said)
        case Problem():
            return _problem(answer)
        case _:
            assert_never(answer)


def working(doing: str) -> Rendered:
    """What is said while a command takes its time."""
    return _message(doing)


def _done(answer: Done) -> Rendered:
    notes = [section(text(line)) for note in answer.notes[:NOTES] if (line := one_line(note, LINE))]
    return _message(answer.text, *([bullets(notes)] if notes else []))


def _listing(answer: Listing) -> Rendered:
    if not answer.rows:
        return _message(answer.empty)
    shown = list(_rows(answer))
    left_out = len(answer.rows) - len(shown)
    more = [section(text(f"… and {left_out} more"))] if left_out else []
    return _message(answer.heading, bullets(shown), *more, bold=True)


def _rows(answer: Listing) -> Iterator[Element]:
    """As many rows as there is room for, and always the first one."""
    used = 0
    for place, row in enumerate(answer.rows):
        cells = [(name, cell) for name, cell in zip(answer.columns, row, strict=False) if cell]
        used += sum(len(name) + min(len(cell), CELL) + 4 for name, cell in cells)
        if place and used > ROOM:
            return
        yield section(*_cells(cells))


def _cells(cells: list[tuple[str, str]]) -> Iterator[Element]:
    """The first cell bold, the others behind their column's name."""
    for place, (name, cell) in enumerate(cells):
        yield from ([text(f"; {one_line(name, CELL)}: ")] if place else [])
        yield _cell(cell, bold=not place)
    if not cells:
        yield text("–")


def _cell(cell: str, *, bold: bool) -> Element:
    shown, address = one_line(cell, CELL) or "–", web_address(cell)
    return link(address, shown, bold=bold) if address else text(shown, bold=bold)


def _details(answer: Details) -> Rendered:
    facts = [section(text(f"{one_line(name, CELL)}: "), _cell(fact, bold=False)) for name, fact in answer.facts[:40]]
    return _message(answer.heading, *([bullets(facts)] if facts else []), bold=True)


def _confirm(answer: Confirm, said: str) -> Rendered:
    line = again(said, answer.arguments)
    return _message(answer.question, *([section(text("To go on, say:")), fixed_width(line)] if line.strip() else []))


def again(said: str, arguments: Mapping[str, str]) -> str:
    """The line that goes on: as it was typed, with what the command wants to hear behind it."""
    options = "".join(f" --{name} {value}" for name, value in arguments.items())
    return block_of(" ".join(said.split()) + options, CODE)


def _problem(answer: Problem) -> Rendered:
    code, hint = block_of(answer.code, CODE), one_line(answer.hint, LINE)
    shown = [fixed_width(code)] if code.strip() else []
    return _message(answer.text, *shown, *([section(text(hint))] if hint else []))


def _message(first: str, *more: Element, bold: bool = False) -> Rendered:
    line = one_line(first, LINE) or "Done."
    return escape(line), [rich(section(text(line, bold=bold)), *more)]
