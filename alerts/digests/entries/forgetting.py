"""Forgetting: posts that were deleted, erased or are too old leave their entries.

Their entry stays under its id, with the others who asked. Its title goes if it was theirs.
Functions take a Connection inside a transaction that the caller began.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

import sqlalchemy as sql

from alerts.digests.entries.tables import (
    digest_entries,
    digest_entry_members,
    digest_entry_partings,
    digest_entry_trail,
)

AT_ONCE = 500
"""Ids in one statement."""


def forget_members(conn: sql.Connection, mention_ids: Sequence[str]) -> int:
    """Take these posts out of their entries, with the titles in their words; how many places."""
    gone = 0
    for start in range(0, len(mention_ids), AT_ONCE):
        some = mention_ids[start : start + AT_ONCE]
        member, parting = digest_entry_members, digest_entry_partings
        gone += conn.execute(sql.delete(member).where(member.c.mention_id.in_(some))).rowcount
        conn.execute(sql.delete(parting).where(parting.c.mention_id.in_(some)))
        titled = digest_entries.c.title_from.in_(some)
        conn.execute(sql.update(digest_entries).where(titled).values(title="", title_from=""))
    return gone


def forget_old_members(conn: sql.Connection, *, before: datetime) -> int:
    """Take out what was published before that moment; how many places."""
    member = digest_entry_members.c
    old = sql.select(member.mention_id).where(member.published < before).distinct()
    return forget_members(conn, list(conn.execute(old).scalars()))


def entries_of(conn: sql.Connection, mention_ids: Sequence[str]) -> dict[str, int]:
    """How many of these posts are in each entry, or lent it its words."""
    member, found = digest_entry_members.c, dict[str, int]()
    for start in range(0, len(mention_ids), AT_ONCE):
        some = mention_ids[start : start + AT_ONCE]
        within = sql.select(member.entry_id).where(member.mention_id.in_(some))
        for entry_id in conn.execute(within).scalars():
            found[entry_id] = found.get(entry_id, 0) + 1
        titled = sql.select(digest_entries.c.id).where(digest_entries.c.title_from.in_(some))
        for entry_id in conn.execute(titled).scalars():
            found.setdefault(entry_id, 0)
    return dict(sorted(found.items()))


def titles_from(conn: sql.Connection, mention_ids: Collection[str]) -> set[str]:
    """The titles of entries that are in the words of these posts."""
    entry, ids, found = digest_entries.c, sorted(mention_ids), set[str]()
    for start in range(0, len(ids), AT_ONCE):
        theirs = entry.title_from.in_(ids[start : start + AT_ONCE])
        wanted = sql.select(entry.title).where(theirs, entry.title != "")
        found.update(conn.execute(wanted).scalars())
    return found


def noted_entries(conn: sql.Connection, is_about: Callable[[str], bool]) -> list[str]:
    """The entries about which colleagues wrote something that is about somebody."""
    entry, line = digest_entries.c, digest_entry_trail.c
    queries = (sql.select(entry.id, entry.note), sql.select(line.entry_id, line.note))
    return sorted(
        {said[0] for query in queries for said in conn.execute(query) if is_about(said[1])}
    )
