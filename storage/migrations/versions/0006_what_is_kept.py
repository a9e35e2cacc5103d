"""How long what grows is kept, and what people asked for, so that nothing is done twice."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
INDEXED = (
    ("stories", "begun_at"),
    ("articles", "first_seen_at"),
    ("sightings", "last_seen_at"),
    ("subscriptions", "ended_at"),
    ("alerts", "article_id"),
    ("alerts", "delivery_id"),
    ("alerts", "told_at"),
    ("reasons", "subscription_id"),
    ("reasons", "article_id"),
)
"""What is tidied away is found by its age, and what it hangs on is looked for."""
PARTLY = (
    ("ix_article_keys_shared_since", "article_keys", "since", "article_id IS NULL"),
    ("ix_sightings_with_text", "sightings", "last_seen_at", "has_text"),
    ("ix_deliveries_with_payload", "deliveries", "settled_at", "has_payload"),
)


def upgrade() -> None:
    op.add_column("feeds", sa.Column("whole_at", INSTANT))
    # What stands in the documents of today is not written down: all of it may. (SQLite adds no column for a clock.)
    today = datetime.now(UTC).isoformat(" ", "microseconds")
    if op.get_bind().dialect.name == "sqlite":
        today = today.removesuffix("+00:00")
    op.add_column("sightings", sa.Column("last_seen_at", INSTANT, nullable=False, server_default=today))
    op.add_column("sightings", sa.Column("has_text", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("deliveries", sa.Column("has_payload", sa.Boolean(), nullable=False, server_default=sa.true()))
    for table, column in INDEXED:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    for name, table, column, where in PARTLY:
        op.create_index(name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.create_table(
        "askings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("lease_until", INSTANT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_askings")),
        sa.UniqueConstraint("name", name=op.f("uq_askings_name")),
    )
    op.create_index(op.f("ix_askings_asked_at"), "askings", ["asked_at"])
