"""Settling: what the clustering found becomes entries, once, however often it is found.

A post that is in an entry stays there until a person moves it, so the same period gathered again
gives the same entries under the same ids, and so does gathering it on two machines at once.
Functions take a Connection inside a transaction that the caller began.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sql
from sqlalchemy.dialects import postgresql, sqlite

from alerts.digests.entries.book import entries_by_id, followed, members_of, placed_among
from alerts.digests.entries.entry import EntryKind, written_id
from alerts.digests.entries.tables import (
    digest_entries,
    digest_entry_members,
    digest_entry_numbers,
)

AT_ONCE = 500
OF = 3
"""Posts from which on an entry says more than whoever came first."""
TITLED_BY = 12
"""Oldest posts of an entry that its title is chosen among, once there are so many as OF."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A post that is to be in an entry."""

    mention_id: str
    author: str
    story: str
    published: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """Posts that say the same: those of a known entry, or of a new one with this title.

    `title_from` is the post whose words the title is.
    """

    posts: tuple[Placed, ...]
    entry_id: str | None
    title: str = ""
    title_from: str = ""


def settle(
    conn: sql.Connection, kind: EntryKind, brand: str, found: Sequence[Found], *, now: datetime
) -> int:
    """Put the posts into their entries, new ones numbered in the order given; how many are new.

    What another one placed in the meantime stays where it is, and the rest of its group joins it.
    """
    hold(conn, kind)
    ids = [post.mention_id for group in found for post in group.posts]
    there = placed_among(conn, kind, brand, ids)
    made = 0
    for group in found:
        known = Counter(there[post.mention_id] for post in group.posts if post.mention_id in there)
        fresh = [post for post in group.posts if post.mention_id not in there]
        if not fresh:
            continue
        entry_id = group.entry_id
        if entry_id is None and known:
            most = max(known.values())
            entry_id = min(one for one, number in known.items() if number == most)
        if entry_id is None:
            entry_id = new_entry(conn, kind, brand, group.title, group.title_from, now=now)
            made += 1
        else:
            entry_id = followed(conn, entry_id).id
        place(conn, kind, brand, entry_id, fresh, now=now)
        there.update(dict.fromkeys((post.mention_id for post in fresh), entry_id))
    return made


def new_entry(
    conn: sql.Connection, kind: EntryKind, brand: str, title: str, title_from: str, *, now: datetime
) -> str:
    """The id of an open entry without posts, under a number that was never given before."""
    table = digest_entry_numbers
    first = _insert(conn)(table).values(kind=kind, last=1)
    count = first.on_conflict_do_update(
        index_elements=[table.c.kind], set_={"last": table.c.last + 1}
    )
    number = int(conn.execute(count.returning(table.c.last)).scalar_one())
    entry_id = written_id(kind, number)
    row = {
        "id": entry_id,
        "kind": kind,
        "number": number,
        "brand": brand,
        "title": title,
        "title_from": title_from,
        "status": "open",
        "made_at": now,
    }
    conn.execute(sql.insert(digest_entries).values(row))
    return entry_id


def place(
    conn: sql.Connection,
    kind: EntryKind,
    brand: str,
    entry_id: str,
    posts: Iterable[Placed],
    *,
    now: datetime,
    who: str = "",
) -> None:
    """Put posts that are in no entry into this one."""
    rows = [
        {
            "kind": kind,
            "brand": brand,
            "mention_id": post.mention_id,
            "entry_id": entry_id,
            "author": post.author,
            "story": post.story,
            "published": post.published,
            "placed_by": who,
            "placed_at": now,
        }
        for post in posts
    ]
    if rows:
        conn.execute(sql.insert(digest_entry_members), rows)


def entitle(conn: sql.Connection, titles: Iterable[tuple[str, str, str]]) -> None:
    """Give entries that lost their title a new one: (entry, title, the post that it is from)."""
    for entry_id, title, title_from in titles:
        table = digest_entries
        untitled = sql.and_(table.c.id == entry_id, table.c.title == "")
        conn.execute(sql.update(table).where(untitled).values(title=title, title_from=title_from))


def untitled_among(conn: sql.Connection, ids: Iterable[str]) -> list[str]:
    """Those of the entries whose title was erased."""
    return [one.id for one in entries_by_id(conn, ids).values() if not one.title]


def outgrown_among(conn: sql.Connection, ids: Iterable[str]) -> dict[str, str]:
    """The titles that one of their first posts gave those that nobody decided about.

    They have more posts by now, which say better what they are about: a slip of the pen or a lone
    word of whoever came first is not what all of them say.
    """
    table = digest_entries.c
    wanted = [one.id for one in entries_by_id(conn, ids).values() if one.status == "open"]
    found = {}
    for start in range(0, len(wanted), AT_ONCE):
        some = table.id.in_(wanted[start : start + AT_ONCE])
        named = sql.select(table.id, table.title, table.title_from)
        named = named.where(some, table.title != "").order_by(table.id)
        for entry_id, title, title_from in conn.execute(named).all():
            own = members_of(conn, entry_id, limit=TITLED_BY, newest=False)
            is_decided = any(one.placed_by for one in own)
            is_of_first = title_from in [one.mention_id for one in own[: OF - 1]]
            if len(own) >= OF and is_of_first and not is_decided:
                found[entry_id] = title
    return found


def retitle(conn: sql.Connection, titles: Iterable[tuple[str, str, str]]) -> None:
    """Give open entries another title: (entry, title, the post that it is from)."""
    for entry_id, title, title_from in titles:
        table = digest_entries
        is_open = sql.and_(table.c.id == entry_id, table.c.status == "open", table.c.title != "")
        conn.execute(sql.update(table).where(is_open).values(title=title, title_from=title_from))


def hold(conn: sql.Connection, kind: EntryKind) -> None:
    """Let nobody else change entries of this kind until the commit.

    Else two digests that find the same new entry would both make it, and a post could be put into
    an entry while that is merged into another.
    """
    first = _insert(conn)(digest_entry_numbers).values(kind=kind, last=0)
    conn.execute(first.on_conflict_do_nothing())
    table = digest_entry_numbers.c
    conn.execute(sql.select(table.last).where(table.kind == kind).with_for_update())


def _insert(conn: sql.Connection) -> Any:
    return (postgresql if conn.dialect.name == "postgresql" else sqlite).insert
