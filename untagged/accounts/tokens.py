"""Tokens of the API: what a program shows in place of a login, for some of what its user may."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from mentions.errors import NotFound, UntaggedError
from untagged.accounts.book import By
from untagged.accounts.roles import GRANTS, Permission
from untagged.accounts.tables import tokens
from untagged.accounts.trail import note_down
from untagged.accounts.user import User

PREFIX = "untagged_"
"""So that whoever finds one, and programs that look for secrets, see what it is of."""
NOTED_EVERY = timedelta(minutes=1)
MAX_LABEL = 100


@dataclass(frozen=True, slots=True)
class Token:
    """One token, without itself: it is shown once. `may` is what of the user's role it gives."""

    id: int
    user_id: int
    label: str
    may: frozenset[Permission]
    made_at: datetime
    ends_at: datetime
    used_at: datetime | None


def make_token(
    conn: Connection,
    user: User,
    *,
    label: str,
    may: Collection[Permission],
    ends_at: datetime,
    by: By,
) -> str:
    """A new token for the user. Raises UntaggedError for more than the role grants."""
    if not 0 < len(label.strip()) <= MAX_LABEL:
        raise UntaggedError(f"say in 1 to {MAX_LABEL} characters what the token is for")
    if ends_at <= by.now:
        raise UntaggedError("this token would have ended already")
    beyond = sorted(set(may) - GRANTS[user.role])
    if beyond:
        raise UntaggedError(f"{user.name} is {user.role}, which does not grant {', '.join(beyond)}")
    token = PREFIX + secrets.token_urlsafe(32)
    values = {"label": label.strip(), "may": sorted(may), "ends_at": ends_at}
    row = {"token_hash": _hash(token), "user_id": user.id, "made_at": by.now, **values}
    conn.execute(insert(tokens).values(row))
    detail = {"label": values["label"], "may": values["may"], "ends_at": ends_at.isoformat()}
    _note(conn, "token made", user.id, by, detail)
    return token


def token_of(conn: Connection, said: str, *, now: datetime) -> Token | None:
    """The token, if there is such a one that has not ended."""
    row = conn.execute(select(tokens).where(tokens.c.token_hash == _hash(said))).first()
    return None if row is None or row.ends_at <= now else _token(row)


def note_use(conn: Connection, token: Token, *, now: datetime) -> None:
    """It was used now."""
    conn.execute(update(tokens).where(tokens.c.id == token.id).values(used_at=now))


def tokens_of(conn: Connection, user_id: int) -> list[Token]:
    """The user's tokens, the newest first."""
    own = select(tokens).where(tokens.c.user_id == user_id).order_by(tokens.c.id.desc())
    return [_token(row) for row in conn.execute(own)]


def revoke(conn: Connection, token_id: int, *, by: By, of: int | None = None) -> None:
    """Take a token back, one of the user `of` if that is said. Raises NotFound."""
    row = conn.execute(select(tokens).where(tokens.c.id == token_id)).first()
    if row is None or of not in (None, row.user_id):
        raise NotFound(f"there is no token {token_id}; list them with `untagged users tokens`")
    conn.execute(delete(tokens).where(tokens.c.id == token_id))
    _note(conn, "token revoked", row.user_id, by, {"label": row.label})


def _note(conn: Connection, action: str, user_id: int, by: By, detail: dict[str, object]) -> None:
    note_down(
        conn,
        action,
        at=by.now,
        actor=by.actor,
        user_id=user_id,
        address=by.address,
        detail=detail,
    )


def _token(row: Row[Any]) -> Token:
    kept = (row.id, row.user_id, row.label, frozenset(row.may))
    return Token(*kept, made_at=row.made_at, ends_at=row.ends_at, used_at=row.used_at)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
