"""Silences: sources that brought nothing for a part of the period, and what share is missing.

A figure that such a source feeds is too low, and whoever reads it has to know that first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mentions.query.tree import Query
from mentions.store import MentionStore
from untagged.digests.wording import said_share, said_stretch
from untagged.doubt import doubts
from untagged.listening import Listened, SourcesAt

LOOKS = 31
"""Moments of the period at which every source is looked at, spread evenly: daily over a month."""
SHORTEST_STEP = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Silence:
    """A source that was silent, and the share of the mentions that it brought in the week before.

    `until` is when it was first seen to be back, None if it was silent at the end.
    """

    source: str
    since: datetime
    until: datetime | None
    share: float

    def __str__(self) -> str:
        return (
            f"source {self.source}, which brought {said_share(self.share)} of the mentions in the "
            f"week before, was silent {said_stretch(self.since, self.until)}"
        )


@dataclass(frozen=True, slots=True)
class Look:
    """How each source was doing at a moment."""

    at: datetime
    sources: Sequence[Listened]


def looks(sources_at: SourcesAt, *, since: datetime, until: datetime) -> list[Look]:
    """The sources at moments of the period, its end the last one."""
    count = max(1, min(LOOKS, (until - since) // SHORTEST_STEP))
    step = (until - since) / count
    moments = (until - step * back for back in range(count - 1, -1, -1))
    return [Look(at, sources_at(at)) for at in moments]


def silences(store: MentionStore, query: Query, seen: Sequence[Look]) -> list[Silence]:
    """The silent sources of the mentions that the query counts, the largest share first."""
    begun: dict[tuple[str, datetime], Silence] = {}
    for number, look in enumerate(seen):
        silent = [one for one in look.sources if _is_new(one, begun)]
        for doubt in doubts(store, query, silent, now=look.at):
            back = _back(doubt.source, doubt.since, seen[number + 1 :])
            begun[doubt.source, doubt.since] = Silence(doubt.source, doubt.since, back, doubt.share)
    return sorted(begun.values(), key=lambda one: (-one.share, one.source, one.since))


def _is_new(one: Listened, begun: dict[tuple[str, datetime], Silence]) -> bool:
    return one.silent_since is not None and (one.source.name, one.silent_since) not in begun


def _back(source: str, since: datetime, later: Sequence[Look]) -> datetime | None:
    for look in later:
        now = next((one for one in look.sources if one.source.name == source), None)
        if now is None or now.silent_since != since:
            return look.at
    return None
