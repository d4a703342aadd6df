"""Whoever takes the turns of several teams takes them in one order: nobody waits in a ring."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from sqlalchemy import Engine

from cases.desk import assign, list_cases, lock_turns
from cases.routing import Route
from tests.cases.world import NOON, TEAMS, TO_CARE, opened

TO_SUPPORT = Route("technical", "support", "medium", "standard", (), "technical")
ORDERS = ((TO_CARE, TO_SUPPORT), (TO_SUPPORT, TO_CARE))


def test_two_who_open_cases_of_two_teams_the_other_way_round_both_can(shared_desk: Engine) -> None:
    with shared_desk.begin() as conn:
        for number, (route, _) in enumerate(ORDERS):  # so that the rows of both turns are there
            opened(conn, f"before {number}", route=route)
    half_way = threading.Barrier(2)

    def both(number: int) -> None:
        with shared_desk.begin() as conn:
            lock_turns(conn, TEAMS if number else TEAMS[::-1])
            for part, route in enumerate(ORDERS[number]):
                opened(conn, f"{number} {part}", route=route)
                with suppress(threading.BrokenBarrierError):  # the other one waits for the turns
                    half_way.wait(timeout=0.5)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(both, range(2)))
    with shared_desk.begin() as conn:
        assert len(list_cases(conn)) == 6


def test_a_person_who_assigns_a_case_waits_for_the_turn_before_they_take_the_case(
    shared_desk: Engine,
) -> None:
    with shared_desk.begin() as conn:
        case = opened(conn).case
    turn_is_taken = threading.Event()

    def by_hand() -> None:
        turn_is_taken.wait(timeout=30)
        with shared_desk.begin() as conn:
            assign(conn, case.id, teams=TEAMS, now=NOON, actor="ana")

    with ThreadPoolExecutor(1) as pool:
        with shared_desk.begin() as conn:
            opened(conn, "another")  # takes the turn
            turn_is_taken.set()
            done = pool.submit(by_hand)
            threading.Event().wait(0.3)  # they stand at the turn by now
            opened(conn, "2", thread="1")  # takes the case, which a ring would never give
        done.result(timeout=30)
