"""Saved views: searches that somebody keeps, alone or for all, and when each was last opened.

The roof's own record: a view is a search page's address, which no room below knows. Functions take
a Connection inside a transaction that the caller began.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sql
from sqlalchemy_utc import UtcDateTime

from mentions.errors import Conflict, NotFound, UntaggedError
from mentions.numbers import MAX_NUMBER

MAX_NAME, MAX_VIEWS = 100, 40
"""A longer list is no longer looked at, and the page that shows it stays under 150 KB."""

metadata = sql.MetaData()
saved_views = sql.Table(
    "saved_views",
    metadata,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column("owner", sql.String(200), nullable=False),
    sql.Column("name", sql.String(MAX_NAME), nullable=False),
    sql.Column("is_shared", sql.Boolean, nullable=False),
    sql.Column("query", sql.Text, nullable=False),
    sql.Column("period", sql.String(10), nullable=False),
    sql.Column("since", sql.String(100), nullable=False),
    sql.Column("until", sql.String(100), nullable=False),
    sql.Column("sort", sql.String(20), nullable=False),
    sql.Column("made_at", UtcDateTime(), nullable=False),
    sql.UniqueConstraint("owner", "name", name="uq_saved_views_owner_name"),
)
view_openings = sql.Table(
    "view_openings",
    metadata,
    sql.Column(
        "view_id",
        sql.Integer,
        sql.ForeignKey("saved_views.id", name="fk_view_openings_view"),
        primary_key=True,
    ),
    sql.Column("who", sql.String(200), primary_key=True),
    sql.Column("at", UtcDateTime(), nullable=False),
)


@dataclass(frozen=True, slots=True)
class View:
    """A kept search; `since` and `until` are the words of its dates. A shared one is for all."""

    owner: str
    name: str
    query: str
    period: str = "7d"
    sort: str = "newest"
    since: str = ""
    until: str = ""
    is_shared: bool = False
    id: int = 0


@dataclass(frozen=True, slots=True)
class Listed:
    """A view, and when the person who lists it has last opened it, else when it was made."""

    view: View
    seen_at: datetime


def save(connection: sql.Connection, view: View, *, now: datetime) -> int:
    """Keep a view; its number. Raises UntaggedError for no name, Conflict for one that is taken."""
    _check_name(connection, view.owner, view.name)
    count = connection.scalar(sql.select(sql.func.count()).where(saved_views.c.owner == view.owner))
    if count and count >= MAX_VIEWS:
        raise Conflict(f"{view.owner} has {count} views already; delete one first")
    values = {name: getattr(view, name) for name in View.__slots__ if name != "id"}
    row = sql.insert(saved_views).values(**values, made_at=now).returning(saved_views.c.id)
    return int(connection.execute(row).scalar_one())


def listed(connection: sql.Connection, who: str) -> list[Listed]:
    """The views of a person and the shared ones of others, by name."""
    table, opened = saved_views.c, view_openings
    own = sql.and_(opened.c.view_id == table.id, opened.c.who == who)
    seen = sql.func.coalesce(opened.c.at, table.made_at, type_=UtcDateTime()).label("seen_at")
    rows = connection.execute(
        sql.select(*_COLUMNS, seen)
        .select_from(saved_views.outerjoin(opened, own))
        .where(sql.or_(table.owner == who, table.is_shared))
        .order_by(table.name, table.id)
    )
    return [Listed(_view(row._mapping), row.seen_at) for row in rows]


def get(connection: sql.Connection, view_id: int, who: str) -> View:
    """A view that this person may see. Raises NotFound."""
    known = [] if not 0 < view_id <= MAX_NUMBER else [saved_views.c.id == view_id]
    return _one(connection, known, who, what=str(view_id))


def named(connection: sql.Connection, name: str, who: str) -> View:
    """The person's view of that name, else the first shared one. Raises NotFound."""
    return _one(connection, [saved_views.c.name == name], who, what=repr(name))


def open_view(connection: sql.Connection, view_id: int, who: str, *, now: datetime) -> View:
    """The view, which this person has seen until now. Raises NotFound."""
    view = get(connection, view_id, who)
    own = sql.and_(view_openings.c.view_id == view.id, view_openings.c.who == who)
    if not connection.execute(sql.update(view_openings).where(own).values(at=now)).rowcount:
        row = sql.insert(view_openings).values(view_id=view.id, who=who, at=now)
        connection.execute(row)
    return view


def rename(connection: sql.Connection, view_id: int, who: str, *, name: str) -> None:
    """Give a view of one's own another name. Raises NotFound, UntaggedError, Conflict."""
    view = _own(connection, view_id, who)
    if name != view.name:
        _check_name(connection, who, name)
        _change(connection, view, name=name)


def share(connection: sql.Connection, view_id: int, who: str, *, is_shared: bool) -> None:
    """Show a view of one's own to all, or to nobody else any more. Raises NotFound, Conflict."""
    _change(connection, _own(connection, view_id, who), is_shared=is_shared)


def delete(connection: sql.Connection, view_id: int, who: str) -> None:
    """Forget a view of one's own. Raises NotFound, Conflict."""
    view = _own(connection, view_id, who)
    connection.execute(sql.delete(view_openings).where(view_openings.c.view_id == view.id))
    connection.execute(sql.delete(saved_views).where(saved_views.c.id == view.id))


_COLUMNS = [saved_views.c[name] for name in View.__slots__]


def _view(row: sql.RowMapping) -> View:
    return View(**{name: row[name] for name in View.__slots__})


def _one(
    connection: sql.Connection,
    conditions: Sequence[sql.ColumnElement[bool]],
    who: str,
    *,
    what: str,
) -> View:
    table = saved_views.c
    is_own = sql.case((table.owner == who, 0), else_=1)
    row = (
        conditions
        and connection.execute(
            sql.select(*_COLUMNS)
            .where(*conditions, sql.or_(table.owner == who, table.is_shared))
            .order_by(is_own, table.id)
        ).first()
    )
    if not row:
        raise NotFound(f"there is no view {what} for {who}; `untagged views list` tells which are")
    return _view(row._mapping)


def _own(connection: sql.Connection, view_id: int, who: str) -> View:
    view = get(connection, view_id, who)
    if view.owner != who:
        raise Conflict(f"{view.name!r} is a view of {view.owner}, who alone can change it")
    return view


def _check_name(connection: sql.Connection, owner: str, name: str) -> None:
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise UntaggedError(f"a view needs a name of 1 to {MAX_NAME} characters on one line")
    taken = sql.select(saved_views.c.id).where(
        saved_views.c.owner == owner, saved_views.c.name == name
    )
    if connection.execute(taken).first():
        raise Conflict(f"{owner} has a view {name!r} already; choose another name")


def _change(connection: sql.Connection, view: View, **values: object) -> None:
    connection.execute(sql.update(saved_views).where(saved_views.c.id == view.id).values(values))


def views_about(connection: sql.Connection, is_named: Callable[[str], bool]) -> list[str]:
    """The owners and names of the views whose name or query names somebody."""
    columns = (saved_views.c.owner, saved_views.c.name, saved_views.c.query)
    rows = connection.execute(sql.select(*columns).order_by(saved_views.c.id))
    return [f"{row.owner}: {row.name}" for row in rows if is_named(row.name) or is_named(row.query)]
