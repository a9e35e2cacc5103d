"""Alembic's entry: runs on the connection, and inside the transaction, that storage.migrate hands over."""

from alembic import context

from storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # off by default for SQLite, where a crash in mid-migration would leave its table
    render_as_batch=True,
)
context.run_migrations()
