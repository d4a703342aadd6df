"""The life of an alert: groups that are told together, owners, inhibition, history, matchers."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy_utc import UtcDateTime

from alerts.tables import history_guards, history_unguards

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SILENCES = sa.table("silences", sa.column("id", sa.Integer), sa.column("matchers", sa.JSON))


def upgrade() -> None:
    """Bring the tables to this version."""
    op.add_column("alerts", sa.Column("owner", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "alerts",
        sa.Column("is_inhibited", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("alerts", sa.Column("inhibited_by", sa.Integer(), nullable=True))
    op.execute("UPDATE alerts SET owner = acknowledged_by WHERE status = 'acknowledged'")
    op.create_table(
        "alert_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"]),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("alert_history_by_alert", "alert_history", ["alert_id", "id"], unique=False)
    for statement in history_guards(op.get_bind().dialect.name):
        op.execute(statement)
    _create_groups()
    _rewrite_matchers(lambda kept: [[name, "=", value] for name, value in kept.items()])


def _create_groups() -> None:
    op.create_table(
        "alert_groups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("tellings", sa.Integer(), server_default="0", nullable=False),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("channel", "key", name="alert_groups_one_per_channel"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "alert_group_members",
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("joined_at", UtcDateTime(), nullable=False),
        sa.Column("repeat_seconds", sa.Integer(), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("message", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("told_status", sa.String(length=12), server_default="", nullable=False),
        sa.Column("told_severity", sa.Integer(), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("tellings", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"]),
        sa.ForeignKeyConstraint(["group_id"], ["alert_groups.id"]),
        sa.PrimaryKeyConstraint("alert_id", "channel"),
    )
    op.create_index(
        "alert_group_members_live", "alert_group_members", ["is_live", "group_id"], unique=False
    )
    op.create_table(
        "alert_letters",
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("letter_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"]),
        sa.PrimaryKeyConstraint("alert_id", "letter_key"),
    )


def _rewrite_matchers(rewritten: Callable[[Any], Any]) -> None:
    connection = op.get_bind()
    for number, kept in connection.execute(sa.select(_SILENCES)).all():
        change = _SILENCES.update().where(_SILENCES.c.id == number)
        connection.execute(change.values(matchers=rewritten(kept)))


def _as_equalities(kept: list[list[str]]) -> dict[str, str]:
    """What the version before can read. A silence that it cannot is made to match nothing."""
    if all(operator == "=" for _, operator, _ in kept):
        return {name: value for name, _, value in kept}
    return {"severity": "none"}


def downgrade() -> None:
    """Bring the tables back."""
    _rewrite_matchers(_as_equalities)
    for table in ("alert_letters", "alert_group_members", "alert_groups", "alert_history"):
        op.drop_table(table)
    for statement in history_unguards(op.get_bind().dialect.name):
        op.execute(statement)
    with op.batch_alter_table("alerts") as batch:
        for column in ("inhibited_by", "is_inhibited", "owner"):
            batch.drop_column(column)
