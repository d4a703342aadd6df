"""Replies with their approval, answers that settled cases, and surveys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy_utc import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this version."""
    _make_replies()
    _make_answers()
    _make_surveys()


def _make_replies() -> None:
    op.create_table(
        "replies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("is_private", sa.Boolean(), nullable=False),
        sa.Column("needs", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("approved_at", UtcDateTime(), nullable=True),
        sa.Column("handed_to", sa.Text(), nullable=False),
        sa.Column("handed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'approved', 'handed', 'withdrawn')", name="ck_replies_state"
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_replies_case"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_replies_case_id", "replies", ["case_id"])


def _make_answers() -> None:
    op.create_table(
        "answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("uq_answers_url", "answers", ["url"], unique=True)
    op.create_table(
        "answer_uses",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name="fk_answer_uses_answer"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_answer_uses_case"),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_index("ix_answer_uses_answer_id", "answer_uses", ["answer_id"])


def _make_surveys() -> None:
    op.create_table(
        "surveys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name="ck_surveys_score"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_surveys_case"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_surveys_asked_at", "surveys", ["asked_at"])
    op.create_index("uq_surveys_case_id", "surveys", ["case_id"], unique=True)


def downgrade() -> None:
    """Bring the tables back."""
    for table in ("surveys", "answer_uses", "answers", "replies"):
        op.drop_table(table)
