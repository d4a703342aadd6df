"""Tickets on both databases: one for a case and desk, told of each post once, following."""

import threading

import pytest
from sqlalchemy import Engine

from cases import desk, tickets
from cases.following import follow
from mentions.errors import Conflict, NotFound
from tests.cases.world import HOUR, MINUTE, NOON, actions, opened, trail_agrees

AT = NOON + 10 * MINUTE


def begun(conn, case_id: int, name: str = "zendesk", token: str = "a"):
    return tickets.begin_ticket(conn, case_id, name, token=token, now=AT, actor="ana")


def followed(conn, ticket, status, *, at=AT + HOUR, answers=()):
    return follow(
        conn,
        ticket.id,
        status=status,
        said=status or "",
        seen=str(at),
        answers=answers,
        look_at=at,
        now=at,
    )


def made(conn, ticket):
    known = {"there": "7", "number": "#7", "url": "https://desk.example/7"}
    return tickets.was_made(conn, ticket, **known, look_at=AT, now=AT)


def test_a_case_has_one_ticket_at_a_desk(conn):
    case = opened(conn).case
    first, begins = begun(conn, case.id)
    again, begins_again = begun(conn, case.id, token="b")
    assert (begins, begins_again) == (True, False)
    assert again == first
    other, begins = begun(conn, case.id, "jira")
    assert begins
    assert tickets.tickets_of(conn, case.id) == [first, other]
    assert actions(conn, case.id)[-2:] == ["handed over"] * 2


@pytest.mark.parametrize("how", ["resolved", "merged"])
def test_only_a_living_case_is_handed_over(conn, how):
    case, other = opened(conn, "1").case, opened(conn, "2").case
    if how == "resolved":
        desk.resolve(conn, case.id, now=AT, actor="ana")
    else:
        desk.merge(conn, case.id, into=other.id, now=AT, actor="ana")
    with pytest.raises(Conflict):
        begun(conn, case.id)


def test_two_who_hand_over_at_once_make_one_ticket(shared_desk: Engine):
    with shared_desk.begin() as conn:
        case = opened(conn).case
    starting, found = threading.Barrier(4), []

    def hand_over(token: str) -> None:
        starting.wait()
        with shared_desk.begin() as conn:
            found.append(begun(conn, case.id, token=token))

    threads = [threading.Thread(target=hand_over, args=(str(n),)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({ticket.key for ticket, _ in found}) == 1
    assert sum(begins for _, begins in found) == 1


def test_a_desk_is_told_of_later_posts_once(conn):
    case = opened(conn, "1").case
    ticket, _ = begun(conn, case.id)
    assert tickets.untold_posts(conn, ["zendesk"], now=AT, limit=10) == []
    opened(conn, "2", thread="1")
    assert tickets.untold_posts(conn, ["zendesk"], now=AT, limit=10) == [], "it is not there yet"
    ticket = made(conn, ticket)
    (one,) = tickets.untold_posts(conn, ["zendesk", "x"], now=AT, limit=10)
    assert one.ticket == ticket
    assert tickets.untold_posts(conn, ["x"], now=AT, limit=10) == []
    tickets.mark_told(conn, ticket.id, [one.post_id])
    assert tickets.untold_posts(conn, ["zendesk"], now=AT, limit=10) == []


def test_what_is_apart_is_wanted_once(conn):
    case = opened(conn).case
    ticket = made(conn, begun(conn, case.id)[0])
    assert tickets.apart(conn, ["zendesk"], limit=10) == []
    desk.resolve(conn, case.id, now=AT, actor="ana")
    assert tickets.apart(conn, ["zendesk"], limit=10) == [(ticket, "resolved")]
    tickets.write(conn, ticket, wanted="resolved")
    assert tickets.apart(conn, ["zendesk"], limit=10) == []
    followed(conn, ticket, "resolved")
    desk.reopen(conn, case.id, now=AT, actor="ana")
    ((_, wanted),) = tickets.apart(conn, ["zendesk"], limit=10)
    assert wanted == "open"


def test_a_desk_is_asked_about_what_is_due_and_not_long_over(conn):
    case = opened(conn).case
    ticket = made(conn, begun(conn, case.id)[0])
    assert tickets.due_tickets(conn, "zendesk", now=AT - MINUTE, limit=10) == []
    assert tickets.due_tickets(conn, "zendesk", now=AT, limit=10) == [ticket]
    desk.resolve(conn, case.id, now=AT, actor="ana")
    soon, late = AT + tickets.FOLLOWED - MINUTE, AT + tickets.FOLLOWED
    assert tickets.due_tickets(conn, "zendesk", now=soon, limit=10) == [ticket]
    assert tickets.due_tickets(conn, "zendesk", now=late, limit=10) == []
    tickets.postpone(conn, "zendesk", until=soon)
    assert tickets.due_tickets(conn, "zendesk", now=soon - MINUTE, limit=10) == []


@pytest.mark.parametrize("status", ["open", "pending", "resolved"])
def test_following_twice_is_following_once_and_the_trail_tells_it(conn, status):
    case = opened(conn).case
    ticket = made(conn, begun(conn, case.id)[0])
    answers = [AT + 2 * MINUTE, AT + 5 * MINUTE]
    first = followed(conn, ticket, status, answers=answers)
    before = actions(conn, case.id)
    assert followed(conn, ticket, status, answers=answers) == first
    assert actions(conn, case.id) == before
    after = desk.show_case(conn, case.id).case
    assert after.status == status
    assert (after.first_reply_at, after.last_reply_at) == tuple(answers)
    assert trail_agrees(conn, case.id)


def test_a_snoozed_case_sleeps_on_while_the_desk_waits_or_works(conn):
    case = opened(conn).case
    ticket = made(conn, begun(conn, case.id)[0])
    desk.snooze(conn, case.id, AT + 5 * HOUR, now=AT, actor="ana")
    for status in ("pending", "open"):
        followed(conn, ticket, status)
        assert desk.show_case(conn, case.id).case.status == "snoozed"
    followed(conn, ticket, "resolved")
    assert desk.show_case(conn, case.id).case.status == "resolved"


def test_an_answer_after_the_case_was_resolved_here_counts(conn):
    case = opened(conn).case
    ticket = made(conn, begun(conn, case.id)[0])
    desk.resolve(conn, case.id, now=AT, actor="ana")
    followed(conn, ticket, "open", answers=[AT - MINUTE])
    assert desk.show_case(conn, case.id).case.first_reply_at == AT - MINUTE


def test_a_message_is_new_once_for_each_desk(conn):
    assert not tickets.came_before(conn, "crm", "m-1", now=AT)
    assert tickets.came_before(conn, "crm", "m-1", now=AT)
    assert not tickets.came_before(conn, "other", "m-1", now=AT)
    later = AT + tickets.MESSAGES_KEPT + MINUTE
    assert not tickets.came_before(conn, "crm", "m-1", now=later)


def test_what_is_not_there_is_said(conn):
    with pytest.raises(NotFound, match="there is no ticket 5"):
        tickets.read_ticket(conn, 5)
    with pytest.raises(NotFound, match="under the key 'x'"):
        tickets.ticket_of_key(conn, "crm", "x")
    assert tickets.read_post(conn, 5) is None
