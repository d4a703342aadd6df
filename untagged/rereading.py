"""Rereading: mentions that older models have read are read again, newest first, in the background.

Each call does a little and remembers how far it came, so that new posts do not wait for it. What
a person corrected stays, and so do brands that a mention has by its conversation alone.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sql
from sqlalchemy_utc import UtcDateTime

from mentions.collected import Reject
from mentions.mention import Mention
from mentions.query.tree import Everything, Query
from mentions.store import MentionStore
from nlp.reader import Reader
from nlp.unread import UNKNOWN_LANGUAGE
from untagged.marking import marked

EVERYTHING = Query("*", Everything())
PAGE = 500
"""Mentions that are read and written together."""
PAGES = 4
"""How many of these a call does: about a second, so that no batch waits for long."""

metadata = sql.MetaData()
rereadings = sql.Table(
    "rereadings",
    metadata,
    sql.Column("models", sql.String(200), primary_key=True),
    sql.Column("begun_at", UtcDateTime(), nullable=False),
    sql.Column("done_at", UtcDateTime()),
    sql.Column("cursor", sql.Text),
    sql.Column("mentions", sql.Integer, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Rereading:
    """How far the models named have read what was indexed before them."""

    models: str
    begun_at: datetime
    done_at: datetime | None = None
    cursor: str | None = None
    mentions: int = 0


def reread(
    store: MentionStore,
    reader: Callable[[], Reader],
    begin: Callable[[], AbstractContextManager[Any]],
    *,
    models: str,
    now: datetime,
) -> int:
    """Read some more mentions with the models in use; how many were, 0 when all have been.

    Raises StoreUnavailable; the next call goes on where this one came to.
    """
    with begin() as connection:
        at = _kept(connection, models) or Rereading(models, now)
    if at.done_at is not None:
        return 0
    before = at.mentions
    for _ in range(PAGES):
        page = store.search(EVERYTHING, limit=PAGE, cursor=at.cursor)
        store.upsert(read_again(page.mentions, reader()))
        done_at = now if page.cursor is None else None
        done = at.mentions + len(page.mentions)
        at = replace(at, cursor=page.cursor, mentions=done, done_at=done_at)
        with begin() as connection:
            _keep(connection, at)
        if at.done_at is not None:
            break
    return at.mentions - before


def read_again(mentions: Sequence[Mention], reader: Reader) -> list[Mention]:
    """The mentions as `reader` reads them; one that cannot be read stays as it was."""
    # The platform's word for the language was replaced by what was read: it is no hint any more.
    anew = reader.read([mention.model_copy(update=_as_collected(mention)) for mention in mentions])
    return marked(
        [
            was if isinstance(read, Reject) else _with_brands(read, was)
            for was, read in zip(mentions, anew, strict=True)
        ]
    )


def _as_collected(mention: Mention) -> dict[str, Any]:
    """What goes before a mention is read anew: its language, and corrections but for that.

    They are merged in again from the store, where somebody may have taken one back meanwhile.
    """
    corrections = {name: said for name, said in mention.corrections.items() if name == "lang"}
    return {"lang": UNKNOWN_LANGUAGE, "corrections": corrections}


def _with_brands(read: Mention, was: Mention) -> Mention:
    return read if read.brands else read.model_copy(update={"brands": was.brands})


def _kept(connection: sql.Connection, models: str) -> Rereading | None:
    row = connection.execute(sql.select(rereadings).where(rereadings.c.models == models)).first()
    return Rereading(**row._mapping) if row else None


def _keep(connection: sql.Connection, at: Rereading) -> None:
    values = {"done_at": at.done_at, "cursor": at.cursor, "mentions": at.mentions}
    known = rereadings.c.models == at.models
    changed = connection.execute(sql.update(rereadings).where(known).values(values))
    if not changed.rowcount:
        row = {"models": at.models, "begun_at": at.begun_at, **values}
        connection.execute(sql.insert(rereadings).values(row))
