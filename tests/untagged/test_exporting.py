"""A search as a file: complete, harmless in a spreadsheet, at constant memory."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from mentions.mention import Author, BrandMatch, Mention
from mentions.spreadsheets import FORMULA_SIGNS, harmless
from tests.untagged.entered import entered
from tests.untagged.world import HOUR, NOON, mention, settings_file
from untagged.cli import app
from untagged.export_columns import COLUMNS
from untagged.exporting import BOM, csv_text, json_lines
from untagged.web import exporting
from untagged.wiring import open_pipeline

NOW = datetime.now(UTC)
FORMULA = '=HYPERLINK("http://evil.example","click"),\n"x"'


def post(number: int = 1, text: str = "late", **more: object) -> Mention:
    return mention(number, text, NOON, **more)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_post_is_one_row_with_every_column_in_its_form() -> None:
    (row,) = rows(
        "".join(
            csv_text(
                [
                    post(
                        text="late,\n“so” late",
                        brands=(BrandMatch(name="Acme"), BrandMatch(name="Bolt Bank")),
                        author=Author(handle="ana", followers=7),
                        rating=-0.5,
                        corrections={"severity": "1"},
                    )
                ]
            )
        )
    )
    assert list(row) == [column.name for column in COLUMNS]
    assert row["text"] == "late,\n“so” late"
    assert row["published"] == "2026-03-04T12:00:00Z"
    assert row["brands"] == "Acme; Bolt Bank"
    assert (row["author_followers"], row["rating"], row["tagged"]) == ("7", "-0.5", "false")
    assert (row["sentiment"], row["corrected"]) == ("", "severity")


@pytest.mark.parametrize("field", ["text", "title", "author_name", "brands", "tags"])
def test_no_cell_begins_like_a_formula(field: str) -> None:
    hostile = post(
        text=FORMULA,
        title=FORMULA,
        author=Author(name="+1+cmd|' /C calc'!A0"),
        brands=(BrandMatch(name="@SUM(1)"),),
        tags=("\t=1+1",),
    )
    (row,) = rows("".join(csv_text([hostile])))
    assert row[field].startswith("'")


@given(
    st.text(alphabet=" \t\r\n\u00a0", max_size=3),
    st.sampled_from(FORMULA_SIGNS),
    st.text(max_size=20),
)
def test_what_begins_like_a_formula_is_told_to_be_text(space: str, sign: str, rest: str) -> None:
    assert harmless(f"{space}{sign}{rest}") == f"'{space}{sign}{rest}"


@given(st.sampled_from("\t\r\n"), st.text(max_size=20))
def test_a_tab_or_line_end_in_front_is_told_to_be_text(sign: str, rest: str) -> None:
    assert harmless(sign + rest) == f"'{sign}{rest}"


@given(st.text(max_size=20).filter(lambda text: text.lstrip() == text))
def test_all_else_stays_as_it_was(text: str) -> None:
    if not text.startswith(tuple(FORMULA_SIGNS)):
        assert harmless(text) == text


def test_it_holds_no_more_than_a_chunk_at_a_time() -> None:
    taken = 0

    def endless() -> Iterator[Mention]:
        nonlocal taken
        while True:
            taken += 1
            yield post(taken)

    for pieces in (csv_text(endless()), json_lines(endless())):
        taken = 0
        next(pieces)
        next(pieces)
        assert taken <= 1_000


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = settings_file(tmp_path)
    with open_pipeline(path) as pipeline:
        posts = [mention(n, f"late {FORMULA}", NOW - n * HOUR) for n in range(3)]
        pipeline.store.upsert([*posts, mention(9, "in time", NOW)])
    return path


@pytest.fixture
def browser(config: Path) -> Iterator[TestClient]:
    with open_pipeline(config) as pipeline, entered(pipeline) as client:
        yield client


def test_the_page_leads_to_its_matches_as_a_file(browser: TestClient) -> None:
    assert "/search/export?form=csv&amp;q=late&amp;period=7d" in browser.get("/search?q=late").text
    since = f"{NOW - 90 * timedelta(minutes=1):%Y-%m-%dT%H:%M}"
    answer = browser.get("/search/export", params={"q": "late", "since": since, "bom": "true"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="untagged-')
    assert answer.text.startswith(BOM)
    found = rows(answer.text.removeprefix(BOM))
    assert [row["id"] for row in found] == ["board:1", "board:0"]
    lines = browser.get("/search/export?form=jsonl&q=late&period=all").text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["board:2", "board:1", "board:0"]


def test_the_page_gives_whole_files_and_keeps_none(
    browser: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyarrow.parquet as pq

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    answer = browser.get("/search/export?form=parquet&q=late&period=all")
    assert answer.headers["content-disposition"].endswith('.parquet"')
    assert pq.read_table(io.BytesIO(answer.content)).num_rows == 3
    pytest.importorskip("tableauhyperapi", reason="Tableau builds no Hyper for this machine")
    answer = browser.get("/search/export?form=hyper&q=late&period=all")
    assert answer.content.startswith(b"Hyper")
    assert list((tmp_path / "temporary").iterdir()) == []
    assert "form=hyper&amp;q=late" in browser.get("/search?q=late").text


def test_who_waits_for_anothers_file_too_long_is_told_so(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "PATIENCE_SECONDS", 0.01)
    with exporting._one_at_a_time:
        answer = browser.get("/search/export?form=parquet&q=late")
        assert answer.status_code == 503
        assert "another file is being made" in answer.text
        assert browser.get("/search/export?form=csv&q=late").status_code == 200
    assert browser.get("/search/export?form=parquet&q=late").status_code == 200


def test_more_rows_than_a_spreadsheet_takes_are_said(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_ROWS", 2)
    monkeypatch.setattr("untagged.web.search.MOST_ROWS", 2)
    assert "a file from here holds the oldest 2" in browser.get("/search?q=late").text
    assert browser.get("/search/export?form=jsonl&q=late").text.count("\n") == 2


@pytest.mark.parametrize(
    ("query", "status"), [("q=((late", 400), ("q=late&since=monday", 400), ("form=xlsx", 422)]
)
def test_what_cannot_be_exported_is_said(browser: TestClient, query: str, status: int) -> None:
    assert browser.get(f"/search/export?{query}").status_code == status


@pytest.fixture
def typed(config: Path, tmp_path: Path) -> Callable[..., str]:
    def run(*words: str) -> str:
        words = ("--config", str(config), "export", *words)
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, (done.output, done.exception)
        return done.output

    return run


def test_a_command_writes_every_form(typed: Callable[..., str], tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    out = tmp_path / "found.parquet"
    assert "3 mentions" in typed("late", "--format", "parquet", "--out", str(out))
    table = pq.read_table(out)
    assert table.column("id").to_pylist() == ["board:2", "board:1", "board:0"]
    assert table.column("text").to_pylist()[0] == f"late {FORMULA}"
    assert table.column("published").to_pylist()[2] == NOW
    lines = tmp_path / "found.jsonl"
    typed("late", "--format", "jsonl", "--out", str(lines), "--limit", "1")
    assert Mention.from_json(json.loads(lines.read_text())).id == "board:2"
    sheet = tmp_path / "found.csv"
    typed("nowhere", "--out", str(sheet), "--bom")
    assert rows(sheet.read_text(encoding="utf-8-sig")) == []
    assert [file.suffix for file in tmp_path.glob("*.part")] == []


def test_what_is_there_stays_until_the_new_file_is_whole(config: Path, tmp_path: Path) -> None:
    out = tmp_path / "no such folder" / "found.csv"
    words = ["--config", str(config), "export", "late", "--out", str(out)]
    done = CliRunner().invoke(app, words)
    assert "cannot be written" in str(done.exception)
    bad = CliRunner().invoke(app, [*words, "--format", "jsonl", "--bom"])
    assert bad.exit_code == 2
