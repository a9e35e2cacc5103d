"""Each subscription says when it last changed, in revisions counted over all of them: who matches follows by these.

And what a start has to know of the one before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "revisions",
        sa.Column("of", sa.Text(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("of", name=op.f("pk_revisions")),
    )
    op.create_table(
        "kept",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_kept")),
    )
    op.add_column("subscriptions", sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
    op.create_index(op.f("ix_subscriptions_revision_id"), "subscriptions", ["revision", "id"])
