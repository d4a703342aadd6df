"""Every format of a digest, from one made by hand with hostile posts in it."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import get_args

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from alerts.digests.around import Around, days
from alerts.digests.atom import Item, feed
from alerts.digests.columns import WIDTH, broken, columns_of
from alerts.digests.digest import Chart, Digest, Entry, Figure, Quote, Section, Table
from alerts.digests.drawing import png, svg
from alerts.digests.formats import ENDINGS, MEDIA, Format, file_name, written
from alerts.digests.html import html_document, pictures
from alerts.digests.markdown import markdown_document, plain
from alerts.digests.record import SCHEMA, from_json, json_document, to_json
from alerts.digests.text import text_document
from mentions.errors import UntaggedError
from tests.alerts.digests.made import CHART, EMPTY, FORMULA, FULL, HOSTILE, UNTIL

GOLDEN = Path(__file__).with_name("golden")
COCKPIT = "https://untagged.acme.example"
AROUND = Around(
    cockpit=COCKPIT,
    page=f"{COCKPIT}/digests/3",
    stop=f"{COCKPIT}/digests/stop/token",
    why="You get this every Monday at 08:00 (Europe/Berlin), as you subscribed to it.",
)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("full.txt", text_document(FULL, AROUND)),
        ("full.md", markdown_document(FULL, AROUND)),
        ("full.html", html_document(FULL, AROUND, sources=["cid:chart-1.png"])),
        ("empty.txt", text_document(EMPTY)),
    ],
)
def test_a_digest_is_written_letter_by_letter_as_it_was_looked_at(name, said):
    assert said == (GOLDEN / name).read_text(encoding="utf-8")


def test_a_digest_reads_back_as_it_was():
    assert from_json(json.loads(json.dumps(to_json(FULL)))) == FULL
    with pytest.raises(UntaggedError, match="no digest"):
        from_json({"kind": "weather"})


def test_an_empty_digest_is_one_line_in_every_format_for_people():
    (said,) = EMPTY.lead
    for form in ("text", "md", "html"):
        assert written(EMPTY, form).count(said) == 1
    assert written(EMPTY, "csv") == ""
    assert json.loads(written(EMPTY, "json"))["is_empty"] is True


def test_no_line_of_the_plain_text_is_wider_than_72_columns_but_an_address():
    wide = [line for line in text_document(FULL, AROUND).splitlines() if columns_of(line) > WIDTH]
    assert [line for line in wide if "https://" not in line] == []


@given(st.text(max_size=300), st.sampled_from(["", "- ", "   > "]))
def test_breaking_loses_no_letter_and_keeps_the_width(text, first):
    lines = broken(text, first=first, rest=" " * len(first))
    kept = "".join(lines).removeprefix(first) if lines else ""
    assert re.sub(r"\s", "", kept) == re.sub(r"\s", "", text)
    assert all(columns_of(line) <= WIDTH for line in lines if "://" not in line)


def test_hostile_posts_stay_words_in_html():
    page = html_document(FULL, AROUND, sources=["cid:chart-1.png"])
    tree = html.document_fromstring(page)
    assert tree.xpath("//script|//b|//i|//iframe|//form|//*[@onerror]") == []
    assert {one.get("src") for one in tree.xpath("//*[@src]")} == {"cid:chart-1.png"}
    links = [one.get("href") for one in tree.xpath("//*[@href]")]
    assert {one.split("/")[2] for one in links} == {"board.example", "untagged.acme.example"}
    assert "49" not in page.replace("#", "")  # {{ 7*7 }} was no template


TAGS = {
    *("html", "head", "meta", "title", "style", "body", "table", "tbody", "tr", "td", "th"),
    *("h1", "h2", "h3", "p", "span", "strong", "br", "blockquote", "div", "bdi", "a"),
}


@settings(max_examples=40, deadline=None)
@given(
    st.text(max_size=80), st.sampled_from(["{}", "<img src=x>{}", "</title>{}", '"{}', "&lt;{}"])
)
def test_no_text_becomes_markup_in_html_or_breaks_the_feed(text, around):
    said = around.replace("{}", text)
    one = Quote(said, said, said, said, UNTIL, "en", "board:1")
    entry = Entry(said, (said,), (one,), said, said, said)
    table = Table((said,), ((said,),))
    parts = (Section(said, said, (Figure(said, said, said, said),), None, (entry,), table),)
    made = Digest("health", said, FULL.since, UNTIL, (said,), said, said, parts, ({said: said},))
    tree = html.document_fromstring(html_document(made, AROUND))
    assert {one.tag for one in tree.iter()} <= TAGS
    item = Item(made, UNTIL, UNTIL, f"{COCKPIT}/digests/3")
    read = feed([item], title=said, cockpit=COCKPIT, path="/digests/feed", now=UNTIL)
    assert not feedparser.parse(read).bozo
    links = r"\]\(<[^<>]*>\)"
    assert "<" not in re.sub(links, "", markdown_document(made, AROUND))


def test_a_template_of_ones_own_is_used_unless_it_does_not_fit(tmp_path):
    own = tmp_path / "digest_document.html.j2"
    own.write_text("<p>{{ digest.title }} in our colours</p>")
    assert "in our colours" in html_document(FULL, folders=[tmp_path])
    own.write_text("<p>{{ digest.nothing.there }}</p>")
    assert "Choose a seat" in html_document(FULL, folders=[tmp_path])


def test_the_file_says_its_charset_where_browsers_look_for_it():
    assert b"charset" in html_document(FULL).encode()[:1024]


def test_hostile_posts_stay_words_in_markdown():
    said = markdown_document(FULL, AROUND)
    assert re.findall(r"\]\(<([^>]*)>", said) == [
        f"{COCKPIT}/search?q=seat",
        *["https://board.example/t/1"] * 3,
        f"{COCKPIT}/digests/3",
    ]
    assert "<script" not in said
    assert "\n# heading" not in said


@pytest.mark.parametrize("text", ["1. one", "- one", "+ one", "=====", "---", "# one", "|a|b|"])
def test_no_text_begins_a_list_a_heading_a_rule_or_a_table_in_markdown(text):
    assert "\\" in plain(text)[:2]


def test_no_cell_of_the_csv_is_a_formula_and_nested_values_have_columns():
    rows = list(csv.DictReader(io.StringIO(written(FULL, "csv"))))
    assert [row["id"] for row in rows] == ["FR-7", "FR-8"]
    assert rows[1]["title"] == f"'{FORMULA}"
    assert rows[0]["asked.by"] == HOSTILE
    assert rows[0]["sources"] == "board; reddit"
    assert json.loads(rows[0]["quotes"]) == FULL.records[0]["quotes"]
    assert rows[1]["asked.by"] == ""
    assert written(FULL, "csv", bom=True).startswith("\ufeff")


def test_the_json_has_a_schema_the_records_and_the_document():
    said = json.loads(json_document(FULL))
    assert said["schema"] == SCHEMA
    assert said["records"] == list(FULL.records)
    assert said["until"] == "2026-03-09T08:00:00Z"
    assert [one["title"] for one in said["document"]["sections"]] == [
        one.title for one in FULL.sections
    ]


def test_charts_are_drawn_for_letters_and_pages_and_say_their_words():
    (picture,) = pictures(FULL)
    assert picture is not None
    assert picture.png.startswith(b"\x89PNG")
    assert len(picture.png) < 40_000
    assert CHART.words in svg(CHART)
    assert svg(CHART) != svg(CHART, theme="dark")
    assert f'alt="{CHART.words}"' in html_document(FULL)


def test_a_chart_that_cannot_be_drawn_is_its_words():
    broken_chart = Chart({"mark": "nothing there is", "encoding": 3}, "Words for it.")
    made = Digest("health", "Health", FULL.since, UNTIL, ("Well.",), sections=(
        Section("One", chart=broken_chart), Section("Two", chart=CHART),
    ))  # fmt: skip
    assert png(broken_chart) is None
    with pytest.raises(UntaggedError, match="cannot be drawn"):
        svg(broken_chart)
    page = html_document(made)
    assert "Words for it." in page
    assert page.count("data:image/png") == 1


def test_a_chart_fetches_nothing():
    spec = {**CHART.spec, "data": {"url": "http://127.0.0.1:9/data.json"}}
    assert png(Chart(spec, "")) is None


def test_feed_readers_read_the_feed_and_ids_stay():
    items = [
        Item(FULL, UNTIL, UNTIL, f"{COCKPIT}/digests/3"),
        Item(EMPTY, UNTIL, UNTIL, f"{COCKPIT}/digests/4"),
    ]
    said = feed(items, title="Digests <of> Acme", cockpit=COCKPIT, path="/digests/feed", now=UNTIL)
    read = feedparser.parse(said)
    assert not read.bozo
    assert read.feed.id == "tag:untagged.acme.example,2026:digests/feed"
    first = read.entries[0]
    assert first.id == (
        "tag:untagged.acme.example,2026:digest/feature-requests/Heron%20Air//"
        "2026-03-02T08:00:00Z/2026-03-09T08:00:00Z"
    )
    assert first.link == f"{COCKPIT}/digests/3"
    assert "Choose a seat" in first.content[0].value
    assert "<script" not in said
    again = feed(items, title="Digests", cockpit=COCKPIT, path="/digests/feed", now=UNTIL)
    assert [one.id for one in feedparser.parse(again).entries] == [one.id for one in read.entries]


def test_every_format_has_a_media_type_and_a_file_name():
    forms = get_args(Format)
    assert set(MEDIA) == set(ENDINGS) == set(forms)
    assert file_name(FULL, "md") == "feature-requests-2026-03-09.md"


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        ("2026-03-02T00:00", "2026-03-09T00:00", "2 to 8 Mar 2026"),
        ("2026-03-02T07:00", "2026-03-09T07:00", "2 to 9 Mar 2026"),
        ("2026-02-28T00:00", "2026-03-02T00:00", "28 Feb to 1 Mar 2026"),
        ("2025-12-29T00:00", "2026-01-05T00:00", "29 Dec 2025 to 4 Jan 2026"),
        ("2026-03-02T00:00", "2026-03-03T00:00", "2 Mar 2026"),
    ],
)
def test_the_days_of_a_digest_are_those_that_it_tells_of(since: str, until: str, said: str) -> None:
    moments = [datetime.fromisoformat(f"{one}+00:00") for one in (since, until)]
    assert days(replace(FULL, since=moments[0], until=moments[1])) == said
