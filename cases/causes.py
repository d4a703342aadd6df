"""Causes: why a promise was missed, decided from the case's trail. Pure.

The time from the beginning of the promise to when it was due is looked at in equal steps; what kept
the case from being answered at most of them is the cause. Who was on duty is judged by the
calendars and absences of the settings as they are now.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from cases.calendar import before
from cases.case import AuditEntry, Case
from cases.clocks import THRESHOLDS, ClockKind
from cases.policy import SlaPolicy
from cases.team import Team
from mentions.times import said_duration

CauseName = Literal[
    "brought late",
    "on hold",
    "nobody on duty",
    "team at capacity",
    "unassigned",
    "reopened",
    "not closed",
    "agent off duty",
    "handed over",
    "overload",
    "waited with its agent",
]
MEANING: Mapping[CauseName, str] = {
    "brought late": "the post came to us only then",
    "on hold": "the case was pending or snoozed",
    "nobody on duty": "no agent of the team was there",
    "team at capacity": "whoever was there had as many cases as they may",
    "unassigned": "somebody was there, and nobody had the case",
    "reopened": "the case was opened again with little time left",
    "not closed": "the author had been answered, and the case was not resolved",
    "agent off duty": "the agent who had it was not there",
    "handed over": "it had moved to another agent, team or help desk",
    "overload": "the agent who had it answered others without a pause",
    "waited with its agent": "the agent who had it was there and did not answer",
}
STEPS = 60
BUSY = 0.5
"""Whose answers took half of the time that a case waited with them was busy with others."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A promise that was not kept: `kind` was due at `due_at` and counted from `since`."""

    case: Case
    kind: ClockKind
    since: datetime
    due_at: datetime

    @classmethod
    def of(cls, case: Case, kind: ClockKind, due_at: datetime) -> "Missed":
        """FRT and RT count from the post, NRT as long before as was promised."""
        if kind != "NRT":
            return cls(case, kind, min(case.published_at, due_at), due_at)
        policy = SlaPolicy.from_terms(case.terms)
        span = policy.promise(THRESHOLDS[kind], case.priority) or timedelta(0)
        return cls(case, kind, before(policy.worked, due_at, span), due_at)


@dataclass(frozen=True, slots=True)
class Cause:
    """What took most of the time, and in a sentence how much of it."""

    missed: Missed
    name: CauseName
    reason: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the cause is decided by: the case's trail, oldest first, the teams by name, when each
    agent gave answers, in order, and how long a case takes.
    """

    trail: Sequence[AuditEntry]
    teams: Mapping[str, Team]
    answers: Mapping[str, Sequence[datetime]]
    handling: timedelta


def cause(missed: Missed, known: Known) -> Cause:
    """Why the promise was missed."""
    span = missed.due_at - missed.since
    moments = [missed.since + span * (step + 0.5) / STEPS for step in range(STEPS)]
    seen = [_state(missed, known, at) for at in moments]
    counted = Counter(_obstacle(missed, known, state) for state in seen)
    most = max(MEANING, key=lambda name: counted[name])  # of equals the first of the list
    took, whole = said_duration(span * counted[most] / STEPS), said_duration(span)
    last = seen[-1]
    reason = f"{MEANING[most]}, for {took} of the {whole} promised"
    detail = _detail(most, last, known, missed)
    return Cause(missed, most, f"{reason}{detail}")


@dataclass(frozen=True, slots=True)
class _State:
    """The case at a moment: who had it since when, and what had happened to it."""

    at: datetime
    is_there: bool
    team: str
    agent: str
    since: datetime
    status: str
    assign_reason: str
    moved: bool
    reopened: bool
    answered: bool


def _state(missed: Missed, known: Known, at: datetime) -> _State:
    values: dict[str, str] = {"team": missed.case.team, "agent": "", "status": "open"}
    is_there, since, moved, reopened, answered = False, missed.since, False, False, False
    for line in known.trail:
        if line.at > at:
            break
        changed = line.detail.get("changed", {})
        had = values.get("agent", "")
        for name in ("team", "agent", "status", "assign_reason"):
            if name in changed:
                values[name] = str(changed[name][1] or "")
        if "agent" in changed:
            since = line.at
            moved = moved or bool(had and values["agent"] and line.at >= missed.since)
        is_there = is_there or line.action == "opened"
        moved = moved or (line.action == "handed over" and line.at >= missed.since)
        reopened = reopened or (line.action == "reopened" and line.at >= missed.since)
        answered = (answered or line.action == "answered") and line.action != "reopened"
    return _State(
        at,
        is_there,
        values["team"],
        values["agent"],
        since,
        values["status"],
        values.get("assign_reason", ""),
        moved,
        reopened,
        answered,
    )


def _obstacle(missed: Missed, known: Known, state: _State) -> CauseName:
    """What kept the case from being answered then."""
    if not state.is_there:
        return "brought late"
    if state.status != "open":
        return "on hold"
    if missed.kind == "RT" and (state.answered or state.reopened):
        return "not closed" if state.answered else "reopened"
    team = known.teams.get(state.team)
    if not state.agent:
        return _of_nobodys(team, state)
    return _of_agents(missed, known, state, team)


def _of_agents(missed: Missed, known: Known, state: _State, team: Team | None) -> CauseName:
    agent = next((one for one in team.agents if one.name == state.agent), None) if team else None
    if team is not None and agent is not None and not team.is_there(agent, state.at):
        return "agent off duty"
    if state.moved:
        return "handed over"
    is_busy = _is_busy(known, state, missed.due_at)
    return "overload" if is_busy else "waited with its agent"


def _of_nobodys(team: Team | None, state: _State) -> CauseName:
    if team is None or not any(team.is_there(agent, state.at) for agent in team.agents):
        return "nobody on duty"
    return "team at capacity" if "is at capacity" in state.assign_reason else "unassigned"


def _is_busy(known: Known, state: _State, due_at: datetime) -> bool:
    """Whether the agent's other answers took much of the time until the promise was due."""
    span = due_at - state.since
    return _others(known, state, due_at) * known.handling >= BUSY * span > timedelta(0)


def _others(known: Known, state: _State, due_at: datetime) -> int:
    """How many answers the agent gave between getting the case and its being due."""
    given = known.answers.get(state.agent, ())
    return bisect_right(given, due_at) - bisect_right(given, state.since)


def _detail(name: CauseName, last: _State, known: Known, missed: Missed) -> str:
    if name == "overload":
        others = _others(known, last, missed.due_at)
        return f": {last.agent} answered {others} others"
    if name in ("waited with its agent", "agent off duty", "handed over") and last.agent:
        return f": {last.agent} had it"
    if name == "team at capacity":
        full = ", ".join(re.findall(r"([\w.@ -]+ is at capacity \d+)", last.assign_reason))
        return f": {full.strip()}" if full else ""
    return ""
