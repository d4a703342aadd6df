"""A backfill through the pipeline: beside the live run, once, resumable, and without an alert."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mentions.errors import Conflict, SettingsError
from mentions.query.parser import parse_query
from spiders.backfills import read_backfills
from tests.spiders.in_town import NOW, InTown, town
from tests.untagged.world import HOUR, import_rows, post, settings_file
from untagged.backfilling import Backfilled
from untagged.cli import app
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

pytestmark = pytest.mark.slow
WEEK = timedelta(days=7)
SOURCES = """
sources:
  - {{name: hn, spider: hackernews, allow_private: true, delay_seconds: 0,
     params: {{server: '{0}', items_server: '{0}', web: '{0}', search: [acme], page_size: 15,
              max_pages: 1, history: 14d}}}}
  - {{name: papers, spider: file, params: {{path: papers.csv}}}}
  - {{name: sky, spider: bluesky, params: {{stream: {{words: [acme]}}}}}}
"""
CALM = "Acme was terrible today, I hate it"
COMPLAINT = "Acme lost my parcel again, this is the worst service ever. Where is my refund?"


@pytest.fixture(scope="module")
def here() -> Iterator[InTown]:
    """A town in which forty people have been complaining for the last twenty minutes."""
    with town("hackernews", days=14) as found:
        for number in range(8):
            found.says(f"{CALM} {number}", title="Acme", author=f"calm{number}")
            found.advances(hours=9)
        for number in range(40):
            found.says(f"{COMPLAINT} {number}", title="Acme", author=f"someone{number}")
            found.advances(seconds=30)
        yield found


@pytest.fixture
def firm(tmp_path: Path, here: InTown) -> Path:
    """Its settings."""
    return settings_file(tmp_path / "a firm", more=SOURCES.format(here.url))


@contextmanager
def opened(firm: Path) -> Iterator[Pipeline]:
    with open_pipeline(firm) as pipeline:
        yield pipeline


def step(pipeline: Pipeline, now: datetime, **options: Any) -> Backfilled:
    asked = {"asked": "--since 7d", "since": now - WEEK, "until": None, **options}
    return pipeline.backfill("hn", now=now, **asked)


def whole(pipeline: Pipeline, now: datetime, **options: Any) -> list[Backfilled]:
    passes = [step(pipeline, now, **options)]
    while passes[-1].backfill.done_at is None:
        assert passes[-1].has_moved, passes[-1].run
        passes.append(step(pipeline, now))
    return passes


def found(pipeline: Pipeline, query: str) -> set[str]:
    return {mention.id for mention in pipeline.store.iterate(parse_query(query))}


def test_a_backfill_is_found_whole_and_alerts_nobody_although_the_same_heard_live_would(
    firm: Path, here: InTown
) -> None:
    now = here.now()
    with opened(firm) as pipeline:
        assert len(whole(pipeline, now)) > 2
        assert pipeline.process(now=now).indexed >= 40
        assert len(found(pipeline, "added:backfill")) >= 40
        for later in (HOUR / 4, HOUR):
            assert pipeline.respond(now=now + later).events == ()
        # The same posts, met by the live run later, tell nobody in hindsight.
        for _ in range(6):
            pipeline.collect(["hn"], now=now)
        pipeline.process(now=now)
        assert found(pipeline, "added:live") == set()
        assert pipeline.respond(now=now + HOUR).events == ()
        assert step(pipeline, now).run is None
        assert step(pipeline, now, again=True).run is not None


def test_what_was_heard_live_stays_live_and_ids_are_the_same(firm: Path, here: InTown) -> None:
    now = here.now()
    with opened(firm) as pipeline:
        for _ in range(6):
            pipeline.collect(["hn"], now=now)
        pipeline.process(now=now)
        heard = found(pipeline, "added:live")
        before = pipeline.sources(now=now)[0]
        whole(pipeline, now, until=now + HOUR)
        pipeline.process(now=now)
        assert found(pipeline, "*") == found(pipeline, "added:live") == heard
        after = pipeline.sources(now=now)[0]
        assert (after.health, after.pace) == (before.health, before.pace)
        # All of this would have been an alert for those who heard it.
        told = {e.kind for e in pipeline.respond(now=now + HOUR / 4).events if e.event == "alert"}
        assert told == {"spike", "unanswered"}


def test_another_window_waits_until_the_one_that_was_begun_is_whole(
    firm: Path, here: InTown
) -> None:
    now = here.now()
    with opened(firm) as pipeline:
        begun = step(pipeline, now)
        assert begun.backfill.done_at is None
        listed = pipeline.sources(now=now)[0]
        assert listed.unfinished == begun.backfill.said
        assert "0 of 1 parts whole, 15 posts, now at " in listed.unfinished
        assert listed.state == "has not run"
        with pytest.raises(Conflict, match=r"unfinished backfill from .*--since 7d.*--again"):
            step(pipeline, now, asked="--since 3d")
        # Said an hour later the same words mean the window that they meant.
        assert step(pipeline, now + HOUR).backfill.past == begun.backfill.past


def test_a_window_ends_where_the_last_live_pass_began(firm: Path, here: InTown) -> None:
    now = here.now()
    with opened(firm) as pipeline:
        pipeline.collect(["hn"], now=now)
        later = step(pipeline, now + HOUR).backfill.past
    assert now <= later.until < now + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("source", "said"),
    [("papers", "import --backfill papers.csv"), ("sky", "the stream keeps no past")],
)
def test_a_source_without_a_past_says_what_to_do_instead(
    firm: Path, source: str, said: str
) -> None:
    with opened(firm) as pipeline, pytest.raises(SettingsError, match=said):
        pipeline.backfill(source, asked="", since=NOW - WEEK, until=NOW, now=NOW)


def test_an_empty_window_is_refused(firm: Path) -> None:
    with opened(firm) as pipeline, pytest.raises(SettingsError, match="an earlier --since"):
        step(pipeline, NOW, since=NOW + HOUR)


def test_backfilled_posts_are_history_for_a_spike_that_is_heard(firm: Path, tmp_path: Path) -> None:
    now = NOW
    calm = [post(f"c{n}", f"Acme is terrible {n}", now - n * 6 * HOUR) for n in range(1, 40)]
    burst = [
        post(f"b{n}", f"Acme is down, awful failure {n}", now - n * timedelta(minutes=1))
        for n in range(1, 41)
    ]
    with opened(firm) as pipeline:
        for rows, added in ((calm, "backfill"), (burst[:20], "backfill"), (burst, "live")):
            path = import_rows(tmp_path, rows)
            pipeline.import_file(path, columns=None, source="i", now=now, added=added)
            pipeline.process(now=now)
        spikes = [e for e in pipeline.respond(now=now).events if e.kind == "spike"]
    # Twenty of the forty were backfilled before they were heard: the other twenty speak.
    assert [event.observed for event in spikes if event.event == "alert"] == [20.0]


def test_the_command_goes_on_after_a_kill_and_tells_how_far_it_is(firm: Path, here: InTown) -> None:
    since, until = f"{NOW - WEEK:%Y-%m-%dT%H:%M}", f"{here.now() + HOUR:%Y-%m-%dT%H:%M}"
    words = ["--config", str(firm), "backfill", "hn", "--since", since, "--until", until]
    command = [sys.executable, "-m", "untagged", *words]
    env = {**os.environ, "COLUMNS": "200"}
    process = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    told = process.stderr.readline()
    process.kill()
    process.wait()
    process.stderr.close()
    assert "parts whole, 15 posts, now at" in told
    time.sleep(1.5)  # its child ends by itself
    runner = CliRunner()
    rest = runner.invoke(app, [*words, "--json"])
    assert rest.exit_code == 0, rest.stderr
    done = json.loads(rest.stdout)
    assert (done["done"], done["parts_whole"]) == (True, 1)
    again = runner.invoke(app, words)
    assert (again.exit_code, "nothing is left to do" in again.stderr) == (0, True)
    with opened(firm) as pipeline:
        pipeline.process(now=here.now())
        assert len(found(pipeline, "lost my parcel")) == 40
        with pipeline.read() as connection:
            assert read_backfills(connection)["hn"].done_at is not None
