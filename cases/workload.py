"""Workload: how many open cases each agent of each team has now, and how many wait for nobody."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from cases.tables import cases
from cases.team import Team


@dataclass(frozen=True, slots=True)
class Work:
    """An agent's open cases of a team ('' are those that nobody has), and those past due.

    `not_there` is why nothing comes to them now, '' if it can.
    """

    team: str
    agent: str
    open: int
    overdue: int
    capacity: int | None = None
    not_there: str = ""


def workload(conn: Connection, teams: Sequence[Team], now: datetime) -> list[Work]:
    """Each team in turn: its agents, those no longer of it who still have cases, and nobody."""
    query = (
        select(
            cases.c.team,
            cases.c.agent,
            func.count().label("open"),
            func.count().filter(cases.c.due_at < now).label("overdue"),
        )
        .where(cases.c.status == "open")
        .group_by(cases.c.team, cases.c.agent)
        .order_by(cases.c.team, cases.c.agent)
    )
    held = {(row.team, row.agent): (row.open, row.overdue) for row in conn.execute(query)}
    known = [work for team in teams for work in _of_team(team, held, now)]
    left = [Work(team, agent, *counts) for (team, agent), counts in held.items()]
    return [*known, *left]


def _of_team(
    team: Team, held: dict[tuple[str, str], tuple[int, int]], now: datetime
) -> Iterator[Work]:
    for agent in team.agents:
        counts = held.pop((team.name, agent.name), (0, 0))
        why = team.not_there(agent, now)
        yield Work(team.name, agent.name, *counts, capacity=agent.capacity, not_there=why)
    for name, who in [key for key in held if key[0] == team.name]:
        yield Work(name, who, *held.pop((name, who)))
