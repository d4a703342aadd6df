"""Addresses of feeds: a reader cannot log in, so a secret in the address says whose feed it is.

One address a person; a new one ends the old. Only its hash is kept, so it is shown once.
"""

import hashlib
import secrets
from datetime import datetime

import sqlalchemy as sql
from sqlalchemy.dialects import postgresql, sqlite

from alerts.digests.tables import digest_feeds


def make_feed(conn: sql.Connection, user_id: int, *, now: datetime) -> str:
    """The secret of the person's new address, in place of the one before."""
    token = secrets.token_urlsafe(32)
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    row = {"token_hash": _hash(token), "made_at": now}
    put = dialect.insert(digest_feeds).values(user_id=user_id, **row)
    conn.execute(put.on_conflict_do_update(index_elements=["user_id"], set_=row))
    return token


def feed_made_at(conn: sql.Connection, user_id: int) -> datetime | None:
    """When the person's address was made; None if there is none."""
    wanted = sql.select(digest_feeds.c.made_at).where(digest_feeds.c.user_id == user_id)
    return conn.scalar(wanted)


def whose_feed(conn: sql.Connection, token: str) -> int | None:
    """Whose address holds the secret, None if it is nobody's."""
    wanted = sql.select(digest_feeds.c.user_id).where(digest_feeds.c.token_hash == _hash(token))
    return conn.scalar(wanted)


def end_feed(conn: sql.Connection, user_id: int) -> None:
    """Let the person's address lead nowhere."""
    conn.execute(sql.delete(digest_feeds).where(digest_feeds.c.user_id == user_id))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
