"""Many at once: never two cases for one conversation, never one case for two agents."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, func, select, text

from cases.case import LIVING
from cases.desk import (
    assign_waiting,
    be_there,
    breaches,
    claim,
    claim_next,
    hand_over,
    list_cases,
    mark_answered,
    merge,
    note,
    present,
    refuse_collision,
    show_case,
    take_back,
    take_news,
    unseen,
    wake_snoozed,
    watch,
    watchers_of,
    write,
)
from cases.desk import snooze as snooze_case
from cases.ledger import read_case
from cases.tables import audit, case_posts, cases, metadata
from cases.team import Agent, Team
from mentions.errors import Conflict
from tests.cases.world import HOUR, MINUTE, NOON, TEAMS, alerted, opened, trail_agrees

MANY = 50
AWAY = (Team(name="care", agents=(Agent(name="ana", away=True),)),)
CROWD = (Team(name="care", agents=tuple(Agent(name=f"agent {n}") for n in range(MANY))),)


def at_once(engine: Engine, work: Callable[[Connection, int], Any]) -> list[Any]:
    """What each of MANY threads got, or the Conflict, each in a transaction of its own."""
    start = threading.Barrier(MANY)

    def one(number: int) -> Any:
        start.wait(timeout=30)
        try:
            with engine.begin() as conn:
                return work(conn, number)
        except Conflict as refused:
            return refused

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(one, range(MANY)))


def count(engine: Engine, table) -> int:
    with engine.connect() as conn:
        return conn.execute(select(func.count()).select_from(table)).scalar_one()


def test_one_mention_opened_by_many_at_once_is_one_case(shared_desk):
    got = at_once(shared_desk, lambda conn, _: opened(conn))
    assert sum(one.is_new for one in got) == 1
    assert len({one.id for one in got}) == 1
    assert (count(shared_desk, cases), count(shared_desk, case_posts)) == (1, 1)


def test_one_conversation_opened_by_many_posts_at_once_is_one_case(shared_desk):
    got = at_once(shared_desk, lambda conn, n: opened(conn, str(n), thread="t"))
    assert Counter((one.is_new, one.has_joined) for one in got) == {
        (True, False): 1,
        (False, True): MANY - 1,
    }
    assert (count(shared_desk, cases), count(shared_desk, case_posts)) == (1, MANY)
    with shared_desk.begin() as conn:
        assert trail_agrees(conn, got[0].id)


def test_one_alert_opened_by_many_at_once_is_one_case(shared_desk):
    got = at_once(shared_desk, lambda conn, _: alerted(conn))
    assert sum(one.is_new for one in got) == 1
    assert count(shared_desk, cases) == 1


def test_the_turn_stays_fair_when_many_cases_open_at_once(shared_desk):
    got = at_once(shared_desk, lambda conn, n: opened(conn, str(n), teams=CROWD))
    assert Counter(one.case.agent for one in got) == Counter(a.name for a in CROWD[0].agents)


def test_one_case_claimed_by_many_at_once_is_one_agents(shared_desk):
    with shared_desk.begin() as conn:
        case = opened(conn, teams=AWAY).case
    got = at_once(
        shared_desk, lambda conn, n: claim(conn, case.id, f"agent {n}", teams=CROWD, now=NOON)
    )
    winners = [one for one in got if not isinstance(one, Conflict)]
    assert len(winners) == 1
    with shared_desk.begin() as conn:
        assert show_case(conn, case.id).case == winners[0]
        trail = conn.execute(select(audit.c.action).where(audit.c.case_id == case.id)).scalars()
        assert list(trail) == ["opened", "claimed"]


def test_many_who_take_the_next_case_at_once_never_share_one(shared_desk):
    with shared_desk.begin() as conn:
        for number in range(MANY):
            opened(conn, str(number), teams=AWAY)
    got = at_once(
        shared_desk, lambda conn, n: claim_next(conn, "care", f"agent {n}", teams=CROWD, now=NOON)
    )
    assert len({case.id for case in got}) == MANY
    assert {case.agent for case in got} == {agent.name for agent in CROWD[0].agents}


def test_a_missed_promise_is_noticed_by_one_of_many(shared_desk):
    with shared_desk.begin() as conn:
        for number in range(MANY):
            opened(conn, str(number))
    got = at_once(shared_desk, lambda conn, _: breaches(conn, NOON + 2 * HOUR))
    noticed = [breach.case.id for breach in chain.from_iterable(got)]
    assert len(noticed) == len(set(noticed)) == MANY


def test_a_snoozed_case_is_woken_by_one_of_many(shared_desk):
    with shared_desk.begin() as conn:
        case = opened(conn).case
        snooze_case(conn, case.id, NOON + HOUR, now=NOON + 9 * MINUTE, actor="ana")
    got = at_once(shared_desk, lambda conn, _: wake_snoozed(conn, NOON + 2 * HOUR))
    assert [one.id for one in chain.from_iterable(got)] == [case.id]


def test_an_answer_seen_by_many_at_once_is_written_once(shared_desk):
    with shared_desk.begin() as conn:
        case = opened(conn).case
    at_once(shared_desk, lambda conn, _: mark_answered(conn, "board:1", NOON + MINUTE, now=NOON))
    with shared_desk.begin() as conn:
        trail = [line.action for line in show_case(conn, case.id).audit]
    assert trail == ["opened", "assigned", "answered"]


def test_two_cases_merged_into_each_other_at_once_leave_one_living(shared_desk):
    with shared_desk.begin() as conn:
        pair = [opened(conn, "1").id, opened(conn, "2").id]
    got = at_once(
        shared_desk,
        lambda conn, n: merge(conn, pair[n % 2], into=pair[1 - n % 2], now=NOON, actor="ana"),
    )
    assert sum(not isinstance(one, Conflict) for one in got) == 1
    with shared_desk.begin() as conn:
        assert len(list_cases(conn, status=LIVING)) == 1
        assert all(trail_agrees(conn, case_id) for case_id in pair)


def test_a_backlog_given_out_by_many_at_once_goes_to_each_agent_in_turn(shared_desk):
    with shared_desk.begin() as conn:
        for number in range(MANY):
            opened(conn, str(number), teams=AWAY)
    at_once(shared_desk, lambda conn, _: assign_waiting(conn, teams=CROWD, now=NOON))
    with shared_desk.begin() as conn:
        assign_waiting(conn, teams=CROWD, now=NOON)  # what each left to another that was later
        held = list_cases(conn)
        assert {case.agent for case in held} == {agent.name for agent in CROWD[0].agents}
        assert all(len(show_case(conn, case.id).audit) == 2 for case in held)
        assert all(trail_agrees(conn, case.id) for case in held)


def test_a_case_that_lies_is_moved_by_one_of_many(shared_desk):
    prompt = (CROWD[0].model_copy(update={"unassign_after": HOUR}),)
    with shared_desk.begin() as conn:
        case = opened(conn, teams=prompt).case
    at = NOON + 2 * HOUR
    got = at_once(shared_desk, lambda conn, _: take_back(conn, teams=prompt, now=at))
    assert [one.id for one in chain.from_iterable(got)] == [case.id]
    with shared_desk.begin() as conn:
        moved = show_case(conn, case.id)
    assert [line.action for line in moved.audit] == ["opened", "assigned", "reassigned"]
    assert moved.case.agent != case.agent


def test_many_at_one_case_are_all_seen_and_change_nothing(shared_desk):
    with shared_desk.begin() as conn:
        case = opened(conn).case
    at_once(
        shared_desk,
        lambda conn, n: be_there(conn, case.id, f"agent {n}", is_writing=n % 2 == 0, now=NOON),
    )
    with shared_desk.begin() as conn:
        assert len(present(conn, [case.id], now=NOON)[case.id]) == MANY
        assert show_case(conn, case.id).case == case


def test_being_there_waits_for_nobody_who_has_the_case_locked(postgres_url):
    engine = create_engine(postgres_url)
    metadata.create_all(engine)
    with engine.begin() as conn:
        case = opened(conn).case
    with engine.begin() as working, engine.begin() as looking:
        read_case(working, case.id, for_change=True)
        looking.execute(text("SET LOCAL lock_timeout = '1s'"))  # an error if it had to wait
        be_there(looking, case.id, "ana", is_writing=True, now=NOON)
    engine.dispose()


def test_of_many_who_answer_at_once_one_goes_through_and_the_others_are_told(shared_desk):
    with shared_desk.begin() as conn:
        case = opened(conn).case
        replies = [
            write(conn, case.id, "Sorry!", now=NOON, actor=f"agent {n}") for n in range(MANY)
        ]

    def answer(conn, n):
        refuse_collision(conn, case.id, f"agent {n}", now=NOON, since=NOON)
        return hand_over(conn, replies[n].id, to="copy", now=NOON, actor=f"agent {n}")

    got = at_once(shared_desk, answer)
    assert sum(not isinstance(one, Conflict) for one in got) == 1


def test_news_taken_by_many_at_once_is_told_once(shared_desk):
    with shared_desk.begin() as conn:
        case = opened(conn).case
        for agent in ("ben", "cy", "dee"):
            watch(conn, case.id, agent, teams=TEAMS, now=NOON)
        note(conn, case.id, "look", now=NOON, actor="ana")
    got = at_once(shared_desk, lambda conn, _: take_news(conn))
    assert sorted(one.agent for one in chain.from_iterable(got)) == ["ben", "cy", "dee"]


def test_many_notes_at_once_that_name_one_agent_make_one_watcher(shared_desk):
    with shared_desk.begin() as conn:
        case = opened(conn).case
    at_once(
        shared_desk,
        lambda conn, n: note(conn, case.id, f"@dee {n}", now=NOON, actor="ana", teams=TEAMS),
    )
    with shared_desk.begin() as conn:
        assert watchers_of(conn, case.id) == ["dee"]
        assert len(unseen(conn, "dee")) == len(take_news(conn)) == MANY
