"""Questions that were kept with their best answer, which may be words instead of an address."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy_utc import UtcDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None
_HAS_ADDRESS = sa.text("url <> ''")


def upgrade() -> None:
    """Bring the tables to this version."""
    op.add_column("answers", sa.Column("text", sa.Text(), server_default="", nullable=False))
    op.drop_index("uq_answers_url", "answers")
    op.create_index(
        "uq_answers_url",
        "answers",
        ["url"],
        unique=True,
        sqlite_where=_HAS_ADDRESS,
        postgresql_where=_HAS_ADDRESS,
    )
    op.create_table(
        "known_questions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("mention_id", sa.String(length=512), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("kept_at", UtcDateTime(), nullable=False),
        sa.Column("kept_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name="fk_known_questions_answer"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("brand", "question", name="uq_known_questions_brand_question"),
    )
    op.create_index("ix_known_questions_mention_id", "known_questions", ["mention_id"])
    op.create_index("ix_known_questions_answer_id", "known_questions", ["answer_id"])


def downgrade() -> None:
    """Bring the tables back; answers without an address go, as there was no place for them."""
    op.drop_table("known_questions")
    op.execute("DELETE FROM answer_uses WHERE answer_id IN (SELECT id FROM answers WHERE url = '')")
    op.execute("DELETE FROM answers WHERE url = ''")
    op.drop_index("uq_answers_url", "answers")
    op.create_index("uq_answers_url", "answers", ["url"], unique=True)
    op.drop_column("answers", "text")
