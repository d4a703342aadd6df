"""A board of many series that are watched together: one look at all of them costs little more than
one look at one.

What a day begins with is learnt once, from the days before it; each look then judges today's
counts. Nothing is kept that cannot be rebuilt: a board made at any moment from the same counts says
the same, whether its series are looked at together or one by one.
"""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from mentions.series import Spike
from nlp.spike_bars import LONG_MINIMUM, Spans, SpikeSettings, calm, verdict
from nlp.spike_expectation import DayCounts, picked, summed, trailing
from nlp.spike_history import History, Seen, look
from nlp.spike_layout import DAY, Counts, Layout, Places, Watched
from nlp.spike_reason import said
from nlp.spike_stretches import Peak, Row, Standing, Stretch, active, follow


class Board:
    """Spikes of many series: `look` at today's counts, then ask for what is `current`."""

    def __init__(self, watched: Watched, past: Counts, asked: SpikeSettings | None = None) -> None:
        """`past` has a row a series and a column a bucket from `watched.start` on: up to today's
        midnight (UTC), or further, up to now.
        """
        self._watched, self._asked = watched, asked or SpikeSettings()
        self._layout = Layout(watched)
        self._spans = Spans.of(watched.bucket)
        self._standings = [Standing(self._spans)] * len(past)
        self._ended: list[list[Stretch]] = [[] for _ in past]
        self._days = self._layout.whole_days(past.shape[1])
        self._born = self._layout.births(past, first=self._layout.lead)
        self._learn(past)
        self.look(past[:, self._layout.columns(self._days)])

    @property
    def today(self) -> datetime:
        """When the first of the buckets begins that `look` expects."""
        first = self._days * self._layout.per_day + self._layout.lead_of(self._days)
        return self._layout.moment(first)

    def look(self, counts: Counts) -> None:
        """See the counts from `today` on, as they are by now."""
        lead = self._layout.lead_of(self._days)
        if lead + counts.shape[1] > self._layout.per_day:
            raise ValueError(f"the day that began at {self.today} is over; make a new board")
        first = self._days * self._layout.per_day
        births = np.minimum(self._born, self._layout.births(counts, first=first + lead))
        day = self._layout.day(self._days, counts, births)
        self._held = lead + counts.shape[1]
        rows = self._lively(day)
        doubts = [picked(doubt, rows) for doubt in self._doubts]
        morning = picked(self._morning, rows)
        seen = look(morning, doubts, self._windows, picked(day, rows))
        judged = self._judged(seen, first, [self._standings[row] for row in rows])
        self._rows = {int(rows[place]): row for place, row in judged.items()}

    def current(self, *, upto: int | None = None) -> list[Spike | None]:
        """The spike in progress in each series, by now or by the end of that many of the buckets
        that were looked at.
        """
        held = self._held if upto is None else self._layout.lead_of(self._days) + upto
        found: list[Spike | None] = [None] * len(self._standings)
        for row, judged in self._rows.items():
            _, standing = follow(self._standings[row], judged, upto=min(held, self._held))
            if standing.begun is not None:
                found[row] = self._spike(row, standing.begun, None, standing.peak)
        return found

    def found(self) -> list[list[Spike]]:
        """Every spike of each series, oldest first; the last may still be in progress."""
        found = []
        for row, ended in enumerate(self._ended):
            late: list[Stretch] = []
            standing = self._standings[row]
            if row in self._rows:
                late, standing = follow(standing, self._rows[row], upto=self._held)
            spikes = [self._spike(row, s.begun, s.calm_since, s.peak) for s in [*ended, *late]]
            if standing.begun is not None:
                spikes.append(self._spike(row, standing.begun, None, standing.peak))
            found.append(spikes)
        return found

    @property
    def _windows(self) -> tuple[int, int]:
        return self._spans.hour, self._spans.long

    def _learn(self, past: Counts) -> None:
        layout = self._layout
        history = History(len(past), layout.per_day, days=self._days, windows=self._windows)
        for number in range(self._days):
            day = layout.day(number, past[:, layout.columns(number)], self._born)
            seen = history.add(day)
            now = self._judged(seen, number * layout.per_day, self._standings)
            for row, judged in now.items():
                ended, standing = follow(self._standings[row], judged, upto=layout.per_day)
                self._ended[row] += ended
                self._standings[row] = standing
        self._morning, self._doubts = history.morning(), history.doubts()

    def _lively(self, day: DayCounts) -> Places:
        """The series in which something is in progress, or an hour or six hours hold enough for
        something to begin: of many, few.
        """
        before = self._morning.yesterday.counts
        sums = summed(np.concatenate((before, day.counts), axis=1))
        hour = trailing(sums, self._spans.hour).max(axis=1, initial=0)
        long = trailing(sums, self._spans.long).max(axis=1, initial=0)
        least = self._asked.minimum
        is_lively = (hour >= least) | (long >= LONG_MINIMUM * least)
        is_lively |= [standing.begun is not None for standing in self._standings]
        return np.flatnonzero(is_lively)

    def _judged(self, seen: Seen, first: int, standings: Sequence[Standing]) -> dict[int, Row]:
        """The rows of the series in which something begins or is in progress."""
        hour, long = seen.outlooks
        judged = verdict(hour, long, self._spans, self._asked)
        rows = active(judged, standings)
        if not len(rows):
            return {}
        soon, late = calm(picked(seen.looking, rows), self._spans)
        return {
            int(row): Row(
                first,
                picked(judged, row),
                (picked(hour, row), picked(long, row)),
                (soon[place], late[place]),
            )
            for place, row in enumerate(rows)
        }

    def _spike(self, row: int, begun: int, calm_since: int | None, peak: Peak) -> Spike:
        brand, signal = self._watched.names[row]
        bucket = self._watched.bucket
        until = self._layout.moment(peak.at + 1)
        window = bucket * (self._spans.long if peak.is_long else self._spans.hour)
        reason = said(
            signal=signal,
            observed=peak.observed,
            expected=peak.expected,
            score=peak.score,
            window=window,
            until=until,
            days=peak.lived * bucket / DAY,
            is_learning=not peak.is_known,
        )
        return Spike(
            brand=brand,
            signal=signal,
            started_at=self._layout.moment(begun),
            ended_at=None if calm_since is None else self._layout.moment(calm_since),
            observed=peak.observed,
            expected=peak.expected,
            score=peak.score,
            reason=reason,
            window=(until - window, until),
        )
