"""`untagged incidents …`, as typed."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.untagged.incident_world import calm, crisis, decide, outcry
from tests.untagged.world import MINUTE, NOON, settings_file
from untagged.cli import app
from untagged.wiring import open_pipeline


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = settings_file(tmp_path / "a firm")
    with open_pipeline(path) as pipeline:
        pipeline.store.upsert([*calm(NOON), *outcry(NOON)])
        decide(pipeline, crisis(NOON + 30 * MINUTE, NOON), now=NOON + 30 * MINUTE)
        other = crisis(NOON, NOON, brand="Bolt Bank", key="crisis:crisis:Bolt Bank:negative")
        decide(pipeline, other, now=NOON + 31 * MINUTE)
    return path


def run(config: Path, *words: str) -> Result:
    at = ("--now", "2026-03-04T14:00Z") if words[0] not in ("list",) else ()
    return CliRunner().invoke(app, ["--config", str(config), "incidents", *words, *at])


def test_an_incident_from_the_list_to_the_report(config: Path) -> None:
    listed = [json.loads(line) for line in run(config, "list", "--json").stdout.splitlines()]
    assert [(one["id"], one["status"]) for one in listed] == [(2, "open"), (1, "open")]
    steps = [
        ("ack", "1"),
        ("assign", "1", "the board"),
        ("note", "1", "called the supplier"),
        ("note", "1", "fixed at six", "--shared"),
        ("state", "1", "We are looking into it.", "--next-update", "now+1h"),
        ("severity", "1", "2"),
        ("merge", "2", "1"),
        ("resolve", "1"),
        ("reopen", "1"),
        ("resolve", "1", "--false-alarm"),
    ]
    for step in steps:
        done = run(config, *step, "--as", "farah")
        assert done.exit_code == 0, (step, done.output)
    shown = json.loads(run(config, "show", "1", "--json").stdout)
    assert (shown["status"], shown["owner"], shown["is_false_alarm"]) == (
        "resolved",
        "the board",
        True,
    )
    assert shown["statement"] == "We are looking into it."
    assert shown["acknowledged_by"] == "farah"
    assert "called the supplier" in run(config, "show", "1").stdout
    said = run(config, "status", "1").stdout
    assert "fixed at six" in said
    assert "called the supplier" not in said
    report = json.loads(run(config, "report", "1", "--format", "json").stdout)
    assert report["posts"] == 60
    assert report["seconds"]["alert_to_acknowledgement"] == 90 * 60
    assert run(config, "report", "1").stdout.startswith("# Acme: negative: after-report")
    assert run(config, "report", "1", "--format", "html").stdout.startswith("<!doctype html>")
    assert run(config, "list", "--json").stdout == ""
    assert len(run(config, "list", "--all", "--json").stdout.splitlines()) == 2


def test_wrong_usage_says_what_to_do(config: Path) -> None:
    assert run(config, "report", "1", "--format", "pdf").exit_code == 2
    assert run(config, "severity", "1", "7").exit_code == 2
    late = run(config, "state", "1", "sorry", "--next-update", "now-1h")
    assert "must lie ahead" in str(late.exception)
    assert "there is no incident 9" in str(run(config, "ack", "9").exception)
