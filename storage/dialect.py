"""What both databases can and SQLAlchemy spells twice, INSERT … ON CONFLICT; and how many they can be asked for."""

from collections.abc import Collection, Iterator
from typing import Any, TypeVar

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T", bound=Any)
Insert = postgresql.Insert | sqlite.Insert

LONGEST_LIST = 512
"""Parameters of one IN list; SQLite's limit lies far above."""


def insert(connection: AsyncConnection, table: Table) -> Insert:
    """An INSERT that knows ON CONFLICT. Ask with RETURNING what it inserted: psycopg's rowcount is -1 there."""
    return insert_into(table, connection.dialect.name)


def insert_into(table: Table, dialect: str) -> Insert:
    """The same, for those who keep it: putting a statement together takes longer than carrying it out."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def in_lists(values: Collection[T]) -> Iterator[list[T]]:
    """Sorted, as lists to ask for with IN: of few lengths, the last value several times where there are fewer.

    A statement is made ready once for each length that it comes in, which takes longer than carrying it out.
    """
    ordered = sorted(values)
    for start in range(0, len(ordered), LONGEST_LIST):
        yield filled_up(ordered[start : start + LONGEST_LIST])


def filled_up(values: list[T]) -> list[T]:
    """To the next power of two."""
    return values + values[-1:] * ((1 << (len(values) - 1).bit_length()) - len(values)) if values else []
