"""How good the spike detector is, in figures: airlines, simulated weeks, NAB, speed.

    python bench/spikes.py [airlines] [simulated] [nab] [speed]        (all four without a name)

The airline tweets and the NAB series are read from the folder `shared` beside the repository.
NAB needs pandas for its scorer: `uv run --with pandas python bench/spikes.py nab`.
"""

import csv
import importlib.util
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType, ModuleType
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from mentions.series import Series
from nlp import spike_bars
from nlp.spike_bars import BARS, Bar
from nlp.spike_scores import SCORE_THRESHOLDS, score_values
from nlp.spikes import SpikeSettings, current_spike, find_spikes

SHARED = Path(__file__).parents[2] / "shared"
PACIFIC = ZoneInfo("America/Los_Angeles")
QUARTER = timedelta(minutes=15)
PER_DAY = 96
START = datetime(2015, 2, 16, tzinfo=UTC)
QUIET_UNTIL = datetime(2015, 2, 21, 15, tzinfo=PACIFIC)
NIGHT = datetime(2015, 2, 21, 18, tzinfo=PACIFIC), datetime(2015, 2, 22, 6, tzinfo=PACIFIC)


def airlines() -> None:
    """When each signal fires at each sensitivity, and over which thresholds the result holds."""
    path = SHARED / "data/mentions/airline-tweets-2015.csv"
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        rows = list(csv.DictReader(file))
    for name, keeps in labellings(rows).items():
        weeks = [week(rows, brand, keeps) for brand in ("US Airways", "United", "Southwest")]
        for sensitivity in BARS:
            found = [spike for one in weeks for spike in find_spikes(one, asked(sensitivity))]
            said = [
                f"{spike.started_at.astimezone(PACIFIC):%d %H:%M} {spike.brand} {spike.score:.1f}"
                for spike in sorted(found, key=lambda spike: spike.started_at)
            ]
            print(f"{name:16} {sensitivity:9} {'; '.join(said)}")
        print(f"{name:16} holds at {held(weeks)}")


def labellings(rows: Sequence[dict[str, str]]) -> dict[str, NDArray[np.bool_]]:
    """Signals from the cleanest to the noisiest."""
    vader = SentimentIntensityAnalyzer()
    scores = np.array([vader.polarity_scores(row["text"])["compound"] for row in rows])
    negative = np.array([row["airline_sentiment"] == "negative" for row in rows])
    noise = np.random.default_rng(1).random(len(rows)) < 0.15
    return {
        "true negative": negative,
        "15 % flipped": negative ^ noise,
        "vader < -0.05": scores < -0.05,
        "vader <= -0.3": scores <= -0.3,
        "vader < 0.3": scores < 0.3,
        "all": np.ones(len(rows), dtype=np.bool_),
    }


def week(rows: Sequence[dict[str, str]], brand: str, keeps: NDArray[np.bool_]) -> Series:
    counts = np.zeros(9 * PER_DAY, dtype=np.int64)
    for row, kept in zip(rows, keeps, strict=True):
        if kept and row["airline"] == brand:
            said = datetime.strptime(row["tweet_created"], "%d-%m-%Y %H.%M")  # noqa: DTZ007 - Pacific
            counts[(said.replace(tzinfo=PACIFIC) - START) // QUARTER] += 1
    return Series(brand, "negative", START, QUARTER, tuple(int(count) for count in counts))


def asked(sensitivity: str) -> SpikeSettings:
    return SpikeSettings.model_validate({"sensitivity": sensitivity})


def held(weeks: Sequence[Series]) -> str:
    """Which thresholds (hour/long) tell the night and at most two spikes before it."""
    good = []
    for hour in (3.0, 3.5, 4.0, 4.5, 6.0):
        for long in (1.8, 2.0, 2.2, 2.4, 2.6, 2.8, 3.0):
            with bar(Bar(hour, long, 2.0)):
                found = [find_spikes(one) for one in weeks]
            before = sum(spike.started_at < QUIET_UNTIL for one in found for spike in one)
            told = any(NIGHT[0] <= spike.started_at < NIGHT[1] for spike in found[0])
            if told and before <= 2:
                good.append(f"{hour}/{long}")
    return f"{len(good)} of 35: {' '.join(good)}"


@contextmanager
def bar(other: Bar) -> Iterator[None]:
    """Another meaning of `balanced`, for a sweep."""
    usual = spike_bars.BARS
    spike_bars.BARS = MappingProxyType({**usual, "balanced": other})
    try:
        yield
    finally:
        spike_bars.BARS = usual


def simulated() -> None:
    """False spikes a series and day without any event, and how soon a tripling is told."""
    rng = np.random.default_rng(1)
    for per_hour in (1, 5, 20, 100):
        calm = [simulated_counts(rng, per_hour, days=30) for _ in range(25)]
        for sensitivity in BARS:
            false = sum(
                spike.started_at >= START + timedelta(days=2)
                for counts in calm
                for spike in find_spikes(made(counts), asked(sensitivity))
            )
            delays = [delay for counts in calm if (delay := told_after(counts, sensitivity))]
            after = np.median(delays or [0])
            print(
                f"{per_hour:4} an hour {sensitivity:9} {false / 25 / 28:.3f} false a day; of 25 "
                f"four-hour triplings told {len(delays):2}, after {after:.0f} min"
            )


def simulated_counts(rng: np.random.Generator, per_hour: float, *, days: int) -> NDArray[np.int64]:
    """A daily rhythm, a louder or quieter weekend, drift of 25 % over 8 hours, bursty posts."""
    moment = np.arange(days * PER_DAY)
    hour = moment % PER_DAY / 4
    peak = rng.uniform(0, 24)
    shape = np.exp(
        1.1 * np.cos((hour - peak) / 12 * np.pi) + 0.4 * np.cos((hour - 1.3 * peak) / 6 * np.pi)
    )
    weekend = 1 + 0.3 * (moment // PER_DAY % 7 >= 5) * rng.choice([-1, 1])
    keep = np.exp(-1 / 32)
    drift = np.zeros(len(moment))
    for place, push in enumerate(rng.normal(0, 0.25 * np.sqrt(1 - keep**2), len(moment) - 1)):
        drift[place + 1] = keep * drift[place] + push
    mean = per_hour / 4 * shape / shape.mean() * weekend * np.exp(drift)
    return rng.poisson(mean * rng.gamma(8, 1 / 8, len(moment)))


def made(counts: NDArray[np.int64]) -> Series:
    return Series("Acme", "all", START, QUARTER, tuple(int(count) for count in counts))


def told_after(counts: NDArray[np.int64], sensitivity: str) -> float | None:
    """Minutes until four tripled hours on the last day are told; None if never."""
    tripled, begin = counts.copy(), 28 * PER_DAY + 40
    tripled[begin : begin + 16] = tripled[begin : begin + 16] * 3 + 1
    for end in range(begin + 1, begin + 25):
        spike = current_spike(made(tripled[:end]), asked(sensitivity))
        if spike and spike.started_at >= START + begin * QUARTER:
            return (end - begin) * 15.0
    return None


def nab() -> None:
    """The standard score on five series: each at the others' threshold, and all at ours."""
    scorer = nab_scorer()
    for name, detector in (("rolling z-score", rolling_z), ("score_values", score_values)):
        with tempfile.TemporaryDirectory() as folder:
            for path in sorted((SHARED / "data/nab").glob("*.csv")):
                with path.open(newline="") as file:
                    rows = list(csv.reader(file))[1:]
                values = [float(value) for _, value in rows]
                moments = [datetime.fromisoformat(moment) for moment, _ in rows]
                with Path(folder, path.name).open("w", newline="") as file:
                    writer = csv.writer(file)
                    writer.writerow(["timestamp", "value", "anomaly_score"])
                    for row, score in zip(rows, detector(values, moments), strict=True):
                        writer.writerow([*row, repr(score)])
            print(f"{name:16} {judged(scorer, folder)}")


def rolling_z(values: Sequence[float], _moments: Sequence[datetime]) -> list[float]:
    """The baseline: distance from the mean of the last day in its standard deviations."""
    given = np.asarray(values)
    scores = [0.0] * 24
    for place in range(24, len(given)):
        past = given[max(0, place - 288) : place]
        z = max(0.0, float((given[place] - past.mean()) / (past.std() + 1.0)))
        scores.append(z / (z + 10))
    return scores


def nab_scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("nab_score", SHARED / "tools/nab_score.py")
    if spec is None or spec.loader is None:
        sys.exit(f"{SHARED}/tools/nab_score.py is not there")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def judged(scorer: ModuleType, folder: str) -> str:
    labels = SHARED / "data/nab"
    windows = json.loads((labels / "windows.json").read_text())
    points = json.loads((labels / "labels.json").read_text())
    found = scorer.load_dir(folder, windows, points)
    costs = scorer.DEFAULT_PROFILES["standard"]
    whole = scorer.evaluate(found, costs)
    sums = dict.fromkeys(("raw", "null", "perfect"), 0.0)
    for key, series in found.items():
        others = {other: found[other] for other in found if other != key}
        threshold, _ = scorer.optimise(others, costs)
        alone = scorer.score_at({key: series}, costs, threshold)
        sums = {name: sums[name] + alone[name] for name in sums}
    left_out = 100 * (sums["raw"] - sums["null"]) / (sums["perfect"] - sums["null"])
    lines = [f"leave-one-out {left_out:.1f}", _said(whole, "best threshold")]
    for sensitivity, threshold in SCORE_THRESHOLDS.items():
        lines.append(_said(scorer.evaluate(found, costs, threshold), sensitivity))
    return "\n    ".join(lines)


def _said(result: dict[str, float], name: str) -> str:
    return (
        f"{name} {result['threshold']:.3f}: standard {result['norm']:.1f}, "
        f"windows {result['found']} of {result['windows']}, "
        f"false alerts a series and day {result['false_alerts_per_day']:.3f}"
    )


def speed() -> None:
    """Milliseconds a call for 28 days of quarter hours, and points a second for score_values."""
    counts = np.random.default_rng(1).poisson(5, 28 * PER_DAY)
    series = made(counts)
    began = time.perf_counter()
    for _ in range(100):
        current_spike(series)
    print(f"current_spike    {(time.perf_counter() - began) * 10:.2f} ms")
    values = [float(count) for count in np.random.default_rng(1).poisson(50, 16_000)]
    moments = [START + timedelta(minutes=5) * place for place in range(len(values))]
    began = time.perf_counter()
    score_values(values, moments)
    print(f"score_values     {len(values) / (time.perf_counter() - began):,.0f} points/s")


BENCHES = {"airlines": airlines, "simulated": simulated, "nab": nab, "speed": speed}

if __name__ == "__main__":
    for bench in sys.argv[1:] or BENCHES:
        BENCHES[bench]()
