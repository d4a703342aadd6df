"""The tables of digests: those that were made, who gets them, and who was told of which.

'' stands for every brand or team, as a unique index takes two NULLs for different.
"""

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy_utc import UtcDateTime

from alerts.tables import metadata

issued_digests = Table(
    "issued_digests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(30), nullable=False),
    Column("brand", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("since_at", UtcDateTime, nullable=False),
    Column("until_at", UtcDateTime, nullable=False),
    Column("content", JSON, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    UniqueConstraint(
        "kind", "brand", "team", "since_at", "until_at", name="uq_issued_digests_period"
    ),
    Index("ix_issued_digests_until_at", "until_at", "id"),
    sqlite_autoincrement=True,  # a digest's address is never given to another
)

digest_subscriptions = Table(
    "digest_subscriptions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("kind", String(30), nullable=False),
    Column("brand", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("empty", String(4), nullable=False),
    Column("user_id", Integer),  # no foreign key: users are the roof's
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("ended_by", Text, nullable=False),
    Column("confirmed_at", UtcDateTime),  # none: its address has not said yes yet
    Column("asked_at", UtcDateTime),
    Column("asks", Integer, nullable=False, server_default="0"),
    Column("token_hash", String(64)),
    CheckConstraint("empty IN ('tell', 'skip')", name="ck_digest_subscriptions_empty"),
    Index("ix_digest_subscriptions_user_id", "user_id"),
    Index("ix_digest_subscriptions_token_hash", "token_hash", unique=True),
    sqlite_autoincrement=True,  # an unsubscribe link never ends somebody else's
)

digest_tellings = Table(
    "digest_tellings",
    metadata,
    Column(
        "subscription_id",
        Integer,
        ForeignKey("digest_subscriptions.id", name="fk_digest_tellings_subscription"),
        primary_key=True,
    ),
    Column("until_at", UtcDateTime, primary_key=True),
    Column("what", String(7), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    CheckConstraint("what IN ('told', 'skipped')", name="ck_digest_tellings_what"),
)

digest_feeds = Table(
    "digest_feeds",
    metadata,
    Column("user_id", Integer, primary_key=True, autoincrement=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("made_at", UtcDateTime, nullable=False),
)
