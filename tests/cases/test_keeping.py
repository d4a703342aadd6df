"""A question that was kept with its answer is suggested like any other, and goes on request."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.answered import settled_posts
from cases.desk import (
    Knowledge,
    drop_question,
    hand_over,
    keep_question,
    kept_questions,
    known_answers,
    mention_deleted,
    merge,
    record_reply,
    resolve_with,
    suggested_answers,
    write,
)
from cases.keeping import MAX_ANSWER_CHARACTERS, forget_old
from mentions.errors import NotFound, UntaggedError
from tests.cases.world import HOUR, NOON, opened

BRAND = "Nimbus Air"
BAGS = "https://help.example/bags"
QUESTION = "How many bags may I take on board?"
LATER = NOON + HOUR


def kept(conn, question=QUESTION, **more):
    given = {"brand": BRAND, "now": LATER, "actor": "ana"}
    return keep_question(conn, question, **{**given, **more})


def suggested(conn, question):
    return [one.url or one.text for one in suggested_answers(conn, question, brand=BRAND)]


@pytest.mark.parametrize("answer", [{"url": BAGS}, {"text": "Two bags."}])
def test_the_answer_of_a_kept_question_is_suggested_to_whoever_asks_the_like(conn, answer):
    for number in range(5):  # how telling a word is is learnt from the brand's cases
        opened(conn, str(number), text=f"Nobody told us when boarding begins, flight {number}")
    kept(conn, **answer)
    assert suggested(conn, "are two bags allowed on board") == list(answer.values())
    assert suggested(conn, "where is my refund") == []
    assert suggested_answers(conn, QUESTION, brand="Acme") == []


def test_the_same_question_again_is_one_with_the_newer_answer(conn):
    first = kept(conn, text="One bag.")
    again = kept(conn, text="Two bags.", actor="ben")
    assert (again.id, again.kept_by) == (first.id, "ben")
    assert suggested(conn, QUESTION) == ["Two bags."]
    assert kept(conn, brand="Acme", text="Two bags.").answer_id == again.answer_id
    assert len(kept_questions(conn)) == 2
    assert [one.brand for one in kept_questions(conn, brand="Acme")] == ["Acme"]


def test_an_address_that_settled_cases_stays_one_answer(conn):
    case = opened(conn, "1", text=QUESTION)
    resolve_with(conn, case.id, BAGS, title="Help", now=LATER, actor="ana")
    kept(conn, url=BAGS)
    (answer,) = known_answers(conn)
    assert (answer.url, answer.uses) == (BAGS, 1)


def test_words_of_two_answers_stay_two_answers(conn):
    kept(conn, text="Two bags.")
    kept(conn, "Where is my refund?", text="On its way.")
    assert sorted(one.text for one in known_answers(conn)) == ["On its way.", "Two bags."]


def test_a_question_with_the_words_of_a_deleted_post_goes_with_it(conn):
    kept(conn, url=BAGS, mention_id="board:1")
    kept(conn, "What may I take on board?", url=BAGS)
    mention_deleted(conn, "board:1", now=LATER)
    assert [one.question for one in kept_questions(conn)] == ["What may I take on board?"]
    mention_deleted(conn, "", now=LATER)
    assert len(kept_questions(conn)) == 1


def test_nothing_of_a_deleted_post_stays_with_its_answer(conn):
    kept(conn, url=BAGS, mention_id="board:1")
    kept(conn, "My own question?", text="Two bags.", mention_id="board:1")
    mention_deleted(conn, "board:1", now=LATER)
    assert [(one.url, one.text, one.title) for one in known_answers(conn)] == [
        ("", "Two bags.", ""),
        (BAGS, "", ""),
    ]


def test_a_posts_words_are_kept_no_longer_than_posts(conn):
    kept(conn, url=BAGS, mention_id="board:1")
    kept(conn, "My own question?", url=BAGS)
    assert forget_old(conn, before=LATER) == 0
    assert forget_old(conn, before=LATER + HOUR) == 1
    assert [one.question for one in kept_questions(conn)] == ["My own question?"]


def test_what_is_dropped_is_not_suggested_any_more(conn):
    drop_question(conn, kept(conn, url=BAGS).id)
    assert suggested(conn, QUESTION) == []
    with pytest.raises(NotFound, match="no question 7 is kept"):
        drop_question(conn, 7)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({}, "one answer"),
        ({"url": BAGS, "text": "Two bags."}, "one answer"),
        ({"url": "javascript:alert(1)"}, "no address"),
        ({"text": "a" * (MAX_ANSWER_CHARACTERS + 1)}, "shorten it"),
        ({"question": " \n", "url": BAGS}, "no question to keep"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_what_to_do(conn, asked, why):
    with pytest.raises(UntaggedError, match=why):
        kept(conn, **asked)
    assert kept_questions(conn) == []


def test_knowledge_read_once_says_what_is_suggested_one_by_one(conn):
    kept(conn, url=BAGS)
    kept(conn, "Where is my refund?", text="On its way.")
    knowledge = Knowledge(conn, brand=BRAND)
    for question in (QUESTION, "my refund please", "something else"):
        one_by_one = suggested_answers(conn, question, brand=BRAND)
        assert knowledge.suggested(question) == one_by_one


def test_of_each_post_it_is_known_when_and_how_its_case_was_answered(conn):
    first = opened(conn, "1", text=QUESTION)
    reply = write(conn, first.id, "Two bags.", template="bags", now=LATER, actor="ana")
    hand_over(conn, reply.id, to="copy", now=LATER, actor="ana")
    record_reply(conn, first.id, at=LATER, now=LATER, actor="ana")
    second = opened(conn, "2", text="Which bags?")
    resolve_with(conn, second.id, BAGS, now=LATER + HOUR, actor="ana")
    opened(conn, "3", text="Where is my refund?")
    found = settled_posts(conn, ["board:1", "board:2", "board:3", "board:4"])
    assert sorted(found) == ["board:1", "board:2", "board:3"]
    assert [one.text for one in found["board:1"].replies] == ["Two bags."]
    assert found["board:1"].after(NOON) == LATER
    assert found["board:1"].after(LATER + HOUR) is None
    assert found["board:2"].answer.url == BAGS
    assert found["board:2"].after(NOON) == LATER + HOUR
    assert found["board:3"].after(NOON) is None


def test_what_was_told_in_private_is_no_answer_to_others(conn):
    case = opened(conn, "1", text=QUESTION)
    reply = write(conn, case.id, "Your bag 7 is in Oslo.", is_private=True, now=LATER, actor="ana")
    hand_over(conn, reply.id, to="copy", now=LATER, actor="ana")
    assert settled_posts(conn, ["board:1"])["board:1"].replies == ()


def test_a_merged_case_was_answered_by_the_one_that_took_it_over(conn):
    first, second = opened(conn, "1", text=QUESTION), opened(conn, "2", text="Which bags?")
    merge(conn, second.id, into=first.id, now=LATER, actor="ana")
    resolve_with(conn, first.id, BAGS, now=LATER, actor="ana")
    found = settled_posts(conn, ["board:1", "board:2"])
    assert {one.case_id for one in found.values()} == {first.id}
    assert found["board:2"].answer.url == BAGS


@given(st.text(max_size=400))
def test_any_words_are_a_question_or_refused(conn_once, text):
    with conn_once.begin_nested() as undone:
        try:
            one = kept(conn_once, text, url=BAGS)
        except UntaggedError:
            return
        assert one.question.strip() == one.question != ""
        undone.rollback()


@pytest.fixture(scope="module")
def conn_once(sqlite_desk):
    from tests.cases.world import undone

    with undone(sqlite_desk) as connection:
        yield connection
