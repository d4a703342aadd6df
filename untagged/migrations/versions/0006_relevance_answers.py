"""What people said of texts and brands, from which relevance is learnt."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy_utc import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this version."""
    op.create_table(
        "relevance_answers",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_relevant", sa.Boolean(), nullable=False),
        sa.Column("mention_id", sa.String(length=512), nullable=False),
        sa.Column("said_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_relevance_answers_mention_id", "relevance_answers", ["mention_id"])


def downgrade() -> None:
    """Bring the tables back."""
    op.drop_table("relevance_answers")
