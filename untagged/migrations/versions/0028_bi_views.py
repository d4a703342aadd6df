"""Views for SQL tools. They come after the tables, see untagged/migrations/bi_views.py."""

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing but the views, which are made after every upgrade."""


def downgrade() -> None:
    """Nothing: they are dropped before every migration."""
