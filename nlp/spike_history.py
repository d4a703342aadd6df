"""The days behind a series' expectation: they are gone through in order, once a day.

What comes out is the `Morning` of the next day and how far off expectations have been. Everything
follows from the counts of the last four weeks alone, so it may be rebuilt at any time.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlp.spike_expectation import (
    DISPERSION,
    HISTORY_DAYS,
    HOURS_A_DAY,
    LEVEL_DAYS,
    Day,
    DayCounts,
    Doubt,
    Flags,
    Kept,
    Looking,
    Morning,
    Outlook,
    learnt,
    nothing,
)
from nlp.spike_surprise import Floats

HALF_LIFE_DAYS = 7.0
"""A day counts half as much as the day a week after it."""
SAME_WEEKDAY = 4.0
"""For the shape of a day, the same weekday counts for four days."""
FULL_DAY = 0.9
WEEK_DAYS_NEEDED = 5
"""A day is compared with its week only if so many of the week's days are complete."""
WEEKDAY_DOUBT = 0.5
"""A weekday's own level is believed by two thirds after one week, by four fifths after two."""
DISPERSION_DAYS = 2.0
"""What is believed of dispersion before weighs as much as two days of own history."""
DISPERSION_MEMORY = 0.9
"""The share of older evidence on dispersion that is kept each day."""
CALM_PEAK = 2.3
"""The highest z of a calm day: 2.04 for 30 independent windows, and a little for their overlap."""
PEAK_DAYS = 14
PEAK_DOUBT = 4.0
HIGHEST_PEAK = 6.0
"""These hold back the correction for series with a wilder tail than the model's."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A day as it was judged: the outlook of each window, and what the day taught."""

    looking: Looking
    outlooks: tuple[Outlook, ...]
    day: Day


class History:
    """Every series' past up to some midnight; a day is added when it is over."""

    def __init__(self, series: int, per_day: int, *, days: int, windows: Sequence[int]) -> None:
        self.windows = tuple(windows)
        self._per_day = per_day
        self._days = 0
        self._plain = np.zeros((7, series, per_day))
        self._sure = np.zeros((7, series, per_day))
        self._rates = np.zeros((series, days))
        self._levels = np.zeros((series, days))
        self._before = nothing(series, per_day)
        self._lived, self._posts = np.zeros(series), np.zeros(series)
        self._doubts = [_Doubts(series) for _ in windows]

    def morning(self) -> Morning:
        """What the next day begins with."""
        weight, rhythm = self._rhythm()
        return Morning(rhythm, weight, self._before, self._lived, self._posts)

    def doubts(self) -> tuple[Doubt, ...]:
        """How far off each window's expectations have been."""
        return tuple(each.now() for each in self._doubts)

    def add(self, today: DayCounts) -> Seen:
        """Judge a whole day, then learn from it."""
        seen = look(self.morning(), self.doubts(), self.windows, today)
        for doubts, outlook in zip(self._doubts, seen.outlooks, strict=True):
            doubts.learn(outlook, today.sure)
        day, at = seen.day, self._days
        # Sums a weekday of what fades: a day weighs more than those before it.
        self._plain[at % 7] += day.plain * np.float64(_weight(at))
        self._sure[at % 7] += day.sure * np.float64(_weight(at))
        self._days += 1
        self._compare_with_week(day)
        self._before = day
        self._lived = self._lived + today.alive.sum(axis=1)
        self._posts = self._posts + today.counts.sum(axis=1)
        return seen

    def _compare_with_week(self, day: Day) -> None:
        """Note how a complete day compares with the mean of the week that ends with it."""
        at = self._days - 1
        sure = day.sure.sum(axis=1)
        is_full = sure >= FULL_DAY * self._per_day
        total = day.plain.sum(axis=1, dtype=np.float64)
        self._rates[:, at] = np.where(is_full, total / np.maximum(sure, 1), 0.0)
        week = self._rates[:, max(0, at - 6) : at + 1]
        complete = np.count_nonzero(week, axis=1)
        whole = np.where(complete >= WEEK_DAYS_NEEDED, week.sum(axis=1), 0.0)
        level = self._rates[:, at] * complete
        self._levels[:, at] = np.divide(level, whole, out=np.zeros_like(level), where=whole > 0)

    def _weekday_levels(self, back: int) -> Floats:
        """How each of the seven weekdays compares with a mean day."""
        day = self._days
        levels = self._levels[:, day - back : day]
        weekday = np.arange(day - back, day) % 7 == np.arange(7)[:, np.newaxis]
        # Not a matrix product: its order of summing may depend on how many series there are.
        total = _summed(levels, weekday)
        seen = _summed((levels > 0).astype(np.float64), weekday)
        means = (total + WEEKDAY_DOUBT) / (seen + WEEKDAY_DOUBT)
        relative: Floats = means / means.mean(axis=1, keepdims=True)
        return relative

    def _rhythm(self) -> tuple[Kept, Kept]:
        """Weight of the earlier days and their mean count, per time of day, smoothed a little."""
        day = self._days
        if not day:
            return self._before.weight, self._before.rhythm
        levels = self._weekday_levels(min(day, HISTORY_DAYS))
        total = np.zeros((len(levels), self._per_day))
        weight = np.zeros_like(total)
        for weekday in range(min(day, 7)):
            share = (SAME_WEEKDAY if weekday == day % 7 else 1.0) / _weight(day - 1)
            total += self._plain[weekday] * (share / levels[:, weekday])[:, np.newaxis]
            weight += self._sure[weekday] * share
        each_way = round(self._per_day / HOURS_A_DAY)
        weight, total = smoothed(weight, each_way), smoothed(total, each_way)
        lived = weight.sum(axis=1)
        level = np.divide(total.sum(axis=1), lived, out=np.zeros_like(lived), where=lived > 0)
        rhythm = (total + LEVEL_DAYS * level[:, np.newaxis]) / (weight + LEVEL_DAYS)
        rhythm *= levels[:, [day % 7]]
        return weight.astype(np.float32), rhythm.astype(np.float32)


def look(
    morning: Morning, doubts: Sequence[Doubt], windows: Sequence[int], today: DayCounts
) -> Seen:
    """Judge a day, or as much of it as there is."""
    day = learnt(morning, today)
    looking = Looking.at(morning, day)
    pairs = zip(windows, doubts, strict=True)
    return Seen(looking, tuple(looking.outlook(window, doubt) for window, doubt in pairs), day)


class _Doubts:
    """How far off one window's expectations were: dispersion, and how wild the tail is."""

    def __init__(self, series: int) -> None:
        self._total, self._days = np.zeros(series), np.zeros(series)
        self._peaks: list[Floats] = []
        self._shares: list[Floats] = []

    def now(self) -> Doubt:
        """As known by now."""
        believed = DISPERSION * DISPERSION_DAYS
        dispersion = (believed + self._total) / (DISPERSION_DAYS + self._days)
        peaks, shares = PEAK_DOUBT * CALM_PEAK, PEAK_DOUBT
        total, days = np.full_like(dispersion, peaks), np.full_like(dispersion, shares)
        for peak, share in zip(self._peaks, self._shares, strict=True):
            total, days = total + peak * share, days + share
        # Social series have wilder tails than any negative binomial; each is measured by its own.
        return Doubt(dispersion, np.maximum(total / days / CALM_PEAK, 1.0))

    def learn(self, seen: Outlook, sure: Flags) -> None:
        """Add a day. Method of moments; a single window counts no more than four deviations."""
        judged = seen.known & sure
        expected = seen.expected
        most = expected + 4 * np.sqrt(expected + 2 * DISPERSION * expected**2)
        excess = (np.minimum(seen.observed, most) - expected) ** 2 - expected
        off = np.maximum(np.where(judged, excess, 0.0).sum(axis=1), 0.0)
        scale = np.where(judged, expected**2, 0.0).sum(axis=1)
        share = judged.mean(axis=1)
        found = np.divide(off, scale, out=np.zeros_like(scale), where=scale > 0) * share
        memory = np.where(share > 0, DISPERSION_MEMORY, 1.0)
        self._total, self._days = self._total * memory + found, self._days * memory + share
        highest = np.where(judged, seen.z * seen.wildness, 0.0).max(axis=1)
        self._peaks = [*self._peaks, np.clip(highest, 0.0, HIGHEST_PEAK)][-PEAK_DAYS:]
        self._shares = [*self._shares, share][-PEAK_DAYS:]


def _weight(day: int) -> float:
    """How much a day counts, by its number: twice as much as the day a week before it."""
    return float(2.0 ** (day / HALF_LIFE_DAYS))


def _summed(values: Floats, weekday: Flags) -> Floats:
    """Sums over days, for each weekday."""
    sums: Floats = np.where(weekday, values[:, np.newaxis], 0.0).sum(axis=2)
    return sums


def smoothed(rows: Floats, each_way: int) -> Floats:
    """The mean of each value and its neighbours, round the clock."""
    width = 2 * each_way + 1
    if not each_way or rows.shape[1] <= width:
        return rows
    around = np.zeros((rows.shape[0], rows.shape[1] + width))
    ring = np.concatenate((rows[:, -each_way:], rows, rows[:, :each_way]), axis=1)
    np.cumsum(ring, axis=1, out=around[:, 1:])
    return (around[:, width:] - around[:, :-width]) / width
