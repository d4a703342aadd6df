"""An author asks to be forgotten: nothing of them is left, and nothing of others is lost."""

import gzip
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from alerts import outbox
from alerts.erasing import GONE, Traces
from cases import desk, tickets
from cases.tickets import tickets_of
from mentions.errors import UntaggedError
from mentions.query.parser import parse_query
from tests.untagged.world import import_rows, post, settings_file
from untagged import erasing, handing_over, replying
from untagged.cli import app
from untagged.erasing import Wanted
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
ADA = {"handle": "Ada_L", "name": "Countess Lovelace", "id": "4711"}
EVE = {"handle": "eve", "name": "Eve"}
SECRET = "Acme lost the violin of my grandmother, worst service ever"
DESK = "help_desks: [{name: crm, kind: webhook, address: 'http://127.0.0.1:9', secret_env: X}]\n"
HUB = "replies: {channels: [chat]}\n"
ROWS = [
    post(1, SECRET, NOW - HOUR, author=ADA, url="https://ada-writes.example/violin"),
    post(2, "@acme where is my refund?", NOW - HOUR, author=EVE),
    post(3, "Ada_L is right, Acme is bad, where is my bag?", NOW - HOUR, author=EVE),
    post(4, "nothing about any brand of ours", NOW - HOUR, author=ADA),
    json.dumps({"native_id": "5", "platform": "board", "author": {"handle": "Ada_L"}}),
    "no JSON at all",
]
OF_ADA = (b"violin", b"ada-writes", b"Lovelace", b"4711", b"any brand of ours")


def collected(pipeline: Pipeline, folder: Path, rows: list[Any]) -> None:
    pipeline.import_file(import_rows(folder, rows), columns=None, source="import", now=NOW)
    pipeline.process(now=NOW)


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    with open_pipeline(settings_file(tmp_path, more=HUB)) as opened:
        collected(opened, tmp_path, ROWS)
        opened.respond(now=NOW)
        number = number_of(opened, 1)
        reply = replying.keep(opened, number, "Dear Countess", now=NOW, actor="ana")
        replying.hand_over(opened, reply.id, to="chat", now=NOW, actor="ana")
        with opened.begin() as connection:
            desk.note(connection, number, "I called her", now=NOW, actor="ana")
        yield opened


def number_of(pipeline: Pipeline, native_id: int) -> int:
    with pipeline.read() as connection:
        case = desk.case_of_mention(connection, f"import:{native_id}")
    assert case, native_id
    return case.id


def everything(pipeline: Pipeline) -> bytes:
    """All that can be read: the journal, every row of the database, the mentions."""
    journal = Path(pipeline.settings.journal)
    lines = [gzip.decompress(path.read_bytes()) for path in journal.rglob("*.jsonl.gz")]
    told = []
    with pipeline.read() as connection:
        engine = connection.engine
        tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (name,) in tables.all():
            told += connection.exec_driver_sql(f'SELECT * FROM "{name}"').all()
        assert engine.dialect.name == "sqlite"
    with closing(sqlite3.connect(journal.parent / "mentions.db")) as file:
        for name in ("author_names", "mention_docs", "mention_values", "value_lists"):
            told += file.execute(f"SELECT * FROM {name}").fetchall()
    stored = [one.model_dump_json() for one in pipeline.store.iterate(parse_query("*"))]
    return b"\n".join(lines) + repr(told).encode() + repr(stored).encode()


def erased(pipeline: Pipeline, author: str = "@ada_l", **more: str) -> erasing.Found:
    there = erasing.found(pipeline, Wanted(author, **more))
    erasing.erase(pipeline, there, now=NOW, actor="ana")
    return there


def test_to_look_changes_nothing(pipeline: Pipeline) -> None:
    before = everything(pipeline)
    assert all(word in before for word in OF_ADA)
    there = erasing.found(pipeline, Wanted("ada_l"))
    assert everything(pipeline) == before
    said = there.to_json()
    assert (said["stored"], said["journal"]) == (1, {"batches": 1, "lines": 3})
    assert said["cases"] == said["notes_to_look_at"] == [number_of(pipeline, 1)]
    assert said["quotes"]["outbox"] >= 1
    assert said["quotes"]["unsent_replies"] == 1
    assert said["quotes"]["quarantine"] == 1
    (account,) = said["accounts"]
    assert (account["handle"], account["posts"]) == ("Ada_L", 2)


def test_nothing_of_them_is_left_and_nothing_of_others_lost(pipeline: Pipeline) -> None:
    with pipeline.read() as connection:
        letters = {one.idempotency_key for one in outbox.letters(connection)}
        other = desk.show_case(connection, number_of(pipeline, 2))
    erased(pipeline)
    left = everything(pipeline)
    assert [word for word in OF_ADA if word in left] == []
    assert b"where is my refund" in left
    assert b"Ada_L is right" in left, "what others wrote is theirs"
    assert b"no JSON at all" in left
    with pipeline.read() as connection:
        assert desk.show_case(connection, number_of(pipeline, 2)) == other
        case = desk.show_case(connection, number_of(pipeline, 1))
        kept = {one.idempotency_key for one in outbox.letters(connection)}
    assert (case.case.excerpt, case.case.author, case.case.status) == ("", "", "open")
    assert letters - kept == {key for key in letters if key.startswith("reply:")}
    assert len(pipeline.journal.names()) == 1


def test_erasing_again_changes_nothing(pipeline: Pipeline) -> None:
    erased(pipeline)
    before = everything(pipeline)
    there = erased(pipeline)
    assert (there.posts, there.lines) == ({}, 0)
    assert everything(pipeline) == before


def test_what_is_collected_again_stays_away(pipeline: Pipeline, tmp_path: Path) -> None:
    erased(pipeline)
    renamed = [
        post(6, "Acme has my violin still", NOW, author=ADA | {"handle": "new name"}),
        post(7, "@acme my violin is back, thanks", NOW, author={"handle": "ADA_L"}),
        post(8, "@acme where is my invoice?", NOW, author={"handle": "zoe"}),
    ]
    collected(pipeline, tmp_path, [*ROWS[:2], *renamed])
    assert b"violin" not in everything(pipeline)
    assert pipeline.store.get("import:8")
    assert pipeline.store.count(parse_query("*")) == 3


@pytest.mark.parametrize("killed_in", ["erase_quotes", "mention_deleted", "delete", "without"])
def test_a_kill_in_between_is_mended_by_doing_it_once_more(
    killed_in: str, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    there = erasing.found(pipeline, Wanted("ada_l"))
    owner: Any = {
        "erase_quotes": erasing,
        "mention_deleted": erasing.desk,
        "delete": pipeline.store,
        "without": pipeline.journal,
    }[killed_in]
    with monkeypatch.context() as patched:
        patched.setattr(owner, killed_in, die)
        with pytest.raises(KeyboardInterrupt):
            erasing.erase(pipeline, there, now=NOW, actor="ana")
    erased(pipeline)
    left = everything(pipeline)
    assert [word for word in OF_ADA if word in left] == []


def test_what_they_wrote_under_another_handle_goes_as_well(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    before = post(10, "@acme the violin was here", NOW - HOUR, author=ADA | {"handle": "maiden"})
    other = post(11, "@acme where is it?", NOW, author={"handle": "4711", "id": "12"})
    collected(pipeline, tmp_path, [before, other])
    names = pipeline.journal.names()
    there = erased(pipeline, "ada_l", platform="board")
    assert list(there.batches) == names[::-1], "the one that tells their id goes last"
    assert set(there.posts) == {"import:1", "import:4", "import:10"}
    assert b"violin" not in everything(pipeline)
    assert pipeline.store.get("import:11")


def test_a_name_on_another_platform_is_another_person(pipeline: Pipeline, tmp_path: Path) -> None:
    there = {"platform": "x", "author": {"handle": "ada_l"}}
    collected(pipeline, tmp_path, [post(9, "@acme my bag is lost", NOW - HOUR, **there)])
    command = ["--config", str(tmp_path / "untagged.yaml"), "erase", "--author", "ada_l"]
    looked = CliRunner().invoke(app, [*command, "--json"])
    assert {one["platform"] for one in json.loads(looked.stdout)["accounts"]} == {"board", "x"}
    refused = CliRunner().invoke(app, [*command, "--yes"])
    assert "add --platform" in str(refused.exception)
    done = CliRunner().invoke(app, [*command, "--yes", "--platform", "board", "--json"])
    assert json.loads(done.stdout)["erased"]
    assert pipeline.store.get("import:1") is None
    assert pipeline.store.get("import:9")
    nobody = CliRunner().invoke(app, [*command, "--platform", "board"])
    assert (nobody.exit_code, "nothing by 'ada_l' is here" in nobody.stderr) == (0, True)


def test_a_display_name_erases_nobody(pipeline: Pipeline) -> None:
    assert erasing.found(pipeline, Wanted("Countess Lovelace")).posts == {}
    assert set(erasing.found(pipeline, Wanted("4711")).posts) == {"import:1", "import:4"}


def test_the_report_names_tickets_that_a_help_desk_has(tmp_path: Path) -> None:
    with open_pipeline(settings_file(tmp_path, more=HUB + DESK)) as pipeline:
        collected(pipeline, tmp_path, ROWS)
        pipeline.respond(now=NOW)
        numbers = [number_of(pipeline, native_id) for native_id in (1, 2)]
        with pipeline.begin() as connection:
            for number in numbers:
                given = (connection, pipeline.settings, number)
                handing_over.hand_over(*given, "crm", now=NOW, actor="ana")
            one, _ = [tickets_of(connection, number)[0] for number in numbers]
        assert erasing.found(pipeline, Wanted("ada_l")).to_json()["tickets"] == []
        with pipeline.begin() as connection:
            tickets.write(connection, one, attempted_at=NOW)
        unnamed = {"case": numbers[0], "desk": "crm", "key": one.key, "ticket": "", "url": ""}
        assert erasing.found(pipeline, Wanted("ada_l")).to_json()["tickets"] == [unnamed]
        with pipeline.begin() as connection:
            desk.merge(connection, numbers[0], into=numbers[1], now=NOW, actor="ana")
            there = {"there": "7", "number": "A-7", "url": "https://crm.example/7"}
            tickets.was_made(connection, one, **there, look_at=None, now=NOW)
    args = ["--config", str(tmp_path / "untagged.yaml"), "erase", "--author", "ada_l", "--yes"]
    made = {**unnamed, "case": numbers[1], "ticket": "A-7", "url": "https://crm.example/7"}
    shown = CliRunner().invoke(app, args[:-1], terminal_width=300).output
    assert "A-7 at crm" in shown
    done = CliRunner().invoke(app, [*args, "--json"])
    assert json.loads(done.output)["tickets"] == [made]


@pytest.mark.parametrize("nobody", ["", "@"])
def test_an_author_without_a_name_is_refused(nobody: str) -> None:
    with pytest.raises(UntaggedError, match="handle or an id"):
        Wanted(nobody)


def test_quotes_go_and_the_shape_of_a_payload_stays() -> None:
    traces = Traces(frozenset({"x:1"}), frozenset({"Acme lost the violin…"}), frozenset({"ada_l"}))
    payload = {
        "alert": {"id": 5, "reason": "@Ada_L (9,000 followers) names Acme", "rule": "ada_l"},
        "posts": [
            {"id": "x:1", "text": "short", "author": "Ada", "url": "https://x", "platform": "x"},
            {"id": "x:2", "text": "others", "author": "Eve", "url": "https://y", "platform": "x"},
        ],
        "mention_ids": ["x:1", "x:2"],
        "cases": [{"id": 1, "text": "Acme  lost the violin of…"}],
    }
    assert traces.is_in(payload)
    assert traces.without(payload) == {
        "alert": {"id": 5, "reason": "somebody (9,000 followers) names Acme", "rule": "ada_l"},
        "posts": [
            {"id": "x:1", "text": GONE, "author": "somebody", "url": "", "platform": "x"},
            {"id": "x:2", "text": "others", "author": "Eve", "url": "https://y", "platform": "x"},
        ],
        "mention_ids": ["x:2"],
        "cases": [{"id": 1, "text": GONE}],
    }
    assert not traces.is_in({"text": "I think Acme lost the violin", "id": [1]})
