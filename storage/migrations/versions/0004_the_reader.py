"""What a polite reader has to know of a feed: its rate, its hints, its moves, its ailments, and what it holds."""

import sqlalchemy as sa
from alembic import op

from bot.model.sites import registrable_domain

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    for column in (
        _text("domain"),
        sa.Column("rate", sa.Float()),
        _text("hints"),
        _text("identified_by", "guid"),
        sa.Column("items", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("marks", sa.LargeBinary()),
        _text("moved_to"),
        sa.Column("moves_seen", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("moved_since", INSTANT),
        sa.Column("failing_since", INSTANT),
        _text("trouble"),
        sa.Column("last_news_at", INSTANT),
        sa.Column("usual_gap_s", sa.Float()),
        sa.Column("silent_at", INSTANT),
        _text("told"),
    ):
        op.add_column("feeds", column)
    op.drop_column("feeds", "interval_s")
    _fill_domains()
    op.create_index(op.f("ix_feeds_domain"), "feeds", ["domain"])
    op.add_column("follows", sa.Column("full_text", sa.Boolean(), nullable=False, server_default=sa.false()))
    for column in (_text("page"), _text("page_state"), sa.Column("page_due_at", INSTANT)):
        op.add_column("sightings", column)
    op.create_index(
        "ix_sightings_page_due_at",
        "sightings",
        ["page_due_at"],
        sqlite_where=sa.text("page_due_at IS NOT NULL"),
        postgresql_where=sa.text("page_due_at IS NOT NULL"),
    )
    op.create_table(
        "former_addresses",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "feed_id"],
            ["follows.workspace_id", "follows.feed_id"],
            name=op.f("fk_former_addresses_workspace_id"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "address", name=op.f("pk_former_addresses")),
    )


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _fill_domains() -> None:
    feeds = sa.table("feeds", sa.column("id", sa.Integer), sa.column("host", sa.Text), sa.column("domain", sa.Text))
    connection = op.get_bind()
    for id_, host in connection.execute(sa.select(feeds.c.id, feeds.c.host)).all():
        domain = registrable_domain(host) or host
        connection.execute(sa.update(feeds).where(feeds.c.id == id_).values(domain=domain))
