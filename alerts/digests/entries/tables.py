"""The tables of the entries: what people ask for, who asked, and what was said of it here.

A mention is in one entry of a kind and brand (primary key), so two digests that are gathered at
once can never both place it. Numbers are given once and never again.
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
from mentions.mention import MAX_ID_CHARACTERS

MAX_ID = 20
"""Characters of an entry's id, such as CHURN-2147483647."""

digest_entry_numbers = Table(
    "digest_entry_numbers",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("last", Integer, nullable=False),
)

digest_entries = Table(
    "digest_entries",
    metadata,
    Column("id", String(MAX_ID), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("number", Integer, nullable=False),
    Column("brand", Text, nullable=False),
    Column("title", Text, nullable=False),  # words of the post `title_from`, which may be erased
    Column("title_from", String(MAX_ID_CHARACTERS), nullable=False),
    Column("status", String(16), nullable=False),
    Column("status_at", UtcDateTime),
    Column("status_by", Text, nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    Column("merged_into", String(MAX_ID), ForeignKey("digest_entries.id")),
    Column("made_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    CheckConstraint(
        "status IN ('open', 'planned', 'shipped', 'declined', 'not_a_request', 'merged')",
        name="digest_entries_status_is_known",
    ),
    UniqueConstraint("kind", "number", name="digest_entries_one_per_number"),
    Index("digest_entries_by_brand", "kind", "brand", "status"),
)

digest_entry_members = Table(
    "digest_entry_members",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("brand", Text, primary_key=True),
    Column("mention_id", String(MAX_ID_CHARACTERS), primary_key=True),
    Column("entry_id", String(MAX_ID), ForeignKey("digest_entries.id"), nullable=False),
    Column("author", Text, nullable=False),
    Column("story", String(MAX_ID_CHARACTERS), nullable=False),
    Column("published", UtcDateTime, nullable=False),
    Column("placed_by", Text, nullable=False),  # '' is the clustering
    Column("placed_at", UtcDateTime, nullable=False),
    Index("digest_entry_members_by_entry", "entry_id", "published"),
    Index("digest_entry_members_by_story", "kind", "brand", "story"),
    Index("digest_entry_members_by_mention", "mention_id"),
)

digest_entry_partings = Table(
    "digest_entry_partings",
    metadata,
    Column("mention_id", String(MAX_ID_CHARACTERS), primary_key=True),
    Column("entry_id", String(MAX_ID), ForeignKey("digest_entries.id"), primary_key=True),
    Column("who", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

# Who did what, in numbers and statuses and never in words or ids of posts, so that nothing of an
# author who is forgotten lives on in it.
digest_entry_trail = Table(
    "digest_entry_trail",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("entry_id", String(MAX_ID), ForeignKey("digest_entries.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", String(20), nullable=False),
    Column("note", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Index("digest_entry_trail_by_entry", "entry_id", "id"),
    sqlite_autoincrement=True,
)
