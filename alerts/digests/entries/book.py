"""Reading entries: which there are, who is in them, who asked before.

Functions take a Connection inside a transaction that the caller began.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sql

from alerts.digests.entries.entry import EntryKind, KnownEntry, Line, Member, iso, read_id
from alerts.digests.entries.tables import (
    digest_entries,
    digest_entry_members,
    digest_entry_partings,
    digest_entry_trail,
)
from mentions.errors import NotFound

AT_ONCE = 500
"""Ids in one statement."""
EXAMPLES = 12
"""Of an entry's posts, so many that people placed and so many that the clustering did."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry with how many people and posts are in it, and when the first and last asked.

    An author's near copies are one post.
    """

    entry: KnownEntry
    authors: int
    posts: int
    first: datetime | None
    last: datetime | None

    def to_json(self) -> dict[str, Any]:
        """The entry and its counts."""
        return {
            **self.entry.to_json(),
            "authors": self.authors,
            "posts": self.posts,
            "first_asked": iso(self.first),
            "last_asked": iso(self.last),
        }


@dataclass(frozen=True, slots=True)
class Tally:
    """Distinct authors and posts, and when the first of them was published."""

    authors: int
    posts: int
    first: datetime


def list_entries(
    conn: sql.Connection,
    *,
    kinds: Collection[str] = (),
    statuses: Collection[str] = (),
    brands: Collection[str] | None = None,
    after: tuple[int, int, str] | None = None,
    limit: int = 50,
) -> list[Listed]:
    """Those that most people asked for first; all unless narrowed, but for merged ones.

    `after` asks for those behind one with so many authors, that number and that kind.
    """
    member, entry = digest_entry_members.c, digest_entries.c
    authors = sql.func.count(sql.distinct(member.author))
    wanted = (
        sql.select(
            digest_entries,
            authors.label("authors"),
            sql.func.count(sql.distinct(member.author + "\n" + member.story)).label("posts"),
            sql.func.min(member.published, type_=member.published.type).label("first"),
            sql.func.max(member.published, type_=member.published.type).label("last"),
        )
        .select_from(digest_entries.outerjoin(digest_entry_members, member.entry_id == entry.id))
        .where(entry.status != "merged")
        .group_by(entry.id)
        .order_by(authors.desc(), entry.number, entry.kind)
        .limit(limit)
    )
    if kinds:
        wanted = wanted.where(entry.kind.in_(kinds))
    if statuses:
        wanted = wanted.where(entry.status.in_(statuses))
    if brands is not None:
        wanted = wanted.where(entry.brand.in_(brands))
    if after is not None:
        many, number, kind = after
        behind = sql.or_(entry.number > number, sql.and_(entry.number == number, entry.kind > kind))
        wanted = wanted.having(sql.or_(authors < many, sql.and_(authors == many, behind)))
    return [
        Listed(_entry(row), row["authors"], row["posts"], row["first"], row["last"])
        for row in conn.execute(wanted).mappings()
    ]


def get_entry(conn: sql.Connection, said: str, *, for_change: bool = False) -> KnownEntry:
    """The entry, also a merged one; `for_change` locks it until the commit. Raises NotFound."""
    entry_id = read_id(said)
    wanted = sql.select(digest_entries).where(digest_entries.c.id == entry_id)
    row = conn.execute(wanted.with_for_update() if for_change else wanted).mappings().first()
    if row is None:
        raise NotFound(f"there is no entry {entry_id}; `untagged requests list` tells their ids")
    return _entry(row)


def followed(conn: sql.Connection, said: str) -> KnownEntry:
    """The entry, or the one that it was merged into in the end. Raises NotFound."""
    entry = get_entry(conn, said)
    while entry.merged_into is not None:
        entry = get_entry(conn, entry.merged_into)
    return entry


def entries_by_id(conn: sql.Connection, ids: Iterable[str]) -> dict[str, KnownEntry]:
    """Those of the entries that there are, by id."""
    found = {}
    for some in _batches(ids):
        wanted = sql.select(digest_entries).where(digest_entries.c.id.in_(some))
        found.update({row["id"]: _entry(row) for row in conn.execute(wanted).mappings()})
    return found


def merged_in(conn: sql.Connection, entry_id: str) -> list[str]:
    """The ids of the entries that were put into it, in order."""
    wanted = sql.select(digest_entries.c.id).where(digest_entries.c.merged_into == entry_id)
    return list(conn.execute(wanted.order_by(digest_entries.c.number)).scalars())


def members_of(
    conn: sql.Connection,
    entry_id: str,
    *,
    limit: int | None = None,
    skip: int = 0,
    newest: bool = True,
    before: datetime | None = None,
) -> list[Member]:
    """Its posts, the newest first or the oldest; those before a moment if one is named."""
    table = digest_entry_members.c
    order = (
        (table.published.desc(), table.mention_id.desc())
        if newest
        else (table.published, table.mention_id)
    )
    wanted = _MEMBERS.where(table.entry_id == entry_id).order_by(*order).limit(limit).offset(skip)
    wanted = wanted if before is None else wanted.where(table.published < before)
    return [Member(**row) for row in conn.execute(wanted).mappings()]


def memberships(conn: sql.Connection, mention_id: str) -> list[Member]:
    """The entries that a post is in: at most one of each kind and brand."""
    table = digest_entry_members.c
    wanted = _MEMBERS.where(table.mention_id == mention_id).order_by(table.entry_id)
    return [Member(**row) for row in conn.execute(wanted).mappings()]


def placed_among(
    conn: sql.Connection, kind: EntryKind, brand: str, mention_ids: Sequence[str]
) -> dict[str, str]:
    """The entry of each of these posts that is in one, by the post's id."""
    table = digest_entry_members.c
    return dict(_pairs(conn, kind, brand, table.mention_id, mention_ids))


def placed_stories(
    conn: sql.Connection, kind: EntryKind, brand: str, stories: Sequence[str]
) -> dict[str, str]:
    """The entry in which near copies of each of these stories are, by the story.

    Where people put copies into several, it is the one with the lowest id.
    """
    found: dict[str, str] = {}
    for story, entry_id in _pairs(conn, kind, brand, digest_entry_members.c.story, stories):
        found[story] = min(entry_id, found.get(story, entry_id))
    return found


def _pairs(
    conn: sql.Connection,
    kind: EntryKind,
    brand: str,
    column: sql.ColumnElement[str],
    values: Sequence[str],
) -> Iterator[tuple[str, str]]:
    table = digest_entry_members.c
    for some in _batches(values):
        wanted = sql.select(column, table.entry_id).where(
            table.kind == kind, table.brand == brand, column.in_(some)
        )
        yield from (tuple(row) for row in conn.execute(wanted))


def examples(
    conn: sql.Connection, kind: EntryKind, brand: str, *, since: datetime
) -> dict[str, list[Member]]:
    """By what each living entry is known again: its first posts, those that people placed too.

    The first ones, as an entry that is known by its latest would drift. Of entries that nobody
    has asked for since then, only those about which somebody decided something.
    """
    table, entry = digest_entry_members.c, digest_entries.c
    rank = sql.func.row_number().over(
        partition_by=(table.entry_id, table.placed_by != ""),
        order_by=(table.published, table.mention_id),
    )
    ranked = (
        sql.select(*_MEMBERS.selected_columns, rank.label("rank"))
        .where(table.kind == kind, table.brand == brand)
        .subquery()
    )
    lately = sql.select(table.entry_id).where(
        table.kind == kind, table.brand == brand, table.published >= since
    )
    living = sql.select(entry.id).where(
        entry.kind == kind,
        entry.brand == brand,
        entry.status != "merged",
        sql.or_(entry.status != "open", entry.version > 1, entry.id.in_(lately)),
    )
    wanted = (
        sql.select(*(ranked.c[field.name] for field in fields(Member)))
        .where(ranked.c.rank <= EXAMPLES, ranked.c.entry_id.in_(living))
        .order_by(ranked.c.published, ranked.c.mention_id)
    )
    found: dict[str, list[Member]] = {}
    for row in conn.execute(wanted).mappings():
        found.setdefault(row["entry_id"], []).append(Member(**row))
    return found


def partings(conn: sql.Connection, kind: EntryKind, brand: str) -> list[tuple[str, str]]:
    """What people said does not belong: (post, entry)."""
    entry, parting = digest_entries.c, digest_entry_partings.c
    wanted = (
        sql.select(parting.mention_id, parting.entry_id)
        .join(digest_entries, entry.id == parting.entry_id)
        .where(entry.kind == kind, entry.brand == brand)
        .order_by(parting.mention_id, parting.entry_id)
    )
    return [(row.mention_id, row.entry_id) for row in conn.execute(wanted)]


def tallies(
    conn: sql.Connection,
    ids: Iterable[str],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> dict[str, Tally]:
    """Who asked within the window, by entry; an author's near copies are one post."""
    table = digest_entry_members.c
    within = [] if since is None else [table.published >= since]
    within += [] if until is None else [table.published < until]
    found = {}
    for some in _batches(ids):
        posts = sql.select(
            table.entry_id,
            table.author,
            table.story,
            sql.func.min(table.published, type_=table.published.type).label("first"),
        ).where(table.entry_id.in_(some), *within)
        once = posts.group_by(table.entry_id, table.author, table.story).subquery()
        wanted = sql.select(
            once.c.entry_id,
            sql.func.count(sql.distinct(once.c.author)).label("authors"),
            sql.func.count().label("posts"),
            sql.func.min(once.c.first, type_=table.published.type).label("first"),
        ).group_by(once.c.entry_id)
        for row in conn.execute(wanted):
            found[row.entry_id] = Tally(row.authors, row.posts, row.first)
    return found


def trail_of(conn: sql.Connection, entry_id: str) -> list[Line]:
    """What happened to it, oldest first."""
    table = digest_entry_trail.c
    columns = [table[field.name] for field in fields(Line)]
    wanted = sql.select(*columns).where(table.entry_id == entry_id).order_by(table.id)
    return [Line(**row) for row in conn.execute(wanted).mappings()]


def _batches(ids: Iterable[str]) -> Iterator[list[str]]:
    stream = iter(ids)
    while some := list(islice(stream, AT_ONCE)):
        yield some


_MEMBERS = sql.select(*(digest_entry_members.c[field.name] for field in fields(Member)))


def _entry(row: Any) -> KnownEntry:
    return KnownEntry(**{field.name: row[field.name] for field in fields(KnownEntry)})
