"""Tableau reads what we write: the same rows as in the CSV, or no file at all."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mentions.errors import StoreUnavailable, UntaggedError
from mentions.mention import Mention
from tests.untagged.test_export_schema import BARE, FULL
from tests.untagged.world import NOON, mention
from untagged import hyper
from untagged.export_columns import COLUMNS, SCHEMA
from untagged.exporting import csv_text, harmless, write_file

api = pytest.importorskip("tableauhyperapi", reason="Tableau builds no Hyper for this machine")


def table_of(file: Path, table: str) -> tuple[list[str], list[list[Any]]]:
    """The names of the columns, and the rows."""
    with (
        api.HyperProcess(
            api.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters={"log_config": ""}
        ) as hyper,
        api.Connection(hyper.endpoint, file) as connection,
    ):
        name = api.TableName("public", table)
        columns = connection.catalog.get_table_definition(name).columns
        found = connection.execute_list_query(f"SELECT * FROM {name}")
        return [column.name.unescaped for column in columns], found


def rows_of(file: Path, table: str) -> list[dict[str, Any]]:
    names, rows = table_of(file, table)
    return [dict(zip(names, map(as_python, row), strict=True)) for row in rows]


def as_python(cell: Any) -> Any:
    return cell.to_datetime() if isinstance(cell, api.Timestamp) else cell


def as_csv(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    """What a Hyper file's rows would say in CSV."""

    def said(cell: Any) -> str:
        if cell is None:
            return ""
        if isinstance(cell, bool):
            return str(cell).lower()
        if hasattr(cell, "isoformat"):
            return str(cell.isoformat()).replace("+00:00", "Z")
        return harmless(cell) if isinstance(cell, str) else str(cell)

    return [{name: said(cell) for name, cell in row.items()} for row in rows]


def same_as_csv(posts: list[Mention], file: Path) -> None:
    there = rows_of(file, "mentions")
    sheet = csv.DictReader(io.StringIO("".join(csv_text(posts)), newline=""))
    by_id = {row["id"]: row for row in as_csv(there)}
    assert len(by_id) == len(there)
    assert [by_id[row["id"]] for row in sheet] == list(by_id.values())


def test_a_hyper_file_holds_row_by_row_what_the_csv_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    posts = [FULL, *(mention(number, f"late {number}", NOON) for number in range(2, 60))]
    file = tmp_path / "found.hyper"
    monkeypatch.setattr(hyper, "BATCH", 10)
    monkeypatch.setattr(hyper, "BLOCK", 20)
    write_file(posts, file, "hyper")
    same_as_csv(posts, file)
    assert list(folder.iterdir()) == []  # Hyper's log lies elsewhere
    schema = rows_of(file, "untagged_schema")
    assert [(row["schema"], row["column"], row["type"]) for row in schema] == [
        (SCHEMA, column.name, column.type) for column in COLUMNS
    ]


def test_what_a_killed_export_left_is_no_obstacle(tmp_path: Path) -> None:
    file = tmp_path / "found.hyper"
    (tmp_path / "found.hyper.part").write_bytes(b"HyPe, half of it")
    write_file([FULL], file, "hyper")
    same_as_csv([FULL], file)
    assert not (tmp_path / "found.hyper.part").exists()


def test_an_empty_hyper_file_has_its_columns(tmp_path: Path) -> None:
    write_file([], tmp_path / "none.hyper", "hyper")
    names = [column.name for column in COLUMNS]
    assert table_of(tmp_path / "none.hyper", "mentions") == (names, [])


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.text(max_size=30).filter(str.strip), max_size=5))
def test_any_text_comes_back_from_hyper_as_it_was(tmp_path: Path, texts: list[str]) -> None:
    texts = [text for text in texts if harmless_to_keep(text)]
    posts = [mention(number, text, NOON) for number, text in enumerate(texts)]
    write_file(posts, tmp_path / "any.hyper", "hyper")
    assert [row["text"] for row in rows_of(tmp_path / "any.hyper", "mentions")] == texts


def harmless_to_keep(text: str) -> bool:
    """Whether a mention takes it (no controls, no half characters), and Hyper (docs/export.md)."""
    if any(ord(sign) > 0xFFFF and ord(sign) & 0xF800 == 0xD800 for sign in text):
        return False
    try:
        mention(0, text, NOON)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("before", [0, 1_000, 1_500])
def test_a_store_that_goes_away_leaves_no_hyper_file(before: int, tmp_path: Path) -> None:
    def posts() -> Iterator[Mention]:
        yield from (mention(number, "late", NOON) for number in range(before))
        raise StoreUnavailable("away")

    with pytest.raises(StoreUnavailable, match="away"):
        write_file(posts(), tmp_path / "half.hyper", "hyper")
    assert list(tmp_path.iterdir()) == []


def test_where_hyper_cannot_write_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(UntaggedError, match="look whether its folder is there"):
        write_file([BARE], tmp_path / "no such folder" / "a.hyper", "hyper")
