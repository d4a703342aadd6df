"""Reception: who takes a new case while its team is closed. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cases.case import Case
from cases.team import Team, find_team

OnCall = Callable[[datetime], str | None]


def nobody(_at: datetime) -> str | None:
    """No schedule says who is on call."""
    return None


@dataclass(frozen=True, slots=True)
class Reception:
    """The team that takes the case, the agent on call (or ''), and why it is they ('' by route)."""

    team: Team
    agent: str = ""
    why: str = ""
    is_closed: bool = False


def receive(
    team: Team, teams: Sequence[Team], now: datetime, on_call: OnCall = nobody
) -> Reception:
    """The team itself while it works; else the first of `hand_over` that does; else who is on call.

    If there is none of them the case waits for the team (`is_closed`).
    """
    if team.calendar is None or team.calendar.is_open(now):
        return Reception(team)
    closed = f"{team.name} is closed until {team.calendar.said(team.calendar.next_open(now))}"
    for name in team.hand_over:
        other = find_team(teams, name)
        if other.is_open(now):
            return Reception(other, why=f"{closed}, so {name} takes it")
    agent = on_call(now)
    for roster in (team, *teams):
        if agent and any(one.name == agent for one in roster.agents):
            return Reception(roster, agent, f"{closed}, and {agent} is on call")
    return Reception(team, why=closed, is_closed=True)


def expectation(case: Case, team: Team, now: datetime) -> str:
    """What the author may be told: when the team opens and by when an answer is promised."""
    if team.calendar is None or team.calendar.is_open(now):
        return ""
    opens = team.calendar.said(team.calendar.next_open(now))
    promised = case.frt_due_at
    by = f"; expect an answer by {team.calendar.said(promised)}" if promised else ""
    return f"{team.name} opens at {opens}{by}."
