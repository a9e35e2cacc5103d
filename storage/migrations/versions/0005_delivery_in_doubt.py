"""Whether an attempt may have arrived already, and when to look whether a message stands there twice."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("doubted", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE deliveries SET doubted = TRUE WHERE repeated OR state IN ('checking', 'unknown')")
    op.add_column("deliveries", sa.Column("look_again_at", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_deliveries_look_again_at",
        "deliveries",
        ["look_again_at"],
        sqlite_where=sa.text("look_again_at IS NOT NULL"),
        postgresql_where=sa.text("look_again_at IS NOT NULL"),
    )
