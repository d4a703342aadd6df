"""The forecast: how many cases each of the next hours brings, by what did best in the past."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from cases.forecasting import band
from cases.forecasting.backtest import LEAST, Backtest, Method, judged, scatter, tried
from cases.forecasting.history import DAY_HOURS, HOUR, WEEK_HOURS, History
from cases.forecasting.profile import profile
from cases.forecasting.repeating import repeated_calm


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour to come: the cases expected, and between which counts four of five such hours lie."""

    at: datetime
    expected: float
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """The hours to come. `why` says in words how they were reckoned, and how far to trust that.

    `backtest` is None where the history is too short for one. With `falls_back` the last week, or
    day, is repeated, as nothing did better on this history. Without any case so far there are no
    hours.
    """

    hours: tuple[Hour, ...]
    zone: str
    why: str
    backtest: Backtest | None
    falls_back: bool

    @property
    def expected(self) -> float:
        """Cases of all the hours."""
        return sum(hour.expected for hour in self.hours)

    def by_day(self) -> Mapping[date, tuple[Hour, ...]]:
        """The hours by the date on the wall: 24 of a whole day, 23 or 25 where clocks change."""
        days: dict[date, list[Hour]] = {}
        for hour in self.hours:
            days.setdefault(hour.at.astimezone(ZoneInfo(self.zone)).date(), []).append(hour)
        return {day: tuple(hours) for day, hours in days.items()}

    def to_json(self) -> dict[str, Any]:
        """All of it, moments as ISO 8601."""
        return {
            "zone": self.zone,
            "why": self.why,
            "falls_back": self.falls_back,
            "backtest": self.backtest.to_json() if self.backtest else None,
            "hours": [
                {"at": one.at.isoformat(), "expected": round(one.expected, 3)}
                | {"low": one.low, "high": one.high}
                for one in self.hours
            ],
        }


@lru_cache(maxsize=64)  # the same page and digest ask again and again within the hour
def forecast(history: History, *, hours: int = WEEK_HOURS) -> Forecast:
    """The hours after the history's end. It knows nothing of them.

    Where a backtest on this history says that repeating the last week or day would have missed
    less, that is what it does, and says so.
    """
    if not any(history.counts):
        return Forecast(
            (), history.zone, "No case so far: there is nothing to learn from.", None, False
        )
    found = tried(history, profile)
    backtest = judged(history, found)
    falls_back = backtest is not None and backtest.gain <= 0
    season = backtest.season if backtest else WEEK_HOURS
    method: Method = partial(repeated_calm, season=season) if falls_back else profile
    expected = method(history, hours)
    low, high = band.band(expected, scatter(tried(history, method) if falls_back else found))
    return Forecast(
        hours=tuple(
            Hour(history.end + number * HOUR, float(mean), int(least), int(most))
            for number, (mean, least, most) in enumerate(zip(expected, low, high, strict=True))
        ),
        zone=history.zone,
        why=_said(history, backtest, falls_back=falls_back),
        backtest=backtest,
        falls_back=falls_back,
    )


def _said(history: History, backtest: Backtest | None, *, falls_back: bool) -> str:
    days = round(len(history.counts) / DAY_HOURS)
    left = len(history.counts) - int(history.learnt_from().sum())
    known = f"Reckoned from {days} days of cases" if days > 1 else "Reckoned from a day of cases"
    if left:
        known += f", {left} {'hour' if left == 1 else 'hours'} of crises left out"
    elif history.left_out:
        known += ", all of them of crises"
    if backtest is None:
        return (
            f"{known}. That is too short to try a forecast on ({LEAST // DAY_HOURS} days at "
            "least), so the range is wide on purpose."
        )
    ours, other = f"{backtest.mase:.2f}", f"{backtest.mase_repeating:.2f}"
    days_tried = "a day" if backtest.origins == 1 else f"{backtest.origins} days"
    tried_on = f"Tried from {days_tried} of this history on,"
    if falls_back:
        return (
            f"It repeats {backtest.repeats}. {tried_on} our own forecast was no better than that "
            f"(MASE {ours} against {other}). {known}."
        )
    held = ""
    if backtest.coverage is not None:
        held = f"; the range held {backtest.coverage:.0%} of hours"
    return (
        f"{known}. {tried_on} it missed {backtest.gain:.0%} less than {backtest.repeats} "
        f"(MASE {ours} against {other}){held}."
    )
