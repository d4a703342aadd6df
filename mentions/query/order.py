"""Order: `a NEAR/5f b` in SQL, which FTS5 has no expression for.

FTS5 finds the rows in which both sides are near each other; then the words of each such row, which
its content holds with spaces between, are read once from left to right.
"""

from mentions.query import fts5
from mentions.query.tree import Near

_WORDS = """json_each('["' || replace({field}, ' ', '","') || '"]')"""
"""Tokens hold no quote, backslash or control character, so that this is valid JSON."""
_ORDERED = """EXISTS (
    SELECT 1 FROM (
        SELECT behind, key - max(CASE WHEN before = ? THEN key END) OVER (
            ORDER BY key ROWS BETWEEN UNBOUNDED PRECEDING AND {left} PRECEDING) AS apart
        FROM (
            SELECT key,
                group_concat(value, ' ') OVER (
                    ORDER BY key ROWS BETWEEN CURRENT ROW AND {left} - 1 FOLLOWING) AS before,
                group_concat(value, ' ') OVER (
                    ORDER BY key ROWS BETWEEN CURRENT ROW AND {right} - 1 FOLLOWING) AS behind
            FROM {words}))
    WHERE behind = ? AND apart <= ?)"""


def in_order(node: Near) -> tuple[str, tuple[object, ...]]:
    """The condition on `mentions` that one side stands before the other, and its parameters."""
    sides = (" ".join(node.left), " ".join(node.right), len(node.left) + node.within)
    ordered = " OR ".join(
        _ORDERED.format(
            left=len(node.left), right=len(node.right), words=_WORDS.format(field=field)
        )
        for field in node.fields
    )
    found = f"SELECT rowid FROM mention_words WHERE mention_words MATCH ? AND ({ordered})"  # noqa: S608  # numbers and fields of ours
    return f"mentions.rowid IN ({found})", (fts5.near(node), *(sides * len(node.fields)))
