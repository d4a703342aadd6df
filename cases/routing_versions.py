"""Routing rules as they were saved in the cockpit: an append-only row of versions.

Version 0 is the settings file; a version without rules goes back to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sql
from sqlalchemy.exc import IntegrityError
from sqlalchemy_utc import UtcDateTime

from cases.case import plain
from cases.routing import RoutingRule
from cases.tables import append_only, metadata, no_longer_append_only
from mentions.errors import Conflict, NotFound, UntaggedError
from mentions.numbers import MAX_NUMBER

MAX_COMMENT_CHARACTERS = 500

routing_versions = sql.Table(
    "routing_versions",
    metadata,
    sql.Column("number", sql.Integer, primary_key=True, autoincrement=False),
    sql.Column("at", UtcDateTime, nullable=False),
    sql.Column("actor", sql.Text, nullable=False),
    sql.Column("comment", sql.Text, nullable=False),
    sql.Column("rules", sql.JSON(none_as_null=True)),
)


def guards(dialect: str) -> tuple[str, ...]:
    """The statements that make the versions append-only, to run once after the table is made."""
    return append_only(dialect, "routing_versions", key="number", what="the history of routing")


def unguards(dialect: str) -> tuple[str, ...]:
    """The statements to run after the table was dropped."""
    return no_longer_append_only(dialect, "routing_versions")


@sql.event.listens_for(routing_versions, "after_create")
def _guard(_target: sql.Table, connection: sql.Connection, **_options: object) -> None:
    for statement in guards(connection.dialect.name):
        connection.exec_driver_sql(statement)


@sql.event.listens_for(routing_versions, "after_drop")
def _unguard(_target: sql.Table, connection: sql.Connection, **_options: object) -> None:
    for statement in unguards(connection.dialect.name):
        connection.exec_driver_sql(statement)


@dataclass(frozen=True, slots=True)
class RoutingVersion:
    """Who saved which rules, when and why. `rules` is None where the file's hold again.

    They are as they were saved: whether they still fit the settings is for whoever reads them.
    """

    number: int
    at: datetime
    actor: str
    comment: str
    rules: list[dict[str, object]] | None


def latest_version(conn: sql.Connection) -> RoutingVersion | None:
    """The version that counts; None while nothing was saved."""
    query = sql.select(routing_versions).order_by(routing_versions.c.number.desc()).limit(1)
    row = conn.execute(query).mappings().first()
    return RoutingVersion(**row) if row else None


def list_versions(conn: sql.Connection, *, most: int = 50) -> list[RoutingVersion]:
    """The newest versions, the newest first."""
    query = sql.select(routing_versions).order_by(routing_versions.c.number.desc()).limit(most)
    return [RoutingVersion(**row) for row in conn.execute(query).mappings()]


def get_version(conn: sql.Connection, number: int) -> RoutingVersion:
    """One version. Raises NotFound."""
    query = sql.select(routing_versions).where(routing_versions.c.number == number)
    row = conn.execute(query).mappings().first() if 0 < number <= MAX_NUMBER else None
    if row is None:
        raise NotFound(f"there is no version {number} of the routing; its page lists them")
    return RoutingVersion(**row)


def save_version(
    conn: sql.Connection,
    rules: Sequence[RoutingRule] | None,
    *,
    seen: int,
    comment: str = "",
    now: datetime,
    actor: str,
) -> RoutingVersion:
    """Keep rules that were checked as the next version, or (None) go back to the file's.

    `seen` is the version that the person looked at, 0 for the file. Raises Conflict if there is a
    later one. What counts already is not saved once more.
    """
    said = " ".join(plain(comment).split())
    if len(said) > MAX_COMMENT_CHARACTERS:
        raise UntaggedError(f"a comment holds {MAX_COMMENT_CHARACTERS} characters; shorten it")
    latest = latest_version(conn)
    if (latest.number if latest else 0) != seen:
        raise _outrun(seen)
    written = None if rules is None else [rule.model_dump(mode="json") for rule in rules]
    if latest is not None and latest.rules == written:
        return latest
    row = {"number": seen + 1, "at": now, "actor": actor, "comment": said, "rules": written}
    try:
        with conn.begin_nested():
            conn.execute(routing_versions.insert(), row)
    except IntegrityError as error:  # another transaction has just taken the number
        raise _outrun(seen) from error
    return get_version(conn, seen + 1)


def _outrun(seen: int) -> Conflict:
    return Conflict(
        f"somebody saved other routing rules since you looked at version {seen}; "
        "look at them and make your change again"
    )
