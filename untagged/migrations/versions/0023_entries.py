"""The entries of digests: what people ask for under a stable id, who asked, what was said of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy_utc import UtcDateTime

revision = "0023"
down_revision = "0021"
branch_labels = None
depends_on = None

_ENTRY = "digest_entries.id"


def upgrade() -> None:
    """Bring the tables to this version."""
    op.create_table(
        "digest_entry_numbers",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind"),
    )
    _make_entries()
    _make_members()
    _make_words()


def _make_entries() -> None:
    op.create_table(
        "digest_entries",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_from", sa.String(length=512), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("status_at", UtcDateTime()),
        sa.Column("status_by", sa.Text(), nullable=False, server_default=""),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
        sa.Column("merged_into", sa.String(length=20)),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.ForeignKeyConstraint(["merged_into"], [_ENTRY]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "number", name="digest_entries_one_per_number"),
        sa.CheckConstraint(
            "status IN ('open', 'planned', 'shipped', 'declined', 'not_a_request', 'merged')",
            name="digest_entries_status_is_known",
        ),
    )
    op.create_index("digest_entries_by_brand", "digest_entries", ["kind", "brand", "status"])


def _make_members() -> None:
    table = "digest_entry_members"
    op.create_table(
        table,
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("mention_id", sa.String(length=512), nullable=False),
        sa.Column("entry_id", sa.String(length=20), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("story", sa.String(length=512), nullable=False),
        sa.Column("published", UtcDateTime(), nullable=False),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.Column("placed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], [_ENTRY]),
        sa.PrimaryKeyConstraint("kind", "brand", "mention_id"),
    )
    op.create_index("digest_entry_members_by_entry", table, ["entry_id", "published"])
    op.create_index("digest_entry_members_by_story", table, ["kind", "brand", "story"])
    op.create_index("digest_entry_members_by_mention", table, ["mention_id"])


def _make_words() -> None:
    op.create_table(
        "digest_entry_partings",
        sa.Column("mention_id", sa.String(length=512), nullable=False),
        sa.Column("entry_id", sa.String(length=20), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], [_ENTRY]),
        sa.PrimaryKeyConstraint("mention_id", "entry_id"),
    )
    op.create_table(
        "digest_entry_trail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.String(length=20), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], [_ENTRY]),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("digest_entry_trail_by_entry", "digest_entry_trail", ["entry_id", "id"])


def downgrade() -> None:
    """Bring the tables back."""
    for table in ("trail", "partings", "members"):
        op.drop_table(f"digest_entry_{table}")
    op.drop_table("digest_entries")
    op.drop_table("digest_entry_numbers")
