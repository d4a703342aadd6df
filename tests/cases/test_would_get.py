"""A dry run names whoever gets the case when it is opened, and takes nobody's turn."""

import pytest
from sqlalchemy import Connection, func, select

from cases import desk
from cases.calendar import Calendar
from cases.routing import Route
from cases.tables import audit, cases, turns
from cases.team import Agent, Team
from tests.cases.world import CARE, HOUR, NOON, STANDARD, SUPPORT, TEAMS, opened, post

CLOSED = Calendar(zone="UTC", hours={"mon-sun": "20:00-22:00"})
NIGHT = Team(name="night", agents=(Agent(name="nia"),), calendar=CLOSED)
HANDING = NIGHT.model_copy(update={"hand_over": ("support",)})


def to(team: str) -> Route:
    return Route("rule", team, "medium", "standard", (), "why")


def on_call(_at):
    return "ben"


@pytest.mark.parametrize(
    ("team", "teams", "called", "agent", "why"),
    [
        ("care", TEAMS, None, "ana", "ana's turn"),
        ("night", (NIGHT, *TEAMS), None, "", "night is closed until"),
        ("night", (HANDING, *TEAMS), None, "dee", "so support takes it; "),
        ("night", (NIGHT, *TEAMS), on_call, "ben", "and ben is on call"),
    ],
)
def test_who_is_named_is_who_gets_it(conn: Connection, *, team, teams, called, agent, why):
    options = {"teams": teams, **({"on_call": called} if called else {})}
    told = desk.would_get(conn, post(), to(team), now=NOON + HOUR, **options)
    assert told.agent == agent
    assert why in told.reason
    case = opened(conn, route=to(team), policy=STANDARD, now=NOON + HOUR, **options).case
    assert case.agent == agent


def test_nobodys_turn_is_taken_and_nothing_is_written(conn: Connection):
    for _ in range(3):
        assert desk.would_get(conn, post(), to("care"), teams=TEAMS, now=NOON).agent == "ana"
    for table in (cases, turns, audit):
        assert conn.execute(select(func.count()).select_from(table)).scalar() == 0


def test_whoever_knows_the_author_is_named(conn: Connection):
    first = opened(conn).case
    desk.assign(conn, first.id, agent="cy", teams=(CARE, SUPPORT), now=NOON + HOUR, actor="ana")
    desk.resolve(conn, first.id, now=NOON + HOUR, actor="cy")
    again = post("2", author={"handle": "lena", "id": "77"})
    assert desk.would_get(conn, again, to("care"), teams=TEAMS, now=NOON + 2 * HOUR).agent == "cy"
