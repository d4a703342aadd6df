"""Near copies from import to alert: told apart once, counted apart, forgotten with their posts."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sql

from mentions.collected import AuthorDeletion, Deletion
from mentions.errors import StoreUnavailable
from mentions.query.parser import parse_query
from spiders.copies import copies
from tests.untagged.entered import entered
from tests.untagged.test_cli import untagged
from tests.untagged.world import HOUR, MINUTE, NOON, import_rows, post, settings_file
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

SAID = "Acme lost my parcel and nobody at Acme answers, this is the worst service ever, I hate it"
PLAN = "Acme opens a new shop in Oslo on Friday with music, free coffee and a small surprise"


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    with open_pipeline(settings_file(tmp_path / "a firm")) as opened:
        yield opened


def bring(pipeline: Pipeline, folder: Path, rows: list[Any], at: datetime = NOON) -> None:
    path = import_rows(folder, rows)
    pipeline.import_file(path, columns=None, source="import", now=at)
    pipeline.process(now=at)


def stories(pipeline: Pipeline) -> dict[str, str]:
    return {m.native_id: m.story for m in pipeline.store.iterate(parse_query("*"))}


def remembered(pipeline: Pipeline) -> list[str]:
    with pipeline.begin() as connection:
        return list(connection.scalars(sql.select(copies.c.mention_id)))


def many() -> list[dict[str, Any]]:
    """Over two chunks of posts, every third of them a copy of one of ten texts."""
    texts = [f"{SAID} {' '.join(f'{n}w{i}' for i in range(30))}" for n in range(10)]
    return [
        post(
            n,
            f"Look: {texts[n % 10]}"
            if n % 3 == 0
            else f"Acme and {n} {' '.join(str(n * i) for i in range(9))}",
        )
        for n in range(1_100)
    ]


def test_copies_are_counted_apart_from_stories(pipeline: Pipeline, tmp_path: Path) -> None:
    bring(pipeline, tmp_path, [post(1, SAID), post(2, f"RT @ana: {SAID}"), post(3, PLAN)])
    bring(pipeline, tmp_path, [post(4, f"{SAID} https://t.example/4")])
    everything = parse_query("*")
    assert (pipeline.store.count(everything), pipeline.store.stories(everything)) == (4, 2)
    assert stories(pipeline) == {"1": "import:1", "2": "import:1", "3": "import:3", "4": "import:1"}


@pytest.mark.slow
def test_a_batch_that_was_cut_off_gives_the_same_clusters_when_processed_again(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_pipeline(settings_file(tmp_path / "undisturbed")) as calm:
        bring(calm, tmp_path, many())
        expected = stories(calm)
    assert len(set(expected.values())) < len(expected) == 1_100
    upsert, calls = pipeline.store.upsert, []

    def cut_off(mentions: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise StoreUnavailable("gone")
        return upsert(mentions)

    monkeypatch.setattr(pipeline.store, "upsert", cut_off)
    with pytest.raises(StoreUnavailable):
        bring(pipeline, tmp_path, many())
    pipeline.process(now=NOON + HOUR)
    assert stories(pipeline) == expected
    bring(pipeline, tmp_path, many())
    assert stories(pipeline) == expected


def test_without_the_first_post_the_others_stay_together_and_new_ones_join_them(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    bring(pipeline, tmp_path, [post(n, SAID) for n in range(3)])
    pipeline.journal.write("import", [Deletion("import:0")], at=NOON)
    pipeline.process(now=NOON)
    bring(pipeline, tmp_path, [post(9, SAID)])
    assert stories(pipeline) == dict.fromkeys("129", "import:0")
    assert remembered(pipeline) == ["import:1", "import:2", "import:9"]


def test_signatures_go_with_their_author_and_with_time(pipeline: Pipeline, tmp_path: Path) -> None:
    who = {"id": "7", "handle": "seven"}
    bring(pipeline, tmp_path, [post(1, SAID), post(2, SAID, author=who)])
    pipeline.journal.write("import", [AuthorDeletion("import", "7")], at=NOON)
    pipeline.process(now=NOON)
    assert remembered(pipeline) == ["import:1"]
    pipeline.housekeeping(now=NOON + timedelta(days=6))
    assert remembered(pipeline) == ["import:1"]
    pipeline.housekeeping(now=NOON + timedelta(days=8))
    assert remembered(pipeline) == []
    assert stories(pipeline) == {"1": "import:1"}


def test_a_spike_of_copies_says_so(pipeline: Pipeline, tmp_path: Path) -> None:
    calm = [post(f"calm{n}", f"Acme was terrible, {n}", NOON - n * 6 * HOUR) for n in range(1, 40)]
    burst = [post(f"copy{n}", f"{SAID} @someone{n}", NOON + n * MINUTE) for n in range(30)]
    other = [post(f"own{n}", f"Acme is down, awful {n}", NOON + n * MINUTE) for n in range(10)]
    bring(pipeline, tmp_path, calm + burst + other, NOON + HOUR)
    events = pipeline.respond(now=NOON + HOUR).events
    spike = next(event for event in events if event.kind == "spike" and event.event == "alert")
    assert spike.reason.endswith("; 30 of 40 posts are copies of one text")


def test_the_search_page_counts_stories_and_links_to_the_near_copies(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    rows = [post(n, SAID, now - HOUR) for n in range(4)] + [post(9, PLAN, now - HOUR)]
    bring(pipeline, tmp_path, rows, now)
    with entered(pipeline) as browser:
        page = browser.get("/search?q=parcel").text
        assert "4 mentions, 1 story" in page
        (link, said) = set(re.findall(r'href="([^"]+)">(and 3 near copies)', page)).pop()
        assert said
        told = browser.get(link.replace("&amp;", "&")).text
        assert "4 mentions, 1 story" in told
        assert "near cop" not in browser.get("/search?q=coffee").text
        assert "5 mentions, 2 stories" in browser.get("/search").text
        assert "0 mentions, 0 stories" in browser.get("/search?q=nowhere").text


@pytest.mark.slow
def test_the_command_line_counts_stories(tmp_path: Path) -> None:
    config = settings_file(tmp_path / "a firm")
    with open_pipeline(config) as opened:
        bring(opened, tmp_path, [post(1, SAID), post(2, SAID), post(3, PLAN)])
    shown = untagged(tmp_path, "--config", str(config), "search", "acme")
    assert "3 mentions, 2 stories, 3 shown" in shown.stdout.decode()
    listed = untagged(tmp_path, "--config", str(config), "search", "acme", "--json")
    told = [json.loads(line) for line in listed.stdout.splitlines()]
    assert {each["id"]: each["cluster"] for each in told} == {
        "import:1": "import:1",
        "import:2": "import:1",
        "import:3": "import:3",
    }
