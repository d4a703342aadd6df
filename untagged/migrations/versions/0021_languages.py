"""Users choose the language of their pages."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this version."""
    language = sa.Column("language", sa.String(length=20), nullable=False, server_default="")
    op.add_column("users", language)


def downgrade() -> None:
    """Bring the tables back."""
    op.drop_column("users", "language")
