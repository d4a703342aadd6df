"""Playbooks of cases with their ticked steps, and routing rules saved by the cockpit."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy_utc import UtcDateTime

from cases.routing_versions import guards, unguards

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this version."""
    op.add_column("cases", sa.Column("playbook", sa.Text(), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("plan", sa.JSON(), nullable=False, server_default="{}"))
    op.create_table(
        "case_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=300), nullable=False),
        sa.Column("done_by", sa.Text(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_steps_case"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("uq_case_steps_step", "case_steps", ["case_id", "step"], unique=True)
    op.create_table(
        "routing_versions",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("rules", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("number"),
    )
    for statement in guards(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Bring the tables back."""
    op.drop_table("routing_versions")
    for statement in unguards(op.get_bind().dialect.name):
        op.execute(statement)
    op.drop_table("case_steps")
    op.drop_column("cases", "plan")
    op.drop_column("cases", "playbook")
