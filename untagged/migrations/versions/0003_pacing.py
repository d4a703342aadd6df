"""What a failed run counts towards a rest, and what the platform still allowed at its end."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this version."""
    fault = sa.Column("fault", sa.Float(), nullable=False, server_default="0")
    op.add_column("source_runs", fault)
    op.execute("UPDATE source_runs SET fault = 0.5 WHERE NOT ok")
    for name in ("quota_left", "quota_of"):
        op.add_column("source_runs", sa.Column(name, sa.Integer(), nullable=True))


def downgrade() -> None:
    """Bring the tables back."""
    with op.batch_alter_table("source_runs") as table:
        for name in ("quota_of", "quota_left", "fault"):
            table.drop_column(name)
