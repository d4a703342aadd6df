"""Webhooks hear of events: what happened, who is to be told, how each try went."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy_utc import UtcDateTime

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this version."""
    _make_news()
    _make_events()
    _make_log()


def _make_news() -> None:
    for table, about, who in (("alert_news", "alert", "who"), ("case_news", "case", "actor")):
        op.create_table(
            table,
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column(f"{about}_id", sa.Integer(), nullable=False),
            sa.Column("at", UtcDateTime(), nullable=False),
            sa.Column(who, sa.Text(), nullable=False),
            sa.Column("what", sa.String(length=20), nullable=False),
            sa.ForeignKeyConstraint([f"{about}_id"], [f"{about}s.id"], name=f"fk_{table}_{about}"),
            sa.PrimaryKeyConstraint("id"),
            sqlite_autoincrement=True,
        )


def _make_events() -> None:
    op.create_table(
        "webhook_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("schema", sa.String(length=100), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("event_id", name="uq_webhook_events_event_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_webhook_events_subject", "webhook_events", ["subject"])
    op.create_index("ix_webhook_events_written_at", "webhook_events", ["written_at"])
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("endpoint", sa.String(length=60), nullable=False),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.Column("is_replay", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'refused')", name="webhook_deliveries_state_is_known"
        ),
        sa.ForeignKeyConstraint(
            ["event"], ["webhook_events.id"], name="fk_webhook_deliveries_event", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    for name, columns in (
        ("queue", ["endpoint", "state", "id"]),
        ("event", ["event"]),
        ("asked_at", ["asked_at"]),
    ):
        op.create_index(f"ix_webhook_deliveries_{name}", "webhook_deliveries", columns)


def _make_log() -> None:
    op.create_table(
        "webhook_tries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("endpoint", sa.String(length=60), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("types", sa.Text(), nullable=False),
        sa.Column("is_replay", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('sent', 'delayed', 'refused')", name="webhook_tries_outcome_is_known"
        ),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_webhook_tries_endpoint", "webhook_tries", ["endpoint", "id"])
    op.create_index("ix_webhook_tries_at", "webhook_tries", ["at"])
    op.create_table(
        "webhook_endpoints",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("fails", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("failing_since", UtcDateTime(), nullable=True),
        sa.Column("next_try_at", UtcDateTime(), nullable=False),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.Column("paused_at", UtcDateTime(), nullable=True),
        sa.Column("paused_because", sa.Text(), nullable=False, server_default=""),
        sa.Column("missed", sa.Integer(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    """Bring the tables back."""
    for table in (
        "webhook_endpoints",
        "webhook_tries",
        "webhook_deliveries",
        "webhook_events",
        "case_news",
        "alert_news",
    ):
        op.drop_table(table)
