"""Requests in the cockpit, through the API, on the command line; and how they are forgotten."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner, Result

from alerts.digests.entries import book
from alerts.digests.entries.entry import ERASED
from cases import corrections
from mentions.collected import Deletion
from mentions.errors import Conflict, NotFound
from tests.untagged.asking_world import DAY, MONDAY, WEEK, ByThing, wish
from tests.untagged.entered import entered
from tests.untagged.world import settings_file
from untagged import erasing
from untagged.cli import app
from untagged.digests import deciding
from untagged.digests.entries import gather_entries
from untagged.erasing import Wanted
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

HOSTILE = "#dark <script>alert(1)</script> {{ 7*7 }}"
POSTS = [
    wish(1, "#dark mode", by="ada"),
    wish(2, HOSTILE),
    wish(3, "#light mode", by="ada"),
    wish(4, "#bank holiday", brand="Bolt Bank"),
    wish(5, "#crash", intent="bug_report"),
]


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    with open_pipeline(settings_file(tmp_path, more="keep_days: 36000\n")) as opened:
        opened.store.upsert(POSTS)
        gathered(opened)
        yield opened


def gathered(pipeline: Pipeline) -> list[Any]:
    """The ids of the week's requests of Acme; other kinds and brands get theirs, too."""
    likeness = ByThing().likeness
    gather_entries(pipeline, replace(WEEK, brand=None), "bug-reports", likeness)
    gather_entries(pipeline, replace(WEEK, brand=None), "feature-requests", likeness)
    digest = gather_entries(pipeline, WEEK, "feature-requests", likeness)
    return [record["id"] for record in digest.records]


@pytest.fixture
def client(pipeline: Pipeline) -> TestClient:
    return entered(pipeline, role="agent", agent="ana")


def asked(pipeline: Pipeline, *words: str) -> Result:
    folder = Path(pipeline.settings.journal).parent
    return CliRunner().invoke(app, ["--config", str(folder / "untagged.yaml"), *words])


def test_a_list_shows_one_kind_with_who_asked(client: TestClient) -> None:
    page = client.get("/requests").text
    assert "#dark mode" in page
    assert "#bank holiday" in page
    assert "#crash" not in page
    assert "#crash" in client.get("/requests?kind=bug-reports").text
    assert "#dark mode" not in client.get("/requests?brand=Bolt+Bank").text
    assert "#dark mode" not in client.get("/requests?status=shipped").text
    assert "is no kind of entry" in client.get("/requests?kind=wishes").text


def test_an_entry_shows_its_posts_as_text_with_links(client: TestClient) -> None:
    page = client.get("/requests/FR-1").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }}" in page
    assert 'href="https://board.example/1"' in page
    assert client.get("/requests/fr-99").status_code == 404


def test_what_becomes_of_it_is_said_on_its_page(client: TestClient, pipeline: Pipeline) -> None:
    form = {"do": "mark", "to": "planned", "note": "in May", "version": "1"}
    page = client.post("/requests/FR-1", data=form).text
    assert "in May" in page
    assert "open → planned" in page
    again = client.post("/requests/FR-1", data={**form, "to": "shipped"})
    assert again.status_code == 409
    assert "look again and decide" in again.text
    with pipeline.read() as connection:
        (line,) = book.trail_of(connection, "FR-1")
    assert (line.who, line.detail) == ("ana", {"from": "open", "to": "planned"})
    wrong = client.post("/requests/FR-1", data={"do": "mark", "to": "done"})
    assert "is no status of an entry; write one of open, planned" in wrong.text


def test_entries_are_merged_and_posts_moved_on_the_page(client: TestClient) -> None:
    page = client.post("/requests/FR-1", data={"do": "merge", "to": "FR-2"}).text
    assert "merged FR-2 with its 1 post into it" in page
    assert "FR-2 was merged into this one." in client.get("/requests/FR-2").text
    moved = client.post("/requests/FR-1", data={"do": "move", "to": "new", "post": "board:3"})
    assert moved.url.path == "/requests/FR-4"
    assert "Put here by ana." in moved.text
    assert "moved 1 post from FR-1 to FR-4" in moved.text
    none = client.post("/requests/FR-1", data={"do": "move", "to": "new"})
    assert "No post is ticked" in none.text
    assert client.post("/requests/FR-1", data={"do": "sing"}).status_code == 400


def test_a_viewer_looks_and_changes_nothing(pipeline: Pipeline) -> None:
    viewer = entered(pipeline, name="vera", role="viewer")
    page = viewer.get("/requests/FR-1").text
    assert "#dark mode" in page
    assert 'name="do"' not in page
    assert viewer.post("/requests/FR-1", data={"do": "mark", "to": "planned"}).status_code == 403


def test_entries_of_another_brand_are_as_if_not_there(pipeline: Pipeline) -> None:
    of_bank = entered(pipeline, name="bo", role="lead", brands=("Bolt Bank",))
    assert "#dark mode" not in of_bank.get("/requests").text
    assert "#dark mode" not in of_bank.get("/requests?brand=Acme").text
    hidden, nowhere = of_bank.get("/requests/FR-1"), of_bank.get("/requests/FR-99")
    assert (hidden.status_code, nowhere.status_code) == (404, 404)
    assert "there is no entry FR-1;" in hidden.text
    own = of_bank.get("/requests/FR-3")
    assert own.status_code == 200
    for do in ("merge", "move"):
        form = {"do": do, "to": "FR-1", "post": "board:4"}
        assert "there is no entry FR-1" in of_bank.post("/requests/FR-3", data=form).text
    api = entered(pipeline, name="bo", below="/api/v1")
    assert [one["id"] for one in api.get("requests").json()["items"]] == ["FR-3"]
    assert api.get("requests", params={"brand": "Acme"}).json()["items"] == []
    assert api.patch("requests/FR-1", json={"status": "planned"}).status_code == 404


def test_the_api_lists_page_by_page_and_marks_what_was_seen(pipeline: Pipeline) -> None:
    api = entered(pipeline, role="agent", agent="ana", below="/api/v1")
    first = api.get("requests", params={"limit": 1}).json()
    assert (first["items"][0]["id"], first["items"][0]["authors"]) == ("FR-1", 2)
    rest = api.get("requests", params={"limit": 9, "cursor": first["next"]}).json()
    assert [one["id"] for one in rest["items"]] == ["BUG-1", "FR-2", "FR-3"]
    only = api.get("requests", params={"kind": "bug-reports", "status": "open"}).json()
    assert [one["id"] for one in only["items"]] == ["BUG-1"]
    shown = api.get("requests/FR-1")
    assert {one["url"] for one in shown.json()["members"]} == {
        "https://board.example/1",
        "https://board.example/2",
    }
    at = {"If-Match": shown.headers["etag"]}
    done = api.patch("requests/FR-1", json={"status": "shipped", "note": "5.2"}, headers=at)
    assert (done.json()["status"], done.json()["trail"][0]["note"]) == ("shipped", "5.2")
    late = api.patch("requests/FR-1", json={"status": "open"}, headers=at)
    assert late.status_code == 412
    broken = api.get("requests", params={"cursor": "WzEsMSw5XQ"})
    assert "this cursor is broken" in broken.json()["detail"]


def test_what_is_not_a_request_is_corrected_in_its_posts(pipeline: Pipeline) -> None:
    by: Any = {"who": "ana", "now": WEEK.now}
    own = wish(2, HOSTILE, corrections={"intent": "praise"})
    pipeline.store.upsert([own])
    deciding.mark(pipeline, "FR-1", "not_a_request", **by)
    with pipeline.read() as connection:
        held = corrections.all_standing(connection, ["intent"])
    assert [(one.mention_id, one.was, one.value) for one in held] == [
        ("board:1", "feature_request", "other")
    ]
    assert gathered(pipeline) == ["FR-2"]
    deciding.mark(pipeline, "FR-1", "open", who="ben", now=WEEK.now + DAY)
    found = pipeline.store.get("board:1")
    assert found
    assert [one.label for one in found.intents] == ["feature_request"]
    assert sorted(gathered(pipeline)) == ["FR-1", "FR-2"]


def test_a_post_is_moved_from_the_entry_of_its_kind(pipeline: Pipeline) -> None:
    both = wish(9, "#dark crash", intent="bug_report").intents + POSTS[0].intents
    pipeline.store.upsert([wish(9, "#dark crash").model_copy(update={"intents": both})])
    gathered(pipeline)
    assert deciding.entry_of(pipeline, "board:9", "FR-2") == "FR-1"
    assert deciding.entry_of(pipeline, "board:9", "bug-1") == "BUG-2"
    with pytest.raises(Conflict, match="is in BUG-2 and FR-1; say which with --from"):
        deciding.entry_of(pipeline, "board:9", "new")
    with pytest.raises(Conflict, match="is of another kind; move it to an entry of its kind"):
        deciding.entry_of(pipeline, "board:1", "BUG-1")
    with pytest.raises(NotFound, match="is in no entry; a digest over its day"):
        deciding.entry_of(pipeline, "board:77", "new")


def test_the_command_line_lists_shows_marks_and_merges(pipeline: Pipeline) -> None:
    listed = asked(pipeline, "requests", "list", "--kind", "feature-requests", "--json")
    assert [json.loads(line)["id"] for line in listed.stdout.splitlines()] == [
        "FR-1",
        "FR-2",
        "FR-3",
    ]
    assert asked(pipeline, "requests", "list", "--kind", "wishes").exit_code == 2
    assert asked(pipeline, "requests", "list", "--status", "done").exit_code == 2
    told = asked(pipeline, "requests", "mark", "fr-1", "not-a-request", "--as", "ana")
    assert "FR-1 is not a request since" in told.stderr
    assert asked(pipeline, "requests", "list", "--status", "not-a-request").stdout.count("FR-") == 1
    merged = asked(pipeline, "requests", "merge", "FR-2", "FR-1", "--as", "ana")
    assert "FR-2 has the posts of FR-1 now" in merged.stderr
    shown = asked(pipeline, "requests", "show", "FR-1")
    assert "FR-1 was merged into FR-2" in shown.stderr
    assert "2 people in 3 posts" in shown.stdout
    file = json.loads(asked(pipeline, "requests", "show", "FR-2", "--json").stdout)
    assert [one["mention"] for one in file["members"]] == ["board:3", "board:2", "board:1"]
    moved = asked(pipeline, "requests", "move", "board:3", "FR-3")
    assert "only entries" in str(moved.exception) or "of that kind and brand" in str(
        moved.exception
    )


def test_an_author_who_is_erased_leaves_no_trace_in_entries(pipeline: Pipeline) -> None:
    there = erasing.found(pipeline, Wanted("ada"))
    assert there.to_json()["quotes"]["requests"] == 2
    erasing.erase(pipeline, there, now=WEEK.now, actor="ana")
    with pipeline.read() as connection:
        told = repr(book.list_entries(connection))
        told += repr(book.members_of(connection, "FR-1"))
        assert "ada" not in told
        assert "#dark mode" not in told
        assert book.get_entry(connection, "FR-2").said_title == ERASED
        assert book.members_of(connection, "FR-2") == []
    assert gathered(pipeline) == ["FR-1"]
    assert [one["quotes"] for one in _records(pipeline)] != []
    assert "ada" not in json.dumps(_records(pipeline))


def _records(pipeline: Pipeline) -> list[Any]:
    digest = gather_entries(pipeline, WEEK, "feature-requests", ByThing().likeness)
    return [dict(one) for one in digest.records]


def test_notes_that_name_an_erased_author_are_told_of(pipeline: Pipeline) -> None:
    deciding.mark(pipeline, "FR-2", "planned", who="ana", now=WEEK.now, note="call @ada first")
    assert erasing.found(pipeline, Wanted("ada")).others["requests"] == ["FR-2"]


def test_a_deleted_post_leaves_its_entry(pipeline: Pipeline) -> None:
    gone = [Deletion("board:1")]
    list(pipeline.journal.write_all("board", gone, at=WEEK.now))
    pipeline.process(now=WEEK.now)
    with pipeline.read() as connection:
        assert [one.mention_id for one in book.members_of(connection, "FR-1")] == ["board:2"]


def test_what_is_older_than_the_settings_keep_leaves_its_entry(pipeline: Pipeline) -> None:
    pipeline.settings = pipeline.settings.model_copy(update={"keep_days": 30})
    pipeline.housekeeping(now=MONDAY + timedelta(days=40))
    with pipeline.read() as connection:
        assert book.members_of(connection, "FR-1") == []
        assert [one.authors for one in book.list_entries(connection)] == [0, 0, 0, 0]
