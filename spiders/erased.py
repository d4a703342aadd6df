"""Erased: authors who asked to be forgotten, kept as hashes alone, so that none comes back.

Functions take a Connection inside a transaction that the caller began.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import sqlalchemy as sql
from sqlalchemy_utc import UtcDateTime

from mentions.mention import Mention
from spiders.state import metadata, quarantine, upsert

erased_authors = sql.Table(
    "erased_authors",
    metadata,
    sql.Column("key", sql.String(64), primary_key=True),
    sql.Column("erased_at", UtcDateTime, nullable=False),
)
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_AT_ONCE = 500
"""Keys in one statement; SQLite takes 32,766 values."""


def erase_authors(conn: sql.Connection, mentions: Iterable[Mention], *, now: datetime) -> None:
    """Remember the authors of these mentions as erased, and when that was asked for last."""
    keys = {key for mention in mentions for key in (*_keys(mention), *_handle_key(mention))}
    for key in sorted(keys):
        values = {"erased_at": now}
        upsert(conn, erased_authors, {"key": key}, values, update=values)


def erased_among(conn: sql.Connection, mentions: Sequence[Mention]) -> set[str]:
    """The ids of those mentions whose author was erased."""
    by_key: dict[str, list[str]] = {}
    for mention in mentions:
        # A handle is the last to go by: where ids or addresses are, another may have it now.
        for key in _keys(mention) or _handle_key(mention):
            by_key.setdefault(key, []).append(mention.id)
    keys = list(by_key)
    found: set[str] = set()
    for start in range(0, len(keys), _AT_ONCE):
        wanted = erased_authors.c.key.in_(keys[start : start + _AT_ONCE])
        for key in conn.execute(sql.select(erased_authors.c.key).where(wanted)).scalars():
            found.update(by_key[key])
    return found


def forget_quarantined(
    conn: sql.Connection, is_theirs: Callable[[str, str], bool], *, is_trial: bool
) -> int:
    """Drop what could not be read and is theirs by source and record.

    Gives how many, also where it is only a trial.
    """
    rows = conn.execute(sql.select(quarantine.c.id, quarantine.c.source, quarantine.c.raw))
    found = [row.id for row in rows if is_theirs(row.source, row.raw)]
    for number in () if is_trial else found:
        conn.execute(sql.delete(quarantine).where(quarantine.c.id == number))
    return len(found)


def names_in(raw: str, names: Sequence[str]) -> bool:
    """Whether a record that could not be read has one of the names as a value of its own.

    JSON may write what is not ASCII as an escape.
    """
    folded = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), raw).casefold()
    return any(f'"{name.casefold()}"' in folded for name in names)


def _keys(mention: Mention) -> list[str]:
    """By id within the source, as ids are each server's own, and by the profile's address."""
    author, keys = mention.author, []
    if author.id:
        keys.append(_key("id", mention.platform, mention.source, author.id))
    if author.url:
        keys.append(_key("url", mention.platform, author.url.casefold()))
    return keys


def _handle_key(mention: Mention) -> list[str]:
    handle = mention.author.handle.casefold()
    return [_key("handle", mention.platform, handle)] if handle else []


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
