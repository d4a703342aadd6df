"""Fifty times killed in the middle of a crisis: every alert is told once, and none is lost."""

import json
import random
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts import book
from alerts.incident_listing import list_incidents
from cases import desk
from tests.alerts.receiver import Receiver, receiving
from tests.untagged.ticking import ticking
from tests.untagged.world import HOUR, MINUTE, NOON, import_rows, post
from untagged.wiring import open_pipeline

KILLS = 50
STEP = 5 * MINUTE
DAY = timedelta(days=1)
SECRETS = (("DESK_SECRET", "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),)
SETTINGS = """
store: sqlite:///mentions.db
database: sqlite:///ops.db
journal: journal
brands:
  - {{name: Acme, query: acme}}
  - {{name: Bolt, query: bolt}}
channels:
  - {{name: desk, webhook: '{desk}', secret_env: DESK_SECRET}}
escalations:
  - name: up
    steps: [{{notify: {{channel: desk}}}}, {{wait: 20m, notify: {{team: care}}}}]
    repeat: 1
rules:
  - {{name: crisis, kind: crisis, repeat: 1h, team: crisis, opens_case: true, notify: [desk],
     escalate: up}}
  - {{name: spike, kind: spike, repeat: 1h, team: crisis, opens_case: true, notify: [desk]}}
  - {{name: waiting, kind: unanswered, lookback: 24h, repeat: 1h, notify: [desk]}}
teams: [{{name: care, agents: [{{name: ana}}], notify: [desk]}}, {{name: crisis}}]
sla: [{{name: standard, first_response: 60m}}]
routing: [{{name: all, team: care, sla: standard}}]
"""
ANGRY = "{} lost my bag again, worst service ever. Where is my refund?"


def rows() -> list[dict[str, Any]]:
    """Three days of a complaint an hour about each brand, then two crises, one in the other."""
    found = [
        post(f"{brand}-{hour}", ANGRY.format(brand), NOON - 3 * DAY + hour * HOUR)
        for hour in range(72)
        for brand in ("Acme", "Bolt")
    ]
    for brand, begins, lasts in (("Acme", HOUR, 5 * HOUR), ("Bolt", 3 * HOUR, HOUR)):
        found += [
            post(f"{brand}-loud-{nth}", ANGRY.format(brand), NOON + begins + nth * 2 * MINUTE)
            for nth in range(int(lasts / (2 * MINUTE)))
        ]
    return found


BEGIN, END = NOON, NOON + 12 * HOUR


class Firm:
    """One installation with its clock."""

    def __init__(self, folder: Path, desk_url: str) -> None:
        self.folder = folder
        self.config = folder / "untagged.yaml"
        self.clock = folder / "clock"
        self.config.write_text(SETTINGS.format(desk=desk_url))
        self.clock.write_text(BEGIN.isoformat())

    def start(self, **dies: Any) -> Any:
        return ticking(self.config, self.clock, END, STEP, SECRETS, **dies)

    @property
    def is_done(self) -> bool:
        return datetime.fromisoformat(self.clock.read_text()) > END

    def finish(self) -> dict[str, int]:
        """To the end, undisturbed; how many statements and writes it took."""
        counted = self.folder / "counted"
        process = self.start(counted=str(counted))
        process.join()
        assert process.exitcode == 0
        return dict(json.loads(counted.read_text()))

    def killed(self, chance: random.Random, deeds: dict[str, int], desk_at: Receiver) -> None:
        """Killed so often: in the middle of a transaction, right after one, and of a letter."""
        most = {deed: int(1.2 * count / KILLS) for deed, count in deeds.items()}  # an end is left
        for number in range(KILLS):
            assert not self.is_done, f"was done after {number} kills"
            if number % 5 == 4:
                process = self.start()
                desk_at.then = process.kill  # it was told, and never hears that it was
                process.join()
                desk_at.then = lambda: None
            else:
                deed = ("statement", "write")[number % 2]
                process = self.start(dies_of=deed, dies_at=chance.randint(1, most[deed]))
                process.join()
            assert process.exitcode == -9

    def state(self) -> dict[str, Any]:
        """What the database says in the end, without what only the order of ids decides."""
        with open_pipeline(self.config) as pipeline, pipeline.read() as connection:
            alerts = book.list_alerts(connection, limit=1_000)
            cases = desk.list_cases(connection, status=None, limit=1_000)
            incidents = list_incidents(connection)
        return {
            "alerts": sorted(
                (alert.key, alert.started_at, alert.status, alert.notifications) for alert in alerts
            ),
            "incidents": sorted(
                (one.brand, one.status, one.began_at, one.opened_at, one.severity)
                for one in incidents
            ),
            "cases": sorted((case.mention_id or case.alert_key or "", case.team) for case in cases),
        }


def ids(desk_at: Receiver) -> list[str]:
    return [request.headers["webhook-id"] for request in desk_at.got]


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_fifty_kills_tell_every_alert_once_and_lose_none(tmp_path: Path) -> None:
    with receiving() as desk_at:
        (tmp_path / "calm").mkdir()
        calm = Firm(tmp_path / "calm", desk_at.url)
        with open_pipeline(calm.config) as pipeline:
            file = import_rows(calm.folder, rows())
            pipeline.import_file(file, columns=None, source="import", now=BEGIN)
            pipeline.process(now=END)
        shutil.copytree(calm.folder, tmp_path / "stormy")
        stormy = Firm(tmp_path / "stormy", desk_at.url)

        deeds = calm.finish()
        expected, told = calm.state(), set(ids(desk_at))
        assert len(ids(desk_at)) == len(told)
        assert {key for key, *_ in expected["alerts"]} >= {
            *(f"spike:spike:{brand}:negative" for brand in ("Acme", "Bolt")),
            *(f"crisis:crisis:{brand}:crisis" for brand in ("Acme", "Bolt")),
        }
        assert [brand for brand, *_ in expected["incidents"]] == ["Acme", "Bolt"]
        assert any(key.startswith("escalation:") for key in told)
        desk_at.got.clear()

        stormy.killed(random.Random(20260304), deeds, desk_at)
        stormy.finish()
        assert stormy.state() == expected
        # What was cut off between sending and marking comes again under its own id.
        assert set(ids(desk_at)) == told
        assert len(ids(desk_at)) - len(told) <= KILLS
