"""How good the forecast is: NAB, town, airlines; ours against repeating, and others beside it.

    python -m bench forecast [--seeds 1 2 3] [--others] [--json]

Hourly counts are forecast from each of the last 28 midnights or so for a week (a day, where there
are only days), as `untagged forecast backtest` does on the cases of a team. Parameters were chosen
on NAB and on seed 1 of the town; the airlines and the other seeds are what is reported. Spikes that
our detector tells are left out of what is learnt from, and stay in what is forecast. `--others`
tries models of statsforecast from a midnight of each week.
"""

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.sixty_days import ANCHOR, BEGAN, story_of
from bench.spikes import PACIFIC, SHARED
from cases.forecasting.backtest import Backtest, Method, judged, tried
from cases.forecasting.history import HOUR, WEEK_HOURS, Floats, History
from cases.forecasting.profile import profile
from cases.forecasting.repeating import repeated
from mentions.series import Series
from nlp.spikes import find_spikes

QUARTER = timedelta(minutes=15)
ASKS = frozenset({"complaint", "question", "bug_report", "churn_risk", "incident"})
"""Intents of the town's posts that somebody should answer: its cases."""


@dataclass(frozen=True, slots=True)
class Known:
    """A series, and whether parameters were chosen on it."""

    name: str
    history: History
    is_chosen_on: bool


def histories(seeds: Sequence[int]) -> Iterator[Known]:
    yield from nab()
    for seed in seeds:
        yield from town(seed)
    yield from airlines()


def nab() -> Iterator[Known]:
    for path in sorted((SHARED / "data/nab").glob("Twitter_volume_*.csv")):
        counts: Counter[datetime] = Counter()
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                moment = datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC)
                counts[floored(moment)] += int(row["value"])
        yield Known(path.stem.replace("Twitter_volume_", "NAB "), history(counts), True)


def town(seed: int) -> Iterator[Known]:
    by_brand: dict[str, Counter[datetime]] = {}
    for post in story_of(seed).posts(BEGAN, ANCHOR):
        if not post.author.brand and ASKS.intersection(post.said.intents):
            for brand in (*post.said.brands, "all"):
                by_brand.setdefault(brand, Counter())[floored(post.published)] += 1
    for brand, counts in sorted(by_brand.items()):
        yield Known(f"town {seed}, {brand}", history(counts), seed == 1)


def airlines() -> Iterator[Known]:
    """Complaints of a week of February 2015: the year's storm cancels flights on the weekend."""
    by_brand: dict[str, Counter[datetime]] = {}
    path = SHARED / "data/mentions/airline-tweets-2015.csv"
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        for row in csv.DictReader(file):
            if row["airline_sentiment"] != "negative":
                continue
            said = datetime.strptime(row["tweet_created"], "%d-%m-%Y %H.%M")  # noqa: DTZ007 - Pacific
            for brand in (row["airline"], "all"):
                moment = said.replace(tzinfo=PACIFIC).astimezone(UTC)
                by_brand.setdefault(brand, Counter())[floored(moment)] += 1
    for brand, counts in sorted(by_brand.items()):
        yield Known(f"airlines, {brand}", history(counts, PACIFIC), False)


def floored(moment: datetime) -> datetime:
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


def history(quarters: Counter[datetime], zone: ZoneInfo | None = None) -> History:
    """The whole hours, without those that the detector tells as a spike."""
    start, end = min(quarters), max(quarters)
    start += (-start.minute % 60) * timedelta(minutes=1)
    places = range((end - start) // HOUR * 4)
    counts = [quarters[start + place * QUARTER] for place in places]
    series = Series("all", "all", start, QUARTER, tuple(counts))
    spikes = [(one.started_at, one.ended_at or end) for one in find_spikes(series)]
    left_out = {
        hour
        for begins, ends in spikes
        for hour in range(max((begins - start) // HOUR, 0), -((start - ends) // HOUR))
    }
    hourly = np.array(counts).reshape(-1, 4).sum(axis=1)
    known = frozenset(hour for hour in left_out if hour < len(hourly))
    return History(start, tuple(hourly.tolist()), known, zone.key if zone else "UTC")


def others() -> dict[str, Method]:
    """What statsforecast has for two seasons; a crisis's hours are filled with their hour's median.

    Imported here: it takes seconds.
    """
    from statsforecast.models import (  # noqa: PLC0415  # see above
        MSTL,
        AutoETS,
        AutoTheta,
        SeasonalExponentialSmoothing,
        SeasonalWindowAverage,
    )

    made = {
        "SeasonalWindowAverage(168, 4)": lambda: SeasonalWindowAverage(WEEK_HOURS, 4),
        "SeasonalExponentialSmoothing(168)": lambda: SeasonalExponentialSmoothing(WEEK_HOURS, 0.2),
        "MSTL(24, 168) + ETS": lambda: MSTL([24, WEEK_HOURS], AutoETS(1, "ZZN")),
        "AutoETS(24)": lambda: AutoETS(24, "ANA"),
        "AutoTheta(24)": lambda: AutoTheta(24),
    }

    def method(name: str) -> Method:
        def forecast(known: History, hours: int) -> Floats:
            counts = filled(known)
            return np.maximum(made[name]().forecast(counts, hours)["mean"], 0.0)

        return forecast

    return {name: method(name) for name in made}


def filled(known: History) -> Floats:
    counts, kept = np.asarray(known.counts, np.float64), known.learnt_from()
    for place in np.flatnonzero(~kept):
        same = counts[place % 24 :: 24][kept[place % 24 :: 24]]
        counts[place] = np.median(same) if len(same) else 0.0
    return counts


def show(rows: Sequence[tuple[Known, Backtest]], console: Console) -> None:
    table = Table(title="MASE, and the share of hours in the 80 % range")
    for head in (
        "series",
        "chosen on",
        "hours",
        "cases/h",
        "from",
        "repeating",
        "ours",
        "gain",
        "in range",
    ):
        table.add_column(head)
    for known, test in rows:
        what = "week" if test.season == WEEK_HOURS else "day"
        table.add_row(
            known.name,
            "yes" if known.is_chosen_on else "no",
            str(len(known.history.counts)),
            f"{np.mean(known.history.counts):.1f}",
            f"{test.origins} x a {what}",
            f"{test.mase_repeating:.3f}",
            f"{test.mase:.3f}",
            f"{test.gain:.1%}",
            f"{test.coverage:.0%}" if test.coverage is not None else "",
        )
    console.print(table)
    for group in ("NAB", "town 1", "town 2", "town 3", "airlines"):
        found = [test for known, test in rows if known.name.startswith(group)]
        if found:
            gain = 1 - np.mean([one.mase for one in found]) / np.mean(
                [one.mase_repeating for one in found]
            )
            console.print(f"{group}: MASE {gain:.1%} below repeating on average")


def compare(found: Sequence[Known], console: Console) -> None:
    table = Table(title="MASE in terms of repeating's, on what parameters were chosen on")
    chosen = [one for one in found if one.is_chosen_on]
    for head in ("", *(one.name for one in chosen), "mean"):
        table.add_column(head)
    for name, method in {"ours": profile, **others()}.items():
        shares = []
        for known in chosen:
            errors, of = 0.0, 0.0
            for origin in range(4 * WEEK_HOURS, len(known.history.counts) - WEEK_HOURS, WEEK_HOURS):
                past = known.history.until(origin)
                came = np.array(known.history.counts[origin : origin + WEEK_HOURS])
                errors += float(np.abs(came - method(past, WEEK_HOURS)).sum())
                of += float(np.abs(came - repeated(past, WEEK_HOURS)).sum())
            shares.append(errors / of)
        table.add_row(name, *(f"{share:.3f}" for share in shares), f"{np.mean(shares):.3f}")
    console.print(table)


def main() -> None:
    asked = _parser().parse_args()
    console = Console(width=170)
    if not (SHARED / "data/nab").exists():
        sys.exit(f"{SHARED}/data is not there: the series are read from it")
    found = list(histories(asked.seeds))
    rows = []
    for known in found:
        test = judged(known.history, tried(known.history, profile))
        if test is None:
            sys.exit(f"{known.name} is too short to be tried")
        rows.append((known, test))
        if asked.json:
            print(
                json.dumps(
                    {"series": known.name, "chosen_on": known.is_chosen_on, **test.to_json()}
                )
            )
    if not asked.json:
        show(rows, console)
    if asked.others:
        compare(found, console)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m bench forecast", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="*", default=[1, 2, 3])
    parser.add_argument("--others", action="store_true", help="models of statsforecast as well")
    parser.add_argument("--json", action="store_true")
    return parser


if __name__ == "__main__":
    main()
