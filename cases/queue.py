"""The queue: what nobody has is given out, and what is left lying comes back.

For every round: somebody came on shift, came back or has room again; somebody left, or let a case
wait untouched.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, or_, select

from cases.assignment import Need, loads, next_agent, take_turn
from cases.calendar import working_time
from cases.case import SYSTEM, Case
from cases.ledger import change, read_cases
from cases.tables import cases
from cases.team import Team
from mentions.times import said_duration

_UNANSWERED = (
    cases.c.status == "open",
    cases.c.no_reply == "",
    or_(cases.c.first_reply_at.is_(None), cases.c.nrt_due_at.is_not(None)),
)
_SOONEST = (cases.c.due_at.is_(None), cases.c.due_at)


def assign_waiting(
    conn: Connection, *, teams: Sequence[Team], now: datetime, limit: int = 100
) -> list[Case]:
    """Give open cases that nobody has to whoever can take them now, the most pressing first.

    At most `limit` of each team. Cases of teams no longer there stay.
    """
    return [case for team in teams for case in _given_out(conn, team, now, limit)]


def _somebody_is_free(conn: Connection, team: Team, now: datetime) -> bool:
    """Whether it is worth looking: at night, and when all are full, most rounds end here."""
    there = [agent for agent in team.agents if team.is_there(agent, now)]
    counted = loads(conn, team) if there else {}
    return any(one.capacity is None or counted.get(one.name, 0) < one.capacity for one in there)


def _given_out(conn: Connection, team: Team, now: datetime, limit: int) -> Iterator[Case]:
    nobodys = (cases.c.agent == "", cases.c.status == "open", cases.c.team == team.name)
    hopeless: set[tuple[str, str]] = set()
    known, left = -1, limit
    while known < len(hopeless) and left > 0 and _somebody_is_free(conn, team, now):
        known = len(hopeless)
        others = [or_(cases.c.lang != lang, cases.c.intent != what) for lang, what in hopeless]
        for case in read_cases(
            conn, *nobodys, *others, order=_SOONEST, limit=left, for_change=True, skip_taken=True
        ):
            need = Need.of(case)
            if (need.lang, need.intent) in hopeless:
                continue
            chosen = next_agent(conn, team, need, now=now)
            if not chosen.agent:  # nor will anybody take the next one like it: look behind them
                hopeless.add((need.lang, need.intent))
                continue
            take_turn(conn, team, chosen)
            values = {"agent": chosen.agent, "assign_reason": chosen.reason}
            yield change(conn, case, now=now, actor=SYSTEM, action="assigned", values=values)
            left -= 1


def take_back(conn: Connection, *, teams: Sequence[Team], now: datetime) -> list[Case]:
    """Take unanswered cases from agents who left, or who let them lie for `unassign_after`.

    A colleague who can gets them at once. Without one, those of an absent agent wait for the next
    turn or claim, and those that merely lie stay where they are.
    """
    taken: list[Case] = []
    for team in teams:
        taken += _from_absent(conn, team, now)
        taken += _from_silent(conn, team, now)
    return taken


def _from_absent(conn: Connection, team: Team, now: datetime) -> Iterator[Case]:
    absent = {
        agent.name: f"{agent.name} {why}"
        for agent in team.agents
        if (why := agent.absent(now, team.calendar))
    }
    if not absent:
        return
    theirs = (cases.c.agent.in_(absent), cases.c.team == team.name, *_UNANSWERED)
    for case in read_cases(conn, *theirs, order=_SOONEST, for_change=True, skip_taken=True):
        why = absent[case.agent]
        back = _handed_on(conn, team, case, why, now)
        if back is None:
            values = {"agent": "", "assign_reason": f"unassigned: {why}"}
            back = change(conn, case, now=now, actor=SYSTEM, action="released", values=values)
        yield back


def _from_silent(conn: Connection, team: Team, now: datetime) -> Iterator[Case]:
    after = team.unassign_after
    if after is None or not _somebody_is_free(conn, team, now):
        return
    lying = (
        cases.c.team == team.name,
        cases.c.agent.in_([agent.name for agent in team.agents]),
        cases.c.touched_at <= now - after,
        *_UNANSWERED,
    )
    worked = _left_lying(conn, team, lying, after, now)
    hopeless: set[tuple[str, str, str]] = set()
    for case in _locked(conn, worked, lying):
        asks = (case.agent, case.lang, case.intent)
        if asks in hopeless:
            continue
        why = f"{case.agent} did nothing for {said_duration(after)}"
        if (moved := _handed_on(conn, team, case, why, now)) is None:
            hopeless.add(asks)
        else:
            yield moved


def _left_lying(
    conn: Connection,
    team: Team,
    lying: Sequence[ColumnElement[bool]],
    after: timedelta,
    now: datetime,
) -> list[int]:
    """The cases whose agent let as much working time pass, the most pressing first."""
    seen = select(cases.c.id, cases.c.agent, cases.c.touched_at).where(*lying).order_by(*_SOONEST)
    return [
        row.id
        for row in conn.execute(seen)
        if working_time(team.calendar_of(team.agent(row.agent)), row.touched_at, now) >= after
    ]


def _locked(
    conn: Connection, case_ids: Sequence[int], lying: Sequence[ColumnElement[bool]]
) -> Iterator[Case]:
    """The cases one by one, without those that another transaction has, answered or moved on."""
    for case_id in case_ids:
        yield from read_cases(conn, cases.c.id == case_id, *lying, for_change=True, skip_taken=True)


def _handed_on(conn: Connection, team: Team, case: Case, why: str, now: datetime) -> Case | None:
    """The case with a colleague; None if none can take it."""
    chosen = next_agent(conn, team, Need.of(case), now=now, avoid=case.agent)
    if not chosen.agent:
        return None
    values = {"agent": chosen.agent, "assign_reason": f"{why}; {chosen.reason}"}
    moved = change(conn, case, now=now, actor=SYSTEM, action="reassigned", values=values)
    take_turn(conn, team, chosen)
    return moved
