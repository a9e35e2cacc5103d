"""The schema on one screen. What must never happen twice is a unique constraint here, not a check elsewhere.

Feeds, stories and articles are global and hold nothing of a tenant; everything else hangs on a workspace.
"""

import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class Instant(TypeDecorator[datetime]):
    """A UTC-aware datetime. SQLite keeps no zone, so it keeps UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    # Feeds are full of times, so on SQLite they are written and read without a stop at SQLAlchemy's own types.

    def bind_processor(self, dialect: Dialect) -> Any:
        return _written if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        return _read if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


@lru_cache(maxsize=64)  # most times of a unit of work are when it happens
def _written(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat(" ", "microseconds").removesuffix("+00:00")


def _read(value: str | None) -> datetime | None:
    # Six times as fast as to put the zone in afterwards.
    return None if value is None else datetime.fromisoformat(f"{value}+00:00")


class Strings(TypeDecorator[tuple[str, ...]]):
    """A few strings, as a JSON array in a text column."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str:
        return json.dumps(list(value or ()), ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...]:
        return tuple(json.loads(value)) if value else ()


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, default="")


workspaces = Table(
    "workspaces",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    _text("name"),
    Column("last_number", Integer, nullable=False, default=0),  # the last subscription's number: none is given twice
    _text("suspended"),  # why nothing is sent to it; empty: it is open
    Column("try_again_at", Instant),  # when a suspended one tries its door; NULL: not before it signs in
    UniqueConstraint("platform", "external_id"),
)

destinations = Table(
    "destinations",  # each is a lane
    metadata,
    Column("id", Integer, primary_key=True),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("channel", Text, nullable=False),
    _text("suspended"),  # why its lane is shut; its head's not_before says when the door is tried again
    Column("rests_until", Instant),  # its platform takes no message before; NULL: it does
    UniqueConstraint("workspace_id", "channel"),
)

feeds = Table(
    "feeds",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("address", Text, nullable=False),
    _text("credential"),  # the name of what opens a private feed; empty: public
    Column("host", Text, nullable=False),  # feeds of one host take turns
    Column("domain", Text, nullable=False, index=True),  # registrable; what asks for fewer requests means all of it
    _text("title"),
    _text("etag"),
    _text("last_modified"),
    _text("body_hash"),
    Column("primed", Boolean, nullable=False, default=False),
    Column("failures", Integer, nullable=False, default=0),
    _text("error"),  # why the last poll failed, or what was wrong with a document that could be read
    Column("last_poll_at", Instant),
    Column("last_success_at", Instant),
    Column("next_poll_at", Instant, nullable=False, index=True),
    Column("poll_every_s", Float),
    Column("rate", Float),  # new articles a day
    _text("hints"),  # what its document says of when to look again, as JSON
    Column("identified_by", Text, nullable=False, default="guid"),
    Column("items", Integer, nullable=False, default=0),  # in its last document
    Column("marks", LargeBinary),  # of the items in its last document; NULL: it is read as a whole
    Column("whole_at", Instant),  # when it was first read as a whole since tidying up asked for that
    _text("moved_to"),  # a permanent redirect that has to prove itself
    Column("moves_seen", Integer, nullable=False, default=0),
    Column("moved_since", Instant),
    Column("failing_since", Instant),
    _text("trouble"),  # of which kind the last failure was
    Column("last_news_at", Instant),
    Column("usual_gap_s", Float),  # between two new articles
    Column("silent_at", Instant),  # when it has brought nothing for far longer than usual
    _text("told"),  # of which ailment the operator has heard
    Column("lease_owner", Text),
    Column("lease_until", Instant),
    UniqueConstraint("address", "credential"),
)

follows = Table(
    "follows",
    metadata,
    Column("workspace_id", ForeignKey("workspaces.id"), primary_key=True),
    Column("feed_id", ForeignKey("feeds.id"), primary_key=True, index=True),
    _text("name"),
    Column("tags", Strings, nullable=False),
    Column("since", Instant, nullable=False),
    Column("backfill", Integer, nullable=False, default=0),
    Column("full_text", Boolean, nullable=False, default=False),  # whether articles are judged on what their pages say
    Column("origin", Text, nullable=False),
)

former_addresses = Table(
    "former_addresses",  # under which a workspace knew a feed before it moved: there it goes on meaning the same feed
    metadata,
    Column("workspace_id", Integer, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("feed_id", Integer, nullable=False),
    ForeignKeyConstraint(
        ["workspace_id", "feed_id"],
        ["follows.workspace_id", "follows.feed_id"],
        ondelete="CASCADE",  # it ends with the tie,
        onupdate="CASCADE",  # and moves with it
    ),
)

stories = Table(
    "stories",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("headline", Text, unique=True),  # let go when the window has passed, so that the same headline begins anew
    Column("begun_at", Instant, nullable=False, index=True),
)

articles = Table(
    "articles",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("story_id", ForeignKey("stories.id"), nullable=False, index=True),
    Column("headline", Text),  # the key of its headline when it joined its story
    Column("first_seen_at", Instant, nullable=False, index=True),
)

article_keys = Table(
    "article_keys",
    metadata,
    Column("kind", Text, primary_key=True),  # link or content; the key (feed, guid) is a sighting's own
    Column("value", Text, primary_key=True),
    Column("article_id", ForeignKey("articles.id"), index=True),  # NULL: shared by two guids, tells nothing
    Column("since", Instant, nullable=False),
    CheckConstraint("kind IN ('link', 'content')", name="kind"),
)
Index(
    "ix_article_keys_shared_since",
    article_keys.c.since,
    sqlite_where=article_keys.c.article_id.is_(None),
    postgresql_where=article_keys.c.article_id.is_(None),
)

sightings = Table(
    "sightings",  # the text stands here: what one feed says of an article is never shown to another feed's followers
    metadata,
    Column("id", Integer, primary_key=True),
    Column("feed_id", ForeignKey("feeds.id"), nullable=False),
    Column("guid", Text, nullable=False),
    Column("article_id", ForeignKey("articles.id"), nullable=False, index=True),
    Column("first_seen_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False, index=True),  # when it was last read; in part, what is known is not
    Column("has_text", Boolean, nullable=False, default=True),  # False: what it said was tidied away, its keys stand
    Column("text_digest", Text, nullable=False),
    _text("title"),
    _text("link"),
    _text("summary"),
    _text("body"),
    _text("author"),
    Column("tags", Strings, nullable=False),
    _text("language"),
    Column("published_at", Instant),
    _text("image_url"),
    _text("image_alt"),
    _text("page"),  # what its page says, where a follower asked for full text
    _text("page_state"),  # as bot.model.reading.PageState; the text above is the feed's own, whatever stands here
    Column("page_due_at", Instant),  # when a wanted page is fetched next; NULL: it is wanted no more
    UniqueConstraint("feed_id", "guid"),
    Index("ix_sightings_recent", "feed_id", "first_seen_at"),
)
Index(
    "ix_sightings_with_text",
    sightings.c.last_seen_at,
    sqlite_where=sightings.c.has_text,
    postgresql_where=sightings.c.has_text,
)
Index(
    "ix_sightings_page_due_at",
    sightings.c.page_due_at,
    sqlite_where=sightings.c.page_due_at.is_not(None),
    postgresql_where=sightings.c.page_due_at.is_not(None),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("destination_id", ForeignKey("destinations.id"), nullable=False),
    Column("query", Text, nullable=False),
    Column("normal_form", Text, nullable=False),
    _text("name"),
    Column("feeds", Strings, nullable=False),
    Column("tags", Strings, nullable=False),
    Column("cadence", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("reads_as", Text, nullable=False),  # digest of normal form, feeds and tags
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant, index=True),
    Column("revision", Integer, nullable=False, server_default="1"),  # the last one in which it changed
    UniqueConstraint("workspace_id", "number"),
    Index("ix_subscriptions_revision_id", "revision", "id"),
)
Index(
    "uq_subscriptions_standing",
    subscriptions.c.destination_id,
    subscriptions.c.reads_as,
    unique=True,
    sqlite_where=subscriptions.c.ended_at.is_(None),
    postgresql_where=subscriptions.c.ended_at.is_(None),
)

revisions = Table(
    "revisions",  # how often a table has changed; who takes the next number holds the row, and so orders the commits
    metadata,
    Column("of", Text, primary_key=True),
    Column("last", Integer, nullable=False),
)

kept = Table(
    "kept",  # what a start has to know of the one before
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

deliveries = Table(
    "deliveries",  # the outbox
    metadata,
    Column("id", Integer, primary_key=True),
    Column("lane_id", ForeignKey("destinations.id"), nullable=False),
    Column("kind", Text, nullable=False),
    # alert: destination, story; notice: destination, occasion; catch-up: destination, the key of the first it sums up;
    # gathered: destination, subscription, the story of the first
    Column("key", Text, nullable=False, unique=True),
    Column("payload", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("attempt", Integer, nullable=False, default=0),
    Column("epoch", Integer, nullable=False, default=0),
    Column("repeated", Boolean, nullable=False, default=False),
    Column("doubted", Boolean, nullable=False, default=False),  # whether an attempt before may have arrived
    Column("owner", Text),
    Column("lease_until", Instant),
    Column("first_sent_at", Instant),
    Column("last_sent_at", Instant),
    Column("external_id", Text),
    _text("reason"),
    Column("created_at", Instant, nullable=False),
    Column("settled_at", Instant),  # NULL: it still stands in its lane
    Column("has_payload", Boolean, nullable=False, default=True),  # False: what it said was tidied away
    Column("told_in", Text),  # the key of the message that tells it together with others; NULL: it tells itself
    Column("look_again_at", Instant),  # when to look whether it stands there twice; NULL: never
    CheckConstraint("state IN ('pending', 'sending', 'checking', 'unknown', 'sent', 'dead')", name="state"),
)
Index(
    "ix_deliveries_open",
    deliveries.c.lane_id,
    deliveries.c.id,
    sqlite_where=deliveries.c.settled_at.is_(None),
    postgresql_where=deliveries.c.settled_at.is_(None),
)
Index(
    "ix_deliveries_with_payload",
    deliveries.c.settled_at,
    sqlite_where=deliveries.c.has_payload,
    postgresql_where=deliveries.c.has_payload,
)
Index(
    "ix_deliveries_look_again_at",
    deliveries.c.look_again_at,
    sqlite_where=deliveries.c.look_again_at.is_not(None),
    postgresql_where=deliveries.c.look_again_at.is_not(None),
)

alerts = Table(
    "alerts",  # what each destination has heard of
    metadata,
    Column("id", Integer, primary_key=True),
    Column("destination_id", ForeignKey("destinations.id"), nullable=False),
    Column("story_id", ForeignKey("stories.id"), nullable=False, index=True),
    Column("article_id", ForeignKey("articles.id"), nullable=False, index=True),
    Column("delivery_id", ForeignKey("deliveries.id"), nullable=False, index=True),
    Column("told_at", Instant, nullable=False, index=True),
    UniqueConstraint("destination_id", "story_id"),
)

reasons = Table(
    "reasons",
    metadata,
    Column("alert_id", ForeignKey("alerts.id"), primary_key=True),
    Column("subscription_id", ForeignKey("subscriptions.id"), primary_key=True, index=True),
    Column("article_id", ForeignKey("articles.id"), nullable=False, index=True),
    Column("posted", Boolean, nullable=False),  # False: it came when the alert had left, and is kept for "why"
    Column("at", Instant, nullable=False),
)

askings = Table(
    "askings",  # what people typed and clicked, by the platform's own id, for as long as it may come again
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("asked_at", Instant, nullable=False, index=True),
    Column("owner", Text),  # who is at it; NULL: it is done
    Column("lease_until", Instant),  # until when nobody else takes it up
)
