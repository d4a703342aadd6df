"""Colleagues work one case: told by letter what others did, warned before they answer twice."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from alerts import outbox
from alerts import tables as alert_tables
from alerts.messages import render
from cases import desk
from cases.case import Case, CaseFile
from cases.presence import presence
from mentions.errors import Conflict
from tests.untagged.entered import entered, work_as
from tests.untagged.teamwork_world import HOUR, MINUTE, NOW, open_cases, teamwork_settings
from untagged import hearing, replying
from untagged.cli import app
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return teamwork_settings(tmp_path / "a firm")


@pytest.fixture
def pipeline(config: Path) -> Iterator[Pipeline]:
    with open_pipeline(config) as opened:
        open_cases(opened)
        yield opened


@pytest.fixture
def browser(pipeline: Pipeline) -> Iterator[TestClient]:
    with entered(pipeline) as client:
        yield client


def sit_down(browser: TestClient, agent: str) -> None:
    work_as(browser, agent)


def file_of(pipeline: Pipeline, number: int = 1) -> CaseFile:
    with pipeline.read() as connection:
        return desk.show_case(connection, number)


def case_of(pipeline: Pipeline, number: int = 1) -> Case:
    return file_of(pipeline, number).case


def do(browser: TestClient, pipeline: Pipeline, what: str, number: int = 1, **more: str) -> str:
    data = {"do": what, "version": str(case_of(pipeline, number).version), **more}
    answer = browser.post(f"/cases/{number}", data=data)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def letters(pipeline: Pipeline) -> list[tuple[str, int, list[str]]]:
    """To which channel, of which case, and what it says, of the letters to watchers."""
    with pipeline.begin() as connection:
        while hearing.tell_watchers(connection, pipeline.settings, now=NOW):
            pass
        table = alert_tables.outbox
        query = table.select().where(table.c.kind == hearing.KIND).order_by(table.c.id)
        rows = connection.execute(query).all()
    return [
        (row.channel, row.payload["case"]["id"], [one["said"] for one in row.payload["news"]])
        for row in rows
    ]


def test_a_colleague_named_in_a_note_is_told_and_finds_it_until_it_is_seen(
    browser: TestClient, pipeline: Pipeline
) -> None:
    sit_down(browser, "ana")
    page = do(browser, pipeline, "note", text="@Farah <b>who</b> refunds, not @bob?")
    assert "<mark>@Farah</mark> &lt;b&gt;who" in browser.get("/cases/1").text
    assert "Watched by farah" in page
    assert letters(pipeline) == [("to-farah", 1, ["ana wrote a note that names you"])]
    assert letters(pipeline) == letters(pipeline)  # told once, however often one looks
    sit_down(browser, "farah")
    inbox = browser.get("/cases?who=mentioned").text
    assert "Notes that name you" in inbox
    assert re.findall(r'aria-label="Case (\d+)"', inbox) == ["1"]
    browser.post(re.findall(r'action="(/notes/\d+/seen)"', inbox)[0])
    assert "Notes that name you" not in browser.get("/cases").text
    assert "No cases here" in browser.get("/cases?who=mentioned").text
    assert re.findall(r'aria-label="Case (\d+)"', browser.get("/cases?who=watched").text) == ["1"]


def test_a_name_that_nobody_has_is_said_to_have_reached_nobody(
    browser: TestClient, pipeline: Pipeline
) -> None:
    sit_down(browser, "ana")
    page = do(browser, pipeline, "note", text="ask @bn")
    assert "There is no agent <bdi>@bn</bdi>, so nobody was told" in page
    assert "There is no agent" not in browser.get("/cases/1").text
    assert letters(pipeline) == []


def test_watchers_hear_of_what_others_do_in_one_letter_a_round(
    browser: TestClient, pipeline: Pipeline
) -> None:
    sit_down(browser, "ben")
    browser.post("/cases/2/watch", data={"do": "watch"})
    do(browser, pipeline, "note", 2, text="mine")
    sit_down(browser, "ana")
    do(browser, pipeline, "note", 2, text="I ask")
    do(browser, pipeline, "pend", 2)
    do(browser, pipeline, "reopen", 2)
    do(browser, pipeline, "resolve", 2)
    said = ["ana wrote a note", "ana set it pending", "ana reopened it", "ana resolved it"]
    assert letters(pipeline) == [("to-ben", 2, said)]
    sit_down(browser, "ben")
    browser.post("/cases/2/watch", data={"do": "unwatch"})
    sit_down(browser, "ana")
    do(browser, pipeline, "reopen", 2)
    assert len(letters(pipeline)) == 1


def test_a_missed_promise_and_a_merger_are_told_by_the_round_itself(pipeline: Pipeline) -> None:
    with pipeline.begin() as connection:
        for number in (1, 2):
            teams = pipeline.settings.teams
            desk.watch(connection, number, "farah", teams=teams, now=NOW)
        desk.merge(connection, 2, into=1, now=NOW, actor="ana")
    pipeline.respond(now=NOW + 2 * HOUR)
    assert letters(pipeline) == [
        ("to-farah", 1, ["FRT missed"]),
        ("to-farah", 2, ["ana merged it into case 1"]),
    ]


def test_nobody_without_a_channel_or_unknown_gets_a_letter(
    browser: TestClient, pipeline: Pipeline
) -> None:
    with pipeline.begin() as connection:
        desk.watch(connection, 1, "ana", teams=pipeline.settings.teams, now=NOW)
        desk.note(connection, 1, "look", now=NOW, actor="ben")
        assert desk.watchers_of(connection, 1) == ["ana"]
        left = pipeline.settings.model_copy(update={"teams": ()})
        assert hearing.tell_watchers(connection, left, now=NOW) == 1
    assert letters(pipeline) == []
    answer = browser.post("/cases/1/watch", data={"do": "watch"})
    assert "only an agent does that" in answer.text


def test_a_letter_to_a_watcher_quotes_what_was_written(pipeline: Pipeline) -> None:
    with pipeline.begin() as connection:
        desk.watch(connection, 1, "ben", teams=pipeline.settings.teams, now=NOW)
        desk.note(connection, 1, "they <b>called</b>", now=NOW, actor="ana")
    letters(pipeline)
    with pipeline.begin() as connection:
        (letter,) = [
            one for one in outbox.claim(connection, now=NOW, limit=50) if one.kind == "watched"
        ]
    message = render(letter.kind, letter.payload)
    assert message.title == "Case 1: ana wrote a note"
    assert '"they ‹b›called‹/b›"' in message.text
    assert "they ‹b›called‹/b›" in message.html


def test_whoever_looks_and_writes_is_seen_by_the_others_alone(
    browser: TestClient, pipeline: Pipeline
) -> None:
    before = case_of(pipeline)
    assert browser.post("/presence/1", data={"do": "writing"}).status_code == 204
    sit_down(browser, "ana")
    assert browser.get("/presence/1").json()["said"] == ""  # nobody in particular is nobody
    browser.post("/presence/1", data={"do": "writing"})
    assert browser.get("/presence/1").json()["said"] == ""
    sit_down(browser, "ben")
    said = {"said": "ana is writing an answer", "is_answering": True, "version": before.version}
    assert browser.get("/presence/1").json() == said
    assert browser.get("/presence?ids=1,2,x").json() == {"1": "ana is writing an answer"}
    assert "ana is writing an answer" in browser.get("/cases").text
    assert "ana is writing an answer" in browser.get("/cases/1").text
    sit_down(browser, "ana")
    browser.post("/presence/1", data={"do": "gone"})
    sit_down(browser, "ben")
    assert browser.get("/presence?ids=1,2").json() == {}
    assert case_of(pipeline) == before


def test_a_look_that_brings_nothing_new_is_answered_without_a_body(browser: TestClient) -> None:
    for path in ("/presence/1", "/presence?ids=1"):
        tag = browser.get(path).headers["etag"]
        again = browser.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert "no-cache" in again.headers["cache-control"]


@pytest.mark.parametrize("path", ["/presence/99999999999", "/presence/-1"])
def test_presence_at_no_case_is_refused(browser: TestClient, path: str) -> None:
    assert browser.post(path, data={"do": "looking"}).status_code == 422
    assert browser.get("/presence?ids=99999999999999999999,-1,,7").json() == {}


def test_who_is_gone_is_forgotten_by_housekeeping(browser: TestClient, pipeline: Pipeline) -> None:
    sit_down(browser, "ana")
    browser.post("/presence/1", data={"do": "looking"})
    pipeline.housekeeping(now=NOW + HOUR)
    with pipeline.read() as connection:
        assert connection.execute(presence.select()).all() == []


def kept_reply(pipeline: Pipeline, actor: str) -> int:
    return replying.keep(pipeline, 3, f"Sorry! /{actor}", now=NOW, actor=actor).id


def test_a_second_answer_is_handed_over_only_by_who_was_told_of_the_first(
    browser: TestClient, pipeline: Pipeline
) -> None:
    first, second = kept_reply(pipeline, "ana"), kept_reply(pipeline, "ben")
    replying.hand_over(pipeline, first, now=NOW, actor="ana")
    sit_down(browser, "ben")
    refused = browser.post(f"/replies/{second}", data={"do": "hand"})
    assert refused.status_code == 409
    assert "Not handed over yet: ana answered" in refused.text
    assert "Hand over all the same" in refused.text
    with pytest.raises(Conflict, match="ana answered 1 min ago; look at case 3"):
        replying.hand_over(pipeline, second, now=NOW + MINUTE, actor="ben")
    went = browser.post(f"/replies/{second}", data={"do": "hand", "anyway": "true"})
    assert went.status_code == 200
    assert [one.action for one in file_of(pipeline, 3).audit].count("reply handed over") == 2
    assert browser.post(f"/replies/{second}", data={"do": "hand"}).status_code == 200  # as before


def test_who_writes_beside_another_is_told_before_it_is_handed_over(
    browser: TestClient, pipeline: Pipeline
) -> None:
    number = kept_reply(pipeline, "ben")
    sit_down(browser, "ana")
    browser.post("/presence/3", data={"do": "writing"})
    sit_down(browser, "ben")
    refused = browser.post(f"/replies/{number}", data={"do": "hand"})
    assert "Not handed over yet: ana is writing an answer" in refused.text


def test_a_case_is_worked_by_hand_on_its_page(browser: TestClient, pipeline: Pipeline) -> None:
    sit_down(browser, "ana")
    do(browser, pipeline, "release", 4)
    do(browser, pipeline, "claim", 4)
    do(browser, pipeline, "prioritise", 4, to="urgent")
    do(browser, pipeline, "tag", 4, to="Refund, late")
    page = do(browser, pipeline, "untag", 4, to="late")
    assert "Take off the tag refund" in page
    assert "Take off the tag late" not in page
    do(browser, pipeline, "pend", 4)
    do(browser, pipeline, "reopen", 4)
    do(browser, pipeline, "merge", 4, to="#1")
    merged, target = case_of(pipeline, 4), case_of(pipeline, 1)
    assert (merged.status, merged.merged_into, merged.agent) == ("merged", 1, "ana")
    assert (target.priority, target.tags) == ("urgent", ["refund"])
    for what, to in (("prioritise", "asap"), ("merge", "one"), ("tag", " , "), ("snooze", "soon")):
        data = {"do": what, "to": to, "version": str(target.version)}
        assert browser.post("/cases/1", data=data).status_code >= 400
    assert case_of(pipeline, 1).version == target.version


def test_the_next_case_that_nobody_has_is_taken_from_the_inbox(
    browser: TestClient, pipeline: Pipeline
) -> None:
    sit_down(browser, "ana")
    assert "Take the next of care" in browser.get("/cases").text
    do(browser, pipeline, "release", 2)
    answer = browser.post("/teams/next", data={"team": "care"})
    assert answer.url.path == "/cases/2"
    assert case_of(pipeline, 2).agent == "ana"
    assert browser.post("/teams/next", data={"team": "care"}).url.path == "/cases"


def test_all_of_it_can_be_done_by_command(config: Path, pipeline: Pipeline) -> None:
    def run(*words: str, fails: bool = False) -> str:
        done = CliRunner().invoke(app, ["--config", str(config), "cases", *words])
        assert (done.exit_code != 0) is fails, (done.output, done.exception)
        return done.output + (str(done.exception) if fails else "")

    assert "waits in care" in run("release", "1", "--as", "ana")
    assert run("next", "care", "--as", "ana").strip() == "1"
    assert "waits for somebody" in run("next", "care", "--as", "ana", fails=True)
    run("release", "1")
    assert "is ben's" in run("claim", "1", "--as", "ben")
    assert "it has ana, ben" in run("claim", "2", "--as", "zoe", fails=True)
    assert "is pending" in run("pend", "1")
    assert "is open" in run("reopen", "1")
    assert "is urgent" in run("prioritise", "1", "urgent")
    assert "has refund, late" in run("tag", "1", "Refund", "late")
    assert "has refund" in run("tag", "1", "--remove", "late")
    assert "watched by farah" in run("watch", "1", "--as", "farah")
    assert "watched by nobody" in run("watch", "1", "--no", "--as", "farah")
    assert "and farah told" in run("note", "1", "@farah look", "--as", "ana")
    assert "did you mean @ben? There are ana, ben, farah" in run("note", "1", "@bn?", "--as", "ana")
    assert '"text":"@farah look"' in run("mentioned", "--as", "farah", "--json", "--seen")
    assert run("mentioned", "--as", "farah", "--json") == ""
