"""The one thing that both databases can and SQLAlchemy spells twice: INSERT … ON CONFLICT."""

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Insert = postgresql.Insert | sqlite.Insert


def insert(connection: AsyncConnection, table: Table) -> Insert:
    """An INSERT that knows ON CONFLICT. Ask with RETURNING what it inserted: psycopg's rowcount is -1 there."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
