"""Doubt: which series a silent source feeds, and how much of them it used to bring.

A series with a silent source is too low, and says so instead of showing a drop.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mentions.query.tree import And, Query, Value
from mentions.store import MentionStore
from untagged.listening import Listened

BEFORE = timedelta(days=7)
"""What a source brought before it fell silent is measured over a week, with all its rhythm."""
LEAST_SILENCE = timedelta(minutes=15)
"""One bucket of a series: what is silent for less leaves none empty."""
LEAST_SHARE = 0.05
"""A source that brought less is lost in the scatter of any series."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A source that is silent `since`, and the share (0 to 1) of the series that it brought."""

    source: str
    since: datetime
    share: float
    why: str

    def __str__(self) -> str:
        return (
            f"source {self.source}, which brought {self.share:.0%} of them in the week before, is "
            f"silent since {self.since:%Y-%m-%d %H:%M} UTC"
        )


def doubts(
    store: MentionStore, series: Query, sources: Iterable[Listened], *, now: datetime
) -> list[Doubt]:
    """The silent sources of the mentions that `series` counts, the largest share first."""
    found = []
    for one in sources:
        if one.silent_since is None or now - one.silent_since < LEAST_SILENCE:
            continue
        of_source = Value("source", one.source.name.casefold())
        its = Query(f"{series.text} of {one.source.name}", And((series.tree, of_source)))
        since, until = one.silent_since - BEFORE, one.silent_since
        whole = store.count(series, since=since, until=until)
        share = store.count(its, since=since, until=until) / whole if whole else 0.0
        if share >= LEAST_SHARE:
            found.append(Doubt(one.source.name, one.silent_since, share, one.why))
    return sorted(found, key=lambda doubt: -doubt.share)
