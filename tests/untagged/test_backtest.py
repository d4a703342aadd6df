"""A rule is tried on the past before it is saved, by command and in the cockpit."""

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from alerts.labels import labels
from alerts.rules import RULE, Rule
from mentions.errors import Conflict, SettingsError
from tests.untagged.conftest import Run
from tests.untagged.entered import entered
from tests.untagged.world import import_rows, post, settings_file
from untagged.pipeline import Pipeline
from untagged.settings import read_rules
from untagged.web.backtests import Backtests
from untagged.web.rules import written
from untagged.wiring import open_pipeline
from untagged.yaml_file import YamlFile

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
DAY = timedelta(days=1)
ANGRY = "Acme is terrible, worst service ever <script>alert(1)</script>"
LOUD = """\
name: loud
kind: spike
signals: [negative]
minimum: 8
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two weeks of a post an hour, and one loud hour yesterday."""
    folder = tmp_path_factory.mktemp("a firm")
    path = settings_file(folder)
    rows = [post(n, ANGRY, NOW - 14 * DAY + n * timedelta(hours=1)) for n in range(14 * 24)]
    rows += [post(f"loud-{n}", ANGRY, NOW - DAY + n * timedelta(minutes=1)) for n in range(1, 40)]
    with open_pipeline(path) as opened:
        file = import_rows(folder, rows)
        opened.import_file(file, columns=None, source="import", now=NOW)
        opened.process(now=NOW)
    return path


@pytest.fixture
def pipeline(config: Path) -> Iterator[Pipeline]:
    with open_pipeline(config) as opened:
        yield opened


def rule_file(folder: Path, text: str) -> Path:
    path = folder / "a rule.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_replay_with_a_rule_tells_what_it_would_have_told_and_how_often(
    config: Path, tmp_path: Path, run: Run
) -> None:
    rule = rule_file(tmp_path, LOUD)

    def said(*words: str) -> tuple[str, str]:
        status, out, err = run("--config", str(config), *words)
        assert status == 0, err
        return out, err

    ask = ("replay", "--rule", str(rule), "--since", "7d", "--step", "15m")
    (event,) = [json.loads(line) for line in said(*ask, "--json")[0].splitlines()]
    assert (event["rule"], event["kind"], event["brand"]) == ("loud", "spike", "Acme")
    assert len(event["posts"]) == 5
    said("rules", "label", "loud", event["key"], "--at", event["at"], "--wrong")
    out, err = said(*ask)
    assert "loud: 1 alert and 0 cases in 7 days, 1.0 alerts a week; 0 of 1 labelled" in err
    assert "Acme is terrible" in out
    records = [json.loads(line) for line in said("rules", "list", "--json")[0].splitlines()]
    assert [one["rule"] for one in records] == ["negative spike", "unanswered"]


def test_a_backtest_in_the_cockpit_shows_posts_and_takes_labels(pipeline: Pipeline) -> None:
    with entered(pipeline, follow_redirects=False) as browser:
        assert "negative spike" in browser.get("/rules").text
        begun = browser.post("/rules/try", data={"text": LOUD, "window": "7d"})
        where = begun.headers["location"]
        page = done(browser, where)
        assert "worst service ever" in page
        assert "<script>alert" not in page
        with pipeline.read() as connection:
            before = len(labels(connection, rule="loud"))
        asked = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.split("/rules/labels")[1]))
        said = browser.post("/rules/labels", data={**asked, "verdict": "right"})
        assert (said.status_code, said.headers["location"]) == (303, where)
        assert "right, says tester" in browser.get(where).text
    with pipeline.read() as connection:
        assert len(labels(connection, rule="loud")) == before + 1


def done(browser: TestClient, where: str) -> str:
    for _ in range(600):
        page = browser.get(where).text
        if "http-equiv" not in page:
            return page
        time.sleep(0.1)
    raise AssertionError(f"the backtest was not done: {page}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: x\nkind: spike\nminimum: many", "line 3: spike.minimum"),
        ("name: x\nkind: spike\nteam: nobody", "line 3: team: there is no"),
        ("name: x\nkind: spike\nnotify: ['${HOME}']", "HOME is not set"),
        ("kind: [", "line 1"),
        ("", "needs a kind"),
    ],
)
def test_a_wrong_rule_is_explained_over_the_form_and_kept(
    pipeline: Pipeline, text: str, said: str
) -> None:
    with entered(pipeline) as browser:
        answer = browser.post("/rules/try", data={"text": text or " ", "window": "7d"})
    assert answer.status_code == 400
    assert said in answer.text


@pytest.mark.parametrize(
    "data",
    [
        {"rule": "loud", "key": "k", "at": "2026-03-04", "verdict": "perhaps"},
        {"rule": "loud", "key": "k", "at": "yesterday", "verdict": "right"},
    ],
)
def test_a_label_that_cannot_be_read_is_refused(pipeline: Pipeline, data: dict[str, str]) -> None:
    with entered(pipeline) as browser:
        assert browser.post("/rules/labels", data=data).status_code == 400


def test_two_backtests_do_not_run_at_once_and_closing_stops_one(pipeline: Pipeline) -> None:
    rules = [RULE.validate_python({"name": "loud", "kind": "spike"})]
    running = Backtests(pipeline)
    ask = {"written": "", "since": NOW - 90 * DAY, "until": NOW}
    first = running.start(rules, **ask)
    with pytest.raises(Conflict, match="another backtest"):
        running.start(rules, **ask)
    running.close()
    assert first.is_done
    assert "stopped" in first.error or first.at == NOW


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "spike", "name": "a", "signals": ["all"], "repeat": "1h30m"},
        {"kind": "unanswered", "name": "b", "after": "90s", "query": 'text:"so: it"'},
        {"kind": "flatline", "name": "c", "after": "2d"},
    ],
)
def test_a_rule_is_written_as_it_would_be_read(
    pipeline: Pipeline, given: dict[str, object]
) -> None:
    rule: Rule = RULE.validate_python(given)
    file = YamlFile(Path("the rule"), text=written(rule))
    assert read_rules(file, pipeline.settings) == (rule,)


def test_several_rules_in_one_file_have_names_of_their_own(pipeline: Pipeline) -> None:
    one = "{name: loud, kind: spike}"
    file = YamlFile(Path("the rule"), text=f"rules:\n- {one}\n- {one}")
    with pytest.raises(SettingsError, match=r"line 3: rules\.1\.name"):
        read_rules(file, pipeline.settings)
