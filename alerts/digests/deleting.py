"""Deleting: what kept digests and their letters quote of posts that their authors deleted.

That so many asked stays true; their words, names and addresses go.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sql

from alerts.digests.entries.forgetting import titles_from
from alerts.digests.issued import hold_still
from alerts.digests.letters import KIND
from alerts.digests.tables import issued_digests
from alerts.erasing import Traces
from alerts.tables import outbox
from mentions.mention import Mention

DELETED = "(deleted by its author)"


def forget_deleted(conn: sql.Connection, mentions: Sequence[Mention]) -> int:
    """Take these posts out of every digest that may quote them; how many digests and letters.

    Call it before they leave the entries, whose titles tell which words of a digest were theirs;
    and again once they left the store, as a digest may have been kept meanwhile.
    """
    if not mentions:
        return 0
    hold_still(conn)
    traces = replace(Traces.of(mentions), handles=frozenset(), gone=DELETED, is_unnaming=False)
    # What was made before the first of them was published quotes none.
    first = min(one.published for one in mentions)
    digest, letter = issued_digests.c, outbox.c
    kept = sql.select(digest.id, digest.content).where(digest.changed_at >= first)
    told = sql.select(letter.id, letter.payload).where(
        letter.kind == KIND, letter.created_at >= first
    )
    asked = {one for _, content in conn.execute(kept) for one in _asked(content, traces)}
    traces = traces.also(titles=titles_from(conn, traces.ids) | asked)
    return _take_out(conn, kept, traces) + _take_out(conn, told, traces)


def _asked(content: Any, traces: Traces) -> Iterator[str]:
    """The questions that a digest has in their words."""
    for record in content["records"]:
        if traces.ids.intersection(record.get("mentions", ())) and traces.says(
            record.get("question")
        ):
            yield record["question"]


def _take_out(conn: sql.Connection, rows: sql.Select[Any], traces: Traces) -> int:
    number, column = rows.selected_columns
    changed = [
        (row[0], cleaned)
        for row in conn.execute(rows)
        if traces.is_in(row[1]) and (cleaned := traces.without(row[1])) != row[1]
    ]
    for its, cleaned in changed:
        there = sql.update(column.table).where(number == its)
        conn.execute(there.values({column: cleaned}))
    return len(changed)
