"""`untagged digest`: any period, any format, at once."""

import csv
import io
import json
from datetime import timedelta

import pytest

from tests.untagged.digests.stand_in import gather
from tests.untagged.world import HOUR, NOON, import_rows, post, settings_file
from untagged.digests import kinds

DAY = timedelta(days=1)
NOW = (NOON + DAY).isoformat()


@pytest.fixture
def firm(run, tmp_path, monkeypatch):
    """Three posts, one of them before the week."""
    monkeypatch.setitem(kinds.GATHER, "health", gather)
    settings_file(tmp_path)
    rows = [
        post(1, "acme lost my bag", NOON - 20 * DAY),
        post(2, "=acme, a <b>fine</b> day"),
        post(3, "acme is late again"),
    ]
    assert run("import", str(import_rows(tmp_path, rows)))[0] == 0
    assert run("process")[0] == 0
    return run


def test_a_digest_of_the_last_week_is_text_by_itself(firm):
    code, said, _ = firm("digest", "health", "--brand", "Acme", "--now", NOW)
    assert code == 0
    assert said.startswith("How Acme is doing\n=================\n")
    assert "2 mentions of Acme." in said
    assert "26 Feb 2026, 12:00 UTC to 5 Mar 2026, 12:00 UTC" in said


def test_every_format_is_written_to_a_file_or_printed(firm, tmp_path):
    _, said, _ = firm("digest", "health", "--since", "30d", "--now", NOW, "--format", "json")
    assert next(one["text"] for one in json.loads(said)["records"]) == "acme lost my bag"
    _, said, _ = firm("digest", "health", "--now", NOW, "--format", "csv")
    assert next(row["text"] for row in csv.DictReader(io.StringIO(said))).startswith("'=acme")
    _, said, _ = firm("digest", "health", "--now", NOW, "--format", "md")
    assert said.startswith("# How all brands is doing\n")
    out = tmp_path / "a week.html"
    code, said, told = firm("digest", "health", "--now", NOW, "--format", "html", "--out", str(out))
    assert (code, said) == (0, "")
    assert "2 records" in told
    page = out.read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "<b>fine" not in page


def test_the_same_period_gives_the_same_digest_byte_by_byte(firm):
    asked = ("digest", "health", "--since", "7d", "--until", "2026-03-05", "--format", "json")
    assert firm(*asked)[1] == firm(*asked)[1]


def test_a_kept_period_is_the_same_until_it_is_made_again(firm, tmp_path):
    asked = ("digest", "health", "--since", "7d", "--until", "2026-03-05", "--format", "json")
    first = firm(*asked, "--keep")[1]
    rows = [post(9, "acme, one more", NOON - HOUR)]
    firm("import", str(import_rows(tmp_path, rows)))
    firm("process")
    assert firm(*asked)[1] == firm(*asked, "--keep")[1] == first
    anew = firm(*asked, "--again")[1]
    assert anew != first
    assert firm(*asked)[1] == anew


def test_since_counts_back_from_the_end_of_the_period(firm):
    _, said, _ = firm("digest", "health", "--since", "7d", "--until", "2026-03-05")
    assert "26 Feb to 4 Mar 2026 (UTC)" in said


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (("health", "--brand", "Nobody"), 1, "there is no brand 'Nobody'"),
        (("health", "--team", "Nobody"), 1, "there is no team 'Nobody'"),
        (("health", "--since", "2026-03-05", "--until", "2026-03-04"), 2, "before the end"),
        (("weather",), 2, "weather"),
        (("health", "--out", "nowhere/at all/x"), 1, "choose another place"),
    ],
)
def test_what_cannot_be_made_says_so(firm, words, code, expected):
    ended, _, told = firm("digest", *words)
    assert ended == code
    assert expected in told.replace("\n", " ")


def test_an_empty_digest_says_so_in_one_line(firm, tmp_path):
    _, said, told = firm("digest", "health", "--brand", "Bolt Bank", "--now", NOW)
    assert said.count("No mentions of Bolt Bank") == 1
    _, _, told = firm(
        *("digest", "health", "--brand", "Bolt Bank", "--now", NOW),
        *("--out", str(tmp_path / "empty.txt")),
    )
    assert "No mentions of Bolt Bank" in told
