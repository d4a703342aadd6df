"""The case of an alert has its rule's playbook, and is new for whoever is told of new cases."""

from pathlib import Path
from typing import Any

import pytest

from alerts.tables import outbox
from cases import desk
from cases.case import Case
from mentions.errors import SettingsError
from tests.alerts.world import firing
from tests.untagged.test_passing_by import SETTINGS
from tests.untagged.world import MINUTE, NOON
from untagged.decisions import Decisions
from untagged.settings import load_settings
from untagged.wiring import open_pipeline

UNANSWERED = "{name: nobody answers, kind: unanswered, query: 'needs_reply:true'}"
SPIKE = "{name: spike, kind: spike, signals: [all], team: care, opens_case: true, %s}"


def firm(folder: Path, more: str) -> Path:
    path = folder / "untagged.yaml"
    path.write_text(SETTINGS.replace(UNANSWERED, SPIKE % more), encoding="utf-8")
    return path


def alerted(path: Path) -> tuple[Case, list[str], list[Any]]:
    """The alert's case, who watches it, and the letters, after two rounds."""
    with open_pipeline(path) as pipeline:
        decisions = Decisions(settings=pipeline.settings, begin=pipeline.begin)
        for minutes in (0, 1):
            now = NOON + minutes * MINUTE
            decisions.alert(pipeline.settings.rules[0], firing(at=now), (), now=now)
        with pipeline.read() as connection:
            (case,) = desk.list_cases(connection)
            watchers = desk.watchers_of(connection, case.id)
            rows = connection.execute(outbox.select()).mappings().all()
            return desk.show_case(connection, case.id).case, watchers, list(rows)


def told(rows: list[Any]) -> list[tuple[str, str]]:
    cases = [row for row in rows if row["kind"] == "cases"]
    return sorted((row["channel"], row["payload"]["team"]) for row in cases)


def test_the_case_of_an_alert_has_the_playbook_of_its_rule(tmp_path: Path) -> None:
    case, watchers, rows = alerted(firm(tmp_path, "playbook: grave"))
    assert (case.playbook, case.plan["approval"]) == ("grave", True)
    assert watchers == ["kim"]
    assert [row["channel"] for row in rows if row["kind"] == "ticket"] == ["help-desk:crm"]
    assert told(rows) == [("boss-chat", "senior"), ("care-chat", "care"), ("kim-phone", "kim")]


def test_the_team_hears_of_the_case_of_an_alert_without_a_playbook_too(tmp_path: Path) -> None:
    case, watchers, rows = alerted(firm(tmp_path, "notify: [boss-chat]"))
    assert (case.playbook, watchers, told(rows)) == ("", [], [("care-chat", "care")])


def test_a_channel_that_hears_of_the_alert_is_not_told_of_its_case_as_well(tmp_path: Path) -> None:
    more = "notify: [care-chat, kim-phone], playbook: grave"
    assert told(alerted(firm(tmp_path, more))[2]) == [("boss-chat", "senior")]


def test_who_is_in_a_second_team_as_well_is_called_in_by_the_channels_of_the_first(
    tmp_path: Path,
) -> None:
    path = firm(tmp_path, "playbook: grave")
    path.write_text(path.read_text().replace("[{name: hana}]", "[{name: hana}, {name: kim}]"))
    assert ("kim-phone", "kim") in told(alerted(path)[2])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("playbook: graves", "known are grave"),
        ("playbook: grave", "is for the case that an alert opens"),
    ],
)
def test_a_playbook_that_no_case_could_have_is_refused(
    tmp_path: Path, more: str, said: str
) -> None:
    path = firm(tmp_path, more)
    if "graves" not in more:
        path.write_text(path.read_text().replace("opens_case: true, ", ""))
    with pytest.raises(SettingsError, match=said):
        load_settings(path)
