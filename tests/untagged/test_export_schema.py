"""Files of mentions keep their schema: what others build on is not renamed under its number."""

import json
import re
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mentions.errors import UntaggedError
from mentions.mention import Author, BrandMatch, Engagement, Entity, Intent, Mention, Sentiment
from tests.untagged.conftest import Run
from tests.untagged.world import NOON, mention
from untagged.export_columns import COLUMNS, SCHEMA
from untagged.exporting import json_lines, write_file

DOCS = Path(__file__).parents[2] / "docs"
VERSIONS = {
    # Never change a line of a version that people have; write a new version below it.
    "untagged-mentions/1": (
        "id string, published timestamp, collected timestamp, source string, platform string, "
        "kind string, url string, site string, author_handle string, author_name string, "
        "author_followers int64, title string, text string, lang string, brands list, "
        "tagged bool, sentiment string, sentiment_score float64, sentiment_unsure bool, "
        "intents list, topics list, severity int64, needs_reply bool, answered_at timestamp, "
        "reach int64, likes int64, shares int64, replies int64, rating float64, tags list, "
        "case_team string, story string, corrected list"
    )
}
FULL = mention(
    1,
    "late 🛄,\n“so” late",
    NOON,
    kind="review",
    url="https://www.board.example/1",
    title="=1+1",
    author=Author(id="7", handle="ana", name="Ana", followers=7, verified=True),
    engagement=Engagement(likes=1, shares=0),
    rating=-0.5,
    refreshed=NOON + timedelta(hours=1),
    answered_at=NOON + timedelta(seconds=1, microseconds=5),
    brands=(BrandMatch(name="Acme", tagged=True, spans=((0, 4),)), BrandMatch(name="Bolt; Bank")),
    sentiment=Sentiment(label="negative", score=-0.25, confidence=0.5, unsure=True, model="m"),
    intents=(Intent(label="complaint", confidence=0.5),),
    topics=("bags", "delay"),
    entities=(Entity(text="late", label="THING", start=0, end=4),),
    severity=2,
    needs_reply=True,
    tags=("vip",),
    case_team="care",
    cluster="board:0",
    reasons={"severity": "a cue"},
    corrections={"severity": "1"},
)
BARE = mention(2, "in time", NOON)


def test_no_column_is_renamed_or_removed_under_its_version() -> None:
    now = ", ".join(f"{column.name} {column.type}" for column in COLUMNS)
    assert now.startswith(VERSIONS[SCHEMA]), f"raise {SCHEMA}, and say so in docs/export.md"
    assert len({column.name for column in COLUMNS}) == len(COLUMNS)


def test_the_page_says_of_every_column_what_it_is() -> None:
    said = (DOCS / "export.md").read_text()
    for column in COLUMNS:
        assert f"| `{column.name}` | {column.type} | {column.meaning} |\n" in said
    assert f"## The schema: {SCHEMA}\n" in said


def line_schema() -> dict[str, Any]:
    (path,) = DOCS.glob(f"{SCHEMA.replace('/', '-')}.schema.json")
    schema: dict[str, Any] = json.loads(path.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return schema


def every_place(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    yield from schema["$defs"].values()


def test_every_line_is_as_the_json_schema_says_and_holds_no_more() -> None:
    schema = line_schema()
    assert schema["$id"] == SCHEMA
    for place in every_place(schema):
        assert sorted(place["required"]) == sorted(place["properties"])
        place["additionalProperties"] = False  # a new field is written down, too
    checker = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    for line in "".join(json_lines([FULL, BARE])).splitlines():
        checker.validate(json.loads(line))
        assert Mention.from_json(json.loads(line)) in (FULL, BARE)


def test_a_line_that_lacks_a_field_is_found() -> None:
    record = FULL.to_json()
    del record["cluster"]
    with pytest.raises(jsonschema.ValidationError, match="cluster"):
        jsonschema.validate(record, line_schema())


def test_parquet_tells_its_schema(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    file = tmp_path / "found.parquet"
    write_file([FULL, BARE], file, "parquet")
    table = pq.read_table(file)
    assert table.schema.metadata[b"untagged_schema"].decode() == SCHEMA
    first, second = table.to_pylist()
    assert list(first) == [column.name for column in COLUMNS]
    for column in COLUMNS:
        for row, post in ((first, FULL), (second, BARE)):
            said = column.read(post)
            assert row[column.name] == (list(said) if column.type == "list" else said)


def test_the_command_prints_the_schema(run: Run) -> None:
    status, out, _ = run("exports", "schema", "--json")
    told = json.loads(out)
    assert (status, told["schema"], len(told["columns"])) == (0, SCHEMA, len(COLUMNS))
    assert told["columns"][1]["type"] == "timestamp"
    assert SCHEMA in run("exports", "schema")[1]


def test_a_machine_without_hyper_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tableauhyperapi", None)
    with pytest.raises(UntaggedError, match="Export on another machine, or as parquet or csv"):
        write_file([BARE], tmp_path / "a.hyper", "hyper")
    assert list(tmp_path.iterdir()) == []


def test_only_one_module_speaks_to_hyper() -> None:
    files = (DOCS.parent / "untagged").rglob("*.py")
    users = [
        file.stem for file in files if re.search(r"\bimport tableauhyperapi", file.read_text())
    ]
    assert users == ["hyper"]
