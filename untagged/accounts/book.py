"""The book of users: adding and changing them, each change with its line in the trail."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, func, insert, select, update

from mentions.errors import Conflict, NotFound
from untagged.accounts import sessions
from untagged.accounts.passwords import hashed, made
from untagged.accounts.roles import Role
from untagged.accounts.tables import users
from untagged.accounts.trail import note_down
from untagged.accounts.user import User, known_name

FIRST = "admin"


@dataclass(frozen=True, slots=True)
class By:
    """Who changes something, when, and from where."""

    actor: str
    now: datetime
    address: str = ""


def add_user(
    conn: Connection,
    name: str,
    *,
    role: Role,
    by: By,
    password: str | None = None,
    must_change: bool = False,
    full_name: str = "",
    agent: str = "",
    brands: Collection[str] = (),
    teams: Collection[str] = (),
    external_id: str | None = None,
) -> User:
    """A new user; without a password only a provider or a proxy lets them in. Raises Conflict."""
    known = known_name(name)
    if find_user(conn, known) is not None:
        raise Conflict(f"there is a user {known} already; choose another name")
    values: dict[str, Any] = {
        "name": known,
        "full_name": full_name.strip(),
        "role": role,
        "brands": sorted(brands),
        "teams": sorted(teams),
        "agent": agent,
        "must_change": must_change,
        "external_id": external_id,
    }
    more = {"zone": "", "language": "", "is_disabled": False, "created_at": by.now}
    secret = {"password_hash": None if password is None else hashed(password)}
    made_id = conn.execute(
        insert(users).values({**values, **more, **secret}).returning(users.c.id)
    ).scalar_one()
    _note(conn, "added", made_id, by, values)
    return get_user(conn, made_id)


def first_admin(conn: Connection, *, now: datetime) -> str | None:
    """The password of an admin made now; None if there is a user already."""
    if count_users(conn):
        return None
    password = made()
    add_user(conn, FIRST, role="admin", by=By("untagged up", now), password=password)
    return password


def find_user(conn: Connection, name: str) -> User | None:
    """The user of that name, as `known_name` writes it, if there is one."""
    return _one(conn, users.c.name == name)


def find_external(conn: Connection, external_id: str) -> User | None:
    """The user whom a provider calls so."""
    return _one(conn, users.c.external_id == external_id)


def get_user(conn: Connection, user_id: int) -> User:
    """The user. Raises NotFound."""
    found = _one(conn, users.c.id == user_id)
    if found is None:
        raise NotFound(f"there is no user {user_id}; list them with `untagged users list`")
    return found


def named_user(conn: Connection, name: str) -> User:
    """The user of that name. Raises NotFound."""
    found = find_user(conn, known_name(name))
    if found is None:
        raise NotFound(f"there is no user {name!r}; list them with `untagged users list`")
    return found


def list_users(conn: Connection) -> list[User]:
    """All of them by name."""
    rows = conn.execute(select(users).order_by(users.c.name)).mappings()
    return [_user(row) for row in rows]


def disabled_actors(conn: Connection) -> frozenset[str]:
    """The names in trails, an agent's among them, of those whom nobody is let in as any more."""
    barred, let_in = set[str](), set[str]()
    for one in list_users(conn):
        (barred if one.is_disabled else let_in).add(one.actor)
    return frozenset(barred - let_in)


def count_users(conn: Connection) -> int:
    """How many may log in."""
    enabled = users.c.is_disabled.is_(False)
    return conn.execute(select(func.count()).select_from(users).where(enabled)).scalar_one()


def hash_of(conn: Connection, user_id: int) -> str | None:
    """The hash of the user's password, if they have one."""
    found: str | None = conn.execute(
        select(users.c.password_hash).where(users.c.id == user_id)
    ).scalar()
    return found


def set_role(conn: Connection, user: User, role: Role, *, by: By) -> User:
    """Give another role; who has it logs in anew. Raises Conflict for the last admin."""
    if role != "admin":
        _refuse_last_admin(conn, user)
    return _change(conn, user, "role", by, {"role": role}, ends_sessions=role != user.role)


def set_scope(
    conn: Connection, user: User, *, brands: Collection[str], teams: Collection[str], by: By
) -> User:
    """Say which brands and teams they see; none named is what the role says."""
    values = {"brands": sorted(brands), "teams": sorted(teams)}
    return _change(conn, user, "scope", by, values)


def set_agent(conn: Connection, user: User, agent: str, *, by: By) -> User:
    """Say which agent of the settings they are, '' for none."""
    return _change(conn, user, "agent", by, {"agent": agent})


def set_profile(
    conn: Connection, user: User, *, full_name: str, zone: str, language: str, by: By
) -> User:
    """What users say of themselves."""
    values = {"full_name": full_name.strip(), "zone": zone, "language": language}
    return _change(conn, user, "profile", by, values)


def disable(conn: Connection, user: User, *, by: By) -> User:
    """Let nobody in under the name any more, from now. Raises Conflict for the last admin."""
    _refuse_last_admin(conn, user)
    return _change(conn, user, "disabled", by, {"is_disabled": True}, ends_sessions=True)


def enable(conn: Connection, user: User, *, by: By) -> User:
    """Let them in again."""
    return _change(conn, user, "enabled", by, {"is_disabled": False})


def set_password(
    conn: Connection, user: User, password_hash: str, *, must_change: bool, by: By
) -> User:
    """Another password; every session ends, as who knew the old one may have begun it."""
    secret = {"password_hash": password_hash}
    conn.execute(update(users).where(users.c.id == user.id).values(secret))
    values = {"must_change": must_change}
    return _change(conn, user, "password", by, values, ends_sessions=True)


def log_out(conn: Connection, user: User, *, by: By) -> None:
    """End their sessions, in every browser."""
    sessions.end_all(conn, user.id)
    _note(conn, "sessions ended", user.id, by, {})


def _change(
    conn: Connection,
    user: User,
    action: str,
    by: By,
    values: dict[str, Any],
    *,
    ends_sessions: bool = False,
) -> User:
    conn.execute(update(users).where(users.c.id == user.id).values(values))
    changed = {name: [_json(getattr(user, name)), value] for name, value in values.items()}
    _note(conn, action, user.id, by, changed)
    if ends_sessions:
        sessions.end_all(conn, user.id)
    return get_user(conn, user.id)


def _note(conn: Connection, action: str, user_id: int, by: By, detail: dict[str, Any]) -> None:
    note_down(
        conn,
        action,
        at=by.now,
        actor=by.actor,
        user_id=user_id,
        address=by.address,
        detail=detail,
    )


def _refuse_last_admin(conn: Connection, user: User) -> None:
    # Locked on PostgreSQL, so that two admins cannot remove one another at once.
    admins = select(users.c.id).where(users.c.role == "admin", users.c.is_disabled.is_(False))
    left = set(conn.execute(admins.with_for_update()).scalars()) - {user.id}
    if user.role == "admin" and not user.is_disabled and not left:
        raise Conflict(f"{user.name} is the only admin; make another one first")


def _one(conn: Connection, condition: ColumnElement[bool]) -> User | None:
    row = conn.execute(select(users).where(condition)).mappings().first()
    return None if row is None else _user(row)


_SAME = (
    *("id", "name", "full_name", "role", "agent", "zone", "language", "is_disabled", "must_change"),
    *("created_at", "last_login_at", "external_id"),
)


def _user(row: RowMapping) -> User:
    return User(
        **{name: row[name] for name in _SAME},
        brands=tuple(row["brands"]),
        teams=tuple(row["teams"]),
        has_password=row["password_hash"] is not None,
    )


def _json(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
