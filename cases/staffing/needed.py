"""Needed: how many people each hour of a week needs, so that every day keeps its promise.

Erlang A says what an hour would need if it were alone. That is not enough: the night's cases wait
for the morning, and what comes at six may be answered at nine. So weeks are played with those who
are planned, up to what Erlang A asks, and wherever a day does not keep its promise people are added
to the hours in which its late cases waited: first those who are planned, then others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cases.forecasting.history import HOUR, Floats, Whole
from cases.staffing import queue
from cases.staffing.erlang import Load, agents_for

MOST_ROUNDS = 80
AT_ONCE = 3
"""Hours of a day that get more people in one round."""
PLANNED_FIRST = 2.0
"""How many times as useful an hour counts in which somebody is planned who is not needed yet."""
CERTAIN = 0.002
"""How far below the target a day may stay: what the number of weeks played leaves open."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What is asked: that `share` of each day's cases is begun `within` so many hours of coming.

    `due` is, for each quarter of an hour from the beginning, until when what comes then has to be
    begun, in hours from the beginning: a promise of business hours stands still at night.
    """

    share: float
    within: float
    due: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """How long a case takes and how long its author waits before giving up (None: for ever), in
    hours, and how many wait already.
    """

    handling: float
    patience: float | None = None
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Staffing:
    """People for each hour from `start` on: `needed`, `planned`, and what `erlang` A says of it.

    `days` number the hours' days; for each day, `kept` is the share begun in time with those who
    are planned, `kept_then` with those who are needed.
    """

    start: datetime
    needed: tuple[int, ...]
    planned: tuple[int, ...]
    erlang: tuple[int, ...]
    days: tuple[int, ...]
    kept: tuple[float, ...]
    kept_then: tuple[float, ...]

    def missing(self, number: int) -> int:
        """How many people an hour lacks."""
        return max(self.needed[number] - self.planned[number], 0)


@dataclass(frozen=True, slots=True)
class Gap:
    """Hours of one day in a row that lack people: [since, until).

    `needed` and `planned` are of the hour that needs most; with `is_even` all need as many.
    """

    since: datetime
    until: datetime
    needed: int
    planned: int
    is_even: bool


@lru_cache(maxsize=64)  # a page asks the same again and again within the hour
def staffing(
    start: datetime,
    rates: tuple[float, ...],
    planned: tuple[int, ...],
    days: tuple[int, ...],
    *,
    promise: Promise,
    work: Work,
    may_work: tuple[bool, ...],
) -> Staffing:
    """The people that the hours from `start` on need. Pure; the same question has one answer.

    `rates` are the cases expected in each hour, `may_work` says when people can be added at all.
    """
    came, there = np.asarray(rates, np.float64), np.asarray(planned, np.int64)
    day_of = np.asarray(days, np.int64)
    alone = np.array([_alone(rate, promise, work) for rate in came.tolist()], np.int64)
    weeks = queue.drawn(
        came,
        np.asarray(promise.due, np.float64),
        handling=work.handling,
        patience=work.patience,
        waiting=work.waiting,
    )
    people = np.minimum(there, alone)
    kept = queue.shares(weeks, queue.begun(weeks, there), day_of)
    allowed = np.asarray(may_work, np.bool_) | (there > 0)
    kept_then = np.zeros_like(kept)
    for _ in range(MOST_ROUNDS):
        begun = queue.begun(weeks, people)
        kept_then = queue.shares(weeks, begun, day_of)
        short = np.flatnonzero(kept_then < promise.share - CERTAIN)
        if not len(short):
            break
        before = people.copy()
        for day in short.tolist():
            _add(people, there, allowed, _useful(weeks, begun, day_of, day))
        if (before == people).all():
            break  # nobody whom we could add would help: it is late when it comes
    return Staffing(
        start=start,
        needed=tuple(people.tolist()),
        planned=tuple(there.tolist()),
        erlang=tuple(alone.tolist()),
        days=tuple(day_of.tolist()),
        kept=tuple(kept.tolist()),
        kept_then=tuple(kept_then.tolist()),
    )


def gaps(plan: Staffing) -> list[Gap]:
    """Where people lack, each stretch of a day by itself."""
    short = [number for number in range(len(plan.needed)) if plan.missing(number)]
    stretches: list[list[int]] = []
    for number in short:
        goes_on = stretches and stretches[-1][-1] == number - 1
        if goes_on and plan.days[number - 1] == plan.days[number]:
            stretches[-1].append(number)
        else:
            stretches.append([number])
    return [_gap(plan, stretch) for stretch in stretches]


def _gap(plan: Staffing, stretch: Sequence[int]) -> Gap:
    most = max(stretch, key=lambda number: plan.needed[number])
    asked = {(plan.needed[number], plan.planned[number]) for number in stretch}
    return Gap(
        since=plan.start + stretch[0] * HOUR,
        until=plan.start + (stretch[-1] + 1) * HOUR,
        needed=plan.needed[most],
        planned=plan.planned[most],
        is_even=len(asked) == 1,
    )


def _alone(rate: float, promise: Promise, work: Work) -> int:
    load = Load(rate, work.handling, work.patience)
    return agents_for(load, share=promise.share, hours=promise.within)


def _useful(weeks: queue.Weeks, begun: Floats, day_of: Whole, day: int) -> Floats:
    """For each hour, how many of the day's late cases could have been begun in it."""
    hours = len(day_of)
    is_late = weeks.judged & (begun > weeks.due) & (day_of[weeks.hour] == day)
    first = weeks.at[is_late].astype(np.int64)
    last = np.clip(weeks.due[is_late], 0, hours - 1).astype(np.int64)
    edges = np.zeros(hours + 1, np.int64)
    np.add.at(edges, first, 1)
    np.add.at(edges, np.maximum(last, first) + 1, -1)
    return np.cumsum(edges)[:hours].astype(np.float64)


def _add(people: Whole, planned: Whole, allowed: NDArray[np.bool_], useful: Floats) -> None:
    """More in the hours that help most: one each, or an eighth of those who are there."""
    worth = np.where(allowed, useful, 0.0) * np.where(people < planned, PLANNED_FIRST, 1.0)
    best = np.argsort(-worth, kind="stable")[:AT_ONCE]
    chosen = best[(worth[best] > 0) & (worth[best] >= worth.max() / 2)]
    people[chosen] += np.maximum(people[chosen] // 8, 1)
