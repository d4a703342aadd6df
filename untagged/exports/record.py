"""What is known of the parts of exports: the roof's own record, as no room below knows of files.

Functions take a Connection inside a transaction that the caller began.
"""

from dataclasses import asdict
from typing import Any

import sqlalchemy as sql
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy_utc import UtcDateTime

from untagged.exports.plan import Kept

metadata = sql.MetaData()
export_parts = sql.Table(
    "export_parts",
    metadata,
    sql.Column("export", sql.String(64), primary_key=True),
    sql.Column("since", UtcDateTime(), primary_key=True),
    sql.Column("until", UtcDateTime(), nullable=False),
    sql.Column("path", sql.Text, nullable=False),
    sql.Column("rows", sql.Integer, nullable=False),
    sql.Column("bytes", sql.BigInteger, nullable=False),
    sql.Column("sha256", sql.String(64), nullable=False),
    sql.Column("written_at", UtcDateTime()),
    sql.Column("looked_at", UtcDateTime()),
    sql.Column("failed_at", UtcDateTime()),
    sql.Column("error", sql.Text, nullable=False),
)


def kept_parts(connection: sql.Connection, export: str | None = None) -> list[Kept]:
    """The parts of one export or of all, oldest first."""
    table = export_parts
    chosen = sql.select(table).order_by(table.c.export, table.c.since)
    if export is not None:
        chosen = chosen.where(table.c.export == export)
    return [Kept(**row._mapping) for row in connection.execute(chosen)]


def keep_part(connection: sql.Connection, kept: Kept) -> None:
    """Write down how a part is now; two processes that bring it out at once both may."""
    values = asdict(kept)
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    put = dialect.insert(export_parts).values(values)
    connection.execute(put.on_conflict_do_update(index_elements=["export", "since"], set_=values))
