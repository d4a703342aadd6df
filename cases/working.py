"""Working a case: who has it, and what state it is in.

Every function takes a connection inside the caller's transaction and the `version` that the
person saw, where they saw one. Raises NotFound, and Conflict where the state does not allow it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from cases.assignment import Need, Pick, lock_turns, next_agent, take_turn
from cases.case import SYSTEM, Case
from cases.clocks import restarted, stopped
from cases.ledger import (
    change,
    read_case,
    read_cases,
    read_living,
    refuse_outdated,
)
from cases.tables import cases
from cases.team import Team, find_team
from cases.watching import watch_also
from mentions.errors import Conflict, UntaggedError

LONGEST_SNOOZE = timedelta(days=366)


def assign(
    conn: Connection,
    case_id: int,
    *,
    agent: str | None = None,
    team: str | None = None,
    teams: Sequence[Team],
    now: datetime,
    actor: str,
    version: int | None = None,
) -> Case:
    """Give the case to an agent, or to a team, whose next agent in turn gets it.

    With both, the agent must be of that team; with the agent alone, of the case's team. Whoever
    hands their own case on watches it from then on.
    """
    if agent is None:  # turns are locked before cases
        lock_turns(conn, [find_team(teams, team or read_case(conn, case_id).team)])
    case = read_living(conn, case_id, version=version, doing="assign")
    roster = find_team(teams, team or case.team)
    chosen = (
        next_agent(conn, roster, Need.of(case), now=now)
        if agent is None
        else _by_hand(roster, agent, actor, now)
    )
    if (roster.name, chosen.agent) == (case.team, case.agent):
        return case
    values = {"team": roster.name, "agent": chosen.agent, "assign_reason": chosen.reason}
    if agent is None:
        take_turn(conn, roster, chosen)
    if case.agent and case.agent == actor:
        watch_also(conn, case.id, [actor], now=now)
    return change(conn, case, now=now, actor=actor, action="assigned", values=values)


def _by_hand(team: Team, name: str, actor: str, now: datetime) -> Pick:
    if why := team.agent(name).absent(now, team.calendar):
        raise Conflict(f"{name} {why}; assign somebody else of {team.name}")
    return Pick(name, f"by hand, by {actor}")


def claim(
    conn: Connection,
    case_id: int,
    agent: str,
    *,
    teams: Sequence[Team],
    now: datetime,
    version: int | None = None,
) -> Case:
    """The agent takes a case that nobody has; one they already have stays theirs.

    Of many who claim at once, one gets it and the others get a Conflict that names who has it.
    """
    case = read_living(conn, case_id, version=version, doing="claim")
    find_team(teams, case.team).agent(agent)
    if case.agent == agent:
        return case
    if case.agent:
        raise Conflict(f"case {case.id} is {case.agent}'s; ask them, or assign it to yourself")
    return _claimed(conn, case, agent, now)


def claim_next(
    conn: Connection, team: str, agent: str, *, teams: Sequence[Team], now: datetime
) -> Case | None:
    """The agent takes the team's most pressing open case that nobody has; None if there is none."""
    find_team(teams, team).agent(agent)
    nobodys = (cases.c.team == team, cases.c.agent == "", cases.c.status == "open")
    soonest = (cases.c.due_at.is_(None), cases.c.due_at)
    found = read_cases(conn, *nobodys, order=soonest, limit=1, for_change=True, skip_taken=True)
    return _claimed(conn, found[0], agent, now) if found else None


def _claimed(conn: Connection, case: Case, agent: str, now: datetime) -> Case:
    values = {"agent": agent, "assign_reason": f"claimed by {agent}"}
    return change(conn, case, now=now, actor=agent, action="claimed", values=values)


def release(
    conn: Connection, case_id: int, *, now: datetime, actor: str, version: int | None = None
) -> Case:
    """Nobody has the case any more; it waits for the next turn or claim."""
    case = read_living(conn, case_id, version=version, doing="release")
    if not case.agent:
        return case
    values = {"agent": "", "assign_reason": f"unassigned: released by {actor}"}
    return change(conn, case, now=now, actor=actor, action="released", values=values)


def pend(
    conn: Connection, case_id: int, *, now: datetime, actor: str, version: int | None = None
) -> Case:
    """The case waits for the author or somebody else; its clocks stand still."""
    case = read_living(conn, case_id, version=version, doing="set pending")
    if case.status == "pending":
        return case
    values = stopped(case, "pending", now)
    return change(conn, case, now=now, actor=actor, action="pending", values=values)


def snooze(
    conn: Connection,
    case_id: int,
    until: datetime,
    *,
    now: datetime,
    actor: str,
    version: int | None = None,
) -> Case:
    """The case comes back by itself at `until`; until then its clocks stand still."""
    if not now < until <= now + LONGEST_SNOOZE:
        raise UntaggedError("a snooze ends after now and within a year; give such a time")
    case = read_living(conn, case_id, version=version, doing="snooze")
    values = {**stopped(case, "snoozed", now), "snoozed_until": until}
    return change(conn, case, now=now, actor=actor, action="snoozed", values=values)


def wake_snoozed(conn: Connection, now: datetime) -> list[Case]:
    """Open every case whose snooze is over; its clocks go on from the end of the snooze."""
    over = (cases.c.status == "snoozed", cases.c.snoozed_until <= now)
    woken = []
    for case in read_cases(conn, *over, for_change=True, skip_taken=True):
        values = restarted(case, case.snoozed_until or now)
        woken.append(change(conn, case, now=now, actor=SYSTEM, action="woken", values=values))
    return woken


def resolve(
    conn: Connection, case_id: int, *, now: datetime, actor: str, version: int | None = None
) -> Case:
    """The case is done; its clocks stop for good unless it is reopened."""
    case = read_living(conn, case_id, version=version, doing="resolve")
    values = {**stopped(case, "resolved", now), "resolved_at": now}
    return change(conn, case, now=now, actor=actor, action="resolved", values=values)


def reopen(
    conn: Connection, case_id: int, *, now: datetime, actor: str, version: int | None = None
) -> Case:
    """The case is open again, with whoever had it; its clocks go on where they stood.

    Raises Conflict for a merged case, and where a later case already goes on with it.
    """
    case = read_case(conn, case_id, for_change=True)
    refuse_outdated(case, version)
    if case.status == "merged":
        raise Conflict(f"case {case.id} was merged into case {case.merged_into}; reopen that one")
    if case.status == "open":
        return case
    values = restarted(case, now)
    return open_again(conn, case, values, "reopened", now=now, actor=actor)


def open_again(
    conn: Connection,
    case: Case,
    values: dict[str, Any],
    action: str,
    *,
    now: datetime,
    actor: str,
) -> Case:
    """Write the values that open the case. Raises Conflict where a later case goes on with it."""
    try:
        with conn.begin_nested():
            return change(conn, case, now=now, actor=actor, action=action, values=values)
    except IntegrityError as error:
        raise Conflict(
            f"another case goes on with what case {case.id} was about; work there and merge"
        ) from error
