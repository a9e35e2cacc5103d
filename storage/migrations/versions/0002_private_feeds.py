"""A feed is an address and a credential: private feeds stand beside the public one of their address."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("feeds") as feeds:
        feeds.add_column(sa.Column("credential", sa.Text(), nullable=False, server_default=""))
        feeds.drop_constraint(op.f("uq_feeds_address"), type_="unique")
        feeds.create_unique_constraint(op.f("uq_feeds_address_credential"), ["address", "credential"])
