"""The profile: what an hour of the week usually brings, and how much there is lately.

An hour is expected to bring what its hour of the day brings, times what its weekday has more or
less, corrected by what this very hour of the week brought so far, times the level of late. Each
part is drawn towards the one before it as if a few observations had agreed with that (gamma-Poisson
shrinkage), so that three weeks of three cases an hour are enough. The weights were chosen on the
Twitter volumes of NAB and on seed 1 of the town (`python -m bench forecast` shows others).
"""

from dataclasses import dataclass

import numpy as np

from cases.forecasting.history import DAY_HOURS, WEEK_HOURS, Floats, History, Whole

LEAST_WEEKLY = 8 * DAY_HOURS
"""Hours of history from which on weekdays are told apart: one of them was seen twice."""
WEEKS_KNOWN = 4.0
"""After so many weeks an hour counts half."""
LIKE_ITS_DAY = 8.0
"""As if so many hours had been as the hour of the day and the weekday say."""
LIKE_ANY_DAY = 1.0
"""As if so many whole days had been as any other day."""
LIKE_ANY_HOUR = 0.5
"""As if so many hours had been as the day on average."""
LIKE_BESIDE = 2.0
"""As if so many hours had been as those before and after on the same day."""
LEVEL_WEEKS, LEVEL_DAYS_OF_A_WEEK = 2.0, 0.1
"""Half-life in weeks of the level: of a history with weekdays, and of a shorter one."""
LIKE_BEFORE = 20.0
"""As if so many average hours had been on the level of before."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """The hours so far: where in the week each lies, its count, its weight, its age in weeks."""

    places: Whole
    counts: Floats
    weights: Floats
    age: Floats


def profile(history: History, hours: int) -> Floats:
    """How many cases each of the next `hours` is expected to bring."""
    known = len(history.counts)
    kept = history.learnt_from()
    if not known:
        return np.zeros(hours)
    places = history.places(known + hours)
    age = (known - 1 - np.arange(known)) / WEEK_HOURS
    counts = np.asarray(history.counts, np.float64)
    seen = _Seen(places[:known], counts, 0.5 ** (age / WEEKS_KNOWN) * kept, age)
    is_weekly = known >= LEAST_WEEKLY
    week = _week(seen) if is_weekly else np.tile(_day(seen), 7)
    half = LEVEL_WEEKS if is_weekly else LEVEL_DAYS_OF_A_WEEK
    return week[places[known:]] * _level(seen, week, half)


def _day(seen: _Seen) -> Floats:
    """Each hour of the day."""
    of_day = seen.places % DAY_HOURS
    brought = np.bincount(of_day, seen.weights * seen.counts, DAY_HOURS)
    weight = np.bincount(of_day, seen.weights, DAY_HOURS)
    hour = (brought + LIKE_ANY_HOUR * _mean(seen)) / (weight + LIKE_ANY_HOUR)
    beside = (np.roll(hour, 1) + np.roll(hour, -1)) / 2
    smooth: Floats = (brought + LIKE_BESIDE * beside) / (weight + LIKE_BESIDE)
    return smooth


def _week(seen: _Seen) -> Floats:
    """Each hour of the week."""
    day, weekday = _day(seen), seen.places // DAY_HOURS
    brought = np.bincount(weekday, seen.weights * seen.counts, 7)
    usual = np.bincount(weekday, seen.weights * day[seen.places % DAY_HOURS], 7)
    drawn = LIKE_ANY_DAY * DAY_HOURS * _mean(seen) / 2
    factor = (brought + drawn) / (usual + drawn) if drawn else np.ones(7)
    of_week = np.arange(WEEK_HOURS)
    like = day[of_week % DAY_HOURS] * factor[of_week // DAY_HOURS]
    brought = np.bincount(seen.places, seen.weights * seen.counts, WEEK_HOURS)
    weight = np.bincount(seen.places, seen.weights, WEEK_HOURS)
    hour: Floats = (brought + LIKE_ITS_DAY * like) / (weight + LIKE_ITS_DAY)
    return hour


def _level(seen: _Seen, week: Floats, half: float) -> float:
    """How many times the profile the last weeks brought."""
    late = np.where(seen.weights > 0, 0.5 ** (seen.age / half), 0.0)
    drawn = LIKE_BEFORE * _mean(seen)
    brought = float(np.sum(late * seen.counts)) + drawn
    usual = float(np.sum(late * week[seen.places])) + drawn
    return brought / usual if usual else 1.0


def _mean(seen: _Seen) -> float:
    return float(np.sum(seen.weights * seen.counts) / np.sum(seen.weights))
