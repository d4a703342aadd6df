"""Deleting: what alerts, messages and digests quote of posts that their authors deleted.

That something was told stays true, and so do its numbers; their words, names and addresses go.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sql

from alerts.digests.issued import hold_still
from alerts.digests.tables import issued_digests
from alerts.erasing import Traces, erase_quotes, listing_alerts
from mentions.mention import Mention

DELETED = "(deleted by its author)"


def forget_deleted(conn: sql.Connection, mentions: Sequence[Mention]) -> Traces:
    """Take these posts out of all that may quote them; by what they were known there.

    Call it before they leave the entries, whose titles tell which words of a digest were theirs;
    and again once they left the store, as a digest may have been kept meanwhile.
    """
    traces = replace(Traces.of(mentions), handles=frozenset(), gone=DELETED, is_unnaming=False)
    if not mentions:
        return traces
    hold_still(conn)
    # What was written before the first of them was published quotes none.
    first = min(one.published for one in mentions)
    digest = issued_digests.c
    kept = sql.select(digest.content).where(digest.changed_at >= first)
    asked = {one for content in conn.execute(kept).scalars() for one in _asked(content, traces)}
    traces = listing_alerts(conn, traces.also(titles=asked), since=first)
    erase_quotes(conn, traces, is_trial=False, since=first)
    return traces


def _asked(content: Any, traces: Traces) -> Iterator[str]:
    """The questions that a digest has in their words."""
    for record in content["records"]:
        if traces.ids.intersection(record.get("mentions", ())) and traces.says(
            record.get("question")
        ):
            yield record["question"]
