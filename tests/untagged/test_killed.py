"""kill -9 at any moment: afterwards every post is there once, and everybody was told once."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from untagged.town.server import TownSettings, running

KILLS = 5
BEGUN = datetime.now(UTC)
SETTINGS = """
brands:
  - {{name: Heron Air, query: 'heronair OR #heronair OR "heron air"', handles: ['@heronair']}}
sources:
  - name: town
    spider: mastodon
    every: 1s
    allow_private: true
    delay_seconds: 0
    params: {{server: '{town}', timelines: [public], history: 3d, max_pages: 100}}
channels:
  - {{name: desk, webhook: '{desk}', secret_env: DESK_SECRET}}
notifications: {{group_wait: 0s, group_interval: 0s}}
rules:
  - {{name: spike, kind: spike, team: crisis, opens_case: true, notify: [desk]}}
  - {{name: waiting, kind: unanswered, lookback: 24h, notify: [desk]}}
teams: [{{name: care, agents: [{{name: ana}}], notify: [desk]}}, {{name: crisis}}]
sla: [{{name: standard, first_response: 60m}}]
routing: [{{name: all, team: care, sla: standard}}]
"""


@contextmanager
def receiving() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A help desk that keeps every event it accepts."""
    accepted: list[dict[str, Any]] = []

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            accepted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", accepted
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Firm:
    """One installation, in a folder of its own."""

    def __init__(self, folder: Path, *, town: str, desk: str) -> None:
        folder.mkdir()
        self.folder = folder
        (folder / "untagged.yaml").write_text(SETTINGS.format(town=town, desk=desk))
        secret = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        ours = {k: v for k, v in os.environ.items() if not k.startswith("UNTAGGED_")}
        self._env = {**ours, "DESK_SECRET": secret}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "untagged", *arguments],
            cwd=self.folder,
            env=self._env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> list[dict[str, Any]]:
        process = self.start(*arguments)
        out, err = process.communicate()
        assert process.returncode == 0, err
        return [json.loads(line) for line in out.splitlines()]

    def killed(self, after_seconds: float) -> bool:
        """Whether a cycle was killed before its end."""
        process = self.start("run", "--once")
        time.sleep(after_seconds)
        was_running = process.poll() is None
        with contextlib.suppress(ProcessLookupError):  # it had come to its end
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return was_running

    def state(self) -> dict[str, Any]:
        found = self.run("search", "*", "--json")
        cases = self.run("cases", "list", "--status", "all", "--limit", "10000", "--json")
        alerts = self.run("alerts", "list", "--all", "--json")
        return {
            "mentions": sorted(mention["id"] for mention in found),
            "cases": sorted(case["mention_id"] or case["alert_key"] for case in cases),
            "alerts": sorted(alert["key"] for alert in alerts),
        }


@pytest.mark.slow
def test_cycles_killed_at_random_moments_end_like_an_undisturbed_one(tmp_path: Path) -> None:
    town_of_now = TownSettings(now=BEGUN, days=3, pace=0)
    with running(town_of_now) as town, receiving() as (desk, accepted):
        calm = Firm(tmp_path / "calm", town=town, desk=desk)
        started = time.monotonic()
        calm.run("run", "--once")
        whole_cycle = time.monotonic() - started
        expected = calm.state()
        assert expected["mentions"]
        assert any(key.startswith("spike:") for key in expected["alerts"])
        assert len(accepted) == len(by_id(accepted)) >= 2
        assert sorted(news(accepted)) == expected["alerts"]
        accepted.clear()

        stormy = Firm(tmp_path / "stormy", town=town, desk=desk)
        chance = random.Random(20260304)
        was_running = [stormy.killed(chance.uniform(0.1, whole_cycle)) for _ in range(KILLS)]
        assert sum(was_running) >= KILLS // 2
        stormy.run("run", "--once")
        assert stormy.state() == expected
        # A message whose sending was cut off comes again under its own id: a receiver that keeps
        # ids is told once. At most one message is on its way at each kill.
        assert len(accepted) - len(by_id(accepted)) <= KILLS
        assert sorted(news(accepted)) == expected["alerts"]


def by_id(events: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What a receiver has that keeps ids."""
    return {event["id"]: event for event in events}


def news(events: list[dict[str, Any]]) -> list[str]:
    """The keys of the alerts that it was told are new, as often as it was."""
    told = [event["data"] for event in by_id(events).values()]
    alerts = [one["alert"] for data in told for one in data.get("alerts", [data]) if "alert" in one]
    return [alert["key"] for alert in alerts if alert["notification"] == 1]
