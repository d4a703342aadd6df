"""The tables of the alerts room, on SQLite and PostgreSQL alike.

One open alert a key, one open incident a brand and one notification an idempotency key are promises
of the database itself (unique indexes), so two workers can never both win.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    false,
    text,
)
from sqlalchemy_utc import UtcDateTime

metadata = MetaData()

OPEN = ("firing", "acknowledged")
"""Statuses of an alert that is not over; there is at most one such alert a key."""
IS_OPEN = text("status IN ('firing', 'acknowledged')")

silences = Table(
    "silences",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("matchers", JSON, nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("author", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("silences_by_end", "ends_at"),
    sqlite_autoincrement=True,
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("brand", Text, nullable=False),
    Column("signal", Text, nullable=False),
    Column("status", String(12), nullable=False),
    Column("severity", Integer, nullable=False),
    Column("observed", Float, nullable=False),
    Column("expected", Float, nullable=False),
    Column("reason", Text, nullable=False),
    Column("mention_ids", JSON, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("resolved_at", UtcDateTime),
    Column("resolved_by", Text, nullable=False, server_default=""),
    Column("acknowledged_at", UtcDateTime),
    Column("acknowledged_by", Text, nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    Column("notified_at", UtcDateTime),
    Column("notifications", Integer, nullable=False, server_default="0"),
    Column("told_severity", Integer),
    Column("is_silenced", Boolean, nullable=False, server_default=false()),
    Column("silence_id", Integer, ForeignKey("silences.id", ondelete="SET NULL")),
    CheckConstraint(
        "status IN ('firing', 'acknowledged', 'resolved')", name="alerts_status_is_known"
    ),
    CheckConstraint("severity BETWEEN 1 AND 4", name="alerts_severity_is_1_to_4"),
    Index(
        "alerts_one_open_per_key",
        "key",
        unique=True,
        sqlite_where=IS_OPEN,
        postgresql_where=IS_OPEN,
    ),
    Index("alerts_by_key", "key", "id"),
    Index("alerts_by_rule", "rule", "status"),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("idempotency_key", Text, nullable=False, unique=True),
    Column("channel", Text, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("next_try_at", UtcDateTime, nullable=False),
    Column("claimed_until", UtcDateTime),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("state", String(8), nullable=False),
    Column("sent_at", UtcDateTime),
    Column("error", Text, nullable=False, server_default=""),
    CheckConstraint("state IN ('waiting', 'sent', 'dead')", name="outbox_state_is_known"),
    Index("outbox_due", "state", "next_try_at"),
    sqlite_autoincrement=True,
)

rule_labels = Table(
    "rule_labels",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("at", UtcDateTime, primary_key=True),
    Column("is_right", Boolean, nullable=False),
    Column("who", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("said_at", UtcDateTime, nullable=False),
)

INCIDENT_OPEN = ("open", "acknowledged")
"""Statuses of an incident that is not over; there is at most one such incident a brand."""
INCIDENT_IS_OPEN = text("status IN ('open', 'acknowledged')")

incidents = Table(
    "incidents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("brand", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("signal", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("status", String(12), nullable=False),
    Column("severity", Integer, nullable=False),
    Column("severity_by", Text, nullable=False, server_default=""),
    Column("owner", Text, nullable=False, server_default=""),
    Column("began_at", UtcDateTime, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("reopened_at", UtcDateTime),
    Column("acknowledged_at", UtcDateTime),
    Column("acknowledged_by", Text, nullable=False, server_default=""),
    Column("resolved_at", UtcDateTime),
    Column("resolved_by", Text, nullable=False, server_default=""),
    Column("is_false_alarm", Boolean),
    Column("next_update_at", UtcDateTime),
    Column("merged_into", Integer, ForeignKey("incidents.id")),
    Column("cases_seen_at", UtcDateTime),
    Column("version", Integer, nullable=False, server_default="1"),
    CheckConstraint(
        "status IN ('open', 'acknowledged', 'resolved', 'merged')",
        name="incidents_status_is_known",
    ),
    CheckConstraint("severity BETWEEN 1 AND 4", name="incidents_severity_is_1_to_4"),
    Index(
        "incidents_one_open_per_brand",
        "brand",
        unique=True,
        sqlite_where=INCIDENT_IS_OPEN,
        postgresql_where=INCIDENT_IS_OPEN,
    ),
    Index("incidents_by_brand", "brand", "id"),
    Index("incidents_by_status", "status", "opened_at"),
    sqlite_autoincrement=True,  # an incident's number is never given to another
)

incident_alerts = Table(
    "incident_alerts",
    metadata,
    Column("alert_id", Integer, ForeignKey("alerts.id"), primary_key=True, autoincrement=False),
    Column("incident_id", Integer, ForeignKey("incidents.id"), nullable=False),
    Column("joined_at", UtcDateTime, nullable=False),
    Index("incident_alerts_by_incident", "incident_id"),
)

# No foreign key to the cases: their room is not known here.
incident_cases = Table(
    "incident_cases",
    metadata,
    Column("case_id", Integer, primary_key=True, autoincrement=False),
    Column("incident_id", Integer, ForeignKey("incidents.id"), nullable=False),
    Column("joined_at", UtcDateTime, nullable=False),
    Index("incident_cases_by_incident", "incident_id"),
)

incident_log = Table(
    "incident_log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("incident_id", Integer, ForeignKey("incidents.id"), nullable=False),
    Column("key", Text, unique=True),  # what happened by itself is told once, also after a merge
    Column("at", UtcDateTime, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("is_shared", Boolean, nullable=False),
    Index("incident_log_by_incident", "incident_id", "id"),
    sqlite_autoincrement=True,
)
