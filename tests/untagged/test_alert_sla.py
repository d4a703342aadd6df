"""A rule says which SLA policy the case of its alert has."""

from datetime import timedelta
from pathlib import Path

import pytest

from cases import desk
from mentions.errors import SettingsError
from tests.alerts.world import firing
from tests.untagged.world import NOON, settings_file
from untagged.decisions import Decisions
from untagged.settings import load_settings
from untagged.wiring import open_pipeline

SPIKE = "opens_case: true, notify: [chat]}"
POLICY = "  - {name: standard, first_response: 60m, resolution: 24h}\n"


def firm(folder: Path, rule: str, policy: str = "  - {name: crisis, first_response: 5m}\n") -> Path:
    path = settings_file(folder)
    said = path.read_text().replace(SPIKE, rule).replace(POLICY, POLICY + policy)
    path.write_text(said)
    return path


@pytest.mark.parametrize(
    ("rule", "name", "due"),
    [
        ("opens_case: true, sla: crisis}", "crisis", timedelta(minutes=5)),
        ("opens_case: true}", "standard", timedelta(hours=1)),
    ],
)
def test_the_case_of_an_alert_has_the_policy_of_its_rule_or_the_first(
    tmp_path: Path, rule: str, name: str, due: timedelta
) -> None:
    with open_pipeline(firm(tmp_path, rule)) as pipeline:
        decisions = Decisions(settings=pipeline.settings, begin=pipeline.begin)
        decisions.alert(pipeline.settings.rules[0], firing(at=NOON), (), now=NOON)
        with pipeline.read() as connection:
            (case,) = desk.list_cases(connection)
    assert (case.sla, case.frt_due_at) == (name, case.published_at + due)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("opens_case: true, sla: crisi}", "known are crisis, office, standard"),
        ("sla: crisis}", "is for the case that an alert opens"),
        ("opens_case: true, sla: office}", "team 'crisis' has no calendar"),
    ],
)
def test_a_policy_that_no_case_could_have_is_refused(tmp_path: Path, rule: str, told: str) -> None:
    office = "  - {name: crisis, first_response: 5m}\n"
    office += "  - {name: office, first_response: 1h, hours: business}\n"
    with pytest.raises(SettingsError, match=told):
        load_settings(firm(tmp_path, rule, office))


def test_a_rule_about_mentions_leaves_the_policy_to_the_route(tmp_path: Path) -> None:
    path = firm(tmp_path, SPIKE)
    path.write_text(path.read_text().replace("after: 10m,", "after: 10m, sla: crisis,"))
    with pytest.raises(SettingsError, match="take that of their route"):
        load_settings(path)
