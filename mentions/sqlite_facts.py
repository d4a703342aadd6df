"""Facts: what counting reads of each mention, kept as columns of numbers that lie together.

A page holds the facts of the `PAGE` mentions whose rowids follow one another, so that those of a
hundred thousand matches are read at the speed of memory, and no match is visited in its row. A page
says from when to when its mentions were published: a window skips the others.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mentions.documents import Document
from mentions.fields import FIELDS
from mentions.query.sql import column
from mentions.windows import Window

PAGE = 2_048
"""Mentions a page: what a write of a thousand touches stays a few pages of 28 kB."""
FLAGS = tuple(name for name, field in FIELDS.items() if field.type == "flag" and name != "tagged")
"""Flags that are facts; `tagged` is a facet and part of the set."""
_FACT = np.dtype([("published", "<i8"), ("its_set", "<u4"), ("flags", "<u2")])
_AUTHOR = np.dtype([("key", "<u8"), ("name", "<u4")])
_STORY = np.dtype([("story", "<u8")])
LISTED = ("site", "topic", "tag")
"""Facets with many values, of which a mention's own are one number (see `sqlite_lists`)."""
_LISTS = np.dtype([(name, "<u4") for name in LISTED])
_BLOBS = {"facts": _FACT, "authors": _AUTHOR, "stories": _STORY, "lists": _LISTS}
_ROW = np.dtype([("rowid", "<i8"), *(field for kind in _BLOBS.values() for field in kind.descr)])
_NO_SET = 0
"""Where there is no mention: facet sets are numbered from 1."""

Numbers = NDArray[Any]


class Row(NamedTuple):
    """One mention: its facet set, its flags (see `flags_of`), the key of its author (see `key_of`)
    and the number of their name, both 0 where it names none, the key of its story, and the numbers
    of its lists, 0 where it has none.
    """

    rowid: int
    published: int
    its_set: int
    flags: int
    key: int
    name: int
    story: int
    site: int
    topic: int
    tag: int


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of mentions, each a column in the order of `rowids`."""

    rowids: Numbers
    published: Numbers
    sets: Numbers
    flags: Numbers

    def where(self, chosen: Numbers) -> "Facts":
        """Those of the mentions for which `chosen` is true."""
        return Facts(
            self.rowids[chosen], self.published[chosen], self.sets[chosen], self.flags[chosen]
        )

    def between(self, window: Window) -> "Facts":
        """Those of the mentions published in the window."""
        if window.since is None and window.until is None:
            return self
        return self.where(is_between(self.published, window))


def flags_of(document: Document) -> int:
    """Two bits for each of `FLAGS`: it is false, it is true; neither where there is no value."""
    bits = 0
    for place, name in enumerate(FLAGS):
        for value in document.values[column(name)]:
            bits |= 1 << 2 * place + bool(value)
    return bits


def key_of(document: Document) -> int:
    """64 bits that tell the author apart, 0 where nobody is named.

    Among ten million authors, the chance that any two share a key is one in 400,000.
    """
    return _key(document.author_key) if document.facets["author"] else 0


def story_key(document: Document) -> int:
    """64 bits that tell the story apart."""
    return _key(document.facets["cluster"][0])


def has_flag(facts: Facts, name: str, *, value: bool) -> Numbers:
    """For each mention, whether the flag has this value."""
    has_it: Numbers = facts.flags & (1 << 2 * FLAGS.index(name) + value) != 0
    return has_it


def is_between(published: Numbers, window: Window) -> Numbers:
    """For each moment, whether it is in the window."""
    chosen: Numbers = np.ones(len(published), dtype=bool)
    if window.since is not None:
        chosen &= published >= window.since
    if window.until is not None:
        chosen &= published < window.until
    return chosen


def write(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Keep the facts of these mentions, in place of earlier ones."""
    table = np.array(rows, dtype=_ROW)
    pages = table["rowid"] // PAGE
    for page in np.unique(pages).tolist():
        _write_page(connection, page, table[pages == page])


def remove(connection: sqlite3.Connection, rowids: Iterable[int]) -> None:
    """Forget the facts of these mentions."""
    write(connection, [Row(rowid, 0, _NO_SET, 0, 0, 0, 0, 0, 0, 0) for rowid in rowids])


def of(connection: sqlite3.Connection, rowids: Numbers) -> Facts:
    """The facts of these mentions, all of which are there; `rowids` ascend."""
    facts = _taken(connection, "facts", rowids)
    return Facts(rowids, facts["published"], facts["its_set"], facts["flags"])


def within(
    connection: sqlite3.Connection, window: Window, chosen_sets: Numbers | None = None
) -> Facts:
    """The facts of every mention in the window, in the order of their rowids.

    Of those alone whose set's place in `chosen_sets` is true, where it is given: what is left out
    here need not be copied to be left out later.
    """
    found = connection.execute(
        "SELECT page, facts FROM fact_pages WHERE since < coalesce(?, since + 1) "
        "AND until >= coalesce(?, until) ORDER BY page",
        (window.until, window.since),
    ).fetchall()
    firsts = np.array([page * PAGE for page, _ in found], dtype=np.int64)
    facts = np.frombuffer(b"".join([blob for _, blob in found]), dtype=_FACT)
    rowids = (firsts[:, None] + np.arange(PAGE)).reshape(-1)
    there = facts["its_set"] != _NO_SET
    if chosen_sets is not None:
        there &= chosen_sets[facts["its_set"]]
    there &= is_between(facts["published"], window)
    chosen = facts[there]
    return Facts(rowids[there], chosen["published"], chosen["its_set"], chosen["flags"])


def author_keys(connection: sqlite3.Connection, facts: Facts) -> Numbers:
    """The key of each mention's author, 0 if it names none."""
    keys: Numbers = _taken(connection, "authors", facts.rowids)["key"]
    return keys


def author_names(connection: sqlite3.Connection, facts: Facts) -> Numbers:
    """The number of the name of each mention's author, 0 if it names none."""
    names: Numbers = _taken(connection, "authors", facts.rowids)["name"]
    return names


def list_numbers(connection: sqlite3.Connection, facts: Facts, name: str) -> Numbers:
    """The number of each mention's list of a field, 0 where it is empty."""
    numbers: Numbers = _taken(connection, "lists", facts.rowids)[name]
    return numbers


def all_list_numbers(connection: sqlite3.Connection, rowids: Sequence[int]) -> Numbers:
    """The numbers of all lists of these mentions."""
    if not rowids:
        return np.zeros(0, dtype=np.int64)
    taken = _taken(connection, "lists", np.array(rowids))
    numbers: Numbers = np.concatenate([taken[name] for name in LISTED])
    return numbers


def write_lists(
    connection: sqlite3.Connection, page: int, numbers: Iterable[tuple[int, ...]]
) -> None:
    """Keep the numbers of the lists of a page's mentions: (rowid, and one for each of LISTED)."""
    entries = np.zeros(PAGE, dtype=_LISTS)
    for rowid, *its_own in numbers:
        entries[rowid % PAGE] = tuple(its_own)
    connection.execute("UPDATE fact_pages SET lists = ? WHERE page = ?", (entries.tobytes(), page))


def name_numbers(connection: sqlite3.Connection, rowids: Sequence[int]) -> list[int]:
    """The numbers of the names of these mentions' authors, each once."""
    if not rowids:
        return []
    numbers = np.unique(_taken(connection, "authors", np.array(rowids))["name"])
    return [int(number) for number in numbers if number]


def story_keys(connection: sqlite3.Connection, facts: Facts) -> Numbers:
    """The key of each mention's story."""
    keys: Numbers = _taken(connection, "stories", facts.rowids)["story"]
    return keys


def _key(said: str) -> int:
    return int.from_bytes(hashlib.blake2b(said.encode(), digest_size=8).digest()) or 1


def _taken(connection: sqlite3.Connection, blob: str, rowids: Numbers) -> Numbers:
    """The entries of these mentions, whose rowids ascend, in the pages' blobs."""
    its_page = rowids // PAGE
    # As they ascend, a page begins where the number changes; looking for each takes ten times.
    begins = np.ones(len(its_page), dtype=bool)
    begins[1:] = its_page[1:] != its_page[:-1]
    pages = its_page[begins]
    found = connection.execute(
        f"SELECT {blob} FROM fact_pages WHERE page IN (SELECT value FROM json_each(?)) "  # noqa: S608  # a column of ours
        "ORDER BY page",
        (json.dumps(pages.tolist()),),
    )
    entries = np.frombuffer(b"".join([content for (content,) in found]), dtype=_BLOBS[blob])
    taken: Numbers = entries[(np.cumsum(begins) - 1) * PAGE + rowids % PAGE]
    return taken


def _write_page(connection: sqlite3.Connection, page: int, rows: Numbers) -> None:
    stored = connection.execute(
        f"SELECT {', '.join(_BLOBS)} FROM fact_pages WHERE page = ?",  # noqa: S608  # columns of ours
        (page,),
    ).fetchone()
    columns = [
        np.frombuffer(blob, dtype=kind).copy() if blob else np.zeros(PAGE, dtype=kind)
        for blob, kind in zip(stored or (b"",) * len(_BLOBS), _BLOBS.values(), strict=True)
    ]
    place = rows["rowid"] % PAGE
    for entries in columns:
        for name in entries.dtype.names or ():
            entries[name][place] = rows[name]
    blobs = tuple([entries.tobytes() for entries in columns])
    if stored == blobs:
        return
    facts = columns[0]
    published = facts["published"][facts["its_set"] != _NO_SET]
    if not len(published):
        connection.execute("DELETE FROM fact_pages WHERE page = ?", (page,))
        return
    connection.execute(
        f"INSERT OR REPLACE INTO fact_pages (page, since, until, {', '.join(_BLOBS)}) "  # noqa: S608  # as above
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (page, *map(int, (published.min(), published.max())), *blobs),
    )
