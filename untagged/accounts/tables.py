"""The tables of users, on SQLite and PostgreSQL alike; their audit trail is append-only.

`create_all` adds the guards of the trail; a migration executes `audit_guards(dialect name)` after
it made the tables.
"""

from sqlalchemy import (
    JSON,
    Boolean,
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
)
from sqlalchemy_utc import UtcDateTime

from cases.tables import append_only, no_longer_append_only

metadata = MetaData()

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(100), nullable=False),
    Column("full_name", Text, nullable=False),
    Column("password_hash", Text),  # none for those whom a provider or a proxy lets in
    Column("external_id", Text),
    Column("role", String(10), nullable=False),
    Column("brands", JSON, nullable=False),
    Column("teams", JSON, nullable=False),
    Column("agent", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("language", String(20), nullable=False, server_default=""),
    Column("is_disabled", Boolean, nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_login_at", UtcDateTime),
    CheckConstraint("role IN ('viewer', 'agent', 'lead', 'admin')", name="ck_users_role"),
    Index("uq_users_name", "name", unique=True),
    Index("uq_users_external_id", "external_id", unique=True),
    sqlite_autoincrement=True,  # a user's number is never given to another
)

sessions = Table(
    "user_sessions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token_hash", String(64), nullable=False),
    Column(
        "user_id", Integer, ForeignKey("users.id", name="fk_user_sessions_user"), nullable=False
    ),
    Column("began_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("address", Text, nullable=False),
    Column("browser", Text, nullable=False),
    Index("uq_user_sessions_token_hash", "token_hash", unique=True),
    Index("ix_user_sessions_user_id", "user_id"),
    sqlite_autoincrement=True,
)

tokens = Table(
    "user_tokens",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token_hash", String(64), nullable=False),
    Column("user_id", Integer, ForeignKey("users.id", name="fk_user_tokens_user"), nullable=False),
    Column("label", Text, nullable=False),
    Column("may", JSON, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Index("uq_user_tokens_token_hash", "token_hash", unique=True),
    Index("ix_user_tokens_user_id", "user_id"),
    sqlite_autoincrement=True,
)

tries = Table(
    "login_tries",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Index("ix_login_tries_last_at", "last_at"),
)

flows = Table(
    "login_flows",
    metadata,
    Column("state_hash", String(64), primary_key=True),
    Column("visit_hash", String(64), nullable=False),
    Column("nonce", Text, nullable=False),
    Column("verifier", Text, nullable=False),
    Column("back", Text, nullable=False),
    Column("onward", Text, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Index("ix_login_flows_began_at", "began_at"),
)

audit = Table(
    "account_audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", String(40), nullable=False),
    Column("user_id", Integer, ForeignKey("users.id", name="fk_account_audit_user")),
    Column("address", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Index("ix_account_audit_user_id", "user_id"),
    sqlite_autoincrement=True,
)


def audit_guards(dialect: str) -> tuple[str, ...]:
    """The statements that make the trail append-only, to run once after the table is made."""
    return append_only(dialect, audit.name, key="id", what="the audit trail")


def audit_unguards(dialect: str) -> tuple[str, ...]:
    """The statements to run after the trail was dropped (its triggers go with it)."""
    return no_longer_append_only(dialect, audit.name)


@event.listens_for(audit, "after_create")
def _guard(_target: Table, connection: Connection, **_options: object) -> None:
    for statement in audit_guards(connection.dialect.name):
        connection.exec_driver_sql(statement)


@event.listens_for(audit, "after_drop")
def _unguard(_target: Table, connection: Connection, **_options: object) -> None:
    for statement in audit_unguards(connection.dialect.name):
        connection.exec_driver_sql(statement)
