"""Deciding: what people say of entries, with what it teaches the next reading and clustering."""

from collections.abc import Sequence
from datetime import datetime

from alerts.digests.entries import book, judging
from alerts.digests.entries.entry import INTENTS, KnownEntry, Status, kind_of, read_id
from cases import corrections
from mentions.mention import Mention
from untagged.correcting import correct, take_back
from untagged.digests.asking import askers_of, mentions_by_id
from untagged.digests.likeness import Likeness
from untagged.digests.placing import titled
from untagged.explaining import ignored_tokens
from untagged.pipeline import Pipeline

MOST_TAUGHT = 500
"""Posts of an entry that is no request whose intent is corrected, the newest. All of them stay
out of digests, as they stay in that entry."""
NEW = "new"
"""What one writes for an entry that there is not yet."""


def mark(
    pipeline: Pipeline,
    said: str,
    status: Status,
    *,
    who: str,
    now: datetime,
    note: str | None = None,
    version: int | None = None,
) -> KnownEntry:
    """The entry with its new status. Raises NotFound, Conflict, Outdated.

    What is not a request is corrected in its posts, too, so that it is no request in a search and
    counts when reading is evaluated; with any other status that is taken back. Whoever is killed
    in between says it again.
    """
    with pipeline.read() as connection:
        before = book.get_entry(connection, said)
    if before.status == "not_a_request" != status and version in (None, before.version):
        _unteach(pipeline, before, who=who, now=now)
    with pipeline.begin() as connection:
        entry = judging.mark(connection, said, status, who=who, now=now, note=note, version=version)
    if entry.status == "not_a_request" and entry.status_at is not None:
        _teach(pipeline, entry, who=who, at=entry.status_at)
    return entry


def merge(pipeline: Pipeline, said: str, other: str, *, who: str, now: datetime) -> KnownEntry:
    """The entry with the posts of the other one. Raises NotFound, Conflict."""
    with pipeline.begin() as connection:
        return judging.merge(connection, said, other, who=who, now=now)


def move(
    pipeline: Pipeline,
    source: str,
    mention_ids: Sequence[str],
    to: str,
    likeness: Likeness,
    *,
    who: str,
    now: datetime,
) -> KnownEntry:
    """The entry in which these posts of `source` are now; `to` is its id, or NEW.

    Raises NotFound, Conflict.
    """
    is_new = to.strip().casefold() == NEW
    words = ("", "")
    if is_new:
        there = mentions_by_id(pipeline.store, mention_ids)
        askers = askers_of(pipeline.store, kind_of(source), there.values())
        if askers:
            words = titled(list(askers.values()), likeness, _names_of(pipeline, source))
    with pipeline.begin() as connection:
        return judging.move(
            connection,
            source,
            mention_ids,
            None if is_new else read_id(to),
            who=who,
            now=now,
            titled=words,
        )


def _names_of(pipeline: Pipeline, entry_id: str) -> frozenset[str]:
    """The names of the brand that an entry is about; none if there is no such entry or brand."""
    with pipeline.read() as connection:
        known = book.entries_by_id(connection, [read_id(entry_id)])
    about = {one.brand for one in known.values()}
    brands = [one for one in pipeline.settings.brands if one.name in about]
    return frozenset(name for brand in brands for name in ignored_tokens(brand))


def entry_of(pipeline: Pipeline, mention_id: str, to: str) -> str:
    """The entry from which a post is taken that is to be moved there. Raises NotFound, Conflict."""
    with pipeline.read() as connection:
        found = book.memberships(connection, mention_id)
    wanted = None if to.strip().casefold() == NEW else read_id(to)
    return judging.moved_from(found, mention_id, wanted)


def _teach(pipeline: Pipeline, entry: KnownEntry, *, who: str, at: datetime) -> None:
    """Correct the intent of the entry's posts to what else they are, where nobody has yet."""
    for mention in _newest(pipeline, entry):
        if mention.corrections.get("intent"):
            continue
        others = [one for one in mention.intents if one.label != INTENTS[entry.kind]]
        best = max(others, key=lambda one: (one.confidence, one.label), default=None)
        correct(
            mention.id,
            "intent",
            best.label if best else "other",
            who=who,
            brands=pipeline.settings.brands,
            store=pipeline.store,
            begin=pipeline.begin,
            now=at,
        )


def _unteach(pipeline: Pipeline, entry: KnownEntry, *, who: str, now: datetime) -> None:
    """Take back the corrections that were made when the entry was no request."""
    ids = [one.id for one in _newest(pipeline, entry)]
    with pipeline.read() as connection:
        held = corrections.standing(connection, ids)
    for mention_id, own in held.items():
        if any(one.field == "intent" and one.at == entry.status_at for one in own):
            take_back(
                mention_id, "intent", who=who, store=pipeline.store, begin=pipeline.begin, now=now
            )


def _newest(pipeline: Pipeline, entry: KnownEntry) -> list[Mention]:
    with pipeline.read() as connection:
        members = book.members_of(connection, entry.id, limit=MOST_TAUGHT)
    return list(mentions_by_id(pipeline.store, [one.mention_id for one in members]).values())
