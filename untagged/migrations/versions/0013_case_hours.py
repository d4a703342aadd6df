"""What a case knows of working hours, warnings, verdicts and its agent's last action."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy_utc import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INDEXED = ("next_notice_at", "author", "opened_at")


def _columns() -> tuple["sa.Column[Any]", ...]:
    return (
        sa.Column("intent", sa.Text(), nullable=False, server_default=""),
        sa.Column("next_notice_at", UtcDateTime(), nullable=True),
        sa.Column("noticed", sa.JSON(), nullable=False, server_default="{}"),
        sa.Column("no_reply", sa.Text(), nullable=False, server_default=""),
        sa.Column("touched_at", UtcDateTime(), nullable=True),
    )


def upgrade() -> None:
    """Bring the tables to this version."""
    for column in _columns():
        op.add_column("cases", column)
    # PostgreSQL indexes no longer ones.
    op.execute("UPDATE cases SET author = substr(author, 1, 200) WHERE length(author) > 200")
    op.execute("UPDATE case_posts SET author = substr(author, 1, 200) WHERE length(author) > 200")
    for name in INDEXED:
        op.create_index(f"ix_cases_{name}", "cases", [name])
    op.add_column("case_posts", sa.Column("no_reply", sa.Text(), nullable=False, server_default=""))
    op.execute("UPDATE cases SET touched_at = opened_at WHERE agent <> ''")


def downgrade() -> None:
    """Bring the tables back."""
    op.drop_column("case_posts", "no_reply")
    for name in INDEXED:
        op.drop_index(f"ix_cases_{name}", table_name="cases")
    for column in _columns():
        op.drop_column("cases", column.name)
