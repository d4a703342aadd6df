"""A mail address that somebody subscribes says yes before its first digest."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy_utc import UtcDateTime

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this version. Who gets digests already goes on getting them."""
    table, index = "digest_subscriptions", "ix_digest_subscriptions_token_hash"
    op.add_column(table, sa.Column("confirmed_at", UtcDateTime(), nullable=True))
    op.add_column(table, sa.Column("asked_at", UtcDateTime(), nullable=True))
    op.add_column(table, sa.Column("asks", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(table, sa.Column("token_hash", sa.String(length=64), nullable=True))
    op.create_index(index, table, ["token_hash"], unique=True)
    op.execute("UPDATE digest_subscriptions SET confirmed_at = made_at")


def downgrade() -> None:
    """Take back what this version brought."""
    table = "digest_subscriptions"
    op.drop_index("ix_digest_subscriptions_token_hash", table)
    for column in ("token_hash", "asks", "asked_at", "confirmed_at"):
        op.drop_column(table, column)
