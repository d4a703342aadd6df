"""Traces: where the cases room holds something about given mentions."""

from collections.abc import Callable, Collection, Sequence

import sqlalchemy as sql

from cases.routing_versions import routing_versions
from cases.tables import case_posts, notes

_AT_ONCE = 500
"""Ids in one statement; SQLite takes 32,766 values."""


def cases_of_mentions(conn: sql.Connection, mention_ids: Sequence[str]) -> dict[str, int]:
    """The case of each mention that is in one."""
    found: dict[str, int] = {}
    for start in range(0, len(mention_ids), _AT_ONCE):
        wanted = case_posts.c.mention_id.in_(mention_ids[start : start + _AT_ONCE])
        rows = conn.execute(sql.select(case_posts.c.mention_id, case_posts.c.case_id).where(wanted))
        found |= {row.mention_id: row.case_id for row in rows}
    return found


def noted_cases(conn: sql.Connection, case_ids: Sequence[int]) -> list[int]:
    """The cases among these that have notes."""
    found: set[int] = set()
    for start in range(0, len(case_ids), _AT_ONCE):
        wanted = notes.c.case_id.in_(case_ids[start : start + _AT_ONCE])
        found |= set(conn.execute(sql.select(notes.c.case_id).where(wanted)).scalars())
    return sorted(found)


def posts_by(
    conn: sql.Connection, names: Collection[str], sources: Collection[str]
) -> dict[str, tuple[str, str]]:
    """Posts that cases still show, by authors of these names in these sources.

    Gives the first words and the address of each, by its id.
    """
    wanted = {name.casefold() for name in names}
    columns = (case_posts.c[name] for name in ("mention_id", "author", "excerpt", "url"))
    query = sql.select(*columns).where(case_posts.c.author != "").order_by(case_posts.c.id)
    return {
        row.mention_id: (row.excerpt, row.url)
        for row in conn.execute(query)
        if row.author.casefold() in wanted and row.mention_id.partition(":")[0] in sources
    }


def routing_about(conn: sql.Connection, is_named: Callable[[str], bool]) -> list[int]:
    """The versions of the routing with a rule or a comment that names somebody."""
    query = sql.select(routing_versions).order_by(routing_versions.c.number)
    return [
        row.number
        for row in conn.execute(query)
        if any(map(is_named, (row.comment, *(rule["when"] for rule in row.rules or ()))))
    ]
