"""score_values: how far each value of a series stands out, from its past alone, between 0 and 1.

For plain files of counts in buckets of minutes. Two windows end with each bucket: a quarter and
half an hour. What a window has above the median of the same time of day is measured against what
that series itself reaches in the wildest half per cent of its last three weeks, and the two are
multiplied: a burst must be high and no single odd bucket. Only what clearly exceeds the last 36
hours is passed on, so that a level is told once.
"""

from bisect import insort
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from nlp.spike_surprise import Floats

Places = NDArray[np.intp]

DAY = timedelta(days=1)
WINDOWS = (timedelta(minutes=15), timedelta(minutes=30))
POWER, SHIFT = 0.85, 0.2
"""Counts are compared as (count + shift) ** power, between the count itself and its root: a busy
hour scatters more than a quiet one, but not as much as by its root. 0.8 to 0.9 score alike."""
RHYTHM_DAYS = 21
"""Days whose median is the usual; 14 to 28 score alike."""
TAIL_DAYS = 21
TAIL_SHARE = 0.005
"""The wildest half per cent of three weeks, two hours in all."""
FEWEST = 20
"""Buckets before a tail is known. The first day is not judged at all: its morning is no event."""
LEAST_SCALE = 0.8
"""About one post a bucket: no series is so calm that less of it counts."""
RECORD_SPAN = timedelta(hours=36)
"""24 to 48 hours score alike."""
RECORD_MARGIN = 1.25
"""With less, each further step of one rise is told again; from 1.4 on, a second event is missed."""
REPEATED = 0.1
"""What is kept of a score that is no record: a tenth stays far below every threshold."""
EVENT = 1.28
"""A score of 0.5. On the five NAB series anything from 1.15 to 1.4 keeps the score above 83 and
false alerts below one in twenty days."""
SCORE_THRESHOLDS = MappingProxyType({"few": 0.54, "balanced": 0.5, "many": 0.43})
"""From which score on a value is an event, by sensitivity."""


def score_values(values: Sequence[float], times: Sequence[datetime]) -> list[float]:
    """An anomaly score from 0 to 1 for each value, from its past alone; never saturates.

    0.5 is an event. `times` must rise. Their usual step is the bucket; a step left out is a gap,
    not a zero.
    """
    if len(values) != len(times):
        raise ValueError(f"{len(values)} values but {len(times)} times; give one time for each")
    if len(values) < 2:
        return [0.0] * len(values)
    places, bucket = _placed(times)
    given = np.nan_to_num(np.asarray(values, dtype=np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    counts, alive = np.zeros(places[-1] + 1), np.zeros(places[-1] + 1)
    np.add.at(counts, places, np.maximum(given, 0.0))
    alive[places] = 1.0
    per_day = max(1, round(DAY / bucket))
    spans = sorted({max(1, round(window / bucket)) for window in WINDOWS})
    unusual = _unusual(counts, alive, spans, per_day)
    before = _highest_before(unusual, max(1, round(RECORD_SPAN / bucket)))
    is_record = unusual > RECORD_MARGIN * before
    scores = unusual / (unusual + EVENT) * np.where(is_record, 1.0, REPEATED)
    return [float(score) for score in scores[places]]


def _unusual(counts: Floats, alive: Floats, spans: Sequence[int], per_day: int) -> Floats:
    """Per bucket, the geometric mean over the windows of excess over the series' own tail."""
    logs = np.zeros(len(counts))
    is_judged = (alive > 0) & (np.arange(len(counts)) >= per_day)
    for span in spans:
        rate = (_rate(counts, alive, span) + SHIFT) ** POWER
        excess = rate - _usual(rate, per_day)
        tail = _tail(excess, per_day)
        is_judged &= (excess > 0) & np.isfinite(tail)
        scale = np.where(is_judged, np.maximum(tail, LEAST_SCALE), 1.0)
        logs += np.log(np.where(is_judged, excess, 1.0) / scale)
    return np.where(is_judged, np.exp(logs / len(spans)), 0.0)


def _rate(counts: Floats, alive: Floats, span: int) -> Floats:
    """Mean count a bucket of each trailing window; NaN where nothing is known of it."""
    end = np.arange(1, len(counts) + 1)
    begin = np.maximum(end - span, 0)
    total, known = (np.concatenate(([0.0], np.cumsum(each))) for each in (counts, alive))
    size = known[end] - known[begin]
    held = np.where(alive > 0, total[end] - total[begin], np.nan)
    rate: Floats = held / np.maximum(size, 1.0)
    return rate


def _usual(rate: Floats, per_day: int) -> Floats:
    """The median of the same time of day on earlier days; of all so far on the first day."""
    days = -(-len(rate) // per_day)
    padded = np.full((days + RHYTHM_DAYS) * per_day, np.nan)
    padded[RHYTHM_DAYS * per_day : RHYTHM_DAYS * per_day + len(rate)] = rate
    by_day = padded.reshape(-1, per_day)
    past = np.lib.stride_tricks.sliding_window_view(by_day, RHYTHM_DAYS, axis=0)
    usual = _medians(past[:days]).ravel()[: len(rate)]
    unseen = np.flatnonzero(np.isnan(usual))
    so_far = rate[~np.isnan(rate)][:per_day]
    first = _running_medians(so_far)
    usual[unseen] = first[np.minimum(unseen, len(first) - 1)]
    return usual


def _medians(rows: Floats) -> Floats:
    """The median of each last axis, NaN where nothing is known."""
    ordered = np.sort(rows, axis=-1)
    known = np.count_nonzero(~np.isnan(ordered), axis=-1)[..., np.newaxis]
    pair = np.maximum(known - 1, 0) // 2, known // 2
    low, high = (
        np.take_along_axis(ordered, np.minimum(at, rows.shape[-1] - 1), axis=-1) for at in pair
    )
    medians: Floats = ((low + np.where(known > 0, high, np.nan)) / 2)[..., 0]
    return medians


def _running_medians(values: Floats) -> Floats:
    """The median of all before each value, 0 before the first."""
    ordered: list[float] = []
    medians = [0.0]
    for value in values:
        insort(ordered, float(value))
        medians.append((ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2)
    return np.array(medians)


def _tail(excess: Floats, per_day: int) -> Floats:
    """What the excess reaches in TAIL_SHARE of the days before; infinite before it is known."""
    tail = np.full(len(excess), np.inf)
    for begin, end in _renewals(len(excess), per_day):
        past = excess[max(0, begin - TAIL_DAYS * per_day) : begin]
        past = past[~np.isnan(past)]
        if len(past) >= FEWEST:
            rank = max(2, round(TAIL_SHARE * len(past)))
            tail[begin:end] = np.partition(past, len(past) - rank)[len(past) - rank]
    return tail


def _renewals(length: int, per_day: int) -> Iterator[tuple[int, int]]:
    """Stretches in which the tail is taken as known at their begin: a day at most, and a
    tenth of what came before.
    """
    begin = 0
    while begin < length:
        end = begin + max(1, min(per_day, begin // 10))
        yield begin, min(end, length)
        begin = end


def _placed(times: Sequence[datetime]) -> tuple[Places, timedelta]:
    """The bucket number of each time, and the bucket."""
    seconds = np.asarray([(time - times[0]).total_seconds() for time in times])
    steps = np.diff(seconds)
    if (steps < 0).any():
        raise ValueError("times go backwards; sort the series by time first")
    step = float(np.median(steps[steps > 0])) if (steps > 0).any() else 1.0
    return np.rint(seconds / step).astype(np.intp), timedelta(seconds=step)


def _highest_before(scores: Floats, span: int) -> Floats:
    """The highest of the `span` scores before each place, 0 before the first."""
    highest = np.concatenate((np.zeros(span), scores))
    reach = 1
    while reach < span:
        step = min(reach, span - reach)
        highest[step:] = np.maximum(highest[step:], highest[:-step].copy())
        reach += step
    return highest[span - 1 : -1]
