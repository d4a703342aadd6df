"""Alerts keep what changed when they were told."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this version."""
    with op.batch_alter_table("alerts") as alerts:
        alerts.add_column(sa.Column("explanation", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    """Bring the tables back."""
    with op.batch_alter_table("alerts") as alerts:
        alerts.drop_column("explanation")
