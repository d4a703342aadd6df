"""${message}"""

import sqlalchemy as sa
import sqlalchemy_utc
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this version."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Take this version's changes back."""
    ${downgrades if downgrades else "pass"}
