"""Showing one entry: who asked, in which words, and what was said of it here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts.digests.entries import book
from alerts.digests.entries.book import Tally
from alerts.digests.entries.entry import KnownEntry, Line, Member, iso
from mentions.mention import Mention
from untagged.digests.asking import mentions_by_id
from untagged.pipeline import Pipeline

PAGE = 100
"""Posts that are shown together."""


@dataclass(frozen=True, slots=True)
class EntryFile:
    """All of an entry, and a page of its posts, the newest first; `more` says if there are others.

    `tally` is None where nobody is left in it. `merged` are entries that were put into it.
    """

    entry: KnownEntry
    tally: Tally | None
    last: datetime | None
    posts: tuple[tuple[Member, Mention], ...]
    more: bool
    merged: tuple[str, ...]
    trail: tuple[Line, ...]

    def to_json(self) -> dict[str, Any]:
        """The entry, its posts with their words and links, and its trail."""
        return {
            **self.entry.to_json(),
            "authors": self.tally.authors if self.tally else 0,
            "posts": self.tally.posts if self.tally else 0,
            "first_asked": iso(self.tally.first) if self.tally else None,
            "last_asked": iso(self.last),
            "merged": list(self.merged),
            "members": [_member(member, mention) for member, mention in self.posts],
            "has_more": self.more,
            "trail": [line.to_json() for line in self.trail],
        }


def show_entry(pipeline: Pipeline, said: str, *, skip: int = 0, limit: int = PAGE) -> EntryFile:
    """The entry, or the one that it was merged into, with its posts from the `skip`th on.

    Raises NotFound.
    """
    with pipeline.read() as connection:
        entry = book.followed(connection, said)
        tally = book.tallies(connection, [entry.id]).get(entry.id)
        newest = book.members_of(connection, entry.id, limit=1)
        members = book.members_of(connection, entry.id, limit=limit + 1, skip=skip)
        merged = book.merged_in(connection, entry.id)
        trail = book.trail_of(connection, entry.id)
    shown = members[:limit]
    there = mentions_by_id(pipeline.store, [one.mention_id for one in shown])
    posts = ((one, there[one.mention_id]) for one in shown if one.mention_id in there)
    return EntryFile(
        entry=entry,
        tally=tally,
        last=newest[0].published if newest else None,
        posts=tuple(posts),
        more=len(members) > limit,
        merged=tuple(merged),
        trail=tuple(trail),
    )


def _member(member: Member, mention: Mention) -> dict[str, Any]:
    author = mention.author
    return {
        "mention": mention.id,
        "author": author.handle or author.name or author.id,
        "source": mention.source,
        "url": mention.url,
        "published": iso(mention.published),
        "lang": mention.lang,
        "title": mention.title,
        "text": mention.text,
        "placed_by": member.placed_by,
    }
