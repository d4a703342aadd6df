"""Presence is of each page that somebody has open: who closes one is still there on another."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy_utc import UtcDateTime

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this version. Who is there says so again within 15 seconds."""
    _make_anew(sa.Column("page", sa.String(length=40), nullable=False))


def downgrade() -> None:
    """Undo it."""
    _make_anew()


def _make_anew(*more: sa.Column[str]) -> None:
    op.drop_table("presence")
    op.create_table(
        "presence",
        sa.Column("case_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        *more,
        sa.Column("looking_until", UtcDateTime(), nullable=False),
        sa.Column("writing_until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("case_id", "agent", *(one.name for one in more)),
    )
    op.create_index("ix_presence_looking_until", "presence", ["looking_until"])
