"""Tables of events: what happened, who is to hear of it, and how each try to tell them went."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy_utc import UtcDateTime

from alerts.tables import metadata

alert_news = Table(
    "alert_news",
    metadata,
    Column("id", Integer, primary_key=True),
    Column(
        "alert_id", Integer, ForeignKey("alerts.id", name="fk_alert_news_alert"), nullable=False
    ),
    Column("at", UtcDateTime, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", String(20), nullable=False),
    sqlite_autoincrement=True,  # an event's id is made of these numbers
)

webhook_events = Table(
    "webhook_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("event_id", Text, nullable=False),
    Column("type", String(40), nullable=False),
    Column("subject", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("schema", String(100), nullable=False),
    Column("data", JSON, nullable=False),
    Column("written_at", UtcDateTime, nullable=False),
    UniqueConstraint("event_id", name="uq_webhook_events_event_id"),
    Index("ix_webhook_events_subject", "subject"),
    Index("ix_webhook_events_written_at", "written_at"),
    sqlite_autoincrement=True,  # receivers see these numbers as the order
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("endpoint", String(60), nullable=False),
    Column(
        "event",
        Integer,
        ForeignKey("webhook_events.id", name="fk_webhook_deliveries_event", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("is_replay", Boolean, nullable=False, server_default=false()),
    Column("state", String(8), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    CheckConstraint(
        "state IN ('waiting', 'sent', 'refused')", name="webhook_deliveries_state_is_known"
    ),
    Index("ix_webhook_deliveries_queue", "endpoint", "state", "id"),
    Index("ix_webhook_deliveries_event", "event"),
    Index("ix_webhook_deliveries_asked_at", "asked_at"),
    sqlite_autoincrement=True,
)

webhook_tries = Table(
    "webhook_tries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("endpoint", String(60), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("events", JSON, nullable=False),  # their ids, no words of posts
    Column("types", Text, nullable=False),
    Column("is_replay", Boolean, nullable=False),
    Column("outcome", String(8), nullable=False),
    Column("status", Integer),
    Column("milliseconds", Integer, nullable=False),
    Column("said", Text, nullable=False),
    CheckConstraint(
        "outcome IN ('sent', 'delayed', 'refused')", name="webhook_tries_outcome_is_known"
    ),
    Index("ix_webhook_tries_endpoint", "endpoint", "id"),
    Index("ix_webhook_tries_at", "at"),
    sqlite_autoincrement=True,
)

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("fails", Integer, nullable=False, server_default="0"),
    Column("failing_since", UtcDateTime),
    Column("next_try_at", UtcDateTime, nullable=False),
    Column("claimed_until", UtcDateTime),
    Column("paused_at", UtcDateTime),
    Column("paused_because", Text, nullable=False, server_default=""),
    Column("missed", Integer, nullable=False, server_default="0"),
)
