"""score_values on real volumes of tweets: what people labelled as events, and how little else."""

import csv
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from nlp.spike_scores import SCORE_THRESHOLDS, score_values

NAB = Path(__file__).parents[2].parent / "shared/data/nab"
PROBATION = 750
"""Rows at the start of a series that the benchmark does not judge: 15 % of the first 5,000."""
APART = timedelta(hours=1)
"""Scores above the threshold that are closer than this are one alert."""

pytestmark = pytest.mark.skipif(
    not NAB.exists(), reason=f"NAB'S TWITTER VOLUMES WERE NOT SCORED: {NAB} is not there"
)

Moments = list[datetime]


def told(path: Path, threshold: float) -> tuple[Moments, float]:
    """Moments that score at least the threshold, and how many days were judged."""
    with path.open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    times = [datetime.fromisoformat(time) for time, _ in rows]
    scores = score_values([float(value) for _, value in rows], times)
    found = [time for time, score in zip(times, scores, strict=True) if score >= threshold]
    days = (times[-1] - times[PROBATION]) / timedelta(days=1)
    return [time for time in found if time >= times[PROBATION]], days


def alerts(moments: Moments) -> list[Moments]:
    grouped: list[Moments] = []
    for moment in moments:
        if grouped and moment - grouped[-1][-1] <= APART:
            grouped[-1].append(moment)
        else:
            grouped.append([moment])
    return grouped


@pytest.mark.slow
def test_balanced_finds_four_fifths_of_the_events_with_one_false_alert_in_twenty_days() -> None:
    windows = json.loads((NAB / "windows.json").read_text())
    found, labelled, false, days = 0, 0, 0, 0.0
    for path in sorted(NAB.glob("*.csv")):
        moments, judged = told(path, SCORE_THRESHOLDS["balanced"])
        spans = [
            (datetime.fromisoformat(since), datetime.fromisoformat(until))
            for since, until in windows[f"realTweets/{path.name}"]
        ]
        days += judged
        labelled += len(spans)
        found += sum(any(since <= one <= until for one in moments) for since, until in spans)
        false += sum(
            not any(since <= one <= until for since, until in spans for one in alert)
            for alert in alerts(moments)
        )
    assert labelled == 15
    assert found >= 0.8 * labelled
    assert false / days <= 0.05
