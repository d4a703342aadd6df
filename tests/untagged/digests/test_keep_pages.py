"""A question is kept in the cockpit by one click, and agents get its answer on the case page."""

import html
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from cases import desk
from tests.cases.world import opened
from tests.untagged.digests.heard import DAY, MONDAY, NEXT, a_firm, said
from tests.untagged.digests.test_questions import asked, by_subject, question, work
from tests.untagged.entered import entered
from untagged.digests.asked import Asked
from untagged.digests.questions import gather_questions
from untagged.pipeline import Pipeline

ANSWER = "Any seat but row one is free."
HOSTILE = "Acme: where is my <script>alert(1)</script> {{7*7}} refund?"


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Pipeline]:
    with a_firm(tmp_path) as pipeline:
        pipeline.store.upsert([*asked(), question(70, HOSTILE, days=3)])
        work(pipeline)
        yield pipeline


@pytest.fixture
def browser(firm: Pipeline) -> Iterator[TestClient]:
    with entered(firm, role="lead") as client:
        yield client


def kept(firm: Pipeline) -> list[desk.KeptQuestion]:
    with firm.read() as connection:
        return desk.kept_questions(connection)


def test_an_entry_of_the_digest_leads_to_its_best_answer(
    firm: Pipeline, browser: TestClient
) -> None:
    digest = gather_questions(firm, Asked(MONDAY, NEXT, NEXT), grouping=by_subject)
    entries = {entry.id: entry for one in digest.sections for entry in one.entries}
    page = browser.get(entries["board:20"].href)
    assert page.status_code == 200
    assert ANSWER in page.text
    assert "Acme: can I choose a seat?" in page.text


def test_one_click_keeps_it_and_the_case_page_offers_the_words(
    firm: Pipeline, browser: TestClient
) -> None:
    form = {"id": "board:20", "brand": "Acme", "question": "Acme: can I choose a seat?"}
    listed = browser.post("/questions/keep", data={**form, "text": ANSWER})
    assert ANSWER in listed.text
    (one,) = kept(firm)
    assert (one.mention_id, one.kept_by) == ("board:20", "tester")
    with firm.begin() as connection:
        number = opened(
            connection,
            "21",
            text="Is a window seat extra at Acme, can I choose a seat?",
            brands=({"name": "Acme"},),
            published=MONDAY + 2 * DAY,
        ).id
    firm.store.upsert([said(21, MONDAY + 2 * DAY, text="Can I choose a seat, Acme?")])
    page = browser.get(f"/cases/{number}").text
    assert f'<q dir="auto">{ANSWER}</q>' in page
    filled = browser.get(f"/cases/{number}?known={one.answer_id}").text
    assert f">{ANSWER}</textarea>" in filled
    assert ">Any seat" not in browser.get(f"/cases/{number}?known=77").text.split("textarea")[1]


def test_own_words_are_not_the_posts(firm: Pipeline, browser: TestClient) -> None:
    form = {"id": "board:20", "brand": "Acme", "question": "How do I choose a seat?"}
    browser.post("/questions/keep", data={**form, "url": "https://help.example/seats"})
    assert [(one.question, one.mention_id) for one in kept(firm)] == [
        ("How do I choose a seat?", "")
    ]


def test_what_is_wrong_is_said_and_what_was_typed_stays(
    firm: Pipeline, browser: TestClient
) -> None:
    form = {"id": "board:20", "brand": "Acme", "question": "Seats?", "url": "help", "text": ""}
    page = browser.post("/questions/keep", data=form)
    assert page.status_code == 400
    assert "is no address of an answer" in page.text
    assert 'value="Seats?"' in page.text
    assert browser.get("/questions/keep?id=board:777").status_code == 404
    assert kept(firm) == []


def test_a_question_is_text_on_both_pages(firm: Pipeline, browser: TestClient) -> None:
    form = {"id": "board:70", "brand": "Acme", "question": HOSTILE, "text": "{{7*7}}<b>"}
    pages = (
        browser.get("/questions/keep?id=board:70").text
        + browser.post("/questions/keep", data=form).text
    )
    assert "<script>alert" not in pages
    assert html.escape("<script>alert(1)</script>", quote=False) in pages
    assert "{{7*7}}&lt;b&gt;" in pages


def test_what_is_dropped_is_gone(firm: Pipeline, browser: TestClient) -> None:
    form = {"id": "board:20", "brand": "Acme", "question": "Seats?", "text": ANSWER}
    browser.post("/questions/keep", data=form)
    (one,) = kept(firm)
    page = browser.post(f"/questions/known/{one.id}/drop")
    assert "None yet." in page.text
    assert kept(firm) == []
    assert browser.post(f"/questions/known/{one.id}/drop").status_code == 404


def test_other_brands_are_not_seen_nor_changed(firm: Pipeline, browser: TestClient) -> None:
    form = {"id": "board:20", "brand": "Acme", "question": "Seats?", "text": ANSWER}
    browser.post("/questions/keep", data=form)
    (one,) = kept(firm)
    with entered(firm, name="bolt", role="lead", brands=("Bolt Bank",)) as other:
        assert other.get("/questions/keep?id=board:20").status_code == 404
        assert other.post("/questions/keep", data=form).status_code == 404
        assert ANSWER not in other.get("/questions/known").text
        assert other.post(f"/questions/known/{one.id}/drop").status_code == 404
    assert kept(firm) == [one]


def test_what_is_not_seen_is_answered_as_if_it_were_not_there(
    firm: Pipeline, browser: TestClient
) -> None:
    browser.post(
        "/questions/keep",
        data={"id": "board:20", "brand": "Acme", "question": "Seats?", "text": ANSWER},
    )
    (one,) = kept(firm)
    both = ({"name": "Acme"}, {"name": "Bolt Bank"})
    firm.store.upsert([question(80, "Acme or Bolt Bank, who pays my refund?", brands=both)])
    with entered(firm, name="bolt", role="lead", brands=("Bolt Bank",)) as other:
        unseen, nowhere = (other.get(f"/questions/keep?id=board:{one}").text for one in (20, 777))
        assert unseen.replace("board:20", "board:777") == nowhere
        said = [
            other.post(f"/questions/known/{number}/drop").text for number in (one.id, one.id + 1)
        ]
        assert said[0].replace(f" {one.id} ", " 7 ") == said[1].replace(f" {one.id + 1} ", " 7 ")
        page = other.get("/questions/keep?id=board:80")
        assert (page.status_code, 'value="Bolt Bank"' in page.text) == (200, True)
        assert 'value="Acme"' not in page.text
        assert other.get("/questions/keep?id=board:80&brand=Acme").status_code == 404
