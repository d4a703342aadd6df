"""The forecast: how many cases each of the next hours brings, by what did best in the past."""

from collections.abc import Iterator, Mapping
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
from mentions.sentences import Sentence, Share, Value, counted_sentence, in_english, sentence


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour to come: the cases expected, and between which counts four of five such hours lie."""

    at: datetime
    expected: float
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """The hours to come. `reasons` say how they were reckoned, and how far to trust that.

    `backtest` is None where the history is too short for one. With `falls_back` the last week, or
    day, is repeated, as nothing did better on this history. Without any case so far there are no
    hours.
    """

    hours: tuple[Hour, ...]
    zone: str
    reasons: tuple[Sentence, ...]
    backtest: Backtest | None
    falls_back: bool

    @property
    def why(self) -> str:
        """The reasons in English."""
        return in_english(self.reasons)

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
        nothing = sentence("No case so far: there is nothing to learn from.")
        return Forecast((), history.zone, (nothing,), None, False)
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
        reasons=tuple(_said(history, backtest, falls_back=falls_back)),
        backtest=backtest,
        falls_back=falls_back,
    )


def _said(history: History, backtest: Backtest | None, *, falls_back: bool) -> Iterator[Sentence]:
    known = _known(history)
    if backtest is None:
        yield known
        yield sentence(
            "That is too short to try a forecast on (%(days)s days at least), so the range is "
            "wide on purpose.",
            days=LEAST // DAY_HOURS,
        )
        return
    tried_from = counted_sentence(
        "a day of this history", "%(n)s days of this history", backtest.origins
    )
    values: dict[str, Value] = {
        "days": tried_from,
        "repeats": backtest.repeats,
        "ours": f"{backtest.mase:.2f}",
        "other": f"{backtest.mase_repeating:.2f}",
    }
    if falls_back:
        yield sentence("It repeats %(repeats)s.", repeats=backtest.repeats)
        yield sentence(
            "Tried from %(days)s on, our own forecast was no better than that "
            "(MASE %(ours)s against %(other)s).",
            **{name: value for name, value in values.items() if name != "repeats"},
        )
        yield known
        return
    yield known
    values["gain"] = Share(backtest.gain)
    if backtest.coverage is None:
        yield sentence(
            "Tried from %(days)s on, it missed %(gain)s less than %(repeats)s "
            "(MASE %(ours)s against %(other)s).",
            **values,
        )
        return
    yield sentence(
        "Tried from %(days)s on, it missed %(gain)s less than %(repeats)s "
        "(MASE %(ours)s against %(other)s); the range held %(held)s of hours.",
        **values,
        held=Share(backtest.coverage),
    )


def _known(history: History) -> Sentence:
    """Of how much it was learnt."""
    days = round(len(history.counts) / DAY_HOURS)
    left = len(history.counts) - int(history.learnt_from().sum())
    base = counted_sentence("a day of cases", "%(n)s days of cases", max(days, 1))
    if left:
        hours = counted_sentence(
            "%(n)s hour of crises left out", "%(n)s hours of crises left out", left
        )
        return sentence("Reckoned from %(days)s, %(hours)s.", days=base, hours=hours)
    if history.left_out:
        return sentence("Reckoned from %(days)s, all of them of crises.", days=base)
    return sentence("Reckoned from %(days)s.", days=base)
