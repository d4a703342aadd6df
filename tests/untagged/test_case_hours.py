"""Cases and their hours, from the settings to who is told: night, shifts, warnings, verdicts."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from alerts import outbox
from cases import desk
from cases.case import Case
from mentions.errors import SettingsError
from mentions.mention import BrandMatch
from tests.alerts.rota import WEEKLY
from tests.untagged.entered import entered
from tests.untagged.world import HOUR, MINUTE, NOON, mention
from untagged.cli import app
from untagged.pipeline import Pipeline
from untagged.settings import load_settings
from untagged.wiring import open_pipeline

SETTINGS = """
store: sqlite:///mentions.db
database: sqlite:///ops.db
journal: journal
brands: [{name: Acme, query: acme}]
channels:
  - {name: chat, url: 'json://127.0.0.1:9/nobody-listens'}
  - {name: boss, url: 'json://127.0.0.1:9/nobody-listens'}
rules:
  - {name: unanswered, kind: unanswered, query: '*', team: care, lookback: 21d}
on_call: [{name: week, calendar: on call.ics}]
teams:
  - name: care
    agents: [{name: ana}, {name: ben}]
    notify: [chat]
    escalate_to: [boss]
    calendar: {zone: Europe/Berlin, hours: {mon-fri: '08:00-12:00, 13:00-17:30'}}
    hand_over: [nights]
    on_call: week
  - name: nights
    agents: [{name: kim}]
    calendar: {zone: Australia/Sydney, hours: {mon-fri: '08:00-17:00'}}
sla:
  - {name: standard, first_response: 60m, hours: business, warn: 15m, escalate: 30m}
routing: [{name: everything, when: '*', team: care, sla: standard}]
"""
EVENING = NOON + 7 * HOUR
NIGHT = NOON + 11 * HOUR


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "on call.ics").write_text(WEEKLY)
    path = tmp_path / "untagged.yaml"
    path.write_text(SETTINGS)
    return path


def case_of_a_post(pipeline: Pipeline, at: datetime) -> Case:
    said = mention(1, "acme lost my bag", at - MINUTE, brands=(BrandMatch(name="Acme"),))
    pipeline.store.upsert([said])
    pipeline.respond(now=at)
    with pipeline.read() as connection:
        (case,) = desk.list_cases(connection)
    return case


@pytest.mark.parametrize(
    ("at", "team", "agent"),
    [
        (NOON, "care", "ana"),
        (NIGHT, "nights", "kim"),
        (EVENING, "care", "ana"),  # on call this week
        (EVENING + timedelta(days=7), "care", "ben"),  # and this one
    ],
)
def test_a_case_finds_who_works_or_is_on_call(config: Path, at: datetime, team, agent) -> None:
    with open_pipeline(config) as pipeline:
        pipeline.respond(now=at - HOUR)  # reads the calendar
        case = case_of_a_post(pipeline, at)
    assert (case.team, case.agent) == (team, agent)


def test_where_nobody_is_on_call_the_case_says_when_it_is_answered(config: Path) -> None:
    (config.parent / "on call.ics").write_text("<html>log in</html>")
    with open_pipeline(config) as pipeline:
        case = case_of_a_post(pipeline, EVENING)
        with pipeline.read() as connection:
            (note,) = desk.show_case(connection, case.id).notes
        assert note.text == (
            "care opens at Thu 5 Mar 08:00 Europe/Berlin; "
            "expect an answer by Thu 5 Mar 09:00 Europe/Berlin."
        )
        pipeline.respond(now=NOON + 20 * HOUR)
        with pipeline.read() as connection:
            assert desk.show_case(connection, case.id).case.agent == "ana"


def test_a_team_is_warned_told_and_its_boss_is_told_each_once(config: Path) -> None:
    with open_pipeline(config) as pipeline:
        case_of_a_post(pipeline, NOON)
        for minute in range(0, 120, 7):
            pipeline.respond(now=NOON + minute * MINUTE)
        with pipeline.read() as connection:
            told = [one for one in outbox.letters(connection)[::-1] if one.kind == "cases"]
    assert [(one.channel, one.payload["what"]) for one in told] == [
        ("chat", "new"),
        ("chat", "soon due"),
        ("chat", "overdue"),
        ("boss", "long overdue"),
    ]


def test_a_person_turns_the_verdict_round_by_command_and_on_the_page(config: Path) -> None:
    run = CliRunner().invoke
    with open_pipeline(config) as pipeline:
        number = str(case_of_a_post(pipeline, NOON).id)
    line = ["--config", str(config), "cases", "needs-reply", number, "--now", NOON.isoformat()]
    said = run(app, [*line, "--no", "--as", "ana"])
    assert (said.exit_code, "needs no reply: says ana" in said.output) == (0, True)
    assert "needs no reply" in run(app, ["--config", str(config), "cases", "show", number]).output
    with open_pipeline(config) as pipeline, entered(pipeline) as browser:
        page = browser.get(f"/cases/{number}").text
        assert "says ana" in page
        version = page.split('name="version" value="')[1].split('"')[0]
        form = {"do": "needs reply", "version": version}
        after = browser.post(f"/cases/{number}", data=form)
        assert "says ana" not in after.text
        assert "needs a reply" in after.text


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("hand_over: [nights]", "hand_over: [night]", "nights"),
        ("hand_over: [nights]", "hand_over: [care]", "nights"),
        ("on_call: week\n", "on_call: weak\n", "week"),
        ("escalate_to: [boss]", "escalate_to: [bos]", "boss"),
        ("mon-fri: '08:00-12:00, 13", "mon-fri: '08:00-14:00, 13", "two shifts of mon overlap"),
        ("zone: Europe/Berlin", "zone: Europe/Bonn", "no time zone"),
        (
            "calendar: {zone: Europe/Berlin, hours: {mon-fri: '08:00-12:00, 13:00-17:30'}}",
            "",
            "team 'care' has no calendar; give it one",
        ),
    ],
)
def test_hours_that_cannot_be_kept_are_told_with_their_line(
    config: Path, right: str, wrong: str, said: str
) -> None:
    assert right in SETTINGS
    config.write_text(SETTINGS.replace(right, wrong, 1))
    with pytest.raises(SettingsError) as caught:
        load_settings(config)
    assert said in str(caught.value)
    assert "line " in str(caught.value)


def test_the_performance_of_a_week_is_told_by_team_as_lines_and_as_a_table(config: Path) -> None:
    with open_pipeline(config) as pipeline:
        case = case_of_a_post(pipeline, NOON)
        with pipeline.begin() as connection:
            at = NOON + 9 * MINUTE
            desk.record_reply(connection, case.id, at=at, now=at, actor="ana")
    line = ["--config", str(config), "cases", "performance", "--now", (NOON + HOUR).isoformat()]
    run = CliRunner().invoke
    told = [json.loads(row) for row in run(app, [*line, "--by", "team", "--json"]).stdout.split()]
    assert [(one["group"], one["cases"]) for one in told] == [("care", 1), ("all", 1)]
    assert told[0]["answered_within_15_minutes"] == told[0]["first_response_kept"] == 1
    assert told[0]["frt"]["median_seconds"] == 600
    assert "100%" in run(app, line).stdout
    assert run(app, [*line, "--by", "moon"]).exit_code == 2
    assert run(app, [*line, "--since", "2027-01-01"]).exit_code == 2
