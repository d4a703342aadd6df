"""Digests of entries: what people ask for, report and leave for, the weightiest first.

Gathering writes: posts that are in no entry yet are put into one, so that it has the same id in
the next digest. Gathering the same period again gives the same digest, but
for titles that were poor and chosen once more since.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from alerts.digests.digest import Digest, Quote, Section
from alerts.digests.digest import Entry as Written
from alerts.digests.entries import book
from alerts.digests.entries.entry import EntryKind, iso
from mentions.brand import Brand
from mentions.errors import NotFound
from untagged.digests.about_brand import by_others
from untagged.digests.asked import Asked
from untagged.digests.asking import askers_of, in_one_language, mentions_by_id
from untagged.digests.entry_words import (
    WORDINGS,
    Row,
    Wording,
    counted,
    facts_of,
    people,
    said_span,
)
from untagged.digests.likeness import Likeness
from untagged.digests.measuring import heard_since, is_whole
from untagged.digests.placing import entitle, place_new
from untagged.digests.tallying import tallied
from untagged.digests.wording import said_period
from untagged.pipeline import Pipeline

LOOK_BACK = timedelta(days=90)
"""So long before a period posts are put into entries, for who asked before."""
MOST_SHOWN = 30
"""Entries of the document. The records have all."""
MOST_JUDGED = 20
"""Posts of an entry on which the precision of its clustering is told."""


def gather_entries(pipeline: Pipeline, asked: Asked, kind: EntryKind, likeness: Likeness) -> Digest:
    """The digest of one kind. Raises NotFound for a brand that is not in the settings."""
    rows: list[Row] = []
    before: set[str] = set()
    for brand in _brands(pipeline, asked.brand):
        own, own_before = _rows(pipeline, asked, brand, kind, likeness)
        rows += own
        before |= own_before
    rows.sort(key=_weight)
    wording = WORDINGS[kind]
    of_whom = f" of {asked.brand}" if asked.brand else ""
    title = f"{wording.title}{of_whom}"
    return Digest(
        kind=kind,
        title=title,
        since=asked.since,
        until=asked.until,
        lead=_lead(rows, len(before), wording, asked),
        brand=asked.brand,
        team=asked.team,
        sections=_sections(rows, wording, asked),
        records=tuple(_record(row) for row in rows),
    )


def _brands(pipeline: Pipeline, name: str | None) -> Sequence[Brand]:
    known = pipeline.settings.brands
    chosen = [one for one in known if name is None or one.name == name]
    if not chosen and name is not None:
        listed = ", ".join(one.name for one in known) or "none"
        raise NotFound(f"there is no brand {name!r}; the settings have {listed}")
    return chosen


def _rows(
    pipeline: Pipeline, asked: Asked, brand: Brand, kind: EntryKind, likeness: Likeness
) -> tuple[list[Row], set[str]]:
    """Every entry of the brand that was asked for in the period, but for what is no request.

    With who asked in the period before, also for what nobody asks for any more.
    """
    since = asked.since - max(LOOK_BACK, asked.until - asked.since)
    place_new(pipeline, brand, kind, likeness, since=since, until=asked.until, now=asked.now)
    tallies = tallied(pipeline, brand, kind, since=asked.since, until=asked.until, team=asked.team)
    found = {entry_id: tally for entry_id, tally in tallies.items() if tally.authors}
    entitle(pipeline, found, likeness, brand=brand)
    with pipeline.read() as connection:
        every = book.entries_by_id(connection, tallies)
        entries = {one: entry for one, entry in every.items() if one in found}
        earlier = book.tallies(connection, found, until=asked.since)
        again = {
            one.id: book.tallies(connection, [one.id], since=one.status_at, until=asked.until)
            for one in entries.values()
            if one.status == "shipped"
        }
    rows = [one for one in entries.values() if one.status != "not_a_request"]
    shares = _precisions(pipeline, kind, [one.id for one in rows], asked, likeness)
    before = {
        author
        for one, entry in every.items()
        if entry.status != "not_a_request"
        for author, _ in tallies[one].before
    }
    began = asked.since - (asked.until - asked.since)
    first = heard_since(pipeline.store, by_others(brand), until=asked.until)
    is_comparable = is_whole(first, began, asked.since)
    return [
        Row(
            entry=entry,
            tally=found[entry.id],
            earlier=earlier.get(entry.id),
            again=again[entry.id][entry.id].authors if again.get(entry.id) else 0,
            precision=shares.get(entry.id),
            is_comparable=is_comparable,
        )
        for entry in rows
    ], before


def _precisions(
    pipeline: Pipeline, kind: EntryKind, ids: Sequence[str], asked: Asked, likeness: Likeness
) -> dict[str, float]:
    """Of each entry with different texts, how many of them are expected to belong together."""
    with pipeline.read() as connection:
        members = {
            one: book.members_of(connection, one, limit=MOST_JUDGED, before=asked.until)
            for one in ids
        }
    several = {one: own for one, own in members.items() if len({post.story for post in own}) > 1}
    posts = [post.mention_id for own in several.values() for post in own]
    there = mentions_by_id(pipeline.store, posts)
    askers = askers_of(pipeline.store, kind, there.values())
    found = {}
    for entry_id, own in several.items():
        texts, lang = in_one_language(
            askers[one.mention_id] for one in own if one.mention_id in askers
        )
        if len(texts) > 1:
            found[entry_id] = likeness.precision_of(texts, lang)
    return found


def _weight(row: Row) -> tuple[Any, ...]:
    """Most people first, then most reach, then most growth; the oldest number settles it."""
    tally = row.tally
    return (-tally.authors, -tally.reach, -tally.growth, row.entry.number)


def _lead(rows: Sequence[Row], before: int, wording: Wording, asked: Asked) -> tuple[str, ...]:
    if not rows:
        return (f"No {wording.many} in {said_period(asked.since, asked.until)}.",)
    authors = {author for row in rows for author in row.tally.reach_of}
    span = said_span(asked.since, asked.until)
    there = f"{counted(len(rows), wording.one, wording.many)} by {people(len(authors))}"
    is_comparable = all(row.is_comparable for row in rows)
    was = f", after {people(before) if before else 'nobody'} {span}" if is_comparable else ""
    said = [f"{there}{was}."]
    first = rows[0]
    said.append(
        f"Most often {wording.did}: “{first.entry.said_title}” ({people(first.tally.authors)})."
    )
    known = [row for row in rows if row.is_comparable] or rows[:1]
    grown = max(known, key=lambda row: (row.tally.growth, *(-one for one in _weight(row))))
    if grown.tally.growth > 1 and grown is not first:
        said.append(
            f"Grown most: “{grown.entry.said_title}”, from {grown.tally.authors_before:,} to "
            f"{people(grown.tally.authors)}."
        )
    if again := [row for row in rows if row.again]:
        said.append(
            f"{wording.shipped} before and {wording.did} again: "
            f"{', '.join(row.entry.id for row in again)}."
        )
    return tuple(said)


def _sections(rows: Sequence[Row], wording: Wording, asked: Asked) -> tuple[Section, ...]:
    shipped = [row for row in rows if row.entry.status == "shipped"]
    again, quiet = [row for row in shipped if row.again], [row for row in shipped if not row.again]
    declined = [row for row in rows if row.entry.status == "declined"]
    living = [row for row in rows if row.entry.status not in ("shipped", "declined")]
    parts = (
        (wording.open_section, living),
        (f"{wording.shipped}, and {wording.did} again", again),
        (wording.shipped, quiet),
        ("Declined", declined),
    )
    return tuple(_section(title, part, wording, asked) for title, part in parts if part)


def _section(title: str, rows: Sequence[Row], wording: Wording, asked: Asked) -> Section:
    rest = rows[MOST_SHOWN:]
    text = (
        f"The {MOST_SHOWN} with most people; {counted(len(rest), 'more is', 'more are')} in the "
        f"records, each {wording.did} by {_at_most(rest[0].tally.authors)}."
        if rest
        else ""
    )
    span = said_span(asked.since, asked.until)
    entries = tuple(
        Written(
            title=row.entry.said_title,
            facts=facts_of(row, wording, span=span, is_of_all=asked.brand is None),
            quotes=row.tally.quotes,
            id=row.entry.id,
            status=row.entry.said_status,
            href=f"/requests/{row.entry.id}",
        )
        for row in rows[:MOST_SHOWN]
    )
    return Section(title=title, text=text, entries=entries)


def _at_most(number: int) -> str:
    return "one person" if number == 1 else f"{people(number)} at most"


def _record(row: Row) -> Mapping[str, Any]:
    tally, entry, earlier = row.tally, row.entry, row.earlier
    ratings = tally.ratings
    return {
        "id": entry.id,
        "kind": entry.kind,
        "brand": entry.brand,
        "title": entry.said_title,
        "status": entry.status,
        "status_at": iso(entry.status_at),
        "note": entry.note,
        "authors": tally.authors,
        "authors_before": tally.authors_before if row.is_comparable else None,
        "posts": len(tally.posts),
        "posts_before": len(tally.before) if row.is_comparable else None,
        "reach": tally.reach,
        "growth": tally.growth if row.is_comparable else None,
        "earlier_authors": earlier.authors if earlier else 0,
        "earlier_posts": earlier.posts if earlier else 0,
        "first_asked": iso(earlier.first) if earlier else None,
        "asked_again_since_shipped": row.again,
        "precision": None if row.precision is None else round(row.precision, 2),
        "sentiment": {label: tally.sentiments[label] for label in sorted(tally.sentiments)},
        "sources": _ranked(tally.sources),
        "langs": _ranked(tally.langs),
        "versions": _ranked(tally.versions),
        "rating": round(sum(ratings) / len(ratings), 2) if ratings else None,
        "ratings": len(ratings),
        "quotes": [_quoted(one) for one in tally.quotes],
        "href": f"/requests/{entry.id}",
    }


def _ranked(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def _quoted(quote: Quote) -> dict[str, Any]:
    return {
        "mention": quote.mention_id,
        "text": quote.text,
        "author": quote.author,
        "source": quote.source,
        "url": quote.url,
        "published": iso(quote.published),
        "lang": quote.lang,
    }
