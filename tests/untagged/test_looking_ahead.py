"""Next week and the team's digest as their readers get them: command line, page, digest."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from alerts import book
from alerts.digests.digest import Digest
from alerts.firing import Firing
from cases.forecasting.history import History
from cases.staffing.needed import Gap
from tests.untagged.conftest import Run
from tests.untagged.entered import entered
from tests.untagged.team_at_work import HOUR, NOW, team_settings, work
from tests.untagged.world import NOON, settings_file
from untagged.digests.asked import Asked
from untagged.digests.team import gather_team
from untagged.looking_ahead import Ahead, look_ahead, storms
from untagged.pipeline import Pipeline
from untagged.web import spoken
from untagged.web.reader import Reader
from untagged.wiring import open_pipeline

WEEK = timedelta(days=7)
ARABIC = Reader("ar", "ar")
pytestmark = pytest.mark.slow  # five weeks of cases are opened and answered


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("a team at work")
    with open_pipeline(team_settings(folder)) as opened:
        work(opened)
    return folder


@pytest.fixture
def pipeline(folder: Path) -> Iterator[Pipeline]:
    with open_pipeline(folder / "untagged.yaml") as opened:
        yield opened


@pytest.fixture
def ahead(pipeline: Pipeline) -> Ahead:
    with pipeline.read() as connection:
        return look_ahead(pipeline, connection, now=NOW, team="care")


def digest(pipeline: Pipeline, **about: str) -> Digest:
    return gather_team(pipeline, Asked(NOW - WEEK, NOW, NOW, **about))


def test_a_week_is_foretold_by_the_hour_with_its_people(ahead: Ahead) -> None:
    hours = ahead.hours()
    assert len(hours) == 168
    assert hours[0]["at"] == NOW.isoformat()
    assert sum(hour["expected"] for hour in hours) == pytest.approx(154, rel=0.15)
    assert all(hour["low"] <= hour["high"] for hour in hours)
    assert [hour["planned"] for hour in hours[6:19]] == [
        0,
        *[2] * 11,
        0,
    ]  # eight to seven in Berlin
    assert ahead.forecast.backtest.gain > 0.1
    assert "a case takes 20 min (as set)" in ahead.how


def test_the_evening_without_anybody_is_named(ahead: Ahead) -> None:
    evenings = [gap for gap in ahead.gaps if gap.planned == 0]
    assert len(evenings) == 7
    assert all(gap.since.hour in (18, 19) and gap.until.hour in (21, 22, 23) for gap in evenings)
    said = ahead.said(Gap(NOW + 18 * HOUR, NOW + 23 * HOUR, 2, 0, is_even=False))
    assert said == "Monday 2 Mar 19:00 to 24:00 needs up to 2 people, nobody is planned"
    said = ahead.said(Gap(NOW + 16 * HOUR, NOW + 19 * HOUR, 4, 2, is_even=True))
    assert said == "Monday 2 Mar 17:00 to 20:00 needs 4 people, 2 are planned"
    said = ahead.said(Gap(NOW, NOW + HOUR, 1, 1, is_even=True))
    assert said == "Monday 2 Mar 01:00 to 02:00 needs 1 person, 1 is planned"


def test_an_arabic_page_says_what_it_rests_on_and_who_lacks_in_arabic(pipeline: Pipeline) -> None:
    with entered(pipeline) as client:
        page = client.get("/team", headers={"Accept-Language": "ar"}).text
        english = client.get("/team", headers={"Accept-Language": "en"}).text
    section = page.partition('<h2 id="ahead">')[2].partition("</section>")[0]
    assert "لا حالات حتى الآن: لا شيء يُتعلَّم منه." in section
    assert "No case so far: there is nothing to learn from." in english


def test_each_sentence_of_a_forecast_is_said_in_arabic(ahead: Ahead) -> None:
    gap = Gap(NOW + 16 * HOUR, NOW + 19 * HOUR, 4, 2, is_even=True)
    said = spoken.sentence(ARABIC, ahead.lacking(gap))
    assert said == "الاثنين، 2 مارس من 17:00 إلى 20:00: المطلوب 4 أشخاص، والمقرر حضورهم شخصان"
    told = spoken.sentences(ARABIC, (*ahead.forecast.reasons, *ahead.rests_on))
    assert told.startswith("محسوب من 35 يومًا من الحالات. عند تجربته بدءًا من ")
    assert "تستغرق الحالة 20 د (كما ضُبط)" in told
    words = re.findall(r"[A-Za-z]+", told)
    assert sorted(words) == ["MASE", "standard"], "a measure's name, and a policy's in the settings"


def test_a_digest_says_what_happened_why_and_what_is_missing(pipeline: Pipeline) -> None:
    told = digest(pipeline, team="care")
    came, promised, gap, *_ = told.lead
    assert came.startswith("159 cases came (151 before)")
    assert "of first responses were as promised" in promised
    assert "promises were missed" in promised
    assert "of them because no agent of the team was there." in promised
    assert gap.endswith("needs up to 2 people, nobody is planned.")
    titles = [section.title for section in told.sections]
    parts = ["Answers", "Work by the hour", "Work by agent", "Promises missed"]
    assert titles == [*parts, "Next week: care"]


def test_its_numbers_stand_beside_those_of_the_period_before(pipeline: Pipeline) -> None:
    (answers, work_section, agents, missed, week) = digest(pipeline, team="care").sections
    figures = {figure.name: figure for figure in answers.figures}
    assert (figures["Cases"].value, figures["Cases"].before) == ("159", "151")
    assert figures["First response as promised"].before.endswith("%")
    came = sum(row[1] for row in work_section.table.rows)
    given = sum(row[2] for row in work_section.table.rows)
    assert came == 159
    assert given == sum(row[2] for row in agents.table.rows)
    assert sum(row[2] for row in missed.table.rows) > len(missed.entries) == 20
    assert all(entry.href.startswith("/cases/") and entry.facts for entry in missed.entries)
    assert week.chart.spec["data"]["values"][0]["expected"] >= 0
    assert "cases are expected in the 7 days to come" in week.chart.words


def test_its_records_are_the_same_facts(pipeline: Pipeline) -> None:
    told = digest(pipeline, team="care")
    kinds = [record["record"] for record in told.records]
    assert kinds.count("forecast") == 168
    missed = next(section for section in told.sections if section.title == "Promises missed")
    assert kinds.count("breach") == sum(row[2] for row in missed.table.rows)
    hours = [record for record in told.records if record["record"] == "hour"]
    assert sum(record["arrived"] for record in hours) == 159
    assert json.loads(json.dumps(told.records)) == list(told.records)


def test_the_same_period_is_the_same_digest_again(pipeline: Pipeline) -> None:
    later = gather_team(pipeline, Asked(NOW - WEEK, NOW, NOW + 3 * WEEK, team="care"))
    assert later == digest(pipeline, team="care")


def test_all_teams_together_and_then_each(pipeline: Pipeline) -> None:
    told = digest(pipeline)
    assert [one.title for one in told.sections][-2:] == ["Next week", "Next week: care"]
    assert any(line.startswith("care: ") for line in told.lead)
    assert digest(pipeline, brand="Acme").sections[-1].title == "Next week"


def test_an_empty_one_says_so_in_a_line(pipeline: Pipeline) -> None:
    told = gather_team(pipeline, Asked(NOW - 60 * WEEK, NOW - 59 * WEEK, NOW, team="care"))
    assert told.is_empty
    assert len(told.lead) == 1
    assert told.lead[0].startswith("No cases between ")
    assert digest(pipeline, team="crisis").is_empty


def test_the_command_line_tells_days_gaps_and_hours(run: Run, folder: Path) -> None:
    config = ("--config", str(folder / "untagged.yaml"))
    asked = ("--team", "care", "--now", NOW.isoformat())
    status, out, said = run(*config, "forecast", *asked)
    assert status == 0
    assert "Mon 2 Mar" in out
    assert "needs up to 2 people, nobody is planned" in said
    status, out, _ = run(*config, "forecast", *asked, "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert len(rows) == 168
    assert set(rows[0]) >= {"team", "at", "expected", "low", "high", "needed", "planned"}


def test_the_command_line_tells_how_far_to_trust_it(run: Run, folder: Path) -> None:
    config = ("--config", str(folder / "untagged.yaml"))
    status, out, said = run(*config, "forecast", "backtest", "--now", NOW.isoformat())
    assert status == 0
    assert "last week's same hour" in out
    assert "less than last week's same hour" in said
    status, out, _ = run(*config, "forecast", "backtest", "--now", NOW.isoformat(), "--json")
    told = json.loads(out)
    assert told["mase"] < told["mase_repeating"]
    assert told["falls_back"] is False
    assert 0 < told["coverage"] <= 1
    status, _, said = run(*config, "forecast", "backtest", "--team", "crisis")
    assert (status, "a backtest needs 3 days of cases" in said) == (1, True)
    status, _, said = run(*config, "forecast", "--team", "nobody's")
    assert (status, "the settings have care, crisis" in said) == (1, True)
    status, _, said = run(*config, "forecast", "--brand", "Heron")
    assert (status, "there is no brand 'Heron'" in said) == (1, True)


def test_the_team_page_shows_next_week(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("untagged.web.teams.clock_now", lambda: NOW)
    with entered(pipeline) as browser:
        page = browser.get("/team").text
        assert "Next week" in page
        assert "needs up to 2 people, nobody is planned" in page
        assert page.count("<td>Tue 3 Mar</td>") == 1
        arabic = browser.get("/team", headers={"Accept-Language": "ar"}).text
        assert 'src="/team/forecast.svg?lang=ar"' in arabic
        assert "ما يصل إلى" in arabic or "على الأكثر" in arabic
        drawn = browser.get("/team/forecast.svg?theme=dark")
        assert drawn.headers["content-type"] == "image/svg+xml"
        assert "cases per hour" in drawn.text


def test_the_team_page_of_a_new_team_has_nothing_to_foretell(tmp_path: Path) -> None:
    with open_pipeline(settings_file(tmp_path)) as opened, entered(opened) as browser:
        assert "No case so far: there is nothing to learn from." in browser.get("/team").text
        assert browser.get("/team/forecast.svg").status_code == 200


def test_hours_in_which_an_alert_of_a_spike_held_are_not_learnt_from(tmp_path: Path) -> None:
    began = NOON - 50 * HOUR
    with open_pipeline(settings_file(tmp_path)) as opened, opened.begin() as connection:
        for at in (began, began + 3 * HOUR):
            firing = Firing(
                key="spike/acme",
                rule="negative spike",
                kind="spike",
                brand="Acme",
                signal="negative",
                severity=2,
                observed=40.0,
                expected=4.0,
                reason="40 negative mentions in an hour, 4 expected",
                at=at,
                began=began,
            )
            book.record(connection, firing, repeat=HOUR, now=at)
        case = {"since": NOON - 70 * HOUR, "until": NOON}
        stormy = storms(connection, "Acme", **case)
        assert stormy == [(began, began + 4 * HOUR)]
        assert storms(connection, "Bolt Bank", **case) == []
    learnt = History.of([NOON - 60 * HOUR], spikes=stormy, **case)
    assert learnt.left_out == frozenset({10, 11, 12, 13})


def test_what_cannot_be_kept_by_any_number_says_so(tmp_path: Path) -> None:
    path = team_settings(tmp_path)
    path.write_text(path.read_text().replace("handling: 20m", "handling: 59m"), encoding="utf-8")
    with open_pipeline(path) as opened:
        work(opened, days=4)
        with opened.read() as connection:
            told = look_ahead(opened, connection, now=NOW, team="care")
    assert told.staffing is None
    assert told.gaps == []
    assert told.how.endswith("it is nearly over, or over, when the case comes.")


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("BUSY_AT_MOST", "people busy at once; look at handling under planning."),
        ("PLAYED_AT_MOST", "cases a week are too many to reckon people for."),
        ("PLAYED_AT_ONCE", "reckons the people of a team this large, in a while."),
    ],
)
def test_what_is_too_much_to_reckon_says_so(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, limit: str, said: str
) -> None:
    monkeypatch.setattr(f"untagged.looking_ahead.{limit}", 0)
    with pipeline.read() as connection:
        told = look_ahead(pipeline, connection, now=NOW, team="care", at_once=True)
    assert told.staffing is None
    assert told.how.endswith(said)


def test_a_client_that_may_not_see_all_gets_no_forecast(pipeline: Pipeline) -> None:
    scoped: TestClient = entered(pipeline, name="of acme", role="lead", brands=("Acme",))
    assert scoped.get("/team/forecast.svg").status_code == 403
