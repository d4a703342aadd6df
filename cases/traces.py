"""Traces: where the cases room holds something about given mentions."""

from collections.abc import Sequence

import sqlalchemy as sql

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
