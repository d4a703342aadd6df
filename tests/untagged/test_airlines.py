"""The main job on real input: a week of three airlines' tweets, on both stores alike.

The night of 21 February 2015 hundreds of US Airways' passengers could not reach anybody; it has
to be told, and the calm days before must not be.
"""

import csv
import json
import os
import subprocess
import sys
import uuid
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "airlines"
TWEETS = ROOT.parent / "shared" / "data" / "mentions" / "airline-tweets-2015.csv"
PACIFIC = ZoneInfo("America/Los_Angeles")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not TWEETS.exists(), reason=f"THE REAL TWEETS ARE NOT AT {TWEETS}"),
]


class Job:
    """The commands of the example, on a store of the job's own."""

    def __init__(self, folder: Path, store: str) -> None:
        self._folder = folder
        self._env = {
            **os.environ,
            "UNTAGGED_STORE": store,
            "UNTAGGED_DATABASE": f"sqlite:///{folder}/operations.db",
            "UNTAGGED_JOURNAL": str(folder / "journal"),
        }

    def run(self, *arguments: str) -> list[str]:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "untagged"),
                *("--config", str(EXAMPLE / "untagged.yaml"), *arguments),
            ],
            cwd=self._folder,
            env=self._env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def bring(self) -> None:
        self.run("import", str(TWEETS), "--columns", str(EXAMPLE / "columns.yaml"))
        self.run("process")

    def replay(self) -> list[dict[str, Any]]:
        window = ("--since", "2015-02-18", "--until", "2015-02-25", "--step", "15m")
        return [json.loads(line) for line in self.run("replay", *window, "--json")]


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Job:
    folder = tmp_path_factory.mktemp("airlines on sqlite")
    job = Job(folder, f"sqlite:///{folder}/mentions.db")
    job.bring()
    return job


@pytest.fixture(scope="module")
def replayed(on_sqlite: Job) -> list[dict[str, Any]]:
    return on_sqlite.replay()


def pacific(day: int, hour: int) -> datetime:
    return datetime(2015, 2, day, hour, tzinfo=PACIFIC)


def spikes(events: list[dict[str, Any]]) -> list[tuple[str, str, datetime]]:
    return [
        (event["brand"], event["signal"], datetime.fromisoformat(event["at"]))
        for event in events
        if event["event"] == "alert" and event["kind"] == "spike"
    ]


def test_every_tweet_arrives_once_however_often_it_is_imported(on_sqlite: Job) -> None:
    with TWEETS.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    # The file's ids are rounded (5.70308E+17): 2,311 of them for 9,155 tweets. A tweet is told
    # from another by id, author, time and text together.
    tweets = {(row["tweet_id"], row["name"], row["tweet_created"], row["text"]) for row in rows}
    assert len(on_sqlite.run("search", "*", "--json")) == len(tweets) == len(rows)
    on_sqlite.bring()
    found = [json.loads(line) for line in on_sqlite.run("search", "*", "--json")]
    assert len(found) == len(tweets)
    assert len({mention["id"] for mention in found}) == len(tweets)
    # "Cancelled Flightled" and such: the words are the data's own, and stay.
    assert Counter(mention["text"] for mention in found) == Counter(row["text"] for row in rows)


def test_times_are_read_in_the_zone_they_were_written_in(on_sqlite: Job) -> None:
    newest = json.loads(on_sqlite.run("search", "*", "--json", "--limit", "1")[0])
    assert datetime.fromisoformat(newest["published"]) == datetime(2015, 2, 24, 19, 53, tzinfo=UTC)


def test_the_crisis_is_told_and_the_calm_is_not(replayed: list[dict[str, Any]]) -> None:
    told = spikes(replayed)
    night = [
        (brand, signal) for brand, signal, at in told if pacific(21, 18) <= at <= pacific(22, 6)
    ]
    assert ("US Airways", "negative") in night
    assert len([at for _, _, at in told if at < pacific(21, 15)]) <= 2
    assert len(night) == 1


def test_the_crisis_names_its_cause_and_the_false_alarm_its_loud_author(on_sqlite: Job) -> None:
    window = ("--since", "2015-02-20", "--until", "2015-02-22T07:30Z")
    found = [json.loads(line) for line in on_sqlite.run("spikes", *window, "--explain", "--json")]
    one, night = (spike["explanation"] for spike in found if spike["brand"] == "US Airways")
    assert "1 author wrote" in one["said"]
    assert "“on hold”" in night["said"]
    assert "about support, usually" in night["said"]


def test_complaints_become_cases_with_reasons(replayed: list[dict[str, Any]]) -> None:
    cases = [event for event in replayed if event["event"] == "case"]
    assert len(cases) > 1_000
    assert len({case["key"] for case in cases}) == len(cases)
    assert {"care", "baggage"} <= {case["reason"].split(" of ")[1].split(":")[0] for case in cases}
    assert all(case["reason"] and case["severity"] for case in cases)


def test_elasticsearch_gives_the_same_alerts_and_cases(
    tmp_path: Path, elasticsearch_url: str, replayed: list[dict[str, Any]]
) -> None:
    job = Job(tmp_path, f"{elasticsearch_url}?prefix=airlines-{uuid.uuid4().hex[:8]}")
    job.bring()
    assert job.replay() == replayed
