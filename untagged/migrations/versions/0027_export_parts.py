"""What is known of the files of exports that come by themselves."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy_utc import UtcDateTime

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this version."""
    op.create_table(
        "export_parts",
        sa.Column("export", sa.String(length=64), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("written_at", UtcDateTime()),
        sa.Column("looked_at", UtcDateTime()),
        sa.Column("failed_at", UtcDateTime()),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("export", "since"),
    )


def downgrade() -> None:
    """Bring the tables back."""
    op.drop_table("export_parts")
