"""Throttling of logins: after a few failures each further try has to wait longer.

Counted for the name that was tried, whether or not there is such a user, and for the address.
A try is counted before its password is checked, so that many at once gain nothing.
"""

import hashlib
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from untagged.accounts.tables import tries

FREE = {"name": 5, "address": 20}
"""Tries before one has to wait; many people share an address."""
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)
_DOUBLINGS = 12
"""More would only make the number larger than a day has seconds."""


class _Row(NamedTuple):
    failures: int
    last_at: datetime


def count_try(conn: Connection, *, name: str, address: str, now: datetime) -> timedelta:
    """How long to wait; nothing if the password may be checked now, and then the try is counted."""
    conn.execute(delete(tries).where(tries.c.last_at <= now - FORGOTTEN_AFTER))
    keys = {kind: _key(kind, said) for kind, said in (("name", name), ("address", address))}
    rows = {kind: _locked(conn, key, now) for kind, key in sorted(keys.items())}
    wait = max(row.last_at + pause(kind, row.failures) - now for kind, row in rows.items())
    if wait > timedelta(0):
        return wait
    counted = update(tries).where(tries.c.key.in_(keys.values()))
    conn.execute(counted.values(failures=tries.c.failures + 1, last_at=now))
    return timedelta(0)


def forgive(conn: Connection, *, name: str, address: str) -> None:
    """The try was right: the name begins anew, and the address has one failure less.

    Not none: somebody with one account could otherwise guess at others for ever.
    """
    conn.execute(delete(tries).where(tries.c.key == _key("name", name)))
    less = case((tries.c.failures > 0, tries.c.failures - 1), else_=0)
    same = tries.c.key == _key("address", address)
    conn.execute(update(tries).where(same).values(failures=less))


def pause(kind: str, failures: int) -> timedelta:
    """How long after so many failures the next try has to wait."""
    over = failures - FREE[kind]
    if over < 0:
        return timedelta(0)
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(over, _DOUBLINGS)))


def _locked(conn: Connection, key: str, now: datetime) -> _Row:
    """The row of the key, made if needed, and ours until the commit."""
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    made = dialect.insert(tries).values(key=key, failures=0, last_at=now)
    conn.execute(made.on_conflict_do_nothing())
    row = conn.execute(select(tries).where(tries.c.key == key).with_for_update()).one()
    return _Row(row.failures, row.last_at)


def _key(kind: str, said: str) -> str:
    """A hash: what is typed as a name may be a password, and may be of any length."""
    return hashlib.sha256(f"{kind} {said}".encode()).hexdigest()
