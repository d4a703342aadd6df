"""Where a spike begins and ends in one series: followed day by day, and resumed at any moment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nlp.spike_bars import Spans, Verdict
from nlp.spike_expectation import Flags, Outlook


@dataclass(frozen=True, slots=True)
class Peak:
    """The window that scored highest so far: at which bucket, and what it held."""

    score: float
    at: int
    is_long: bool
    observed: float
    expected: float
    is_known: bool
    lived: float


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the watch over a series stands: what has begun (or None), from which bucket on the
    next may begin, and since when it has been calm. Buckets are counted from the series' first day.
    """

    spans: Spans
    begun: int | None = None
    free_at: int = 0
    calm_since: int | None = None
    hour: Peak | None = None
    long: Peak | None = None

    @property
    def peak(self) -> Peak:
        """The window that describes the spike best."""
        peaks = [peak for peak in (self.hour, self.long) if peak is not None]
        return max(peaks, key=lambda peak: (peak.score, not peak.is_long))

    @property
    def fresh_at(self) -> int:
        """Six hours that still hold the last spike say nothing new."""
        if self.calm_since is None:
            return self.free_at
        return max(self.free_at, self.calm_since + self.spans.long - 1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A spike that is over: first bucket, first calm bucket, and what it was at its highest."""

    begun: int
    calm_since: int
    peak: Peak


@dataclass(frozen=True, slots=True)
class Row:
    """One series' day as it was judged. `first` is the number of its first bucket."""

    first: int
    verdict: Verdict
    outlooks: tuple[Outlook, Outlook]
    calm: tuple[Flags, Flags]


def follow(standing: Standing, row: Row, *, upto: int) -> tuple[list[Stretch], Standing]:
    """Go on through the day's first `upto` buckets: what ended, and where it stands then."""
    ended: list[Stretch] = []
    while True:
        if standing.begun is None:
            begun = _begin(standing, row, upto)
            if begun is None:
                return ended, standing
            standing = replace(standing, begun=begun, hour=None, long=None)
        ends = _end(standing, row, upto)
        last = upto - 1 if ends is None else ends[0]
        standing = _described(standing, row, last)
        if ends is None or standing.begun is None:
            return ended, standing
        end, span = ends
        free_at = row.first + end + 1
        ended.append(Stretch(standing.begun, free_at - span, standing.peak))
        standing = Standing(standing.spans, free_at=free_at, calm_since=free_at - span)


def _begin(standing: Standing, row: Row, upto: int) -> int | None:
    at = _next(row.verdict.bursts, standing.free_at - row.first, upto)
    fresh = _next(row.verdict.rises, standing.fresh_at - row.first, upto)
    begins = [place for place in (at, fresh) if place is not None]
    return row.first + min(begins) if begins else None


def _end(standing: Standing, row: Row, upto: int) -> tuple[int, int] | None:
    """The bucket at whose end it is over, and the length of the calm that proves it.

    Calm must be seen in a whole span after the beginning, not mixed with it.
    """
    begun = (standing.begun or 0) - row.first
    spans = standing.spans.calm, standing.spans.calm_long
    ends = [
        (end, span)
        for calm, span in zip(row.calm, spans, strict=True)
        if (end := _next(calm, begun + span, upto)) is not None
    ]
    return min(ends) if ends else None


def _described(standing: Standing, row: Row, last: int) -> Standing:
    """With the highest windows up to and with the day's bucket `last`."""
    begin = max(0, (standing.begun or 0) - row.first)
    if last < begin:
        return standing
    hour = _highest(standing.hour, row, begin, last, is_long=False)
    return replace(
        standing, hour=hour, long=_highest(standing.long, row, begin, last, is_long=True)
    )


def _highest(before: Peak | None, row: Row, begin: int, last: int, *, is_long: bool) -> Peak:
    scores = row.verdict.long if is_long else row.verdict.hour
    at = begin + int(np.argmax(scores[begin : last + 1]))
    if before is not None and before.score >= scores[at]:
        return before
    seen = row.outlooks[is_long]
    return Peak(
        score=float(scores[at]),
        at=row.first + at,
        is_long=is_long,
        observed=float(seen.observed[at]),
        expected=float(seen.expected[at]),
        is_known=bool(seen.known[at]),
        lived=float(seen.lived[at]),
    )


def _next(flags: Flags, at: int, upto: int) -> int | None:
    """The first place from `at` on, before `upto`, at which a flag is set."""
    at = max(at, 0)
    if at >= upto:
        return None
    found = int(np.argmax(flags[at:upto]))
    return at + found if flags[at + found] else None


def active(verdict: Verdict, standings: Sequence[Standing]) -> NDArray[np.intp]:
    """The series in which something begins or is in progress; all others stay as they are."""
    begins = (verdict.bursts | verdict.rises).any(axis=1)
    open_now = [standing.begun is not None for standing in standings]
    return np.flatnonzero(np.asarray(begins) | np.array(open_now, dtype=bool))
