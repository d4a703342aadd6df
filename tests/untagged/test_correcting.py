"""A person's word about a mention: kept through every reading, shown, taken back, exported."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from cases import corrections, relevance
from mentions.collected import Deletion
from mentions.errors import NotFound, UntaggedError
from mentions.mention import BrandMatch, Mention
from tests.untagged.entered import entered, work_as
from tests.untagged.world import HOUR, NOON, import_rows, mention, post, settings_file
from untagged import erasing, rereading
from untagged.cli import app
from untagged.correcting import correct, said, take_back
from untagged.pipeline import Pipeline
from untagged.processing import Processor
from untagged.wiring import open_pipeline

ANGRY = "Acme is terrible, I hate it. My parcel is lost, I want a refund!"
HOSTILE = "<script>alert(1)</script>"
SAID = {"sentiment": "positive", "intent": "praise", "severity": "4", "brand:Acme": "no"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def pipeline(folder: Path) -> Iterator[Pipeline]:
    with open_pipeline(settings_file(folder)) as opened:
        yield opened


def collected(pipeline: Pipeline, folder: Path, *, hours: int = 0, **more: object) -> Mention:
    """The post as the pipeline has it after it was collected (again) so many hours later."""
    rows = import_rows(folder, [post(1, ANGRY, **more)])
    pipeline.import_file(rows, columns=None, source="board", now=NOON + hours * HOUR)
    pipeline.process(now=NOON + hours * HOUR)
    return stored(pipeline)


def stored(pipeline: Pipeline) -> Mention:
    found = pipeline.store.get("board:1")
    assert found is not None
    return found


def says(
    pipeline: Pipeline, field: str, value: str, *, who: str = "ana", minute: int = 0
) -> Mention:
    return correct(
        *("board:1", field, value),
        who=who,
        brands=pipeline.settings.brands,
        store=pipeline.store,
        begin=pipeline.begin,
        now=NOON + timedelta(minutes=minute),
    )


def takes_back(pipeline: Pipeline, field: str, *, who: str = "ben") -> Mention:
    return take_back(
        "board:1", field, who=who, store=pipeline.store, begin=pipeline.begin, now=NOON + HOUR
    )


def trail(pipeline: Pipeline) -> list[tuple[str, str, str]]:
    """What holds: field, what it was, what it is."""
    with pipeline.read() as connection:
        found = corrections.standing(connection, ["board:1"]).get("board:1", [])
    return [(one.field, one.was, one.value) for one in found]


def test_corrections_survive_collecting_again_and_reading_again(
    pipeline: Pipeline, folder: Path
) -> None:
    read = collected(pipeline, folder)
    assert said(read, "sentiment") == "negative"
    for field, value in SAID.items():
        assert said(says(pipeline, field, value), field) == value
    again = collected(pipeline, folder, hours=1, engagement={"likes": 7})
    assert again.engagement.likes == 7
    assert {field: said(again, field) for field in SAID} == SAID
    rereading.reread(
        pipeline.store, pipeline.reader, pipeline.begin, models="newer", now=NOON + HOUR
    )
    assert {field: said(stored(pipeline), field) for field in SAID} == SAID


def test_what_is_said_while_the_post_is_read_again_stays_said(
    pipeline: Pipeline, folder: Path
) -> None:
    collected(pipeline, folder)
    says(pipeline, "sentiment", "neutral")
    says(pipeline, "severity", "4")
    page = [stored(pipeline)]
    says(pipeline, "sentiment", "positive")
    takes_back(pipeline, "severity")
    pipeline.store.upsert(rereading.read_again(page, pipeline.reader()))
    after = stored(pipeline)
    assert after.corrections == {"sentiment": "positive"}
    assert (said(after, "sentiment"), said(after, "severity")) == ("positive", "3")


def test_taken_back_it_is_as_it_was_read(pipeline: Pipeline, folder: Path) -> None:
    read = collected(pipeline, folder)
    for field, value in SAID.items():
        says(pipeline, field, value)
    for field in SAID:
        takes_back(pipeline, field)
    assert stored(pipeline) == read
    assert collected(pipeline, folder, hours=1).corrections == {}
    assert trail(pipeline) == []
    with pipeline.read() as connection:
        assert relevance.kept(connection) == []


def test_taken_back_after_a_second_thought_it_is_as_it_was_read(
    pipeline: Pipeline, folder: Path
) -> None:
    read = collected(pipeline, folder)
    says(pipeline, "sentiment", "neutral")
    says(pipeline, "sentiment", "positive", who="ben")
    assert trail(pipeline) == [("sentiment", "neutral", "positive")]
    assert takes_back(pipeline, "sentiment") == read


def test_one_field_is_corrected_and_taken_back_without_the_others(
    pipeline: Pipeline, folder: Path
) -> None:
    collected(pipeline, folder)
    says(pipeline, "sentiment", "positive")
    says(pipeline, "severity", "4")
    after = takes_back(pipeline, "sentiment")
    assert after.corrections == {"severity": "4"}
    assert said(after, "severity") == "4"


def test_saying_the_same_again_changes_nothing(pipeline: Pipeline, folder: Path) -> None:
    collected(pipeline, folder)
    first = says(pipeline, "intent", "praise")
    assert says(pipeline, "intent", "praise", who="ben", minute=5) == first
    with pipeline.read() as connection:
        found = corrections.all_standing(connection, ["intent"])
    assert [one.who for one in found] == ["ana"]


def test_whoever_was_killed_between_trail_and_mention_says_it_again(
    pipeline: Pipeline, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = collected(pipeline, folder)
    with monkeypatch.context() as killed:
        killed.setattr(pipeline.store, "upsert", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            says(pipeline, "sentiment", "positive")
    assert stored(pipeline) == read
    assert said(says(pipeline, "sentiment", "positive"), "sentiment") == "positive"
    assert trail(pipeline) == [("sentiment", "negative", "positive")]
    assert takes_back(pipeline, "sentiment") == read


def test_not_about_the_brand_teaches_the_reading(pipeline: Pipeline, folder: Path) -> None:
    collected(pipeline, folder)
    says(pipeline, "brand:Acme", "no")
    with pipeline.read() as connection:
        (answer,) = relevance.kept(connection)
    assert (answer.brand, answer.text, answer.is_relevant) == ("Acme", ANGRY, False)


def test_what_was_corrected_of_a_post_is_forgotten_with_it(
    pipeline: Pipeline, folder: Path
) -> None:
    collected(pipeline, folder)
    says(pipeline, "sentiment", "positive")
    processor = Processor(
        store=pipeline.store, reader=pipeline.reader, begin=pipeline.begin, brands=()
    )
    processor.process([Deletion("board:1")], now=NOON)
    with pipeline.read() as connection:
        assert corrections.all_standing(connection, ["sentiment", "brand:"]) == []


def test_what_was_corrected_is_erased_with_the_author(pipeline: Pipeline, folder: Path) -> None:
    collected(pipeline, folder)
    says(pipeline, "sentiment", "positive")
    there = erasing.found(pipeline, erasing.Wanted("someone1"))
    erasing.erase(pipeline, there, now=NOON + HOUR, actor="ana")
    with pipeline.read() as connection:
        assert corrections.all_standing(connection, ["sentiment"]) == []


def test_old_corrections_go_with_their_posts(pipeline: Pipeline, folder: Path) -> None:
    collected(pipeline, folder)
    says(pipeline, "sentiment", "positive")
    with pipeline.begin() as connection:
        assert corrections.forget_old(connection, before=NOON) == 0
        assert corrections.forget_old(connection, before=NOON + HOUR) == 1


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("sentiment", "furious", "'furious' is no sentiment; write one of"),
        ("severity", "5", "'5' is no severity"),
        ("intent", "", "'' is no intent"),
        ("brand:Acme", "perhaps", "write one of yes, no"),
        ("brand:Acne", "no", "there is no brand 'Acne'"),
        ("text", "x", "'text' cannot be corrected"),
    ],
)
def test_a_wrong_word_is_refused_and_kept_nowhere(
    pipeline: Pipeline, folder: Path, field: str, value: str, what: str
) -> None:
    read = collected(pipeline, folder)
    with pytest.raises(UntaggedError, match=what):
        says(pipeline, field, value)
    assert (stored(pipeline), trail(pipeline)) == (read, [])


def test_what_is_not_there_is_said(pipeline: Pipeline, folder: Path) -> None:
    with pytest.raises(NotFound, match="no mention 'board:1'"):
        says(pipeline, "sentiment", "positive")
    collected(pipeline, folder)
    with pytest.raises(NotFound, match="nobody has corrected sentiment"):
        takes_back(pipeline, "sentiment")


@pytest.fixture
def browser(pipeline: Pipeline) -> Iterator[TestClient]:
    brands = (BrandMatch(name="Acme"),)
    pipeline.store.upsert([mention(1, f"late {HOSTILE}", NOON, brands=brands, case_team="care")])
    with entered(pipeline) as client:
        yield client


def test_a_card_says_who_corrected_it_and_what_it_was(browser: TestClient) -> None:
    work_as(browser, "ana")
    done = browser.post(
        "/search/correct",
        data={"mention": "board:1", "set": "sentiment=negative"},
        headers={"referer": "http://testserver/search?q=late&period=all"},
        follow_redirects=False,
    )
    assert done.headers["location"] == "/search?q=late&period=all"
    page = browser.get("/search?q=late&period=all").text
    assert "sentiment</bdi>: negative, said by <bdi>ana</bdi>" in page
    assert 'value="sentiment=" data-key="u"' in page
    assert "Its case stays with care" in page


def test_a_corrected_card_comes_alone_escaped_and_marked(browser: TestClient) -> None:
    piece = browser.post(
        "/search/correct",
        data={"mention": "board:1", "set": "brand:Acme=no", "q": "late", "piece": "true"},
    ).text
    assert "<html" not in piece
    assert "<script" not in piece
    assert "<mark>late</mark>" in piece
    assert "not about Acme now" in piece
    back = browser.post(
        "/search/correct",
        data={"mention": "board:1", "set": "brand:Acme=", "q": "((", "piece": "true"},
    ).text
    assert "taken back: about Acme as before" in back


def test_everything_that_can_be_said_stands_on_a_page_of_its_own(browser: TestClient) -> None:
    page = browser.get("/search?q=late&period=all").text
    assert '<a class="quiet" href="/search/correct?mention=board%3A1">Correct</a>' in page
    asked = browser.get("/search/correct?mention=board:1").text
    for word in ("sentiment=neutral", "intent=bug_report", "severity=4", "brand:Acme=no"):
        assert f'<button name="set" value="{word}"' in asked
    assert "&lt;script&gt;alert(1)" in asked
    piece = browser.get("/search/correct?mention=board:1&piece=true&q=late").text
    assert "<html" not in piece
    assert "<mark>late</mark>" in piece
    assert browser.get("/search/correct?mention=board:9").status_code == 404


def test_a_correction_leads_to_no_other_site(browser: TestClient) -> None:
    done = browser.post(
        "/search/correct",
        data={"mention": "board:1", "set": "severity=1"},
        headers={"referer": "http://testserver//evil.example/x"},
        follow_redirects=False,
    )
    assert done.headers["location"] == "/search"


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"mention": "board:9", "set": "severity=1"}, 404),
        ({"mention": "board:1", "set": "severity=9"}, 400),
        ({"mention": "board:1", "set": "severity"}, 400),
        ({"mention": "board:1", "set": "severity="}, 404),
    ],
)
def test_what_cannot_be_corrected_is_said(
    browser: TestClient, form: dict[str, str], status: int
) -> None:
    assert browser.post("/search/correct", data=form).status_code == status


def test_corrections_are_listed_and_exported_for_evaluate(pipeline: Pipeline, folder: Path) -> None:
    def typed(*words: str) -> str:
        done = CliRunner().invoke(app, ["--config", str(folder / "untagged.yaml"), *words])
        assert done.exit_code == 0, (done.output, done.exception)
        return done.stdout

    collected(pipeline, folder)
    for field, value in SAID.items():
        says(pipeline, field, value)
    out = folder / "said.jsonl"
    typed("corrections", "export", "sentiment", "--out", str(out))
    row = json.loads(out.read_text())
    assert (row["text"], row["label"], row["read"]) == (ANGRY, "positive", "negative")
    report = json.loads(typed("evaluate", "sentiment", str(out), "--json"))
    assert report["score"]["accuracy"] == 0
    about = json.loads(typed("corrections", "export", "relevance"))
    assert (about["brand"], about["label"], about["read"]) == ("Acme", "irrelevant", "relevant")
    listed = [json.loads(line) for line in typed("corrections", "list", "--json").splitlines()]
    assert {one["field"]: one["value"] for one in listed} == SAID
