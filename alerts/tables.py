"""The tables of the alerts room, on SQLite and PostgreSQL alike.

One open alert a key, one open incident a brand and one notification an idempotency key are promises
of the database itself (unique indexes), so two workers can never both win. So is that an alert's
history only grows (triggers); a migration executes `history_guards(dialect name)` after it made
the tables.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
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
    Column("explanation", JSON(none_as_null=True)),
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
    Column("owner", Text, nullable=False, server_default=""),
    Column("is_inhibited", Boolean, nullable=False, server_default=false()),
    Column("inhibited_by", Integer),  # the alert that mutes this one
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

alert_history = Table(
    "alert_history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("alert_id", Integer, ForeignKey("alerts.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", String(20), nullable=False),
    Column("note", Text, nullable=False),
    Index("alert_history_by_alert", "alert_id", "id"),
    sqlite_autoincrement=True,
)

alert_groups = Table(
    "alert_groups",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("key", Text, nullable=False),  # the labels in one text, for the unique index
    Column("labels", JSON, nullable=False),
    Column("tellings", Integer, nullable=False, server_default="0"),
    Column("told_at", UtcDateTime),
    UniqueConstraint("channel", "key", name="alert_groups_one_per_channel"),
    sqlite_autoincrement=True,
)

alert_group_members = Table(
    "alert_group_members",
    metadata,
    Column("alert_id", Integer, ForeignKey("alerts.id"), primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("group_id", Integer, ForeignKey("alert_groups.id"), nullable=False),
    Column("joined_at", UtcDateTime, nullable=False),
    Column("repeat_seconds", Integer, nullable=False),
    Column("is_live", Boolean, nullable=False),
    # The payload of the latest firing. It quotes posts, so it goes when there is no more to tell.
    Column("message", JSON(none_as_null=True)),
    Column("told_status", String(12), nullable=False, server_default=""),
    Column("told_severity", Integer),
    Column("told_at", UtcDateTime),
    Column("tellings", Integer, nullable=False, server_default="0"),
    Index("alert_group_members_live", "is_live", "group_id"),
)

alert_letters = Table(
    "alert_letters",
    metadata,
    Column("alert_id", Integer, ForeignKey("alerts.id"), primary_key=True),
    Column("letter_key", Text, primary_key=True),  # an idempotency key of the outbox
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
IS_RUNNING = text("ended_at IS NULL")

escalations = Table(
    "escalations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("alert_id", Integer, ForeignKey("alerts.id", ondelete="CASCADE"), nullable=False),
    Column("chain", Text, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("round", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("round_began_at", UtcDateTime, nullable=False),
    Column("notes", JSON, nullable=False),
    Column("log", JSON, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("ended_by", Text, nullable=False, server_default=""),
    Index("escalations_due", "ended_at", "due_at"),
    Index(
        "escalations_one_running_per_alert",
        "alert_id",
        unique=True,
        sqlite_where=IS_RUNNING,
        postgresql_where=IS_RUNNING,
    ),
    Index("escalations_by_alert", "alert_id", "id"),
    sqlite_autoincrement=True,
)

on_call_calendars = Table(
    "on_call_calendars",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("address", String(64), nullable=False),
    Column("body", Text, nullable=False, server_default=""),
    Column("etag", Text, nullable=False, server_default=""),
    Column("last_modified", Text, nullable=False, server_default=""),
    Column("read_at", UtcDateTime),
    Column("tried_at", UtcDateTime, nullable=False),
    Column("error", Text, nullable=False, server_default=""),
)

_SQLITE_GUARDS = (
    """CREATE TRIGGER alert_history_refuses_update BEFORE UPDATE ON alert_history
       BEGIN SELECT RAISE(ABORT, 'the history of an alert is append-only'); END""",
    """CREATE TRIGGER alert_history_refuses_delete BEFORE DELETE ON alert_history
       BEGIN SELECT RAISE(ABORT, 'the history of an alert is append-only'); END""",
    # INSERT OR REPLACE deletes the old row without firing its delete trigger.
    """CREATE TRIGGER alert_history_refuses_replace BEFORE INSERT ON alert_history
       WHEN EXISTS (SELECT 1 FROM alert_history WHERE id = NEW.id)
       BEGIN SELECT RAISE(ABORT, 'the history of an alert is append-only'); END""",
)
_POSTGRESQL_GUARDS = (
    """CREATE OR REPLACE FUNCTION alert_history_is_append_only() RETURNS trigger LANGUAGE plpgsql
       AS $$ BEGIN RAISE EXCEPTION 'the history of an alert is append-only'; END $$""",
    """CREATE TRIGGER alert_history_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE
       ON alert_history FOR EACH STATEMENT EXECUTE FUNCTION alert_history_is_append_only()""",
)
_GUARDS = {"sqlite": _SQLITE_GUARDS, "postgresql": _POSTGRESQL_GUARDS}
_UNGUARDS = {"postgresql": ("DROP FUNCTION IF EXISTS alert_history_is_append_only()",)}


def history_guards(dialect: str) -> tuple[str, ...]:
    """The statements that make `alert_history` append-only, to run once it is made."""
    return _GUARDS.get(dialect, ())


def history_unguards(dialect: str) -> tuple[str, ...]:
    """The statements to run after it was dropped (its triggers go with it)."""
    return _UNGUARDS.get(dialect, ())


@event.listens_for(alert_history, "after_create")
def _guard(_target: Table, connection: Connection, **_options: object) -> None:
    for statement in history_guards(connection.dialect.name):
        connection.exec_driver_sql(statement)


@event.listens_for(alert_history, "after_drop")
def _unguard(_target: Table, connection: Connection, **_options: object) -> None:
    for statement in history_unguards(connection.dialect.name):
        connection.exec_driver_sql(statement)
