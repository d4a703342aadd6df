"""What series should show at each moment of a day, learnt only from what came before that moment.

Three things make an expectation: the rhythm (the same time of day on up to 28 earlier days, recent
days and the same weekday counting more), the level (how the last day compares with its rhythm)
and the doubt (how far such expectations have been off, and how few days they rest on).

Many series are looked at together: arrays have a row a series and a column a time of day. What a
day begins with is a `Morning`; it is learnt once a day (nlp/spike_history.py), and any moment of
the day is then judged from it and from the day's counts alone. Sums never reach back further than
yesterday's midnight, so that a morning read back from the store gives the same numbers to the bit.
"""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from nlp.spike_surprise import Floats, deviance_z

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Flags = NDArray[np.bool_]
Kept = NDArray[np.float32]
"""Half the memory; a count that is off by one in ten million misleads nobody."""

Rows = TypeVar("Rows", bound="DataclassInstance")

HISTORY_DAYS = 28
"""Four weeks: every weekday four times. Older habits mislead more than they help."""
HOURS_A_DAY = 24
LEVEL_DAYS = 0.35
"""The general level weighs as much as this many days of the same time of day."""
KNOWN_DAYS = 0.3
"""Below this weight of earlier days, a time of day counts as never seen."""
LOWEST_RECENT = 0.75
"""A source that was silent for half a day must not make its return look like a spike."""
CAP_DEVIATIONS = 2.5
"""What an hour has beyond this is not learnt from, or one crisis would hide the next."""
DISPERSION = 0.1
"""What is believed before a series has shown itself: counts are typically off by a third."""
LEARNING_DISPERSION = 3.0
"""While the rhythm is unknown: day and night differ by a factor of ten to twenty."""
UNCERTAIN_DISPERSION = 0.2
"""Added while a source is silent: what the others bring is a smaller and wilder series."""


@dataclass(frozen=True, slots=True)
class DayCounts:
    """One day of every series, a row each, padded with zeros.

    `alive` is where the series is known, `sure` where it is also not uncertain.
    """

    counts: Floats
    alive: Flags
    sure: Flags


@dataclass(frozen=True, slots=True)
class Day(DayCounts):
    """And what is learnt from it: `plain` are the counts without what was far too high,
    `explained` what the rhythm says of them.
    """

    rhythm: Kept
    weight: Kept
    plain: Kept
    explained: Kept


@dataclass(frozen=True, slots=True)
class Doubt:
    """How far off expectations of one window were before today: one number a series."""

    dispersion: Floats
    wildness: Floats


@dataclass(frozen=True, slots=True)
class Morning:
    """What is known of every series when a day begins."""

    rhythm: Kept
    weight: Kept
    yesterday: Day
    lived: Floats
    """Buckets that each series was known for before today."""
    posts: Floats
    """What they held."""

    @property
    def hour(self) -> int:
        """How many buckets an hour has."""
        return max(1, round(int(self.rhythm.shape[1]) / HOURS_A_DAY))


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


def picked(of: Rows, rows: NDArray[np.intp] | int) -> Rows:
    """A Day, Doubt, Morning, Outlook or Looking of some of its series."""
    parts = {
        field.name: part[rows] if isinstance(part, np.ndarray) else picked(part, rows)
        for field in fields(of)
        for part in (getattr(of, field.name),)
    }
    return type(of)(**parts)


def nothing(series: int, per_day: int) -> Day:
    """The day before the first one."""
    zeros = np.zeros((series, per_day))
    kept, none = zeros.astype(np.float32), zeros > 0
    return Day(zeros, none, none, kept, kept, kept, kept)


def learnt(morning: Morning, day: DayCounts) -> Day:
    """What a day's counts teach, each from what came before it; later buckets may be zero."""
    known = morning.weight >= KNOWN_DAYS
    rhythm, counts, sure = morning.rhythm, day.counts, day.sure
    kept = np.where(known, counts * _kept_share(morning, counts), counts)
    plain = (kept * sure).astype(np.float32)
    explained = np.where(known, rhythm * sure, plain).astype(np.float32)
    return Day(counts, day.alive, sure, rhythm, morning.weight, plain, explained)


def _kept_share(morning: Morning, counts: Floats) -> Floats:
    """The share of each bucket that is learnt from: all, unless its hour is far too high."""
    before = morning.yesterday
    guess = trailing(_sums(before.explained, morning.rhythm), morning.hour)
    usual = np.maximum(guess, 0.0) * _recent_at_dawn(before)
    cap = usual + CAP_DEVIATIONS * np.sqrt(usual + 2 * DISPERSION * usual**2) + 2
    seen = trailing(_sums(before.counts, counts), morning.hour)
    share: Floats = np.minimum(1.0, cap / np.maximum(seen, 1.0))
    return share


def _recent_at_dawn(before: Day) -> Floats:
    plain = before.plain.sum(axis=1, dtype=np.float64, keepdims=True)
    explained = before.explained.sum(axis=1, dtype=np.float64, keepdims=True)
    return _ratio(plain, explained)


def _ratio(plain: Floats, explained: Floats) -> Floats:
    """How counts compare with their rhythm; 1 is as usual."""
    # An hour's worth of "as usual", at least one post, steadies the ratio of small numbers.
    doubt = np.maximum(explained / HOURS_A_DAY, 1.0)
    ratio: Floats = np.maximum((plain + doubt) / (explained + doubt), LOWEST_RECENT)
    return ratio


@dataclass(frozen=True, slots=True)
class Looking:
    """A day, or as much of it as there is, with yesterday before it: every window is a difference
    of two sums.
    """

    morning: Morning
    day: Day
    counts: Floats
    plain: Floats
    explained: Floats
    rhythm: Floats
    alive: Floats
    seen_before: Flags

    @classmethod
    def at(cls, morning: Morning, day: Day) -> "Looking":
        """Lay yesterday and the day side by side."""
        before = morning.yesterday
        seen_before = np.concatenate((before.weight, day.weight), axis=1) >= KNOWN_DAYS
        rhythm = np.concatenate((before.rhythm, day.rhythm), axis=1) * seen_before
        return cls(
            morning,
            day,
            counts=_sums(before.counts, day.counts),
            plain=_sums(before.plain, day.plain),
            explained=_sums(before.explained, day.explained),
            rhythm=summed(rhythm),
            alive=_sums(before.alive, day.alive),
            seen_before=seen_before,
        )

    @property
    def _per_day(self) -> int:
        return int(self.day.counts.shape[1])

    def observed(self, window: int) -> Floats:
        """What the `window` buckets that end with each bucket of the day held."""
        return trailing(self.counts, window)

    def expected(self, window: int) -> Floats:
        """What they should hold."""
        begin = self._begin(window)
        usual = trailing(self.rhythm, window) * self._recent(begin)
        lived = np.maximum(self.lived(window), self.morning.hour)
        so_far = (self._posts_before(begin) + 0.5) / lived * window
        # A time of day that never had a post may still have one: one in all its days.
        least = window / self.morning.hour / (1.0 + self.day.weight.astype(np.float64))
        return np.maximum(np.where(self.known(window), usual, so_far), least)

    def known(self, window: int) -> Flags:
        """Whether the window's times of day were seen before."""
        own: Flags = self.seen_before[:, self._per_day :] & self.seen_before[:, self._begin(window)]
        return own

    def lived(self, window: int) -> Floats:
        """How many buckets of history lie before the window."""
        return self.morning.lived[:, np.newaxis] + (
            self.alive[:, self._begin(window)] - self.alive[:, [self._per_day]]
        )

    def outlook(self, window: int, doubt: Doubt) -> Outlook:
        """Compare each window with its expectation."""
        observed, expected = self.observed(window), self.expected(window)
        known = self.known(window)
        dispersion = doubt.dispersion[:, np.newaxis]
        # A mean of few days is itself off, by its variance over the days it rests on.
        few = (1 / expected + dispersion) / np.maximum(self.day.weight, KNOWN_DAYS)
        unsure = np.where(self.day.sure | ~self.day.alive, 0.0, UNCERTAIN_DISPERSION)
        dispersion = np.where(known, dispersion + few, LEARNING_DISPERSION) + unsure
        wildness = np.broadcast_to(doubt.wildness[:, np.newaxis], expected.shape)
        z = deviance_z(observed, expected, dispersion) / wildness
        return Outlook(observed, expected, dispersion, wildness, z, known, self.lived(window))

    def _begin(self, window: int) -> NDArray[np.intp]:
        end = np.arange(self._per_day + 1, 2 * self._per_day + 1)
        return np.maximum(end - window, 0)

    def _posts_before(self, begin: NDArray[np.intp]) -> Floats:
        return self.morning.posts[:, np.newaxis] + (
            self.counts[:, begin] - self.counts[:, [self._per_day]]
        )

    def _recent(self, begin: NDArray[np.intp]) -> Floats:
        """How the day before each window compares with its rhythm (from yesterday's midnight)."""
        first = np.maximum(begin - self._per_day, 0)
        plain = self.plain[:, begin] - self.plain[:, first]
        return _ratio(plain, self.explained[:, begin] - self.explained[:, first])


def _sums(before: NDArray[np.generic], here: NDArray[np.generic]) -> Floats:
    """Sums from yesterday's midnight up to and not including each bucket, and that of all."""
    return summed(np.concatenate((before, here), axis=1))


def summed(both: NDArray[np.generic]) -> Floats:
    """Sums up to and not including each column, and that of all."""
    sums = np.zeros((both.shape[0], both.shape[1] + 1))
    np.cumsum(both, axis=1, dtype=np.float64, out=sums[:, 1:])
    return sums


def trailing(sums: Floats, window: int) -> Floats:
    """The sum of the `window` buckets that end with each bucket of the second half."""
    per_day = sums.shape[1] // 2
    end = np.arange(per_day + 1, 2 * per_day + 1)
    trailing: Floats = sums[:, per_day + 1 :] - sums[:, np.maximum(end - window, 0)]
    return trailing
