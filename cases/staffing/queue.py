"""The queue of a week, played many times: who waits how long when load and people change hourly.

Cases come at random by the hour's rate, wait in one line, first come first served, and are begun by
whoever is there and free; whoever has begun one ends it, also past their shift. The chances are
drawn once, so that two plans are held against the same weeks.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cases.forecasting.history import Floats, Whole

CASES = 20_000
"""Cases in all weeks together: a day's share is then known to a percent or three. Where too few
people let a line last for days, its weeks differ more: up to nine percent of a simulation's."""
FEWEST, MOST = 20, 200
"""Weeks."""
STEPS_AN_HOUR = 4


@dataclass(frozen=True, slots=True)
class Weeks:
    """Cases of many weeks side by side (weeks x cases), in hours from the beginning.

    `at` is when each comes (infinite is none), `due` when it has to be begun, `work` what it takes,
    `patience` how long it waits. Judged is what comes and is due within the `hours`; the first
    `waiting` are there already and are not.
    """

    at: Floats
    due: Floats
    work: Floats
    patience: Floats
    waiting: int
    hours: int

    @property
    def hour(self) -> Whole:
        """The hour in which each comes; 0 of what is not judged."""
        hour: Whole = np.where(self.judged, self.at, 0).astype(np.int64)
        return hour

    @property
    def judged(self) -> NDArray[np.bool_]:
        """Whether each has to be begun in time."""
        judged = np.isfinite(self.at) & (self.due < self.hours)
        judged[:, : self.waiting] = False
        return judged


def drawn(
    rates: Floats,
    due: Floats,
    *,
    handling: float,
    patience: float | None = None,
    waiting: int = 0,
    seed: int = 1,
) -> Weeks:
    """Weeks with `rates` cases an hour that take `handling` hours each on average.

    `due` is until when a case has to be begun that comes at each quarter of an hour.
    """
    expected = float(rates.sum())
    weeks = int(np.clip(CASES / max(expected, 1.0), FEWEST, MOST))
    rng = np.random.default_rng(seed)
    counts = rng.poisson(rates, (weeks, len(rates)))
    most = waiting + int(counts.sum(axis=1).max(initial=0))
    at = np.full((weeks, most), np.inf)
    for row, count in zip(at, counts, strict=True):
        came = np.repeat(np.arange(len(rates)), count)
        row[:waiting] = 0.0
        row[waiting : waiting + len(came)] = np.sort(came + rng.random(len(came)))
    places = np.arange(len(due)) / STEPS_AN_HOUR
    finite = np.where(np.isfinite(at), at, 0.0)
    given_up = rng.exponential(patience, at.shape) if patience else np.full(at.shape, np.inf)
    return Weeks(
        at=at,
        due=np.interp(finite, places, due),
        work=rng.exponential(handling, at.shape),
        patience=given_up,
        waiting=waiting,
        hours=len(rates),
    )


def begun(weeks: Weeks, people: Whole) -> Floats:
    """When each case is begun, with so many people in each hour; infinite for what never is."""
    found = np.full(weeks.at.shape, np.inf)
    most = int(people.max(initial=0))
    if most == 0:
        return found
    there = _next_there(people, most)
    free = np.zeros((len(found), most))
    rows, persons = np.arange(len(found)), np.arange(most)
    for number in range(weeks.at.shape[1]):
        at = weeks.at[:, number]
        ready = np.maximum(free, at[:, None])
        hour = np.minimum(ready, len(people)).astype(np.int64)
        start = np.maximum(ready, there[persons, hour])
        chosen = start.argmin(axis=1)
        begins = start[rows, chosen]
        stays = begins <= at + weeks.patience[:, number]
        stays &= np.isfinite(begins)
        taken = np.flatnonzero(stays)
        found[taken, number] = begins[taken]
        free[taken, chosen[taken]] = begins[taken] + weeks.work[taken, number]
    return found


def shares(weeks: Weeks, start: Floats, days: Whole) -> Floats:
    """The share of each day's cases that is begun in time; 1 of a day without any.

    `days` says for each hour which day it belongs to.
    """
    judged, day = weeks.judged, days[weeks.hour]
    number = int(days.max(initial=-1)) + 1
    all_of_day = np.bincount(day[judged], minlength=number)
    in_time = np.bincount(day[judged & (start <= weeks.due)], minlength=number)
    share: Floats = np.where(all_of_day > 0, in_time / np.maximum(all_of_day, 1), 1.0)
    return share


def _next_there(people: Whole, most: int) -> Floats:
    """For each person and hour, when they are there from then on: the first comes most often."""
    hours = len(people)
    there = np.full((most, hours + 1), np.inf)
    for hour in range(hours - 1, -1, -1):
        is_there = people[hour] > np.arange(most)
        there[:, hour] = np.where(is_there, hour, there[:, hour + 1])
    return there
