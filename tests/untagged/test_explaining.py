"""An alert says what changed, from the store's own posts, and keeps it."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from alerts import outbox
from alerts.book import list_alerts
from alerts.spike_chart import SpikeChart
from mentions.series import Series
from nlp.spike_explanation import Explanation
from nlp.spikes import SpikeSettings
from tests.untagged.world import HOUR, MINUTE, NOON, import_rows, post, settings_file
from untagged import explaining
from untagged.charting import spike_chart
from untagged.cli import app
from untagged.explaining import explain, ignored_tokens, posts_of
from untagged.pipeline import Pipeline
from untagged.town.story import generate
from untagged.wiring import open_pipeline

DAY = timedelta(days=1)
PLACES = ["Leeds", "Porto", "Vienna", "Turin", "Oslo"]
GRUMBLES = [
    "Acme is awful, my parcel to {} came late",
    "worst jacket I ever had from Acme, {} shop",
    "I hate the queue in the Acme store of {}",
]


def burst(at: datetime, count: int = 25) -> list[dict[str, Any]]:
    """Angry people who say that the Acme app is down, one of them famous."""
    rows = [
        post(
            f"burst{n}",
            f"the Acme app is down in {PLACES[n % 5]}, terrible, error {n}",
            at + n * MINUTE,
        )
        for n in range(count)
    ]
    rows[3]["author"] = {"handle": "star", "followers": 50_000}
    return rows


def usual(days: int = 10, each: int = 6) -> list[dict[str, Any]]:
    return [
        post(
            f"day{day}-{n}",
            GRUMBLES[n % 3].format(PLACES[(n + day) % 5]),
            NOON - day * DAY + n * 20 * MINUTE - HOUR,
        )
        for day in range(1, days + 1)
        for n in range(each)
    ]


@contextlib.contextmanager
def firm(folder: Path) -> Iterator[Pipeline]:
    with open_pipeline(settings_file(folder / "a firm")) as opened:
        path = import_rows(folder, usual() + burst(NOON))
        opened.import_file(path, columns=None, source="import", now=NOON + HOUR)
        opened.process(now=NOON + HOUR)
        yield opened


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """For those who only look."""
    with firm(tmp_path_factory.mktemp("shared")) as opened:
        yield opened


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Pipeline]:
    """For those who change something."""
    with firm(tmp_path) as opened:
        yield opened


def explained(pipeline: Pipeline, **other: Any) -> explaining.Explained:
    known: dict[str, Any] = {"began": NOON + 15 * MINUTE, "until": NOON + HOUR, "observed": 25.0}
    return explain(pipeline.store, pipeline.settings.brands[0], "negative", **{**known, **other})


def test_the_posts_of_the_spike_are_set_against_the_same_hours_before(pipeline: Pipeline) -> None:
    found = explained(pipeline)
    told = found.explanation
    assert (told.since, told.days, told.is_same_hours) == (NOON - 45 * MINUTE, 7, False)
    assert told.posts == 25
    assert "app" in " ".join(term.text for term in told.terms)
    assert not {"acme", "awful", "parcel"} & set(" ".join(t.text for t in told.terms).split())
    assert [post.native_id for post in found.posts][:2] == ["burst0", "burst3"]
    assert "50,000 may have seen it" in told.carriers[1].reason


def test_nothing_after_the_moment_is_seen(pipeline: Pipeline) -> None:
    early = explained(pipeline, until=NOON + 10 * MINUTE).explanation
    assert early.posts == 10


def test_a_slow_rise_is_looked_at_over_its_six_hours(pipeline: Pipeline) -> None:
    late = NOON + 4 * HOUR
    assert explained(pipeline, began=late, until=late + MINUTE).explanation.since == late - 6 * HOUR
    assert explained(pipeline, observed=0).explanation.since == NOON - 45 * MINUTE


def test_a_spike_of_days_is_explained_by_its_last_one(pipeline: Pipeline) -> None:
    long = explained(pipeline, began=NOON - 3 * DAY, until=NOON + HOUR).explanation
    assert long.since == NOON + HOUR - DAY
    assert long.days == 7


def test_very_many_posts_are_sampled_over_the_whole_time(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explaining, "MOST_NOW", 20)
    found = explained(pipeline)
    assert (found.explanation.posts, found.explanation.there) == (20, 25)
    assert "of 25 posts 20 were read: 20 posts by" in found.explanation.said().casefold()
    assert not explained(pipeline, until=NOON + 10 * MINUTE).explanation.is_sample
    assert "app" in " ".join(term.text for term in found.explanation.terms)


def test_the_brands_own_posts_explain_nothing(own: Pipeline, tmp_path: Path) -> None:
    said = "the Acme app is down, terrible, we are so sorry"
    account = {"handle": "acme", "followers": 900_000}
    path = import_rows(tmp_path, [post("own", said, NOON + MINUTE, author=account)])
    own.import_file(path, columns=None, source="import", now=NOON + HOUR)
    own.process(now=NOON + HOUR)
    assert "import:own" not in {c.mention_id for c in explained(own).explanation.carriers}


def test_the_words_by_which_a_brand_is_found_are_no_news(pipeline: Pipeline) -> None:
    acme, bank = pipeline.settings.brands
    assert {"acme", "@acme", "#acme"} <= ignored_tokens(acme)
    assert {"bolt", "bank", "boltbank"} <= ignored_tokens(bank)


def test_a_post_that_is_taken_back_is_no_longer_shown(own: Pipeline) -> None:
    found = explained(own)
    assert posts_of(own.store, found.explanation) == found.posts
    own.store.delete([found.posts[0].id])
    assert posts_of(own.store, found.explanation) == found.posts[1:]


def test_an_alert_keeps_what_changed_and_its_letter_tells_it(own: Pipeline) -> None:
    own.respond(now=NOON + HOUR)
    own.respond(now=NOON + HOUR + 2 * MINUTE)  # the group has waited, and nothing is looked up anew
    with own.read() as connection:
        (alert,) = list_alerts(connection, kinds=("spike",))
        letters = outbox.letters(connection)
    assert alert.explanation is not None
    told = Explanation.from_json(alert.explanation)
    assert told == explained(own, began=told.since + HOUR, until=NOON + HOUR).explanation
    told_of = (one for letter in letters for one in letter.payload.get("alerts", [letter.payload]))
    said = next(one for one in told_of if "explanation" in one)
    assert said["explanation"]["said"] == told.said()
    # With the alert about what is unanswered in one letter, each quotes one post.
    assert [post["id"] for post in said["posts"]] == [told.carriers[0].mention_id]
    assert said["posts"][0]["why"] == told.carriers[0].reason
    chart = SpikeChart.from_json(said["chart"])
    assert max(chart.counted) == 25
    assert chart.spike is not None


def test_the_command_line_says_what_changed_if_it_is_asked(own: Pipeline, tmp_path: Path) -> None:
    config = str(tmp_path / "a firm" / "untagged.yaml")
    window = ["--since", "2026-03-04T00:00Z", "--until", "2026-03-04T13:00Z", "--json"]
    plain, more = (
        CliRunner().invoke(app, ["--config", config, "spikes", *window, *asked])
        for asked in ([], ["--explain"])
    )
    (short,), (long,) = (
        [one for one in map(json.loads, ran.stdout.splitlines()) if one["signal"] == "negative"]
        for ran in (plain, more)
    )
    told = long.pop("explanation")
    assert short == long
    assert told["said"].startswith("Stands out: ")
    assert told["posts"] == 25


def test_a_replay_looks_the_reasons_up_only_when_something_is_told(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    real = explaining.explained
    monkeypatch.setattr(
        explaining, "explained", lambda **given: (asked.append(given), real(**given))[1]
    )
    steps: dict[str, Any] = {"since": NOON - DAY, "until": NOON + 3 * HOUR, "step": 5 * MINUTE}
    fired = [one for one in pipeline.replay(**steps) if one.event == "alert"]
    assert [one.kind for one in fired].count("spike") == 1
    assert len(asked) == 1


@pytest.mark.slow
def test_the_towns_outage_is_named_within_its_first_hour(tmp_path: Path) -> None:
    began = datetime(2026, 3, 6, 13, 20, tzinfo=UTC)
    told = generate(1, began - 8 * DAY, began + HOUR, anchor=began + 3 * HOUR)
    rows = [
        post(
            one.number,
            one.said.text,
            one.published,
            title=one.said.title,
            author={"handle": one.author.handle, "followers": one.author.followers},
        )
        for one in told
        if "heron" in f"{one.said.title} {one.said.text}".casefold()
    ]
    more = "  - {name: Heron Air, query: 'heron OR heronair', languages: [en, de, es, fr]}\n"
    config = settings_file(tmp_path / "a firm")
    config.write_text(config.read_text().replace("brands:\n", f"brands:\n{more}"))
    with open_pipeline(config) as pipeline:
        path = import_rows(tmp_path, rows)
        pipeline.import_file(path, columns=None, source="import", now=began + HOUR)
        pipeline.process(now=began + HOUR)
        (heron,) = [one for one in pipeline.settings.brands if one.name == "Heron Air"]
        found = explain(
            pipeline.store,
            heron,
            "negative",
            began=began + 40 * MINUTE,
            until=began + HOUR,
        )
    said = " ".join(term.text for term in found.explanation.terms)
    assert "app" in said.split() or "check" in said
    assert found.explanation.negative is not None
    assert found.explanation.negative.now > found.explanation.negative.usual + 0.15


def test_the_chart_holds_what_the_detector_looks_at() -> None:
    counts = (*((1,) * 96 * 14), 9, 9, 9, 9)
    start = NOON - 14 * DAY
    series = Series("Acme", "negative", start, 15 * MINUTE, counts, uncertain_since=NOON)
    chart = spike_chart(series, SpikeSettings(), began=NOON + 15 * MINUTE)
    assert (chart.counted[0], chart.counted[-1]) == (4.0, 36.0)
    assert chart.end == series.end
    assert chart.start == NOON + 15 * MINUTE - 30 * HOUR
    assert chart.expected[0] == pytest.approx(4, abs=0.5)
    assert chart.high[-1] < 36
    assert chart.uncertain_since == NOON
    assert chart.title == "Negative mentions of Acme"
    few = spike_chart(series, SpikeSettings(sensitivity="few"), began=NOON + 15 * MINUTE)
    assert few.high[-1] > chart.high[-1]
    short = replace(series, counts=counts[-8:], start=NOON - HOUR)
    assert len(spike_chart(short, SpikeSettings(), began=NOON).counted) == 8
