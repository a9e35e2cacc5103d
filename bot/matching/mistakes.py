"""What is said of a query that cannot be read."""

import unicodedata
from dataclasses import dataclass

LONGEST_QUERY = 500


class QueryError(Exception):
    """A person's mistake in a query: what is wrong, where, and the nearest query that parses."""

    def __init__(self, query: str, message: str, position: int, suggestion: str) -> None:
        super().__init__(message)
        self.query = query
        self.message = message
        """The reason and what to do instead, in full sentences."""
        self.position = position
        """Index of the character at fault, counted from 0; the length of the query where something is missing."""
        self.suggestion = suggestion
        """The nearest query that parses; empty where there is none."""

    def pointer(self) -> str:
        """The query, and a second line with a caret under the place, where a wide character takes two columns."""
        shown = "".join(character if character.isprintable() else " " for character in self.query[:LONGEST_QUERY])
        if len(self.query) > LONGEST_QUERY:
            shown += "…"
        columns = sum(_columns(character) for character in shown[: self.position])
        return f"{shown}\n{' ' * columns}^"


@dataclass(frozen=True, slots=True)
class Edit:
    """What would mend a query: characters [start, end) replaced."""

    start: int
    end: int
    replacement: str = ""

    def apply(self, text: str) -> str:
        return text[: self.start] + self.replacement + text[self.end :]


class Misread(Exception):
    """Reading stopped here. Becomes a QueryError once the nearest query that parses has been looked for."""

    def __init__(self, message: str, position: int, edit: Edit | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.edit = edit


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
