"""A reply is kept, agreed to by two where that is asked for, handed over once, and forgotten."""

import pytest

from cases.desk import (
    approve,
    hand_over,
    mention_deleted,
    replies_of,
    resolve,
    show_case,
    template_uses,
    withdraw,
    write,
)
from cases.drafts import COPIED
from mentions.errors import Conflict, NotFound, UntaggedError
from tests.cases.world import MINUTE, NOON, TEAMS, actions, alerted, opened

LATER = NOON + 10 * MINUTE
ANA, BEN = ({"teams": TEAMS, "now": LATER, "actor": name} for name in ("ana", "ben"))
SERIOUS = "incidents need two"


def test_a_plain_reply_goes_out_without_asking_and_the_trail_holds_no_word_of_it(conn):
    case = opened(conn)
    reply = write(conn, case.id, " Sorry, Lena! ", template="sorry", **ANA)
    assert (reply.state, reply.text) == ("approved", "Sorry, Lena!")
    gone = hand_over(conn, reply.id, to=COPIED, now=LATER, actor="ana")
    assert (gone.state, gone.handed_to, gone.handed_at) == ("handed", COPIED, LATER)
    assert actions(conn, case.id)[-2:] == ["reply written", "reply handed over"]
    assert "Lena" not in str(show_case(conn, case.id).audit)


def test_one_that_needs_two_waits_for_somebody_else(conn):
    reply = write(conn, opened(conn).id, "We look into it.", needs=SERIOUS, **ANA)
    with pytest.raises(Conflict, match=SERIOUS):
        hand_over(conn, reply.id, to=COPIED, now=LATER, actor="ana")
    with pytest.raises(Conflict, match="somebody else"):
        approve(conn, reply.id, **ANA)
    with pytest.raises(Conflict, match="is no agent"):
        approve(conn, reply.id, teams=TEAMS, now=LATER, actor="cockpit")
    yes = approve(conn, reply.id, **BEN)
    assert (yes.state, yes.approved_by) == ("approved", "ben")
    assert approve(conn, reply.id, **BEN) == yes
    assert hand_over(conn, reply.id, to="hub", now=LATER, actor="ana").state == "handed"
    trail = [line for line in show_case(conn, reply.case_id).audit if "reply" in line.detail]
    assert [(line.actor, line.action) for line in trail] == [
        ("ana", "reply written"),
        ("ben", "reply approved"),
        ("ana", "reply handed over"),
    ]


def test_who_writes_one_that_needs_two_has_to_be_somebody(conn):
    with pytest.raises(Conflict, match="say who you are"):
        write(conn, opened(conn).id, "Hi", needs=SERIOUS, teams=TEAMS, now=LATER, actor="cockpit")


def test_the_same_again_changes_nothing(conn):
    case = opened(conn)
    first = write(conn, case.id, "Hi", **ANA)
    assert write(conn, case.id, "Hi", **ANA) == first
    hand_over(conn, first.id, to=COPIED, now=LATER, actor="ana")
    done = actions(conn, case.id)
    hand_over(conn, first.id, to=COPIED, now=LATER, actor="ana")
    assert actions(conn, case.id) == done
    with pytest.raises(Conflict, match="went to copy"):
        hand_over(conn, first.id, to="hub", now=LATER, actor="ana")


def test_a_withdrawn_reply_goes_nowhere(conn):
    reply = write(conn, opened(conn).id, "Hi", **ANA)
    assert withdraw(conn, reply.id, now=LATER, actor="ana").state == "withdrawn"
    withdraw(conn, reply.id, now=LATER, actor="ana")
    with pytest.raises(Conflict, match="was withdrawn"):
        hand_over(conn, reply.id, to=COPIED, now=LATER, actor="ana")


def test_what_is_no_reply_or_has_no_living_case_is_refused(conn):
    case = alerted(conn)
    with pytest.raises(UntaggedError, match="needs words"):
        write(conn, case.id, " \x00", **ANA)
    with pytest.raises(UntaggedError, match="shorten"):
        write(conn, case.id, "a" * 40_001, **ANA)
    with pytest.raises(NotFound):
        hand_over(conn, 999, to=COPIED, now=LATER, actor="ana")
    resolve(conn, case.id, now=LATER, actor="ana")
    with pytest.raises(Conflict, match="reopen"):
        write(conn, case.id, "Hi", **ANA)


def test_only_what_was_handed_over_counts_as_used(conn):
    case = opened(conn)
    for number, text in enumerate(("one", "two", "three")):
        reply = write(conn, case.id, text, template="sorry", **ANA)
        if number:
            hand_over(conn, reply.id, to=COPIED, now=LATER, actor="ana")
    assert template_uses(conn) == {"sorry": 2}


def test_a_deleted_post_takes_the_words_that_answered_it_along(conn):
    case = opened(conn)
    write(conn, case.id, "Sorry, Lena!", **ANA)
    mention_deleted(conn, "board:1", now=LATER)
    assert [one.text for one in replies_of(conn, case.id)] == [""]


def test_a_reply_whose_words_were_forgotten_goes_nowhere(conn):
    case = opened(conn)
    ready = write(conn, case.id, "Sorry, Lena!", **ANA)
    waiting = write(conn, case.id, "We look into it, Lena.", needs=SERIOUS, **ANA)
    mention_deleted(conn, "board:1", now=LATER)
    with pytest.raises(Conflict, match="forgotten"):
        hand_over(conn, ready.id, to="hub", now=LATER, actor="ana")
    with pytest.raises(Conflict, match="forgotten"):
        approve(conn, waiting.id, **BEN)
    assert withdraw(conn, ready.id, now=LATER, actor="ana").state == "withdrawn"


@pytest.mark.parametrize("number", [-1, 0, 2**31, 2**63, 10**30])
def test_a_number_that_no_database_holds_is_not_there(conn, number):
    with pytest.raises(NotFound):
        show_case(conn, number)
    with pytest.raises(NotFound):
        withdraw(conn, number, now=LATER, actor="ana")
