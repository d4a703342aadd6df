"""The tables of the cases room, on SQLite and PostgreSQL alike.

Two unique indexes over living cases keep two workers from opening one conversation or alert
twice. The audit trail refuses UPDATE and DELETE in the database itself: `create_all` adds the
triggers; a migration executes `audit_guards(dialect name)` after it made the tables.
"""

from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    event,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert
from sqlalchemy_utc import UtcDateTime

from cases.case import LIVING, PRIORITIES, STATUSES
from mentions.mention import MAX_ID_CHARACTERS

metadata = MetaData()


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


_LIVING = text(_one_of("status", LIVING))

cases = Table(
    "cases",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mention_id", String(MAX_ID_CHARACTERS)),
    Column("conversation", Text),
    Column("alert_key", Text),
    Column("brand", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("excerpt", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("lang", String(10), nullable=False),
    Column("intent", Text, nullable=False, server_default=""),
    Column("team", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("status", String(10), nullable=False),
    Column("priority", String(10), nullable=False),
    Column("sla", Text, nullable=False),
    Column("terms", JSON, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("route_reason", Text, nullable=False),
    Column("assign_reason", Text, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    Column("collected_at", UtcDateTime, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("frt_due_at", UtcDateTime),
    Column("nrt_due_at", UtcDateTime),
    Column("rt_due_at", UtcDateTime),
    Column("frt_breached_at", UtcDateTime),
    Column("nrt_breached_at", UtcDateTime),
    Column("rt_breached_at", UtcDateTime),
    Column("due_at", UtcDateTime),
    Column("next_breach_at", UtcDateTime),
    Column("next_notice_at", UtcDateTime),
    Column("noticed", JSON, nullable=False, server_default="{}"),
    Column("no_reply", Text, nullable=False, server_default=""),
    Column("playbook", Text, nullable=False, server_default=""),
    Column("plan", JSON, nullable=False, server_default="{}"),
    Column("touched_at", UtcDateTime),
    Column("first_reply_at", UtcDateTime),
    Column("last_reply_at", UtcDateTime),
    Column("resolved_at", UtcDateTime),
    Column("snoozed_until", UtcDateTime),
    Column("paused_at", UtcDateTime),
    Column("merged_into", Integer, ForeignKey("cases.id", name="fk_cases_merged_into")),
    Column("version", Integer, nullable=False),
    CheckConstraint(_one_of("status", STATUSES), name="ck_cases_status"),
    CheckConstraint(_one_of("priority", PRIORITIES), name="ck_cases_priority"),
    Index("uq_cases_mention_id", "mention_id", unique=True),
    Index(
        "uq_cases_living_conversation",
        "conversation",
        unique=True,
        sqlite_where=_LIVING,
        postgresql_where=_LIVING,
    ),
    Index(
        "uq_cases_living_alert",
        "alert_key",
        unique=True,
        sqlite_where=_LIVING,
        postgresql_where=_LIVING,
    ),
    Index("ix_cases_status_due", "status", "due_at"),
    Index("ix_cases_agent_status", "agent", "status"),
    Index("ix_cases_next_breach_at", "next_breach_at"),
    Index("ix_cases_next_notice_at", "next_notice_at"),
    Index("ix_cases_author", "author"),
    Index("ix_cases_opened_at", "opened_at"),
    Index("ix_cases_merged_into", "merged_into"),
    sqlite_autoincrement=True,  # a case's number is never given to another
)

case_posts = Table(
    "case_posts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", Integer, ForeignKey("cases.id", name="fk_case_posts_case"), nullable=False),
    Column("mention_id", String(MAX_ID_CHARACTERS), nullable=False),
    Column("conversation", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("excerpt", Text, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    Column("collected_at", UtcDateTime, nullable=False),
    Column("joined_at", UtcDateTime, nullable=False),
    Column("deleted_at", UtcDateTime),
    Column("no_reply", Text, nullable=False, server_default=""),
    Index("uq_case_posts_mention_id", "mention_id", unique=True),
    Index("ix_case_posts_case_id", "case_id"),
    Index("ix_case_posts_conversation", "conversation"),
)

notes = Table(
    "notes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", Integer, ForeignKey("cases.id", name="fk_notes_case"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("author", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index("ix_notes_case_id", "case_id"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", Integer, ForeignKey("cases.id", name="fk_audit_case"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", String(40), nullable=False),
    Column("detail", JSON, nullable=False),
    Index("ix_audit_case_id", "case_id"),
    sqlite_autoincrement=True,
)

turns = Table(
    "turns",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("team", Text, nullable=False),
    Column("waiting", JSON, nullable=False),  # agents, the one longest without a case first
    Index("uq_turns_team", "team", unique=True),
)

_SQLITE_GUARDS = (
    """CREATE TRIGGER {table}_refuses_update BEFORE UPDATE ON {table}
       BEGIN SELECT RAISE(ABORT, '{what} is append-only'); END""",
    """CREATE TRIGGER {table}_refuses_delete BEFORE DELETE ON {table}
       BEGIN SELECT RAISE(ABORT, '{what} is append-only'); END""",
    # INSERT OR REPLACE deletes the old row without firing its delete trigger.
    """CREATE TRIGGER {table}_refuses_replace BEFORE INSERT ON {table}
       WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})
       BEGIN SELECT RAISE(ABORT, '{what} is append-only'); END""",
)
_POSTGRESQL_GUARDS = (
    """CREATE OR REPLACE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION '{what} is append-only'; END $$""",
    """CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
       FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only()""",
)
_GUARDS = {"sqlite": _SQLITE_GUARDS, "postgresql": _POSTGRESQL_GUARDS}


def append_only(dialect: str, table: str, *, key: str, what: str) -> tuple[str, ...]:
    """The statements that make a table append-only, to run once after it is made."""
    named = {"table": table, "key": key, "what": what}
    return tuple(statement.format(**named) for statement in _GUARDS.get(dialect, ()))


def no_longer_append_only(dialect: str, table: str) -> tuple[str, ...]:
    """The statements to run after the table was dropped (its triggers go with it)."""
    is_left = dialect == "postgresql"
    return (f"DROP FUNCTION IF EXISTS {table}_is_append_only()",) if is_left else ()


def audit_guards(dialect: str) -> tuple[str, ...]:
    """The statements that make `audit` append-only, to run once after the table is made."""
    return append_only(dialect, "audit", key="id", what="the audit trail")


def audit_unguards(dialect: str) -> tuple[str, ...]:
    """The statements to run after `audit` was dropped (its triggers go with it)."""
    return no_longer_append_only(dialect, "audit")


@event.listens_for(audit, "after_create")
def _guard(_target: Table, connection: Connection, **_options: object) -> None:
    for statement in audit_guards(connection.dialect.name):
        connection.exec_driver_sql(statement)


@event.listens_for(audit, "after_drop")
def _unguard(_target: Table, connection: Connection, **_options: object) -> None:
    for statement in audit_unguards(connection.dialect.name):
        connection.exec_driver_sql(statement)


def insert_once(conn: Connection, table: Table, row: dict[str, Any]) -> int | None:
    """The new row's id, or None if a unique index says that it is there already.

    On PostgreSQL it waits for another transaction that writes the same key.
    """
    inserted: int | None = conn.execute(_insert_once(table, conn.dialect.name), row).scalar()
    return inserted


@cache  # building it anew costs more than running it
def _insert_once(table: Table, dialect: str) -> ReturningInsert[int]:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing().returning(table.c.id)
