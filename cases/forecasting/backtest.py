"""The backtest: what would have been forecast at moments of the past, and what came.

At each origin a method sees the hours before it and nothing else; so does the choice of its band.
MASE (Hyndman and Koehler 2006) is the mean error in terms of what repeating the last season misses
within the history: below 1 is better than that on average.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cases.forecasting import band
from cases.forecasting.history import DAY_HOURS, HOUR, WEEK_HOURS, Floats, History
from cases.forecasting.repeating import repeated
from mentions.sentences import Sentence, sentence

Method = Callable[[History, int], Floats]
ORIGINS = 28
"""Days from whose beginnings is forecast, the last ones: four weeks of weekdays."""
LEAST_WEEKLY = 15 * DAY_HOURS
"""Hours from which on whole weeks are forecast: one to learn from, a day, one to hold against."""
LEAST_DAILY = 2 * DAY_HOURS
LEAST = LEAST_DAILY + DAY_HOURS


@dataclass(frozen=True, slots=True)
class Tried:
    """A method at one origin: what it expected, what came, and what each band lost on it."""

    origin: int
    expected: Floats
    came: Floats
    lost: Floats


@dataclass(frozen=True, slots=True)
class Backtest:
    """How a method did, and how repeating the last week or day (`season`, in hours) did.

    `coverage` is the share of hours that lay in the band, None where none could be learnt before.
    """

    origins: int
    horizon: int
    season: int
    mase: float
    mase_repeating: float
    coverage: float | None

    @property
    def gain(self) -> float:
        """How much smaller its errors were: 0.2 is a fifth, below zero it was worse."""
        if self.mase_repeating == 0:
            return 0.0 if self.mase == 0 else -1.0
        return 1 - self.mase / self.mase_repeating

    @property
    def repeats(self) -> Sentence:
        """What it was held against."""
        if self.season == WEEK_HOURS:
            return sentence("last week's same hour")
        return sentence("yesterday's same hour")

    def to_json(self) -> dict[str, Any]:
        """The fields, and `gain`."""
        return {**asdict(self), "gain": self.gain, "baseline": str(self.repeats)}


def tried(history: History, method: Method) -> list[Tried]:
    """The method at each origin, the oldest first; none where the history is too short."""
    known = len(history.counts)
    weekly = known >= LEAST_WEEKLY
    horizon = WEEK_HOURS if weekly else DAY_HOURS
    least = (WEEK_HOURS + DAY_HOURS) if weekly else LEAST_DAILY
    latest = known - horizon
    origins = list(range(latest, least - 1, -DAY_HOURS))[:ORIGINS]
    counts = np.asarray(history.counts, np.float64)
    found = []
    for at in reversed(origins):
        expected, came = method(history.until(at), horizon), counts[at : at + horizon]
        found.append(Tried(at, expected, came, band.losses(expected, came)))
    return found


def judged(history: History, found: Sequence[Tried]) -> Backtest | None:
    """How the method did, held against repeating; None where nothing could be tried."""
    if not found:
        return None
    horizon = len(found[0].came)
    season = WEEK_HOURS if horizon == WEEK_HOURS else DAY_HOURS
    counts = np.asarray(history.counts, np.float64)
    scale = float(np.abs(counts[season:] - counts[:-season]).mean()) or 1.0
    naive = [
        np.abs(one.came - _repeated(history, one.origin, horizon, season)).mean() for one in found
    ]
    ours = [np.abs(one.came - one.expected).mean() for one in found]
    return Backtest(
        origins=len(found),
        horizon=horizon,
        season=season,
        mase=float(np.mean(ours)) / scale,
        mase_repeating=float(np.mean(naive)) / scale,
        coverage=_coverage(found),
    )


def scatter(found: Sequence[Tried]) -> float:
    """The scatter of the band that fits what was tried."""
    if not found:
        return band.UNKNOWN
    return band.best(np.sum([one.lost for one in found], axis=0))


def _repeated(history: History, origin: int, horizon: int, season: int) -> Floats:
    last = range(origin - season, origin)
    begins = history.start + last.start * HOUR
    known = History(begins, history.counts[last.start : last.stop], zone=history.zone)
    return repeated(known, horizon, season=season)


def _coverage(found: Sequence[Tried]) -> float | None:
    """Each origin's band is learnt from the origins whose forecasts were over by then."""
    horizon = len(found[0].came)
    held: list[float] = []
    for one in found:
        over = [past.lost for past in found if past.origin + horizon <= one.origin]
        if over:
            low, high = band.band(one.expected, band.best(np.sum(over, axis=0)))
            held.append(float(np.mean((low <= one.came) & (one.came <= high))))
    return float(np.mean(held)) if held else None
