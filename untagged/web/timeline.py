"""The timeline over the results: how many mentions matched when, as bars that one drags over."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mentions.facets import MAX_FACET_VALUES
from mentions.query.tree import Query
from mentions.store import MentionStore
from mentions.times import floored, said_duration
from untagged.web.seen_store import SeenStore

MOST_BARS = 96
WIDTH, HEIGHT = 960, 96
GAP = 1
STEPS = (
    *(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30)),
    *(timedelta(hours=hours) for hours in (1, 2, 3, 6, 12)),
    *(timedelta(days=days) for days in (1, 2, 7, 30, 90, 365)),
)
DAY = timedelta(days=1)
LONGEST = timedelta(days=365 * 40)
"""Longer than anything is kept; posts are refused that claim to be older."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its place in the drawing, its beginning and its mentions."""

    x: float
    width: float
    height: float
    start: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """Mentions per `bucket` from `start` on, the last bucket perhaps cut short."""

    start: datetime
    bucket: timedelta
    counts: Sequence[int]

    @property
    def end(self) -> datetime:
        """The end of the last bucket."""
        return self.start + self.bucket * len(self.counts)

    @property
    def seconds(self) -> int:
        """The length of a bucket."""
        return int(self.bucket.total_seconds())

    @property
    def most(self) -> int:
        """Mentions in the fullest bucket."""
        return max(self.counts)

    @property
    def fullest(self) -> datetime:
        """Where the fullest bucket begins, the first of several."""
        return self.start + self.bucket * self.counts.index(self.most)

    @property
    def per(self) -> str:
        """The bucket in words, as in '2 h'."""
        return said_duration(self.bucket)

    @property
    def bars(self) -> list[Bar]:
        """What is drawn; an empty bucket has none, and one mention is still seen."""
        step = WIDTH / len(self.counts)
        return [
            Bar(
                x=round(number * step, 1),
                width=round(max(step - GAP, 1), 1),
                height=round(max(HEIGHT * count / self.most, 2), 1),
                start=self.start + self.bucket * number,
                count=count,
            )
            for number, count in enumerate(self.counts)
            if count
        ]


def timeline(
    store: MentionStore | SeenStore,
    query: Query,
    *,
    since: datetime | None,
    until: datetime | None,
    now: datetime,
    days: Sequence[tuple[str, int]] = (),
) -> Timeline | None:
    """How the matches spread over the period; None if there are none, or the period is too long.

    An open end is now, an open beginning that of the oldest match: the first of `days`, which are
    the facet of the matches, if those are all. Bars of whole days are then summed from them.
    """
    by_day = _by_day(days) if since is None else {}
    begin = since or min(by_day, default=None) or _oldest(store, query, until)
    if begin is None:
        return None
    end = until or now
    if not timedelta(0) < end - begin <= LONGEST:
        return None
    bucket = bucket_for(end - begin)
    start = floored(begin, bucket)
    if by_day and bucket >= DAY:
        summed = Counter[int]()
        for day, count in by_day.items():
            summed[(day - start) // bucket] += count
        return Timeline(start, bucket, [summed[at] for at in range(-((start - end) // bucket))])
    counts = list(store.series(query, since=start, until=end, bucket=bucket, authors=False).posts)
    if start < begin:  # whole buckets are much faster to count, and what is too much is little
        counts[0] -= store.count(query, since=start, until=begin)
    return Timeline(start, bucket, counts) if any(counts) else None


def bucket_for(span: timedelta) -> timedelta:
    """The shortest step that gives at most MOST_BARS bars, one more where the first is cut."""
    return next((step for step in STEPS if span <= step * (MOST_BARS - 1)), STEPS[-1])


def _by_day(days: Sequence[tuple[str, int]]) -> dict[datetime, int]:
    """The matches of each day; none where the facet may have left some out."""
    if len(days) >= MAX_FACET_VALUES:
        return {}
    return {datetime.fromisoformat(day).replace(tzinfo=UTC): count for day, count in days}


def _oldest(
    store: MentionStore | SeenStore, query: Query, until: datetime | None
) -> datetime | None:
    return next((mention.published for mention in store.iterate(query, until=until)), None)
