"""Until when a lane rests, because its platform would not take the next message yet."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("destinations", sa.Column("rests_until", sa.DateTime(timezone=True)))
