"""The examples of docs/client.md are programs that do what the page says, against a small firm."""

import csv
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from pathlib import Path

import httpx
import pytest

from cases import desk
from mentions.webhooks import signed
from tests.untagged.served import served
from tests.untagged.test_client import token_of
from tests.untagged.world import MINUTE, import_rows, post, settings_file
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "client.md").read_text(encoding="utf-8")
PROGRAMS = {
    text.split()[1]: text for text in re.findall(r"```python\n(# \w+\.py.*?)```", PAGE, re.DOTALL)
}
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = datetime.now(UTC).replace(microsecond=0)
YESTERDAY = datetime.combine(NOW, clock(12), UTC) - timedelta(days=1)
RunProgram = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    folder = tmp_path_factory.mktemp("a firm")
    with open_pipeline(settings_file(folder)) as opened:
        rows = [
            post(1, "=Acme lost my bag again, where is my refund?", YESTERDAY),
            post(2, "Acme lost my bag, terrible, where is my refund?", NOW - 20 * MINUTE),
            post(3, "I love Acme", NOW - 30 * MINUTE),
        ]
        opened.import_file(import_rows(folder, rows), columns=None, source="import", now=NOW)
        opened.process(now=NOW)
        opened.respond(now=NOW)
        yield opened


@pytest.fixture(scope="module")
def environment(pipeline: Pipeline) -> Iterator[dict[str, str]]:
    with served(pipeline) as url:
        token = token_of(pipeline, "program", "look", "acknowledge", "correct")
        own = {"UNTAGGED_URL": url, "UNTAGGED_TOKEN": token, "TRACKER_WEBHOOK_SECRET": SECRET}
        yield {**os.environ, **own, "PYTHONPATH": str(ROOT)}


@pytest.fixture
def program(environment: dict[str, str], tmp_path: Path) -> RunProgram:
    def run(name: str, *words: str, said: str = "") -> subprocess.CompletedProcess[str]:
        file = tmp_path / name
        file.write_text(PROGRAMS[name], encoding="utf-8")
        return subprocess.run(  # our own interpreter
            [sys.executable, str(file), *words],
            input=said,
            capture_output=True,
            text=True,
            env=environment,
            cwd=tmp_path,
            timeout=60,
            check=False,
        )

    return run


def test_there_are_five() -> None:
    assert list(PROGRAMS) == ["nightly.py", "bot.py", "receiver.py", "wall.py", "correct.py"]


def test_the_nights_complaints_are_a_file_that_no_spreadsheet_runs(
    program: RunProgram, tmp_path: Path
) -> None:
    for _ in range(2):
        done = program("nightly.py", str(tmp_path))
        assert done.stdout.startswith("1 complaints in "), done.stderr
    (file,) = tmp_path.glob("complaints-*.csv")
    assert file.stem == f"complaints-{YESTERDAY:%Y-%m-%d}"
    (row,) = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    assert row["id"] == "import:1"
    assert row["author"] == "someone1"
    assert row["text"].startswith("'=Acme lost my bag")


def test_an_alert_is_taken_on_from_the_chat(program: RunProgram, pipeline: Pipeline) -> None:
    said = "alerts\nack 1 on it\nack 1 me too\nack soon\nhello\n"
    done = program("bot.py", said=said)
    alert, taken, twice, unclear, unknown = done.stdout.splitlines()
    assert alert.startswith("1 (Acme): ")
    assert taken == "farah has alert 1"
    assert "has acknowledged alert 1 already" in twice
    assert unclear == "write ack and the alert's number"
    assert unknown.startswith("I know")
    with pipeline.read() as connection:
        note = connection.exec_driver_sql("SELECT note FROM alerts WHERE id = 1").scalar_one()
    assert note == "farah: on it"


def test_the_receiver_files_each_breach_once_and_nothing_unsigned(
    environment: dict[str, str], pipeline: Pipeline, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    file, table = tmp_path / "receiver.py", tmp_path / "issues.db"
    file.write_text(PROGRAMS["receiver.py"], encoding="utf-8")
    with pipeline.read() as connection:
        case = {**desk.read_case(connection, 1).to_json(), "breached": ["FRT"]}
    event = {"id": "case:1:9", "type": "untagged.case.breached", "data": case}
    body = json.dumps(event).encode()
    command = [sys.executable, str(file), str(port), str(table)]
    with subprocess.Popen(
        command, env=environment, stderr=subprocess.DEVNULL
    ) as running:  # our own interpreter
        try:
            _wait_for(port)

            def told(content: bytes, secret: str = SECRET) -> int:
                headers = signed(
                    "a", body, environ={"S": secret}, secret_env="S", now=datetime.now(UTC)
                )
                where = f"http://127.0.0.1:{port}/"
                return httpx.post(where, content=content, headers=headers).status_code

            assert [told(body), told(body)] == [204, 204]
            assert told(body + b" ") == 401
            assert told(body, "whsec_" + "A" * 32) == 401
        finally:
            running.terminate()
    with sqlite3.connect(table) as tracker:
        rows = tracker.execute("SELECT event, case_id, title FROM issues").fetchall()
    tracker.close()
    ((event_id, case_id, title),) = rows
    assert (event_id, case_id) == ("case:1:9", 1)
    assert title.startswith("FRT missed by care")


def _wait_for(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the receiver did not start")


def test_the_wall_shows_the_figures_of_now(program: RunProgram) -> None:
    done = program("wall.py", "1")
    assert re.match(
        r"mentions in the last hour 2 \(negative \d\) \| cases 2, late 1", done.stdout
    ), done.stdout + done.stderr


def test_a_spreadsheet_corrects_and_says_which_lines_are_wrong(
    program: RunProgram, pipeline: Pipeline, tmp_path: Path
) -> None:
    sheet = tmp_path / "review.csv"
    sheet.write_text("\ufeffid,sentiment\nimport:3,Negative\nimport:2,great\nimport:99,neutral\n")
    done = program("correct.py", str(sheet))
    assert done.returncode == 1
    first, second, last = done.stdout.splitlines()
    assert first.startswith("line 3: 'great' is no sentiment")
    assert second.startswith("line 4: there is no mention import:99")
    assert last == "1 corrected, 2 not"
    mention = pipeline.store.get("import:3")
    assert mention is not None
    assert mention.sentiment is not None
    assert mention.sentiment.label == "negative"
    sheet.write_text("id,sentiment\nimport:3,\n")
    assert program("correct.py", str(sheet)).stdout == "1 corrected, 0 not\n"
