"""An answer that settled a case is suggested to the next one who asks the like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.desk import (
    answer_of,
    known_answers,
    mention_deleted,
    reopen,
    resolve,
    resolve_with,
    resolved_without_answer,
    suggested_answers,
)
from cases.similarity import Similarity
from mentions.errors import UntaggedError
from tests.cases.world import HOUR, NOON, actions, opened

LATER = NOON + HOUR
BAGS, SEATS = "https://help.example/bags", "https://help.example/seats"
SAID = [
    ("How many bags may I take on board?", BAGS),
    ("May I take two bags into the cabin?", BAGS),
    ("Can I choose my seat at the window?", SEATS),
]


@pytest.fixture
def settled(conn):
    for number, (text, url) in enumerate(SAID):
        case = opened(conn, str(number), text=text)
        resolve_with(conn, case.id, url, title="Help", now=LATER, actor="ana")
    return conn


def suggested(conn, question):
    return [one.url for one in suggested_answers(conn, question, brand="Nimbus Air")]


def test_the_answer_of_like_questions_is_suggested_with_its_words_and_uses(settled):
    (best,) = suggested_answers(settled, "are two bags allowed on board", brand="Nimbus Air")
    assert (best.url, best.uses, best.title) == (BAGS, 2, "Help")
    assert "bags" in best.words


@pytest.mark.parametrize("question", ["Where is my refund?", "", "the of and", "日本"])
def test_what_nobody_asked_before_gets_no_answer(settled, question):
    assert suggested(settled, question) == []


def test_answers_are_those_of_the_brand(settled):
    assert suggested_answers(settled, "how many bags", brand="Acme") == []


def test_the_one_answer_of_a_case_is_the_last(settled):
    case = opened(settled, "9", text="Which seat is at the window?")
    resolve_with(settled, case.id, BAGS, now=LATER, actor="ana")
    reopen(settled, case.id, now=LATER, actor="ana")
    resolve_with(settled, case.id, SEATS, now=LATER, actor="ana")
    assert answer_of(settled, case.id).url == SEATS
    assert [(one.url, one.uses) for one in known_answers(settled)] == [(BAGS, 2), (SEATS, 2)]
    assert actions(settled, case.id)[-2:] == ["resolved", "answer linked"]


def test_what_did_not_settle_a_case_for_good_is_its_answer_no_longer(settled):
    case = opened(settled, "9", text="Which seat is at the window?")
    resolve_with(settled, case.id, SEATS, now=LATER, actor="ana")
    reopen(settled, case.id, now=LATER + HOUR, actor="ana")
    assert answer_of(settled, case.id) is None
    resolve(settled, case.id, now=LATER + 2 * HOUR, actor="ana")
    assert answer_of(settled, case.id) is None
    assert [(one.url, one.uses) for one in known_answers(settled)] == [(BAGS, 2), (SEATS, 1)]
    unsettled = resolved_without_answer(settled, since=NOON, until=LATER + 3 * HOUR)
    assert [one.id for one in unsettled] == [case.id]


def test_a_deleted_question_is_forgotten(settled):
    assert suggested(settled, "choose a seat at the window") == [SEATS]
    mention_deleted(settled, "board:2", now=LATER)
    assert suggested(settled, "choose a seat at the window") == []


def test_what_was_resolved_without_an_answer_is_listed_within_its_window(settled):
    case = opened(settled, "7", text="Do you fly to Oslo?")
    resolve(settled, case.id, now=LATER, actor="ana")
    window = {"since": LATER, "until": LATER + HOUR}
    assert [one.id for one in resolved_without_answer(settled, **window)] == [case.id]
    assert resolved_without_answer(settled, since=NOON, until=LATER) == []


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "", "help", "https://x y", "https://" + "a" * 2_000]
)
def test_an_answer_is_an_address_of_the_web(conn, url):
    case = opened(conn)
    with pytest.raises(UntaggedError, match="no address"):
        resolve_with(conn, case.id, url, now=LATER, actor="ana")
    assert actions(conn, case.id)[-1] == "assigned"


def test_a_telling_word_counts_more_than_a_frequent_one():
    documents = {"bags": "how many bags may i take", "seats": "how may i choose seats"}
    background = ["how may i do this", "may i go", "how do i pay"]
    ((best, _, shared), *_) = Similarity(documents, background).similar("how many bags may i")
    assert best == "bags"
    assert shared[0] in ("bags", "many")


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=60), max_size=5), st.text(max_size=60))
def test_scores_are_positive_and_fall(documents, question):
    found = Similarity(documents).similar(question)
    scores = [score for _, score, _ in found]
    assert scores == sorted(scores, reverse=True)
    assert all(score > 0 for score in scores)
