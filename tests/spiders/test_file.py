import csv
import json
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mentions.collected import Reject
from mentions.errors import SettingsError
from mentions.mention import Mention
from spiders.columns import Columns, read_columns
from spiders.file import FileParams, file_harvest, read_file
from spiders.rows import MAX_FIELD_CHARACTERS
from tests.spiders.posts import NOW
from tests.spiders.shared import shared

AIRLINES = Path(__file__).parents[2] / "docs" / "examples" / "airlines" / "columns.yaml"
PLAIN = Columns(id="id", text="text", published="at")
AT = "2026-02-21T10:00:00Z"


def read(path: Path, columns: Columns | None = PLAIN) -> list[Mention | Reject]:
    return list(read_file(path, columns, source="import", now=NOW))


def csv_file(folder: Path, *rows: str, name: str = "posts.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(("id,text,at", *rows, "")), "utf-8")
    return path


def reasons(items: list[Mention | Reject]) -> list[str]:
    return [item.reason if isinstance(item, Reject) else "read" for item in items]


def test_every_row_of_the_airline_tweets_arrives_exactly_once() -> None:
    path = shared("data", "mentions", "airline-tweets-2015.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    items = read(path, read_columns(AIRLINES))
    mentions = [item for item in items if isinstance(item, Mention)]
    assert len(rows) == len(items) == len(mentions) == 9155
    assert len({mention.id for mention in mentions}) == 9155
    assert [mention.text for mention in mentions] == [row["text"] for row in rows]
    assert [m.author.handle or m.author.name for m in mentions] == [row["name"] for row in rows]
    assert {mention.platform for mention in mentions} == {"twitter"}
    # 16 February 23:36 to 24 February 11:53 in California, which is eight hours behind UTC.
    assert rows[0]["tweet_created"] == "24-02-2015 11.42"
    assert mentions[0].published == datetime(2015, 2, 24, 19, 42, tzinfo=UTC)


def test_airline_tweets_have_the_same_ids_when_imported_again() -> None:
    path = shared("data", "mentions", "airline-tweets-2015.csv")
    columns = read_columns(AIRLINES)
    first = read_file(path, columns, source="import", now=NOW)
    again = read_file(path, columns, source="import", now=NOW + timedelta(days=9))
    assert [m.id for m in first if isinstance(m, Mention)] == [
        m.id for m in again if isinstance(m, Mention)
    ]


def test_rounded_tweet_ids_alone_are_refused_and_not_merged() -> None:
    path = shared("data", "mentions", "airline-tweets-2015.csv")
    columns = read_columns(AIRLINES).model_copy(update={"id": "tweet_id"})
    items = read(path, columns)
    assert len(items) == 9155
    assert all("rounded by a spreadsheet" in reason for reason in reasons(items))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "id,text\n1,x\n", "has no column at; it has id, text"),
        ("a.csv", "id;text;at\n", "is its delimiter another"),
        ("a.csv", "id,text,text,at\n", "more than once"),
        ("a.csv", "", "has no column id, text, at"),
        ("a.tsv", "id,text,at\n", "delimiter"),
        ("a.jsonl", '[{"id": 1}]', "one JSON list"),
        ("a.parquet", "PAR1 no", "is no Parquet file"),
        ("a.xlsx", "", "end its name in"),
    ],
)
def test_wrong_file_is_refused_before_anything_is_read(
    tmp_path: Path, name: str, content: str, said: str
) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(SettingsError, match=said):
        read_file(path, PLAIN, source="import", now=NOW)


@pytest.mark.parametrize("name", ["none.csv", "none.jsonl", "none.parquet"])
def test_missing_file_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        read_file(tmp_path / name, PLAIN, source="import", now=NOW)
    (tmp_path / "dir.csv").mkdir()
    with pytest.raises(SettingsError, match="Is a directory"):
        read_file(tmp_path / "dir.csv", PLAIN, source="import", now=NOW)


def test_file_without_a_map_names_the_columns_it_would_need(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,message,published\n1,x,y\n")
    with pytest.raises(SettingsError, match=r"has no column text.*column map"):
        read_file(path, None, source="import", now=NOW)


def test_long_texts_are_refused_one_by_one(tmp_path: Path) -> None:
    huge = "x" * (MAX_FIELD_CHARACTERS + 1)
    path = csv_file(
        tmp_path, f'1,"{"x" * 200_000}",{AT}', f"2,fine,{AT}", f'3,"{huge}",{AT}', f"4,ok,{AT}"
    )
    first, second, third, fourth = reasons(read(path))
    assert "100000" in first
    assert "is no CSV: field larger than field limit" in third
    assert second == fourth == "read"


def test_line_without_end_takes_no_memory_and_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    good = json.dumps({"id": 1, "text": "fine", "published": AT})
    path.write_text(f'{{"id": 0, "text": "{"x" * 30_000_000}"}}\n{good}\n')
    tracemalloc.start()
    first, second = reasons(read(path, None))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "is longer than" in first
    assert second == "read"
    assert peak < 60_000_000


@pytest.mark.slow
def test_memory_stays_flat_over_thousands_of_rows(tmp_path: Path) -> None:
    path = csv_file(tmp_path, *(f"{number},{'words ' * 30},{AT}" for number in range(10_000)))
    items = read_file(path, PLAIN, source="import", now=NOW)
    tracemalloc.start()
    for _ in range(1_000):
        next(items)
    early = tracemalloc.get_traced_memory()[0]
    count = sum(1 for _ in items)
    late = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 9_000
    assert late - early < 1_000_000


def test_missing_quotation_mark_is_told_with_the_lines_it_took(tmp_path: Path) -> None:
    rows = (f"1,ok,{AT}", '2,"open,x', f"3,lost,{AT}", f'4,closed" here,{AT}', f"5,ok,{AT}")
    first, second, third = reasons(read(csv_file(tmp_path, *rows)))
    assert second.startswith("row 2 (line 3) is no CSV")
    assert second.endswith("up to line 5: a quotation mark may be missing")
    assert first == third == "read"


def test_quarantine_shows_what_stood_in_a_bad_row(tmp_path: Path) -> None:
    rows = (f'1,"open" wrong,{AT}', f"2,three,{AT},four")
    first, second = read(csv_file(tmp_path, *rows))
    assert isinstance(first, Reject)
    assert "open" in first.raw
    assert isinstance(second, Reject)
    assert "four" in second.raw


def test_utf16_from_a_spreadsheet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "posts.tsv"
    path.write_text(f"id\ttext\tat\n1\tGröße 🙂\t{AT}\n", "utf-16")
    (mention,) = read(path)
    assert isinstance(mention, Mention)
    assert mention.text == "Größe 🙂"


def test_damage_in_a_column_nobody_asked_for_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_bytes(f"id,text,at,place\n1,fine,{AT},K".encode() + b"\xf6ln\n")
    assert reasons(read(path)) == ["read"]


def test_parquet_rows_are_read_with_their_types(tmp_path: Path) -> None:
    path = tmp_path / "posts.parquet"
    when = datetime(2026, 2, 21, 10, tzinfo=UTC)
    table = pa.table(
        {
            "id": pa.array([1, 2, 3, 4], pa.int64()),
            "text": pa.array(["one", "zwö", None, "four"]).dictionary_encode(),
            "at": pa.array([when, when, when, None], pa.timestamp("ns", "Europe/Berlin")),
            "likes": pa.array([1.0, None, 2.0, 3.0]),
        }
    )
    pq.write_table(table, path)
    columns = Columns(id="id", text="text", published="at", likes="likes")
    first, second, third, fourth = read(path, columns)
    assert isinstance(first, Mention)
    assert (first.native_id, first.published, first.engagement.likes) == ("1", when, 1)
    assert isinstance(second, Mention)
    assert (second.text, second.engagement.likes) == ("zwö", None)
    assert reasons([third, fourth]) == ["row 3: has no text", "row 4: has no published time"]


def test_parquet_times_and_bytes_that_no_python_can_hold_are_rejects(tmp_path: Path) -> None:
    path = tmp_path / "posts.parquet"
    texts = pa.array([b"fine", b"bad \xff", b"late"], pa.binary())
    table = pa.table(
        {
            "id": ["1", "2", "3"],
            "text": pa.Array.from_buffers(pa.string(), 3, texts.buffers()),
            "at": pa.array([1_771_668_000, 1_771_668_000, 2**40], pa.timestamp("s", "UTC")),
        }
    )
    pq.write_table(table, path)
    first, second, third = reasons(read(path))
    assert first == "read"
    assert "is not UTF-8" in second
    assert "no time that can be read" in third


def test_parquet_file_that_breaks_off_is_told(tmp_path: Path) -> None:
    path = tmp_path / "posts.parquet"
    rows = {"id": [str(n) for n in range(5_000)], "text": ["x" * 50] * 5_000, "at": [AT] * 5_000}
    pq.write_table(pa.table(rows), path, row_group_size=1_000, use_dictionary=False)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 2_000] = bytes(2_000)
    path.write_bytes(data)
    said = reasons(read(path))
    assert "damaged" in said[-1]
    assert said[:1_000] == ["read"] * 1_000


words = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1).filter(str.strip)


@given(texts=st.lists(words, min_size=1, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_any_text_comes_through_csv_json_and_parquet_unchanged(
    tmp_path: Path, texts: list[str]
) -> None:
    rows = [{"id": str(number), "text": text, "at": AT} for number, text in enumerate(texts)]
    paths = [tmp_path / name for name in ("posts.csv", "posts.jsonl", "posts.parquet")]
    with paths[0].open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["id", "text", "at"])
        writer.writeheader()
        writer.writerows(rows)
    paths[1].write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    pq.write_table(pa.Table.from_pylist(rows), paths[2])
    for path in paths:
        assert [m.text for m in read(path) if isinstance(m, Mention)] == texts


@given(junk=st.binary(max_size=300), kind=st.sampled_from(["csv", "jsonl"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
def test_no_bytes_ever_end_an_import(tmp_path: Path, junk: bytes, kind: str) -> None:
    path = tmp_path / f"posts.{kind}"
    last = b'{"id": "last", "text": "x", "at": "%b"}' if kind == "jsonl" else b"last,x,%b"
    start = b"" if kind == "jsonl" else b"id,text,at\n"
    body = junk.replace(b'"', b"").lstrip(b"[\xff\xfe\xef")
    path.write_bytes(start + body + b"\n" + last % AT.encode() + b"\n")
    final = read(path)[-1]
    assert isinstance(final, Mention)
    assert final.native_id == "last"


def test_column_map_is_read_with_its_mistakes_named(tmp_path: Path) -> None:
    path = tmp_path / "columns.yaml"
    good: dict[str, Any] = {"id": "a", "text": "b", "published": "c"}
    wrong = [
        ({"timezone": "Mars/Base"}, "'Mars/Base' is no time zone"),
        ({"encoding": "klingon"}, "'klingon' is no encoding"),
        ({"constant": {"text": "x"}}, "cannot be constant"),
        ({"constant": {"kind": "song"}}, "kind 'song' is none of"),
        ({"texts": "x"}, "texts Extra inputs"),
        ({"id": []}, "id"),
    ]
    for change, said in wrong:
        path.write_text(json.dumps({**good, **change}))
        with pytest.raises(SettingsError, match=f"{path}: .*{said}"):
            read_columns(path)
    path.write_text("id: [unclosed")
    with pytest.raises(SettingsError, match="line 1"):
        read_columns(path)
    path.write_text(json.dumps(good))
    assert read_columns(path).needed == ("a", "b", "c")


def test_source_file_is_read_again_only_when_it_changed(tmp_path: Path) -> None:
    path = csv_file(tmp_path, f"1,ok,{AT}")
    params = FileParams(path=path, columns=PLAIN)
    first = file_harvest(params, {}, source="import", now=NOW)
    assert first is not None
    assert len(list(first.items)) == 1
    cursor = {first.part: first.cursor()}
    assert file_harvest(params, cursor, source="import", now=NOW) is None
    csv_file(tmp_path, f"1,ok,{AT}", f"2,new,{AT}")
    again = file_harvest(params, cursor, source="import", now=NOW)
    assert again is not None
    assert len(list(again.items)) == 2
