"""How a digest says its entries: the words of each kind, and an entry's facts, short."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from alerts.digests.entries.book import Tally as Earlier
from alerts.digests.entries.entry import EntryKind, KnownEntry
from mentions.times import said_duration
from untagged.digests.tallying import Tally

MOST_SAID = 3
"""Values of a segment, the most frequent."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one kind: what the things are called, and what people do with them."""

    title: str
    one: str
    many: str
    did: str
    shipped: str
    open_section: str


WORDINGS: MappingProxyType[EntryKind, Wording] = MappingProxyType(
    {
        "feature-requests": Wording(
            "Feature requests",
            *("feature request", "feature requests", "asked for", "Shipped"),
            "What people ask for",
        ),
        "bug-reports": Wording(
            "Bug reports",
            *("bug report", "bug reports", "reported", "Fixed"),
            "What does not work",
        ),
        "churn-reasons": Wording(
            "Why people leave",
            *("reason to leave", "reasons to leave", "named", "Dealt with"),
            "Why people say they leave",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Row:
    """An entry with what a period says of it.

    `earlier` is who asked before the period; `again` who asked since it was shipped; `precision`
    is the share of its posts that is expected to belong together, None for a single one.
    `is_comparable` says whether the period before was listened to.
    """

    entry: KnownEntry
    tally: Tally
    earlier: Earlier | None
    again: int
    precision: float | None
    is_comparable: bool = True


def people(number: int) -> str:
    """'1 person', '12 people'."""
    return counted(number, "person", "people")


def counted(number: int, one: str, many: str) -> str:
    """'1 post', '1,204 posts'."""
    return f"{number:,} {one if number == 1 else many}"


def said_span(since: datetime, until: datetime) -> str:
    """'the week before', 'the 30 days before'."""
    span = until - since
    if span == timedelta(days=7):
        return "the week before"
    if span == timedelta(days=1):
        return "the day before"
    if span % timedelta(days=1) == timedelta():
        return f"the {span.days} days before"
    return f"the {said_duration(span)} before"


def day(moment: datetime) -> str:
    """'3 March 2026'."""
    return f"{moment.day} {moment:%B %Y}"


def facts_of(row: Row, wording: Wording, *, span: str, is_of_all: bool) -> tuple[str, ...]:
    """The weightiest first: who asks, what became of it, who asked before, how they are."""
    tally, entry = row.tally, row.entry
    asked = f"{people(tally.authors)} in {counted(len(tally.posts), 'post', 'posts')}"
    if len(tally.posts) > 1 and len({story for _, story in tally.posts}) == 1:
        asked += " of one text"
    if row.is_comparable:
        before = tally.authors_before
        asked += f", {f'{before:,}' if before else 'nobody'} {span}"
    found = [asked]
    if row.again and entry.status_at is not None:
        shipped = f"{wording.shipped} on {day(entry.status_at)}"
        found.append(f"{shipped}, {wording.did} again by {row.again:,} since")
    elif entry.status != "open" and entry.status_at is not None:
        found.append(f"{entry.said_status.capitalize()} since {day(entry.status_at)}")
    if entry.note and entry.status != "open":
        found.append(f"Note: {entry.note}")
    if row.earlier is not None and row.earlier.authors == tally.authors_before:
        found.append(f"{wording.did.capitalize()} since {day(row.earlier.first)}")
    elif row.earlier is not None:
        found.append(
            f"{wording.did.capitalize()} earlier by {people(row.earlier.authors)}, "
            f"since {day(row.earlier.first)}"
        )
    found.append(f"May have been seen by {people(tally.reach)}")
    found += _feelings(tally)
    found += _segments(tally)
    if is_of_all:
        found.append(f"About {entry.brand}")
    if row.precision is not None:
        found.append(f"{said_precision(row.precision)} of its posts should be about the same")
    return tuple(found)


def said_precision(share: float) -> str:
    """'About 9 in 10': as measured, and no finer than that."""
    tenths = round(10 * share)
    return "Nearly all" if tenths >= 10 else f"About {tenths} in 10"


def _feelings(tally: Tally) -> list[str]:
    known = sum(tally.sentiments.values())
    if not known:
        return []
    said = [
        f"{tally.sentiments[label]:,} {label}"
        for label in ("negative", "neutral", "positive")
        if tally.sentiments[label]
    ]
    unread = len(tally.posts) - known
    return [f"Sentiment: {', '.join(said)}{f', {unread:,} not read' if unread else ''}"]


def _segments(tally: Tally) -> list[str]:
    found = [f"From {_most(tally.sources)}"]
    if set(tally.langs) != {"en"}:
        found.append(f"Written in {_most(tally.langs)}")
    if tally.versions:
        found.append(f"With version {_most(tally.versions)}")
    if tally.ratings:
        mean = sum(tally.ratings) / len(tally.ratings)
        rated = counted(len(tally.ratings), "review", "reviews")
        found.append(f"Rated {mean:.1f} of 5 in {rated}")
    return found


def _most(counts: Counter[str]) -> str:
    """'app-store (8), forum (4) and 2 more', 'app-store' where all are of one."""
    if len(counts) == 1:
        return next(iter(counts))
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    said = ", ".join(f"{value} ({number:,})" for value, number in ranked[:MOST_SAID])
    rest = len(ranked) - MOST_SAID
    return f"{said} and {rest} more" if rest > 0 else said
