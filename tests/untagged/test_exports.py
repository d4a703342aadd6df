"""Exports that come by themselves: closed days or hours, whole, once, again for late posts."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import fsspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mentions.errors import NotFound, SettingsError, StoreUnavailable, UntaggedError
from tests.untagged.conftest import Run
from tests.untagged.world import HOUR, MINUTE, mention, settings_file
from untagged.checkup import Finding, examined
from untagged.erasing import Wanted, found
from untagged.export_columns import SCHEMA
from untagged.exports import place as places
from untagged.exports.place import ExportPlace
from untagged.exports.plan import ExportPlan, Kept, first_of, parts_holding
from untagged.exports.record import keep_part, kept_parts
from untagged.pipeline import Pipeline
from untagged.settings import load_settings
from untagged.wiring import open_pipeline

DAY = timedelta(days=1)
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
EARLY, LATE = datetime(2020, 1, 1), datetime(2030, 1, 1)  # noqa: DTZ001  # hypothesis adds the zone
TODAY = NOON.replace(hour=0)


def plan(**more: Any) -> ExportPlan:
    return ExportPlan.model_validate({"name": "lake", "to": "out", **more})


def lake(**more: Any) -> str:
    return f"exports: {json.dumps([{'name': 'lake', 'to': 'out', **more}])}\n"


def examined_export(home: Path) -> Finding:
    """What the check-up says of the export `lake`."""
    (finding,) = [one for one in examined(home / "untagged.yaml", now=NOON) if "lake" in one.what]
    return finding


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    path = settings_file(tmp_path, more=lake(format="jsonl", query="late"))
    with open_pipeline(path) as opened:
        opened.store.upsert(
            [
                mention(1, "late", TODAY - 13 * HOUR),
                mention(2, "late", TODAY - MINUTE),
                mention(3, "late today", TODAY),
                mention(4, "in time", TODAY - HOUR),
            ]
        )
        yield opened


def folder(at: datetime, name: str = "lake") -> str:
    return f"{name}/date={at:%Y-%m-%d}"


YESTERDAY = folder(TODAY - HOUR)


def noted(pipeline: Pipeline) -> list[Kept]:
    with pipeline.read() as connection:
        return kept_parts(connection, "lake")


def lines(pipeline: Pipeline, path: str = YESTERDAY) -> list[str]:
    file = Path(pipeline.settings.exports[0].to) / path / "part.jsonl"
    return [json.loads(line)["id"] for line in file.read_text().splitlines()]


def manifest(pipeline: Pipeline, path: str = YESTERDAY) -> dict[str, Any]:
    file = Path(pipeline.settings.exports[0].to) / path / "_manifest.json"
    told: dict[str, Any] = json.loads(file.read_text())
    return told


def test_a_closed_day_is_brought_out_whole_with_what_it_is(pipeline: Pipeline) -> None:
    (done,) = pipeline.export_due(now=NOON)
    assert (done.path, done.rows, done.error) == (YESTERDAY, 2, "")
    assert lines(pipeline) == ["board:1", "board:2"]
    told = manifest(pipeline)
    assert (told["schema"], told["rows"], told["file"]) == (SCHEMA, 2, "part.jsonl")
    assert (told["since"], told["until"]) == ((TODAY - DAY).isoformat(), TODAY.isoformat())
    assert told["sha256"] == done.sha256
    there = sorted(file.name for file in Path(pipeline.settings.exports[0].to).rglob("*.*"))
    assert there == ["_manifest.json", "part.jsonl"]


def test_what_was_done_is_not_done_again(pipeline: Pipeline) -> None:
    assert len(pipeline.export_due(now=NOON)) == 1
    assert pipeline.export_due(now=NOON + HOUR) == []


def test_a_day_waits_for_posts_that_are_on_their_way(pipeline: Pipeline) -> None:
    (before,) = pipeline.export_due(now=TODAY + 14 * MINUTE)
    assert before.path == folder(TODAY - 2 * DAY)
    again, after = pipeline.export_due(now=TODAY + 15 * MINUTE)
    assert again.path == before.path
    assert after.path == YESTERDAY


def test_a_late_post_is_brought_out_with_the_next_day(pipeline: Pipeline) -> None:
    pipeline.export_due(now=NOON)
    was = manifest(pipeline)
    pipeline.store.upsert([mention(5, "late and found late", TODAY - 2 * HOUR)])
    again, new = pipeline.export_due(now=NOON + DAY)
    assert (again.path, again.rows, new.path) == (YESTERDAY, 3, folder(TODAY))
    assert lines(pipeline) == ["board:1", "board:5", "board:2"]
    assert manifest(pipeline)["written_at"] > was["written_at"]


def test_a_day_in_which_nothing_changed_is_left_alone(pipeline: Pipeline) -> None:
    (first,) = pipeline.export_due(now=NOON)
    again, _ = pipeline.export_due(now=NOON + DAY)
    assert (again.written_at, again.looked_at) == (NOON, NOON + DAY)
    assert again.sha256 == first.sha256


def test_what_somebody_took_away_comes_back(pipeline: Pipeline) -> None:
    pipeline.export_due(now=NOON)
    (Path(pipeline.settings.exports[0].to) / YESTERDAY / "part.jsonl").unlink()
    pipeline.export_due(now=NOON + DAY)
    assert lines(pipeline) == ["board:1", "board:2"]


def test_days_on_which_nobody_looked_are_caught_up(pipeline: Pipeline) -> None:
    pipeline.export_due(now=NOON)
    done = pipeline.export_due(now=NOON + 5 * DAY)
    assert [part.path for part in done] == [folder(TODAY + (n - 1) * DAY) for n in range(6)]


def test_a_kill_before_it_is_noted_changes_nothing(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("untagged.exports.running.keep_part", killed)
        with pytest.raises(KeyboardInterrupt):
            pipeline.export_due(now=NOON)
    pipeline.export_due(now=NOON + MINUTE)
    assert lines(pipeline) == ["board:1", "board:2"]


def test_a_file_that_was_put_and_not_noted_is_not_taken_for_the_one_before(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,) = pipeline.export_due(now=NOON)
    pipeline.store.upsert([mention(5, "late and gone again", TODAY - 2 * HOUR)])
    put = ExportPlace.put
    window = {"since": TODAY - DAY, "until": TODAY}

    def killed(place: ExportPlace, file: Path, path: str) -> None:
        put(place, file, path)
        raise KeyboardInterrupt

    def away(place: ExportPlace, file: Path, path: str) -> None:
        put(place, file, path)
        raise StoreUnavailable("cannot say whether it was written")

    for number, stops in enumerate((killed, away)):
        pipeline.store.upsert([mention(5, "late and gone again", TODAY - 2 * HOUR)])
        with monkeypatch.context() as patched:
            patched.setattr(ExportPlace, "put", stops)
            if stops is killed:
                with pytest.raises(KeyboardInterrupt):
                    list(pipeline.exports.again("lake", now=NOON + number * HOUR, **window))
            else:
                list(pipeline.exports.again("lake", now=NOON + number * HOUR, **window))
        assert "board:5" in lines(pipeline)
        post = pipeline.store.get("board:5")
        assert post is not None
        assert parts_holding(noted(pipeline), [post.published]) == [YESTERDAY]
        pipeline.store.delete(["board:5"])
        (done,) = pipeline.exports.again("lake", now=NOON + (number + 2) * HOUR, **window)
        assert (done.sha256, lines(pipeline)) == (first.sha256, ["board:1", "board:2"])


def test_a_new_part_does_not_wait_for_many_that_are_looked_at_again() -> None:
    export = plan(every="hour", late="31d")
    kept = {
        part.since: Kept("lake", part.since, part.until, part.path, looked_at=part.until + HOUR)
        for part in export.parts(TODAY - 31 * DAY, TODAY)
    }
    due = export.due(kept, now=TODAY + 2 * HOUR + 15 * MINUTE, oldest=TODAY - 60 * DAY)
    chosen = first_of(due, kept, 24)
    assert len(due) > 700
    assert [part.since for part in chosen][-2:] == [TODAY, TODAY + HOUR]
    assert [part.since for part in chosen][:22] == [TODAY - 31 * DAY + n * HOUR for n in range(22)]


def test_a_part_is_noted_by_two_at_once(pipeline: Pipeline) -> None:
    one = Kept("lake", TODAY - DAY, TODAY, YESTERDAY, rows=1)
    with pipeline.begin() as connection:
        keep_part(connection, one)
        keep_part(connection, replace(one, rows=2))
        assert [each.rows for each in kept_parts(connection, "lake")] == [2]


def test_no_message_repeats_a_secret_of_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    place = ExportPlace("memory://key:s%40cret@bucket/x?token=hidden")

    def refuses(*_: object, **__: object) -> None:
        raise ValueError("Invalid bucket name 'key:s%40cret@bucket', s@cret, token=hidden")

    monkeypatch.setattr(place._files, "exists", refuses)
    with pytest.raises(StoreUnavailable, match="cannot look for part") as told:
        place.has("part")
    assert not re.search("s%40cret|s@cret|hidden", str(told.value))
    with pytest.raises(SettingsError) as wrong:
        ExportPlace("nonsense://key:secret@bucket")
    assert "secret" not in str(wrong.value)


def test_a_file_that_cannot_be_finished_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, place = tmp_path / "new", ExportPlace(str(tmp_path / "out"))
    new.write_text("first")
    place.put(new, "lake/part.csv")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    new.write_text("second")
    with pytest.raises(StoreUnavailable, match="No space left"):
        place.put(new, "lake/part.csv")
    assert [file.name for file in (tmp_path / "out" / "lake").iterdir()] == ["part.csv"]
    assert (tmp_path / "out" / "lake" / "part.csv").read_text() == "first"


def test_a_place_that_is_away_is_said_and_tried_again(
    pipeline: Pipeline, tmp_path: Path, run: Run
) -> None:
    out = tmp_path / "out"
    out.write_text("a file where a folder should be")
    (failed,) = pipeline.export_due(now=NOON)
    assert "cannot write" in failed.error
    assert pipeline.export_due(now=NOON + 9 * MINUTE) == []
    (doing,) = pipeline.exports.doing()
    assert doing.failing
    assert (doing.failing.path, doing.parts, doing.last_at) == (YESTERDAY, 0, None)
    finding = examined_export(tmp_path)
    assert not finding.is_ok
    assert "untagged exports run lake" in finding.said
    assert run("exports", "list")[0] == 1
    out.unlink()
    (mended,) = pipeline.export_due(now=NOON + 10 * MINUTE)
    assert (mended.error, mended.rows) == ("", 2)
    assert pipeline.exports.doing()[0].failing is None


def test_doctor_tries_the_place_and_leaves_nothing(pipeline: Pipeline, tmp_path: Path) -> None:
    finding = examined_export(tmp_path)
    assert finding.is_ok, finding.said
    assert list((tmp_path / "out").iterdir()) == []


def test_one_export_that_fails_stops_no_other(tmp_path: Path) -> None:
    more = [{"name": "bad", "to": str(tmp_path / "file")}, {"name": "good", "to": "out"}]
    (tmp_path / "file").write_text("")
    with open_pipeline(settings_file(tmp_path, more=f"exports: {json.dumps(more)}\n")) as opened:
        bad, good = opened.export_due(now=NOON)
    assert (bool(bad.error), good.error) == (True, "")


def test_an_object_store_gets_the_same(tmp_path: Path) -> None:
    files = fsspec.filesystem("memory")
    more = lake(to="memory://bucket/lakes", every="hour", since=f"{TODAY:%Y-%m-%d}")
    with open_pipeline(settings_file(tmp_path, more=more)) as opened:
        opened.store.upsert(
            [mention(1, "late", TODAY + HOUR), mention(2, "late", TODAY + 2 * HOUR)]
        )
        done = opened.export_due(now=TODAY + 3 * HOUR + 20 * MINUTE)
        assert [part.rows for part in done] == [0, 1, 1]
        assert opened.export_due(now=TODAY + 3 * HOUR + 30 * MINUTE) == []
    import pyarrow.dataset as ds

    table = ds.dataset(
        "/bucket/lakes/lake", filesystem=files, format="parquet", partitioning="hive"
    ).to_table()
    assert table.column("id").to_pylist() == ["board:1", "board:2"]
    assert table.column("hour").to_pylist() == [1, 2]
    files.rm("/bucket", recursive=True)


@pytest.mark.parametrize("form", ["csv", "parquet", "hyper"])
def test_every_format_comes_by_itself(form: str, tmp_path: Path) -> None:
    if form == "hyper":
        pytest.importorskip("tableauhyperapi", reason="Tableau builds no Hyper for this machine")
    with open_pipeline(settings_file(tmp_path, more=lake(format=form))) as opened:
        opened.store.upsert([mention(1, "late", TODAY - HOUR)])
        (done,) = opened.export_due(now=NOON)
    assert (done.error, done.rows) == ("", 1)
    assert (tmp_path / "out" / YESTERDAY / f"part.{form}").stat().st_size == done.bytes


def test_a_day_is_one_of_its_zone() -> None:
    berlin = plan(zone="Europe/Berlin")
    spring = berlin.part_at(datetime(2026, 3, 29, 12, tzinfo=UTC))  # the clocks go forward
    assert spring.path == "lake/date=2026-03-29"
    assert spring.until - spring.since == 23 * HOUR
    assert spring.since == datetime(2026, 3, 28, 23, tzinfo=UTC)


@given(
    st.datetimes(min_value=EARLY, max_value=LATE, timezones=st.just(UTC)),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]),
    st.integers(0, 80),
)
def test_days_follow_one_another_without_gap_or_overlap(
    moment: datetime, zone: str, hours: int
) -> None:
    parts = list(plan(zone=zone).parts(moment, moment + hours * HOUR + MINUTE))
    assert parts[0].since <= moment < parts[0].until
    assert parts[-1].until > moment + hours * HOUR
    for one, following in pairwise(parts):
        assert (one.until, one.path < following.path) == (following.since, True)


@settings(deadline=None)
@given(st.lists(st.integers(1, 2_000), max_size=30), st.sampled_from(["day", "hour"]))
def test_whenever_somebody_looks_every_part_is_settled_once_late_posts_are_over(
    steps: list[int], every: str
) -> None:
    export = plan(every=every, late="1d", since="2026-03-01")
    now, kept = datetime(2026, 3, 1, 1, tzinfo=UTC), dict[datetime, Kept]()

    def look() -> None:
        for part in export.due(kept, now=now, oldest=datetime(2026, 1, 1, tzinfo=UTC)):
            kept[part.since] = Kept("lake", part.since, part.until, part.path, looked_at=now)

    for minutes in steps:
        now += minutes * MINUTE
        look()
    closed = list(export.parts(datetime(2026, 3, 1, tzinfo=UTC), export.newest(now).until))
    assert not steps or {part.since for part in closed} <= set(kept)
    over = [one.since for one in kept.values() if one.until + DAY <= now]
    now += 3 * DAY
    look()
    begun = EARLY.replace(tzinfo=UTC)
    assert all((kept[since].looked_at or begun) >= kept[since].until + DAY for since in over)
    assert export.due(kept, now=now, oldest=datetime(2026, 1, 1, tzinfo=UTC)) == []


def test_what_is_forgotten_here_stays_in_its_file(pipeline: Pipeline) -> None:
    long = NOON - 500 * DAY
    with pytest.raises(UntaggedError, match="would lack them"):
        list(pipeline.exports.again("lake", since=long, until=NOON, now=NOON))
    days = timedelta(days=pipeline.settings.keep_days)
    half = NOON - days + HOUR  # the morning of this day is forgotten already
    with pytest.raises(UntaggedError, match="would lack them"):
        list(pipeline.exports.again("lake", since=half, until=half + DAY, now=NOON))
    due = plan(since=date(2020, 1, 1)).due({}, now=NOON, oldest=NOON - 3 * DAY)
    assert [part.since for part in due] == [TODAY - n * DAY for n in (2, 1)]


def test_a_file_is_written_anew_after_an_erasure(pipeline: Pipeline, run: Run) -> None:
    pipeline.store.upsert([mention(9, "late", TODAY - HOUR, author={"handle": "ada"})])
    pipeline.export_due(now=NOON)
    there = found(pipeline, Wanted("ada"))
    assert there.to_json()["others_to_look_at"]["exports"] == [YESTERDAY]
    pipeline.store.delete(["board:9"])
    (done,) = pipeline.exports.again("lake", since=TODAY - DAY, until=TODAY, now=NOON + HOUR)
    assert (done.rows, lines(pipeline)) == (2, ["board:1", "board:2"])
    with pytest.raises(NotFound, match="the settings have lake"):
        list(pipeline.exports.again("pond", since=TODAY, until=NOON, now=NOON))


def test_commands_bring_out_and_list(pipeline: Pipeline, run: Run) -> None:
    status, _, said = run("exports", "run", "--now", NOON.isoformat())
    assert (status, f"{YESTERDAY}: 2 mentions, written" in said) == (0, True), said
    assert "unchanged" in run("exports", "run", "lake", "--since", f"{TODAY - DAY:%Y-%m-%d}")[2]
    assert "nothing is due" in run("exports", "run", "--now", NOON.isoformat())[2]
    status, out, _ = run("exports", "list", "--json")
    (told,) = [json.loads(line) for line in out.splitlines()]
    assert (status, told["export"], told["parts"], told["rows"]) == (0, "lake", 1, 2)
    assert run("exports", "run", "--since", "7d")[0] == 2


def test_metrics_tell_of_exports(pipeline: Pipeline) -> None:
    from tests.untagged.entered import entered

    pipeline.export_due(now=NOON)
    with entered(pipeline) as browser:
        told = browser.get("/metrics").text
    assert 'untagged_export_failing{export="lake"} 0.0' in told
    (at,) = re.findall(r'last_success_timestamp_seconds{export="lake"} (\S+)', told)
    assert float(at) == NOON.timestamp()


@pytest.mark.parametrize(
    "wrong",
    [{"name": "../up"}, {"every": "hour", "zone": "Europe/Berlin"}, {"zone": "Mars"}, {"to": ""}],
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        plan(**wrong)


def test_settings_say_where_a_query_is_wrong_and_hide_the_address(tmp_path: Path) -> None:
    path = settings_file(tmp_path, more=lake(query="((late", to="s3://key:secret@bucket"))
    with pytest.raises(SettingsError, match=r"\(\(late") as told:
        load_settings(path)
    assert "secret@" not in str(told.value)
    assert "secret@" not in repr(plan(to="s3://key:secret@bucket"))


@pytest.mark.parametrize("url", ["nonsense://bucket", "gs://bucket/x"])
def test_a_place_that_is_not_known_says_what_to_do(url: str) -> None:
    with pytest.raises(SettingsError, match="exports"):
        ExportPlace(url)
    assert places.PROBE.startswith(".")
