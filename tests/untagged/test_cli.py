"""The command line: exit statuses, clean output, and messages that say what to do."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.untagged.conftest import ENV, Run
from tests.untagged.world import import_rows, post, settings_file


def untagged(
    folder: Path, *arguments: str, given: str | bytes = b"", **env: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "untagged", *arguments],
        cwd=folder,
        env=ENV | env,
        input=given if isinstance(given, bytes) else given.encode(),
        capture_output=True,
        check=False,
    )


def test_enrich_needs_no_settings_and_answers_every_line(tmp_path: Path) -> None:
    lines = [
        b'{"text": "I hate waiting, this is awful", "mine": [1]}',
        b"{broken",
        b"[1]",
        b'{"text": "\\ud800"}',
        b'{"text": ""}',
        b"\xff\xfe",
        '{"text": "Tämä on kyllä aivan kamala palvelu eikä kukaan vastaa"}'.encode(),
    ]
    done = untagged(tmp_path, "enrich", given=b"\n".join(lines))
    assert done.returncode == 0
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(lines)
    assert answers[0]["mine"] == [1]
    assert answers[0]["sentiment"]["label"] == "negative"
    assert answers[6]["lang"] == "fi"
    assert answers[6]["sentiment"]["unsure"] is True
    assert [place for place, answer in enumerate(answers) if "rejected" in answer] == [1, 2, 5]
    assert b"3 lines could not be read" in done.stderr


def test_a_thread_from_import_to_case_by_commands_alone(tmp_path: Path, run: Run) -> None:
    config = settings_file(tmp_path / "a firm")
    rows = import_rows(
        tmp_path, [post(1, "Acme lost my bag, worst service ever. Where is my refund?"), "{bad"]
    )

    def said(*arguments: str) -> str:
        status, out, err = run("--config", str(config), *arguments)
        assert status == 0, err
        return out

    said("import", str(rows))
    processed = json.loads(said("process", "--json"))
    assert (processed["indexed"], processed["quarantined"]) == (1, 1)
    (mention,) = [json.loads(line) for line in said("search", "bag", "--json").splitlines()]
    assert mention["id"] == "import:1"
    events = said("respond", "--now", "2026-03-04T12:30:00Z", "--json").splitlines()
    assert [json.loads(event)["event"] for event in events] == ["alert", "case"]
    (case,) = [json.loads(line) for line in said("cases", "list", "--json").splitlines()]
    assert (case["agent"], case["team"]) == ("ana", "care")
    assert case["clock"]["kind"] == "FRT"
    said("cases", "note", "1", "called them", "--as", "ana")
    said("cases", "assign", "1", "ben", "--as", "ana")
    said("cases", "reply", "1", "--as", "ben")
    said("cases", "resolve", "1", "--as", "ben")
    shown = json.loads(said("cases", "show", "1", "--json"))
    assert shown["status"] == "resolved"
    assert [entry["actor"] for entry in shown["audit"]][-1] == "ben"
    (alert,) = [json.loads(line) for line in said("alerts", "list", "--json").splitlines()]
    number = str(alert["id"])
    said("alerts", "ack", number, "--note", "on it", "--as", "farah")
    said("alerts", "assign", number, "ben", "--as", "farah")
    said("alerts", "resolve", number, "--as", "ben")
    said("alerts", "reopen", number, "--as", "ben")
    silenced = json.loads(
        said(
            "alerts",
            "silence",
            "brand=Acme",
            "rule=~un.*",
            "--for",
            "1h",
            "--as",
            "farah",
            "--json",
        )
    )
    assert silenced["matches"] == [alert["id"]]
    said("alerts", "extend", str(silenced["silence"]), "--for", "2h")
    shown = json.loads(said("alerts", "show", number, "--json"))
    assert [line["what"] for line in shown["history"]][1:] == [
        "acknowledged",
        "assigned",
        "resolved",
        "reopened",
    ]
    assert [post["id"] for post in shown["posts"]] == ["import:1"]
    assert [one["id"] for one in shown["silences"]] == [silenced["silence"]]
    assert "history" in said("alerts", "show", number)
    assert "holds" in said("alerts", "silences")
    said("alerts", "unsilence", str(silenced["silence"]))
    assert said("alerts", "silences", "--json") == ""
    assert "Acme" in said("search", "acme")
    assert "care" in said("cases", "list", "--status", "all")
    assert json.loads(said("doctor", "--json").splitlines()[0])["is_ok"] is True


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["search", "acme AND"], 1, "nothing follows AND"),
        (["search", "sentimnt:bad"], 1, "sentiment"),
        (["search", "acme", "--since", "yesterday"], 2, "is no time"),
        (["search", "acme", "--facet", "mood"], 2, "known are"),
        (["cases", "show", "7"], 1, "case 7"),
        (["cases", "list", "--status", "lost"], 2, "known are"),
        (["cases", "snooze", "7", "soon"], 2, "is no duration"),
        (["cases", "snooze", "7", "4000000d"], 2, "outside the calendar"),
        (["alerts", "silence", "Acme"], 2, "name=value"),
        (["alerts", "silence", "rule=~["], 2, "is no regular expression"),
        (["alerts", "silence", "brand=Acme", "--for", "soon"], 2, "is no duration"),
        (["alerts", "show", "7"], 1, "there is no alert 7"),
        (["alerts", "show", "99999999999999999999"], 2, "less than or equal to"),
        (["alerts", "list", "--kind", "spikes"], 2, "write of spike, crisis"),
        (["alerts", "silence", "brand=Acme", "--for", "99999999d"], 2, "Invalid value"),
        (["search", "acme", "--since", "now-99999999w"], 2, "outside the calendar"),
        (["replay", "--since", "7d", "--step", "9999999999999d"], 2, "--step"),
        (["alerts", "unsilence", "7"], 1, "there is no silence 7"),
        (["collect", "nowhere"], 1, "there is no source"),
        (["replay", "--since", "2026-01-02", "--until", "2026-01-01"], 2, "after --since"),
        (["import", "/no/such/file"], 2, "does not exist"),
        (["nonsense"], 2, "No such command"),
    ],
)
def test_what_cannot_be_done_is_said_without_a_traceback(
    arguments: list[str], status: int, said: str, tmp_path: Path, run: Run
) -> None:
    ended, _, err = run("--config", str(settings_file(tmp_path)), *arguments)
    message = " ".join(err.replace("│", " ").split())
    assert said in message
    assert "Traceback" not in message
    assert ended == status


def test_settings_that_are_not_there_or_wrong_are_told(tmp_path: Path) -> None:
    gone = untagged(tmp_path, "--config", "gone.yaml", "doctor")
    assert gone.returncode == 1
    (tmp_path / "bad.yaml").write_text("brands:\n  - name: Acme\n    qery: acme\n")
    bad = untagged(tmp_path, "--config", "bad.yaml", "search", "*")
    assert b"bad.yaml, line 3" in bad.stderr
    assert bad.returncode == 1


def test_init_writes_once(run: Run) -> None:
    assert run("init", "here")[0] == 0
    status, _, err = run("init", "here")
    assert status == 1
    assert "is there already" in err


def test_a_pipe_that_closes_is_no_error_message(tmp_path: Path, run: Run) -> None:
    config = settings_file(tmp_path)
    rows = import_rows(tmp_path, [post(n, f"Acme {n} " + "x" * 2000) for n in range(200)])
    for arguments in (("import", str(rows)), ("process",)):
        assert run("--config", str(config), *arguments)[0] == 0
    command = f'"{sys.executable}" -m untagged --config "{config}" search "*" --json | head -1'
    done = subprocess.run(
        ["sh", "-c", command], cwd=tmp_path, env=ENV, capture_output=True, check=False
    )
    assert json.loads(done.stdout)["source"] == "import"
    assert b"Traceback" not in done.stderr


def test_score_series_writes_a_score_for_each_point(tmp_path: Path, run: Run) -> None:
    rows = [
        f"2026-03-{1 + n // 288:02d} {n // 12 % 24:02d}:{n % 12 * 5:02d}:00" for n in range(2000)
    ]
    values = [10 + n % 7 for n in range(2000)]
    values[1500] = 400
    lines = ["timestamp,value", *(f"{at},{value}" for at, value in zip(rows, values, strict=True))]
    (tmp_path / "series.csv").write_text("\n".join(lines) + "\n")
    status, _, err = run("score-series", "series.csv", "--out", "scored.csv")
    assert status == 0, err
    scored = (tmp_path / "scored.csv").read_text().splitlines()
    assert scored[0] == "timestamp,value,anomaly_score"
    scores = [float(line.split(",")[2]) for line in scored[1:]]
    assert len(scores) == 2000
    assert max(range(2000), key=scores.__getitem__) == 1500
    (tmp_path / "bad.csv").write_text("timestamp,value\nnever,3\n")
    assert "line 2" in run("score-series", "bad.csv", "--out", "scored.csv")[2]
