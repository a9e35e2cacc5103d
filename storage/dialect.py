"""The one thing that both databases can and SQLAlchemy spells twice: INSERT … ON CONFLICT."""

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Insert = postgresql.Insert | sqlite.Insert


def insert(connection: AsyncConnection, table: Table) -> Insert:
    """An INSERT that knows ON CONFLICT. Ask with RETURNING what it inserted: psycopg's rowcount is -1 there."""
    return insert_into(table, connection.dialect.name)


def insert_into(table: Table, dialect: str) -> Insert:
    """The same, for those who keep it: putting a statement together takes longer than carrying it out."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
