"""When the newest post of each collecting run was published, for the lag of a source."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy_utc import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this version."""
    op.add_column("source_runs", sa.Column("newest_post_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    """Bring the tables back."""
    with op.batch_alter_table("source_runs") as table:
        table.drop_column("newest_post_at")
