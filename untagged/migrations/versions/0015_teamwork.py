"""Who watches cases, what they are told, whom notes name, and who is at a case now."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy_utc import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this version."""
    _make_watchers()
    _make_addressees()
    op.create_table(
        "presence",
        sa.Column("case_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("looking_until", UtcDateTime(), nullable=False),
        sa.Column("writing_until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("case_id", "agent"),
    )
    op.create_index("ix_presence_looking_until", "presence", ["looking_until"])


def _make_watchers() -> None:
    op.create_table(
        "watchers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_watchers_case"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("uq_watchers_case_id_agent", "watchers", ["case_id", "agent"], unique=True)
    op.create_index("ix_watchers_agent", "watchers", ["agent"])
    op.create_table(
        "news",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_news_case"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )


def _make_addressees() -> None:
    op.create_table(
        "addressees",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["note_id"], ["notes.id"], name="fk_addressees_note"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("uq_addressees_note_id_agent", "addressees", ["note_id", "agent"], unique=True)
    op.create_index("ix_addressees_agent_seen_at", "addressees", ["agent", "seen_at"])


def downgrade() -> None:
    """Bring the tables back."""
    for table in ("presence", "addressees", "news", "watchers"):
        op.drop_table(table)
