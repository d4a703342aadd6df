"""What people say of entries: its status, that two are one, where a post belongs.

Their word is kept for as long as the posts are, and given to every later clustering. Functions
take a Connection inside a transaction that the caller began; each leaves a line in the trail.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sql

from alerts.digests.entries.book import get_entry
from alerts.digests.entries.entry import (
    MAX_NOTE_CHARACTERS,
    KnownEntry,
    Member,
    Status,
    kind_of,
    said_status,
)
from alerts.digests.entries.settling import Placed, hold, new_entry, place
from alerts.digests.entries.tables import (
    digest_entries,
    digest_entry_members,
    digest_entry_partings,
    digest_entry_trail,
)
from mentions.errors import Conflict, NotFound, Outdated, UntaggedError

MOST_MOVED = 200
"""Posts in one move: as many as a page shows."""


def mark(
    conn: sql.Connection,
    said: str,
    status: Status,
    *,
    who: str,
    now: datetime,
    note: str | None = None,
    version: int | None = None,
) -> KnownEntry:
    """The entry with its new status. Raises NotFound, Outdated, or Conflict for a merged one.

    A new status without a note has none. Saying the same again changes nothing, the day on which
    it was shipped neither.
    """
    entry = _living(conn, said, version)
    kept = entry.note if entry.status == status else ""
    written = kept if note is None else note.strip()
    if len(written) > MAX_NOTE_CHARACTERS:
        raise UntaggedError(f"a note has at most {MAX_NOTE_CHARACTERS:,} characters; shorten it")
    if (entry.status, entry.note) == (status, written):
        return entry
    values: dict[str, Any] = {"note": written}
    if entry.status != status:
        values |= {"status": status, "status_at": now, "status_by": who}
    _change(conn, entry, **values)
    detail = {"from": entry.status, "to": status}
    _log(conn, entry.id, "marked", who=who, now=now, note=written, detail=detail)
    return get_entry(conn, entry.id)


def merge(conn: sql.Connection, said: str, other: str, *, who: str, now: datetime) -> KnownEntry:
    """The entry with the posts of `other`, whose id leads to it from now on.

    Raises NotFound, or Conflict for what is merged already, of another kind or another brand.
    """
    hold(conn, kind_of(said))
    first, second = sorted((get_entry(conn, said).id, get_entry(conn, other).id))
    if first == second:
        raise Conflict(f"{first} cannot be merged with itself; name another entry")
    locked = {one: _living(conn, one) for one in (first, second)}  # always in one order
    entry, gone = locked[get_entry(conn, said).id], locked[get_entry(conn, other).id]
    if (entry.kind, entry.brand) != (gone.kind, gone.brand):
        raise Conflict(
            f"{gone.id} is of {gone.brand}'s {gone.kind} and {entry.id} of {entry.brand}'s "
            f"{entry.kind}; only entries of one kind and brand can be one"
        )
    member = digest_entry_members
    moved = conn.execute(
        sql.update(member)
        .where(member.c.entry_id == gone.id)
        .values(entry_id=entry.id, placed_by=who, placed_at=now)
    ).rowcount
    _hand_over_partings(conn, gone.id, entry.id)
    _change(conn, gone, status="merged", merged_into=entry.id)
    earlier = sql.update(digest_entries).where(digest_entries.c.merged_into == gone.id)
    conn.execute(earlier.values(merged_into=entry.id))
    _change(conn, entry)
    _log(conn, gone.id, "merged", who=who, now=now, detail={"into": entry.id, "posts": moved})
    _log(conn, entry.id, "took over", who=who, now=now, detail={"of": gone.id, "posts": moved})
    return get_entry(conn, entry.id)


def move(
    conn: sql.Connection,
    source: str,
    mention_ids: Sequence[str],
    to: str | None,
    *,
    who: str,
    now: datetime,
    titled: tuple[str, str] = ("", ""),
) -> KnownEntry:
    """The entry in which these posts of `source` are now: `to`, or a new one of that title.

    `titled` is the title and the post whose words it is. The clustering will keep the posts apart
    from where they were. Raises NotFound, or Conflict for entries of unlike kinds or brands.
    """
    ids = list(dict.fromkeys(mention_ids))
    if not 0 < len(ids) <= MOST_MOVED:
        raise UntaggedError(f"1 to {MOST_MOVED} posts can be moved at once, not {len(ids)}")
    hold(conn, kind_of(source))
    ends = sorted({get_entry(conn, one).id for one in (source, to) if one is not None})
    locked = {one: _living(conn, one) for one in ends}
    left = locked[get_entry(conn, source).id]
    posts = _own(conn, left, ids)
    if to is None:
        joined = get_entry(conn, new_entry(conn, left.kind, left.brand, *titled, now=now))
    else:
        joined = locked[get_entry(conn, to).id]
    if joined.id == left.id:
        raise Conflict(f"the post is in {left.id} already; name another entry, or new")
    if (joined.kind, joined.brand) != (left.kind, left.brand):
        raise Conflict(
            f"{joined.id} is of {joined.brand}'s {joined.kind}, and the post of {left.brand}'s "
            f"{left.kind}; move it to an entry of that kind and brand, or to new"
        )
    own = digest_entry_members.c
    in_kind = sql.and_(own.kind == left.kind, own.brand == left.brand)
    conn.execute(sql.delete(digest_entry_members).where(in_kind, own.mention_id.in_(ids)))
    place(conn, left.kind, left.brand, joined.id, posts, now=now, who=who)
    _part(conn, ids, left.id, joined.id, who=who, now=now)
    for changed in (left, joined):
        _change(conn, changed)
    detail = {"from": left.id, "to": joined.id, "posts": len(ids)}
    for one in (left.id, joined.id):
        _log(conn, one, "moved", who=who, now=now, detail=detail)
    return get_entry(conn, joined.id)


def _own(conn: sql.Connection, entry: KnownEntry, ids: Sequence[str]) -> list[Placed]:
    """The posts of the entry that the ids name. Raises NotFound for one that is not in it."""
    table = digest_entry_members.c
    wanted = sql.select(table.mention_id, table.author, table.story, table.published).where(
        table.entry_id == entry.id, table.mention_id.in_(ids)
    )
    found = [Placed(**row) for row in conn.execute(wanted).mappings()]
    for missing in set(ids) - {post.mention_id for post in found}:
        raise NotFound(
            f"{missing[:200]} is not in {entry.id}; `untagged requests show {entry.id}` lists "
            "its posts"
        )
    return found


def moved_from(found: Sequence[Member], mention_id: str, to: str | None) -> str:
    """Of which of its entries a post is to be taken: the one like `to`. Raises NotFound, Conflict.

    `found` are the entries that the post is in.
    """
    if not found:
        raise NotFound(f"{mention_id[:200]} is in no entry; a digest over its day puts it into one")
    prefix = "" if to is None else to.partition("-")[0]
    fitting = [one.entry_id for one in found if one.entry_id.startswith(f"{prefix}-") or not prefix]
    if not fitting:
        raise Conflict(
            f"{mention_id[:200]} is in {', '.join(one.entry_id for one in found)}, and {to} is of "
            "another kind; move it to an entry of its kind, or to new"
        )
    if len(fitting) > 1:
        raise Conflict(f"{mention_id[:200]} is in {' and '.join(fitting)}; say which with --from")
    return fitting[0]


def _part(
    conn: sql.Connection, ids: Sequence[str], left: str, joined: str, *, who: str, now: datetime
) -> None:
    """Keep that the posts do not belong where they were; whoever said so of `joined` erred."""
    parting = digest_entry_partings
    both = sql.and_(parting.c.mention_id.in_(ids), parting.c.entry_id.in_([left, joined]))
    conn.execute(sql.delete(parting).where(both))
    rows = [{"mention_id": one, "entry_id": left, "who": who, "at": now} for one in ids]
    conn.execute(sql.insert(parting), rows)


def _hand_over_partings(conn: sql.Connection, gone: str, entry_id: str) -> None:
    """What does not belong to an entry that is merged does not to the other; what is in it does."""
    parting, member = digest_entry_partings, digest_entry_members.c
    own = sql.select(member.mention_id).where(member.entry_id == entry_id)
    of_gone = sql.select(parting.c.mention_id, parting.c.who, parting.c.at)
    of_gone = of_gone.where(
        parting.c.entry_id == gone,
        parting.c.mention_id.not_in(
            sql.select(parting.c.mention_id).where(parting.c.entry_id == entry_id)
        ),
    )
    rows = [{**row, "entry_id": entry_id} for row in conn.execute(of_gone).mappings()]
    if rows:
        conn.execute(sql.insert(parting), rows)
    is_over = sql.or_(
        parting.c.entry_id == gone,
        sql.and_(parting.c.entry_id == entry_id, parting.c.mention_id.in_(own)),
    )
    conn.execute(sql.delete(parting).where(is_over))


def _living(conn: sql.Connection, said: str, version: int | None = None) -> KnownEntry:
    """The entry, locked, at that version if one is named."""
    entry = get_entry(conn, said, for_change=True)
    if entry.merged_into is not None:
        raise Conflict(f"{entry.id} was merged into {entry.merged_into}; go on with that one")
    if version is not None and version != entry.version:
        raise Outdated(
            f"{entry.id} was changed meanwhile, it is {said_status(entry.kind, entry.status)} "
            "now; look again and decide"
        )
    return entry


def _change(conn: sql.Connection, entry: KnownEntry, **values: Any) -> None:
    """Write the values; whoever decides on what they saw before is told to look again."""
    table = digest_entries
    row = {**values, "version": table.c.version + 1}
    conn.execute(sql.update(table).where(table.c.id == entry.id).values(row))


def _log(
    conn: sql.Connection,
    entry_id: str,
    what: str,
    *,
    who: str,
    now: datetime,
    detail: Mapping[str, Any],
    note: str = "",
) -> None:
    row = {
        "entry_id": entry_id,
        "at": now,
        "who": who,
        "what": what,
        "note": note,
        "detail": dict(detail),
    }
    conn.execute(sql.insert(digest_entry_trail).values(row))
