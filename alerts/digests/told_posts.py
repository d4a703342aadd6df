"""Which posts a digest tells of: those whose words, names or titles stand in it."""

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sql

from alerts.digests.digest import Digest
from alerts.digests.entries.tables import digest_entries

_ONE, _SEVERAL = "mention", ("mentions", "notable")
"""Keys of records under which a post's id stands, and under which several do."""


def posts_told_of(conn: sql.Connection, digest: Digest) -> set[str]:
    """The ids of the posts that it quotes or lists, and of those that lent an entry its title."""
    quoted = {
        quote.mention_id
        for section in digest.sections
        for entry in section.entries
        for quote in entry.quotes
    }
    listed = {one for record in digest.records for one in _ids(record)}
    entries = {str(record["id"]) for record in digest.records if "id" in record}
    titles = sql.select(digest_entries.c.title_from).where(digest_entries.c.id.in_(entries))
    return (quoted | listed | set(conn.execute(titles).scalars())) - {""}


def _ids(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, said in value.items():
            if name == _ONE and isinstance(said, str):
                yield said
            elif name in _SEVERAL and isinstance(said, list | tuple):
                yield from said
            else:
                yield from _ids(said)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _ids(one)
