"""Entering: the one decision whether a name and a password let somebody in."""

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, update

from mentions.errors import NotAllowed, UntaggedError
from mentions.times import said_duration
from untagged.accounts import book, throttle
from untagged.accounts.book import By
from untagged.accounts.passwords import hashed, is_right, refuse_weak
from untagged.accounts.sessions import Lifetime, begin_session, forget_over
from untagged.accounts.tables import users
from untagged.accounts.trail import note_down
from untagged.accounts.user import User, known_name

WRONG = "Name or password is wrong."
Begin = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True)
class Visit:
    """A browser that wants in: when, from where, with which program."""

    now: datetime
    address: str
    browser: str


class Wait(NotAllowed):
    """Too many tries; `seconds` until the next one."""

    def __init__(self, seconds: int, said: str) -> None:
        super().__init__(f"Too many tries. Please wait {said} and try again.")
        self.seconds = seconds


def log_in(begin: Begin, name: str, password: str, visit: Visit, lifetime: Lifetime) -> str:
    """The token of a new session.

    Raises Wait, and NotAllowed with the same words after the same time whether there is no such
    user, they are disabled or have no password, or the password is wrong.
    """
    known = ""
    with contextlib.suppress(UntaggedError):  # no name of a user: nobody, like any other
        known = known_name(name)
    with begin() as connection:
        _refuse_haste(connection, known, visit)
        user = book.find_user(connection, known)
        kept = book.hash_of(connection, user.id) if user and not user.is_disabled else None
    # Outside of a transaction: hashing takes long, and on SQLite others would wait.
    is_in = is_right(password, kept)
    with begin() as connection:
        # Read again: what was changed while we hashed counts.
        is_in = is_in and user is not None and book.hash_of(connection, user.id) == kept
        if is_in and user is not None and not book.get_user(connection, user.id).is_disabled:
            throttle.forgive(connection, name=known, address=visit.address)
            return let_in(connection, user, visit, lifetime, how="password")
        _note_refusal(connection, user, visit)
    raise NotAllowed(WRONG)


def let_in(conn: Connection, user: User, visit: Visit, lifetime: Lifetime, *, how: str) -> str:
    """The token of a new session for somebody who was recognised."""
    forget_over(conn, now=visit.now, lifetime=lifetime)
    conn.execute(update(users).where(users.c.id == user.id).values(last_login_at=visit.now))
    note_down(
        conn,
        "logged in",
        at=visit.now,
        actor=user.name,
        user_id=user.id,
        address=visit.address,
        detail={"how": how},
    )
    return begin_session(conn, user.id, now=visit.now, address=visit.address, browser=visit.browser)


def change_password(
    begin: Begin, user: User, *, old: str, new: str, visit: Visit, lifetime: Lifetime
) -> str:
    """Set the own password; all sessions end, and the token is of a new one.

    Raises Wait and NotAllowed for the old one, UntaggedError for a weak new one.
    """
    refuse_weak(new, name=user.name)
    with begin() as connection:
        _refuse_haste(connection, user.name, visit)
        kept = book.hash_of(connection, user.id)
    if not is_right(old, kept):
        raise NotAllowed("The old password is wrong.")
    if old == new:
        raise UntaggedError("the new password is the old one; take another")
    secret = hashed(new)
    with begin() as connection:
        throttle.forgive(connection, name=user.name, address=visit.address)
        by = By(user.name, visit.now, visit.address)
        changed = book.set_password(connection, user, secret, must_change=False, by=by)
        return let_in(connection, changed, visit, lifetime, how="new password")


def _refuse_haste(conn: Connection, name: str, visit: Visit) -> None:
    wait = throttle.count_try(conn, name=name, address=visit.address, now=visit.now)
    if wait:
        raise Wait(int(wait.total_seconds()) + 1, said_duration(wait))


def _note_refusal(conn: Connection, user: User | None, visit: Visit) -> None:
    note_down(
        conn,
        "login refused",
        at=visit.now,
        actor=user.name if user else "",
        user_id=user.id if user else None,
        address=visit.address,
    )
