"""Corrections: what people decided of a mention instead of what was read, and when they changed it.

The trail is only ever added to; taking a correction back adds a line without a value. Functions
take a Connection inside a transaction that the caller began.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sql
from sqlalchemy_utc import UtcDateTime

from cases.tables import metadata
from mentions.mention import MAX_ID_CHARACTERS

corrections = sql.Table(
    "corrections",
    metadata,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column("mention_id", sql.String(MAX_ID_CHARACTERS), nullable=False),
    sql.Column("field", sql.Text, nullable=False),
    sql.Column("was", sql.Text, nullable=False),
    sql.Column("value", sql.Text, nullable=False),
    sql.Column("read", sql.JSON, nullable=False),
    sql.Column("who", sql.Text, nullable=False),
    sql.Column("at", UtcDateTime, nullable=False),
    sql.Index("ix_corrections_mention_id", "mention_id"),
)


@dataclass(frozen=True, slots=True)
class Correction:
    """One decision: who said when that `field` is `value`, and what it was until then.

    `value` is empty where the correction was taken back. `read` is the reading that it replaced.
    """

    mention_id: str
    field: str
    was: str
    value: str
    read: Mapping[str, Any]
    who: str
    at: datetime


def note(connection: sql.Connection, correction: Correction) -> None:
    """Add a line to the trail."""
    row = {name: getattr(correction, name) for name in Correction.__slots__}
    connection.execute(sql.insert(corrections).values(row))


def latest(connection: sql.Connection, mention_id: str, field: str) -> Correction | None:
    """What was decided last of a mention's field."""
    table = corrections.c
    own = _ALL.where(table.mention_id == mention_id, table.field == field)
    row = connection.execute(own.order_by(table.id.desc()).limit(1)).first()
    return Correction(**row._mapping) if row else None


def standing(connection: sql.Connection, mention_ids: Sequence[str]) -> dict[str, list[Correction]]:
    """What holds of each of these mentions, by its id, in the order in which it was decided."""
    found: dict[str, list[Correction]] = {}
    if mention_ids:
        for one in _that_hold(connection, corrections.c.mention_id.in_(mention_ids)):
            found.setdefault(one.mention_id, []).append(one)
    return found


def all_standing(connection: sql.Connection, fields: Sequence[str]) -> list[Correction]:
    """What holds of any mention for these fields; one that ends with ':' stands for all such."""
    wanted = [
        corrections.c.field.startswith(field, autoescape=True)
        if field.endswith(":")
        else corrections.c.field == field
        for field in fields
    ]
    return list(_that_hold(connection, sql.or_(*wanted)))


def forget(connection: sql.Connection, mention_ids: Sequence[str]) -> None:
    """Forget what was decided of these mentions: their reading quotes what they said."""
    for mention_id in mention_ids:
        connection.execute(sql.delete(corrections).where(corrections.c.mention_id == mention_id))


def forget_old(connection: sql.Connection, *, before: datetime) -> int:
    """Forget what was decided before that moment; how many lines."""
    return connection.execute(sql.delete(corrections).where(corrections.c.at < before)).rowcount


_ALL = sql.select(*(corrections.c[name] for name in Correction.__slots__))


def _that_hold(connection: sql.Connection, wanted: sql.ColumnElement[bool]) -> Iterator[Correction]:
    table = corrections.c
    last = sql.select(sql.func.max(table.id)).where(wanted).group_by(table.mention_id, table.field)
    rows = _ALL.where(table.id.in_(last), table.value != "").order_by(table.id)
    for row in connection.execute(rows):
        yield Correction(**row._mapping)
