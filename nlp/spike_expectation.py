"""What a series should show at each moment, learnt only from what came before that moment.

Three things make an expectation: the rhythm (the same time of day on up to 28 earlier days, recent
days and the same weekday counting more), the level (how the last hours compare with their rhythm)
and the doubt (how far such expectations have been off, and how few days they rest on).

All of it is arithmetic on whole arrays, one step a day: 28 days of quarter hours take a few
milliseconds, so no state is kept between calls and a restart changes nothing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp.spike_surprise import Floats, deviance_z

Flags = NDArray[np.bool_]
Places = NDArray[np.intp]

HISTORY_DAYS = 28
"""Four weeks: every weekday four times. Older habits mislead more than they help."""
HALF_LIFE_DAYS = 7.0
"""A day counts half as much as the day a week after it."""
SAME_WEEKDAY = 4.0
"""For the shape of a day, the same weekday counts for four days."""
FULL_DAY = 0.9
WEEK_DAYS_NEEDED = 5
"""A day is compared with its week only if so many of the week's days are complete."""
LEVEL_DAYS = 0.35
"""The general level weighs as much as this many days of the same time of day."""
KNOWN_DAYS = 0.3
"""Below this weight of earlier days, a time of day counts as never seen."""
LOWEST_RECENT = 0.75
"""A source that was silent for half a day must not make its return look like a spike."""
CAP_DEVIATIONS = 2.5
"""What an hour has beyond this is not learnt from, or one crisis would hide the next."""
LEARNING_DISPERSION = 3.0
"""While the rhythm is unknown: day and night differ by a factor of ten to twenty."""
DISPERSION_MEMORY = 0.9
"""The share of older evidence on dispersion that is kept each day."""
CALM_PEAK = 2.3
"""The highest z of a calm day: 2.04 for 30 independent windows, and a little for their overlap."""
PEAK_DAYS = 14


@dataclass(frozen=True, slots=True)
class Tuning:
    """How fast an expectation follows, and what is believed before a series has shown itself.

    `dispersion` 0.1 says that counts are typically off by a third (relative variance 0.1); it
    weighs as much as `dispersion_days` of own history. `weekday_doubt` 0.5 believes a weekday's
    own level by two thirds after one week and by four fifths after two. `peak_days` and
    `highest_peak` hold back the correction for series with a wilder tail than the model's.
    """

    recent_hours: float = 24.0
    dispersion: float = 0.1
    dispersion_days: float = 2.0
    weekday_doubt: float = 0.5
    peak_days: float = 4.0
    highest_peak: float = 6.0


@dataclass(frozen=True, slots=True)
class Grid:
    """Counts in rows of one day and columns of one time of day; `alive` is 1 where known."""

    counts: Floats
    alive: Floats
    lead: int
    length: int

    @property
    def per_day(self) -> int:
        """How many buckets a day has."""
        return int(self.counts.shape[1])

    def cut(self, flat: Floats) -> Floats:
        """The part of a flat array that belongs to the series, without the padding."""
        return flat[self.lead : self.lead + self.length]


def lay_out(counts: Floats, alive: Floats, *, per_day: int, lead: int) -> Grid:
    """A grid whose first row begins `lead` buckets before the first count."""
    days = max(1, -(-(lead + len(counts)) // per_day))
    rows = np.zeros((2, days * per_day))
    rows[0, lead : lead + len(counts)] = counts * alive
    rows[1, lead : lead + len(counts)] = alive
    return Grid(rows[0].reshape(days, per_day), rows[1].reshape(days, per_day), lead, len(counts))


@dataclass(frozen=True, slots=True)
class Outlook:
    """Per bucket: the window that ends with it, what was expected of it, and how it compares.

    `z` is in standard deviations: that of a negative binomial with this `dispersion`, over
    `wildness`. `known` says that the time of day was seen on an earlier day; `lived` is how many
    buckets of history came before the window.
    """

    observed: Floats
    expected: Floats
    dispersion: Floats
    wildness: Floats
    z: Floats
    known: Flags
    lived: Floats


class Past:
    """A series' past as it was known at each moment; nothing here looks ahead."""

    def __init__(self, grid: Grid, tuning: Tuning) -> None:
        self._grid, self._tuning = grid, tuning
        size = grid.counts.size
        self._recent_span = max(1, round(tuning.recent_hours * grid.per_day / 24))
        self._hour = max(1, round(grid.per_day / 24))
        self._rhythm = np.zeros(size)
        self._weight = np.zeros(size)
        self._plain = np.zeros(size)
        self._day_rates = np.zeros(grid.counts.shape[0])
        self._day_levels = np.zeros(grid.counts.shape[0])
        # Sums up to (not including) each bucket, so that any window is a difference of two.
        self._sum_explained = np.zeros(size + 1)
        self._sum_plain = np.zeros(size + 1)
        self._sum_counts = running(grid.counts.ravel())
        self._sum_alive = running(grid.alive.ravel())
        for day in range(grid.counts.shape[0]):
            self._learn(day)
        self._sum_rhythm = running(self._rhythm)

    def _learn(self, day: int) -> None:
        """A day's rhythm from the days before it; then what the day itself teaches."""
        per_day = self._grid.per_day
        here = slice(day * per_day, (day + 1) * per_day)
        after = slice(here.start + 1, here.stop + 1)
        counts, alive = self._grid.counts[day], self._grid.alive[day]
        weight, rhythm = self._rhythm_of(day)
        known = weight >= KNOWN_DAYS
        self._weight[here] = weight
        self._rhythm[here] = np.where(known, rhythm, 0.0)
        plain = counts
        if known.any():
            # A first guess of what the day's hours should show, only to know where to cut.
            guess = self._sum_explained[here.start] + np.cumsum(self._rhythm[here])
            self._sum_explained[after] = guess
            plain = np.where(known, counts * self._kept_share(here), counts)
        self._plain[here] = plain
        self._sum_plain[after] = self._sum_plain[here.start] + np.cumsum(plain)
        explained = np.where(known, rhythm * alive, plain)
        self._sum_explained[after] = self._sum_explained[here.start] + np.cumsum(explained)
        if alive.mean() >= FULL_DAY:
            self._compare_with_week(day, plain.sum() / alive.sum())

    def _compare_with_week(self, day: int, rate: float) -> None:
        """Note how a complete day compares with the mean of the week that ends with it."""
        self._day_rates[day] = rate
        week = self._day_rates[max(0, day - 6) : day + 1]
        complete = np.count_nonzero(week)
        if complete >= WEEK_DAYS_NEEDED:
            self._day_levels[day] = rate * complete / week.sum()

    def _weekday_levels(self, day: int, back: int) -> Floats:
        """How each of the seven weekdays compares with a mean day, as known before `day`."""
        levels = self._day_levels[day - back : day]
        weekday = np.arange(day - back, day) % 7
        total = np.bincount(weekday, weights=levels, minlength=7)
        seen = np.bincount(weekday, weights=(levels > 0).astype(np.float64), minlength=7)
        means = (total + self._tuning.weekday_doubt) / (seen + self._tuning.weekday_doubt)
        relative: Floats = means / means.mean()
        return relative

    def _kept_share(self, here: slice) -> Floats:
        """The share of each bucket that is learnt from: all, unless its hour is far too high."""
        edge = np.arange(here.start + 1, here.stop + 1)
        begin = np.maximum(edge - self._hour, 0)
        usual = self._sum_explained[edge] - self._sum_explained[begin]
        usual = np.maximum(usual, 0.0) * self._recent(np.array([here.start]))[0]
        cap = usual + CAP_DEVIATIONS * np.sqrt(usual + 2 * self._tuning.dispersion * usual**2) + 2
        seen = self._sum_counts[edge] - self._sum_counts[begin]
        share: Floats = np.minimum(1.0, cap / np.maximum(seen, 1.0))
        return share

    def _rhythm_of(self, day: int) -> tuple[Floats, Floats]:
        """Weight of the earlier days and their mean count, per time of day, smoothed a little."""
        back = min(day, HISTORY_DAYS)
        if not back:
            return np.zeros(self._grid.per_day), np.zeros(self._grid.per_day)
        weights = _DAY_WEIGHTS[:back][::-1]
        rows = slice(day - back, day)
        levels = self._weekday_levels(day, back)
        plain = self._plain.reshape(self._grid.counts.shape)[rows]
        plain = plain / levels[np.arange(day - back, day) % 7, np.newaxis]
        alive = self._grid.alive[rows]
        each_way = round(self._grid.per_day / 24)
        weight = smoothed(weights @ alive, each_way)
        total = smoothed(weights @ plain, each_way)
        lived = alive.sum()
        level = plain.sum() / lived if lived else 0.0
        return weight, (total + LEVEL_DAYS * level) / (weight + LEVEL_DAYS) * levels[day % 7]

    def _recent(self, upto: Places) -> Floats:
        """How the hours before each bucket of `upto` compare with their rhythm; 1 is as usual."""
        begin = np.maximum(upto - self._recent_span, 0)
        plain = self._sum_plain[upto] - self._sum_plain[begin]
        explained = self._sum_explained[upto] - self._sum_explained[begin]
        # An hour's worth of "as usual", at least one post, steadies the ratio of small numbers.
        doubt = np.maximum(explained / 24, 1.0)
        ratio: Floats = np.maximum((plain + doubt) / (explained + doubt), LOWEST_RECENT)
        return ratio

    def expected(self, window: int) -> Floats:
        """What the `window` buckets that end with each bucket should hold, in all (padded)."""
        end = np.arange(1, self._rhythm.size + 1)
        begin = np.maximum(end - window, 0)
        usual = (self._sum_rhythm[end] - self._sum_rhythm[begin]) * self._recent(begin)
        lived = np.maximum(self._sum_alive[begin], self._hour)
        so_far = (self._sum_counts[begin] + 0.5) / lived * window
        # A time of day that never had a post may still have one: one in all its days.
        least = window / self._hour / (1.0 + self._weight)
        return np.maximum(np.where(self._known(begin), usual, so_far), least)

    def _known(self, begin: Places) -> Flags:
        return (self._weight >= KNOWN_DAYS) & (self._weight[begin] >= KNOWN_DAYS)

    def observed(self, window: int) -> Floats:
        """What the `window` buckets that end with each bucket held, in all (padded)."""
        end = np.arange(1, self._rhythm.size + 1)
        return self._sum_counts[end] - self._sum_counts[np.maximum(end - window, 0)]

    def outlook(self, window: int) -> Outlook:
        """Compare each trailing window with its expectation."""
        observed, expected = self.observed(window), self.expected(window)
        begin = np.maximum(np.arange(1, self._rhythm.size + 1) - window, 0)
        known = self._known(begin)
        judged = known & (self._grid.alive.ravel() > 0)
        dispersion = self._dispersion(observed, expected, judged)
        # A mean of few days is itself off, by its variance over the days it rests on.
        doubt = (1 / expected + dispersion) / np.maximum(self._weight, KNOWN_DAYS)
        dispersion = np.where(known, dispersion + doubt, LEARNING_DISPERSION)
        z = deviance_z(observed, expected, dispersion)
        wildness = self._wildness(z, judged)
        cut = self._grid.cut
        return Outlook(
            observed=cut(observed),
            expected=cut(expected),
            dispersion=cut(dispersion),
            wildness=cut(wildness),
            z=cut(z / wildness),
            known=cut(known.astype(np.float64)) > 0,
            lived=cut(self._sum_alive[begin]),
        )

    def _dispersion(self, observed: Floats, expected: Floats, judged: Flags) -> Floats:
        """Overdispersion as it was known at each day's start, from how far earlier days were off.

        Method of moments; a single window counts no more than four deviations.
        """
        tuning, shape = self._tuning, self._grid.counts.shape
        most = expected + 4 * np.sqrt(expected + 2 * tuning.dispersion * expected**2)
        excess = (np.minimum(observed, most) - expected) ** 2 - expected
        by_day = np.maximum(np.where(judged, excess, 0.0).reshape(shape).sum(axis=1), 0.0)
        scale = np.where(judged, expected**2, 0.0).reshape(shape).sum(axis=1)
        share = judged.reshape(shape).mean(axis=1)
        found = np.divide(by_day, scale, out=np.zeros_like(scale), where=scale > 0) * share
        known_then = np.empty(shape[0])
        total, days = 0.0, 0.0
        for day in range(shape[0]):
            believed = tuning.dispersion * tuning.dispersion_days
            known_then[day] = (believed + total) / (tuning.dispersion_days + days)
            if share[day]:
                total = total * DISPERSION_MEMORY + found[day]
                days = days * DISPERSION_MEMORY + share[day]
        return np.repeat(known_then, shape[1])

    def _wildness(self, z: Floats, judged: Flags) -> Floats:
        """How much higher than a calm series' this series' daily peaks of z have been; >= 1.

        Social series have wilder tails than any negative binomial; each is measured by its own.
        """
        tuning, shape = self._tuning, self._grid.counts.shape
        highest = np.where(judged, z, 0.0).reshape(shape).max(axis=1)
        peaks: Floats = np.clip(highest, 0.0, tuning.highest_peak)
        share: Floats = judged.reshape(shape).mean(axis=1)
        sum_peaks, sum_share = running(peaks * share), running(share)
        day = np.arange(shape[0])
        begin = np.maximum(day - PEAK_DAYS, 0)
        total = sum_peaks[day] - sum_peaks[begin] + tuning.peak_days * CALM_PEAK
        mean = total / (sum_share[day] - sum_share[begin] + tuning.peak_days)
        return np.repeat(np.maximum(mean / CALM_PEAK, 1.0), shape[1])


def _day_weights() -> Floats:
    ago = np.arange(1, HISTORY_DAYS + 1)
    fading = 0.5 ** ((ago - 1) / HALF_LIFE_DAYS)
    return np.asarray(fading * np.where(ago % 7 == 0, SAME_WEEKDAY, 1.0), dtype=np.float64)


_DAY_WEIGHTS = _day_weights()


def running(values: Floats) -> Floats:
    """Sums up to and not including each place, and the sum of all at the end."""
    return np.concatenate(([0.0], np.cumsum(values)))


def smoothed(row: Floats, each_way: int) -> Floats:
    """The mean of each value and its neighbours, round the clock."""
    width = 2 * each_way + 1
    if not each_way or len(row) <= width:
        return row
    around = running(np.concatenate((row[-each_way:], row, row[:each_way])))
    return (around[width:] - around[:-width]) / width
