"""Sessions: a random token in the browser, its hash here, and two ends: idle and absolute."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, or_, select, update

from untagged.accounts.tables import sessions

NOTED_EVERY = timedelta(minutes=1)
"""How exactly it is known when a session was last used: one write a minute, not one a page."""
MAX_BROWSER = 200


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session lasts unused, and at most."""

    idle: timedelta
    absolute: timedelta


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody's being logged in, from one browser."""

    id: int
    user_id: int
    began_at: datetime
    seen_at: datetime
    address: str
    browser: str


def begin_session(
    conn: Connection, user_id: int, *, now: datetime, address: str, browser: str
) -> str:
    """The token of a new session, to be kept by the browser alone."""
    token = secrets.token_urlsafe(32)
    row = {"token_hash": _hash(token), "user_id": user_id, "began_at": now, "seen_at": now}
    row |= {"address": address, "browser": browser[:MAX_BROWSER]}
    conn.execute(insert(sessions).values(row))
    return token


def session_of(
    conn: Connection, token: str, *, now: datetime, lifetime: Lifetime
) -> Session | None:
    """The session of the token, if it has not ended."""
    row = conn.execute(select(sessions).where(sessions.c.token_hash == _hash(token))).first()
    if row is None:
        return None
    found = Session(row.id, row.user_id, row.began_at, row.seen_at, row.address, row.browser)
    is_over = now >= found.began_at + lifetime.absolute or now >= found.seen_at + lifetime.idle
    return None if is_over else found


def note_use(conn: Connection, session: Session, *, now: datetime) -> None:
    """It was used now."""
    conn.execute(update(sessions).where(sessions.c.id == session.id).values(seen_at=now))


def sessions_of(
    conn: Connection, user_id: int, *, now: datetime, lifetime: Lifetime
) -> list[Session]:
    """Those of a user that have not ended, the one used last first."""
    forget_over(conn, now=now, lifetime=lifetime)
    wanted = select(sessions).where(sessions.c.user_id == user_id)
    rows = conn.execute(wanted.order_by(sessions.c.seen_at.desc(), sessions.c.id.desc()))
    return [Session(r.id, r.user_id, r.began_at, r.seen_at, r.address, r.browser) for r in rows]


def forget_over(conn: Connection, *, now: datetime, lifetime: Lifetime) -> None:
    """Delete the sessions that have ended by themselves."""
    is_over = or_(
        sessions.c.began_at <= now - lifetime.absolute, sessions.c.seen_at <= now - lifetime.idle
    )
    conn.execute(delete(sessions).where(is_over))


def end_session(conn: Connection, user_id: int, session_id: int) -> bool:
    """End one of the user's sessions; whether there was such a one."""
    own = (sessions.c.id == session_id) & (sessions.c.user_id == user_id)
    return conn.execute(delete(sessions).where(own)).rowcount == 1


def end_all(conn: Connection, user_id: int) -> int:
    """End all of the user's sessions; how many there were."""
    return conn.execute(delete(sessions).where(sessions.c.user_id == user_id)).rowcount


def form_token(token: str) -> str:
    """What forms of this session carry, so that no other site can send one.

    Derived from the session's token and no secret of its own: it ends with the session.
    """
    return hmac.new(token.encode(), b"untagged form", hashlib.sha256).hexdigest()


def is_form_token(said: str, token: str) -> bool:
    """Whether a form carries the token of this session; in constant time."""
    is_same = hmac.compare_digest(said.encode(errors="replace"), form_token(token).encode())
    return is_same and bool(token)  # anybody can make the one that belongs to no session


def _hash(token: str) -> str:
    # No salt and no slow hash: 256 random bits cannot be guessed (OWASP, Session Management).
    return hashlib.sha256(token.encode()).hexdigest()
