"""How good the spike detector is, in figures: airlines, simulated weeks, NAB, speed.

    python -m bench spikes [airlines] [simulated] [nab] [speed]        (all four without a name)

The airline tweets and the NAB series are read from the folder `shared` beside the repository.
NAB needs pandas for its scorer: it is not among the locked packages.
"""

import csv
import importlib.util
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TypeVar
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from mentions.series import Series, Spike
from nlp import spike_bars
from nlp.spike_band import outlook_of
from nlp.spike_bars import BARS, HOUR, Bar
from nlp.spike_board import Board
from nlp.spike_layout import Watched
from nlp.spike_scores import SCORE_THRESHOLDS, score_values
from nlp.spikes import SpikeSettings, current_spike, find_spikes

SHARED = Path(__file__).parents[2] / "shared"
PACIFIC = ZoneInfo("America/Los_Angeles")
QUARTER = timedelta(minutes=15)
PER_DAY = 96
FINE = timedelta(minutes=5)
FINE_PER_DAY = 288

Made = TypeVar("Made")
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
    """False spikes a series and day without any event, and how soon a crisis is told after its
    trailing hour has crossed three times the expected (and ten posts).
    """
    rng = np.random.default_rng(1)
    for per_hour in (1, 5, 20, 100):
        calm = np.array([simulated_counts(rng, per_hour) for _ in range(24)])
        rising = [with_crisis(rng, counts) for counts in calm for _ in range(3)]
        crises, begins = np.array([counts for counts, _ in rising]), [at for _, at in rising]
        crossed = [crossing(counts, at) for counts, at in rising]
        for sensitivity in BARS:
            false = sum(
                spike.started_at >= START + timedelta(days=2)
                for found in board(calm, sensitivity).found()
                for spike in found
            )
            found = board(crises, sensitivity).found()
            delays = [
                told_after(spikes, begun, at)
                for spikes, begun, at in zip(found, begins, crossed, strict=True)
                if at is not None
            ]
            told = [delay for delay in delays if delay is not None]
            print(
                f"{per_hour:4} an hour {sensitivity:9} {false / 24 / 27:.3f} false a day; "
                f"of {len(delays)} crises told {len(told)}, "
                f"{sum(delay <= 15 for delay in told)} within 15 minutes, "
                f"half within {np.median(told):.0f}"
            )


def simulated_counts(rng: np.random.Generator, per_hour: float) -> NDArray[np.int64]:
    """29 days with a daily rhythm, a louder or quieter weekend, drift of 25 % over 8 hours, and
    bursts.
    """
    moment = np.arange(29 * FINE_PER_DAY)
    hour = moment % FINE_PER_DAY / 12
    peak = rng.uniform(0, 24)
    shape = np.exp(
        1.1 * np.cos((hour - peak) / 12 * np.pi) + 0.4 * np.cos((hour - 1.3 * peak) / 6 * np.pi)
    )
    weekend = 1 + 0.3 * (moment // FINE_PER_DAY % 7 >= 5) * rng.choice([-1, 1])
    keep = np.exp(-1 / 96)
    drift = np.zeros(len(moment))
    for place, push in enumerate(rng.normal(0, 0.25 * np.sqrt(1 - keep**2), len(moment) - 1)):
        drift[place + 1] = keep * drift[place] + push
    mean = per_hour / 12 * shape / shape.mean() * weekend * np.exp(drift)
    return rng.poisson(mean * np.repeat(rng.gamma(8, 1 / 8, len(moment) // 3), 3))


def with_crisis(
    rng: np.random.Generator, counts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], int]:
    """Eight hours of the last day at 5 to 12 times the usual, reached within two; and when."""
    begin, length = 28 * FINE_PER_DAY + int(rng.integers(0, 180)), 96
    usual = counts.reshape(29, FINE_PER_DAY).mean(axis=0)[np.arange(begin, begin + length) % 288]
    rise = np.minimum(1.0, np.arange(1, length + 1) / rng.choice([3, 12, 24]))
    rising = counts.copy()
    rising[begin : begin + length] += rng.poisson(usual * rise * (rng.choice([5, 8, 12]) - 1))
    return rising, begin


def crossing(counts: NDArray[np.int64], begin: int) -> int | None:
    """The bucket at whose end the trailing hour is three times the expected, from `begin` on."""
    seen = outlook_of(made(counts, FINE), HOUR, known_since=None)
    if seen is None:
        return None
    high = (seen.observed >= 3 * seen.expected) & (seen.observed >= 10)
    places = np.flatnonzero(high[begin:])
    return begin + int(places[0]) if len(places) else None


def told_after(spikes: Sequence[Spike], begun: int, crossed: int) -> float | None:
    """Minutes from the crossing until the crisis is told; None if never."""
    for spike in spikes:
        at = (spike.started_at - START) // FINE
        if at >= begun - 12:
            return max(0.0, (at - crossed) * 5.0)
        if spike.ended_at is None or spike.ended_at > START + begun * FINE:
            return 0.0  # it was told before
    return None


def board(rows: NDArray[np.int64], sensitivity: str) -> Board:
    watched = Watched([("Acme", "all")] * len(rows), START, FINE)
    return Board(watched, rows, asked(sensitivity))


def made(counts: NDArray[np.int64], bucket: timedelta = QUARTER) -> Series:
    return Series("Acme", "all", START, bucket, tuple(int(count) for count in counts))


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
    """What one series costs, and many together, in processor time of one core."""
    rng = np.random.default_rng(1)
    past = rng.poisson(rng.gamma(0.5, 4, (512, 1)), (512, 28 * FINE_PER_DAY))
    today = rng.poisson(past.mean(axis=1, keepdims=True), (512, 144))
    whole = made(np.concatenate((past[0], today[0])), FINE)
    each, _ = timed(lambda: current_spike(whole), times=10)
    print(f"current_spike    {each * 1e3:.1f} ms, {len(whole.counts) / each:,.0f} points/s")
    each, kept = timed(lambda: board(past, "balanced"))
    print(f"a board's past   {each / 512 * 1e3:.2f} ms a series, {past.size / each:,.0f} points/s")
    each, _ = timed(lambda: kept.look(today))
    print(
        f"a board's look   {each / 512 * 1e6:.0f} us a series; 100,000 in {each / 512 * 1e5:.1f} s"
    )
    few = rng.poisson(0.02, (2_000, 28 * FINE_PER_DAY)).astype(np.uint8)
    _, kept = timed(lambda: board(few, "balanced"))
    each, _ = timed(lambda: kept.look(few[:, :144]))
    print(f"of small series  {each / 2_000 * 1e6:.0f} us a series, {each * 50:.1f} s of 100,000")
    values = [float(count) for count in rng.poisson(50, 16_000)]
    moments = [START + timedelta(minutes=5) * place for place in range(len(values))]
    each, _ = timed(lambda: score_values(values, moments), times=5)
    print(f"score_values     {len(values) / each:,.0f} points/s")


def timed(work: Callable[[], Made], *, times: int = 1) -> tuple[float, Made]:
    """Seconds a call of one core, and what the last one made."""
    began = time.process_time()
    for _ in range(times):
        made_last = work()
    return (time.process_time() - began) / times, made_last


BENCHES = {"airlines": airlines, "simulated": simulated, "nab": nab, "speed": speed}

if __name__ == "__main__":
    for bench in sys.argv[1:] or BENCHES:
        BENCHES[bench]()
