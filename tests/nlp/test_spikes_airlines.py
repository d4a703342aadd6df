"""The main job on real input: US Airways' night of 21 February 2015, and no crying wolf before."""

import csv
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from mentions.series import Series
from mentions.times import floored
from nlp.spikes import Sensitivity, SpikeSettings, current_spike, find_spikes

TWEETS = Path(__file__).parents[2].parent / "shared/data/mentions/airline-tweets-2015.csv"
PACIFIC = ZoneInfo("America/Los_Angeles")
BUCKET = timedelta(minutes=15)
HISTORY = timedelta(days=28)
SINCE, UNTIL = datetime(2015, 2, 18, tzinfo=UTC), datetime(2015, 2, 25, tzinfo=UTC)
QUIET_UNTIL = datetime(2015, 2, 21, 15, tzinfo=PACIFIC)
CRISIS = datetime(2015, 2, 21, 18, tzinfo=PACIFIC), datetime(2015, 2, 22, 6, tzinfo=PACIFIC)
BRANDS = ("United", "US Airways", "Southwest")

Row = dict[str, str]
Label = Callable[[Row], bool]

pytestmark = pytest.mark.skipif(
    not TWEETS.exists(), reason=f"THE AIRLINE REPLAY WAS NOT TESTED: {TWEETS} is not there"
)


def labelled_negative(row: Row) -> bool:
    return row["airline_sentiment"] == "negative"


def vader_negative() -> Label:
    analyzer = SentimentIntensityAnalyzer()
    return lambda row: bool(analyzer.polarity_scores(row["text"])["compound"] < -0.05)


def any_mention(_row: Row) -> bool:
    return True


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    with TWEETS.open(encoding="utf-8", errors="replace", newline="") as file:
        return list(csv.DictReader(file))


def moments(rows: list[Row], brand: str, label: Label) -> Iterator[datetime]:
    for row in rows:
        if row["airline"] == brand and label(row):
            said = datetime.strptime(row["tweet_created"], "%d-%m-%Y %H.%M")  # noqa: DTZ007 - Pacific, next line
            yield said.replace(tzinfo=PACIFIC)


def series_until(now: datetime, brand: str, published: list[datetime]) -> Series:
    """What a pipeline sees at `now`: 28 days of quarter hours, most of them before the data."""
    start = now - HISTORY
    counts = [0] * (HISTORY // BUCKET)
    for moment in published:
        if start <= moment < now:
            counts[(moment - start) // BUCKET] += 1
    return Series(brand, "negative", start, BUCKET, tuple(counts))


def told(rows: list[Row], label: Label, sensitivity: Sensitivity) -> list[tuple[datetime, str]]:
    """(when it could be told, brand) of every spike of the week."""
    found = []
    for brand in BRANDS:
        series = series_until(UNTIL, brand, list(moments(rows, brand, label)))
        for spike in find_spikes(series, SpikeSettings(sensitivity=sensitivity)):
            found.append((spike.started_at + BUCKET, brand))
    return sorted(found)


@pytest.mark.parametrize("labels", ["true", "vader", "all"])
def test_the_night_us_airways_fell_over_is_told_and_little_before_it(
    rows: list[Row], labels: str
) -> None:
    label = {"true": labelled_negative, "vader": vader_negative(), "all": any_mention}[labels]
    spikes = told(rows, label, "balanced")
    assert [brand for when, brand in spikes if CRISIS[0] <= when <= CRISIS[1]] == ["US Airways"]
    assert len([when for when, _ in spikes if when < QUIET_UNTIL]) <= 1


def test_few_tells_the_night_as_well_and_many_tells_it_no_later(rows: list[Row]) -> None:
    first = {}
    for sensitivity in ("few", "balanced", "many"):
        spikes = told(rows, labelled_negative, sensitivity)
        first[sensitivity] = min(when for when, _ in spikes if CRISIS[0] <= when <= CRISIS[1])
    assert first["many"] <= first["balanced"] <= first["few"]


@pytest.mark.slow
def test_told_step_by_step_it_is_the_same_as_told_at_the_end(rows: list[Row]) -> None:
    published = list(moments(rows, "US Airways", labelled_negative))
    began = set()
    now = SINCE
    while now <= UNTIL:
        spike = current_spike(series_until(floored(now, BUCKET), "US Airways", published))
        if spike:
            began.add(spike.started_at + BUCKET)
        now += BUCKET
    assert sorted(began) == [
        when for when, brand in told(rows, labelled_negative, "balanced") if brand == "US Airways"
    ]
