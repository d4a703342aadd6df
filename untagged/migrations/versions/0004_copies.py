"""Signatures of the last days' posts, by which near copies of a text are told."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy_utc import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BANDS = [f"band_{number}" for number in range(4)]


def upgrade() -> None:
    """Bring the tables to this version."""
    op.create_table(
        "copies",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("mention_id", sa.String(length=512), nullable=False),
        sa.Column("cluster", sa.String(length=512), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in _BANDS),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("mention_id", name="uq_copies_mention_id"),
    )
    for name in ("cluster", *_BANDS):
        op.create_index(f"ix_copies_{name}", "copies", [name], unique=False)


def downgrade() -> None:
    """Bring the tables back."""
    op.drop_table("copies")
