"""Assignment: who gets the next case of a team, and why.

Of those who are there, have room and the skills it goes to whoever knew its author last, else by
turn (`round_robin`) or to the least busy for their capacity (`balanced`, by turn among equals).
The turn of a team is the list of its agents, longest waiting first, kept in the database: a
restart keeps it, and whoever was skipped (away, full, another language) comes first next time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, select

from cases.case import Case
from cases.tables import cases, insert_once, turns
from cases.team import Agent, Team

UNKNOWN_LANGUAGE = "und"
REMEMBERED = timedelta(days=30)
"""How long an agent is said to know an author."""

_TURN = select(turns.c.waiting).where(turns.c.team == bindparam("of_team")).with_for_update()
_MOVE = turns.update().where(turns.c.team == bindparam("of_team"))
_LAST_WITH = (
    select(cases.c.agent)
    .where(
        cases.c.author == bindparam("of_author"),
        cases.c.opened_at >= bindparam("since"),
        cases.c.agent.in_(bindparam("agents", expanding=True)),
        cases.c.mention_id.startswith(bindparam("source"), autoescape=False),
    )
    .order_by(cases.c.opened_at.desc(), cases.c.id.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Need:
    """What a case asks of its agent: language, intent, and to know the author of its source."""

    lang: str = UNKNOWN_LANGUAGE
    intent: str = ""
    author: str = ""
    source: str = ""

    @classmethod
    def of(cls, case: Case) -> "Need":
        """What a case asks."""
        return cls.told(case.mention_id, case.lang, case.intent, case.author)

    @classmethod
    def told(cls, mention_id: str | None, lang: str, intent: str, author: str) -> "Need":
        """What a case of these asks; one of an alert has nobody's author."""
        source = (mention_id or "").partition(":")[0]
        return cls(lang, intent, author if source else "", source)


@dataclass(frozen=True, slots=True)
class Pick:
    """The agent who gets it, '' if nobody can take it, and the reason in a sentence.

    `waiting` is the turn once the agent has the case.
    """

    agent: str
    reason: str
    waiting: tuple[str, ...] = ()


def pick(
    team: Team,
    *,
    waiting: Sequence[str],
    loads: Mapping[str, int],
    need: Need,
    now: datetime,
    knew: str = "",
    avoid: str = "",
) -> Pick:
    """Choose. Pure.

    `waiting` are agents, longest waiting first; those not in it never had a turn and come before.
    `loads` counts each agent's open cases, `knew` is who answered the author last, `avoid` who
    must not get it. A post in a known language (or of an intent) goes to an agent who lists it or
    who lists none; if the team has nobody like that, to anybody, and the reason says so.
    """
    if not team.agents:
        return Pick("", f"unassigned: team {team.name} has no agents")
    able, skill = _able(team, need)
    skipped = {
        agent.name: why for agent in able if (why := _obstacle(team, agent, loads, now, avoid))
    }
    free = [agent for agent in able if agent.name not in skipped]
    said = "; ".join(f"{name} {why}" for name, why in skipped.items())
    if not free:
        return Pick("", f"unassigned: nobody in {team.name}{skill} can take it now ({said})")
    chosen, how = _chosen(team, free, waiting=waiting, loads=loads, knew=knew, skill=skill)
    after = _turned(team, waiting, chosen)
    return Pick(chosen, f"{how} ({said})" if said else how, tuple(after))


def _chosen(
    team: Team,
    free: Sequence[Agent],
    *,
    waiting: Sequence[str],
    loads: Mapping[str, int],
    knew: str,
    skill: str,
) -> tuple[str, str]:
    """The agent and why."""
    place = {name: turn for turn, name in enumerate(waiting)}
    if any(agent.name == knew for agent in free):
        return knew, f"{knew} of {team.name} knew the author last"
    if team.assignment == "balanced":
        shares = _shares(free, loads)
        chosen = min(free, key=lambda one: (shares[one.name], place.get(one.name, -1))).name
        return chosen, f"balanced in {team.name}{skill}: {chosen} has {_busy(chosen, free, loads)}"
    chosen = min(free, key=lambda agent: place.get(agent.name, -1)).name
    return chosen, f"round robin in {team.name}{skill}: {chosen}'s turn"


def _shares(free: Sequence[Agent], loads: Mapping[str, int]) -> dict[str, float]:
    """How busy each is for their capacity; no limit counts as the largest capacity there is."""
    largest = max((agent.capacity or 1 for agent in free), default=1)
    return {agent.name: loads.get(agent.name, 0) / (agent.capacity or largest) for agent in free}


def _busy(name: str, free: Sequence[Agent], loads: Mapping[str, int]) -> str:
    capacity = next(agent.capacity for agent in free if agent.name == name)
    return f"{loads.get(name, 0)} of {capacity}" if capacity else f"{loads.get(name, 0)} open"


def _turned(team: Team, waiting: Sequence[str], agent: str) -> list[str]:
    """The agent is last now, whoever left the team is dropped."""
    names = [one.name for one in team.agents]
    new = [name for name in names if name not in waiting]
    order = [*new, *(name for name in waiting if name in names)]
    return [*(name for name in order if name != agent), agent]


def next_agent(
    conn: Connection, team: Team, need: Need = Need(), *, now: datetime, avoid: str = ""
) -> Pick:
    """Choose; other transactions wait for the team's turn until the commit. See `take_turn`."""
    waiting = _locked_turn(conn, team.name)
    knew = who_knew(conn, team, need, now=now)
    counted = loads(conn, team)
    return pick(team, waiting=waiting, loads=counted, need=need, now=now, knew=knew, avoid=avoid)


def likely_agent(conn: Connection, team: Team, need: Need, *, now: datetime) -> Pick:
    """Whom `next_agent` would choose now; nobody waits for it and nothing is written."""
    query = select(turns.c.waiting).where(turns.c.team == team.name)
    waiting = conn.execute(query).scalar() or ()
    knew = who_knew(conn, team, need, now=now)
    return pick(team, waiting=waiting, loads=loads(conn, team), need=need, now=now, knew=knew)


def lock_turns(conn: Connection, teams: Sequence[Team]) -> None:
    """Wait for the turns of all these teams, before anything else is locked.

    Whoever takes several turns, or locks cases as well, comes here first: two that took the same in
    different orders would wait for each other for ever (PostgreSQL; SQLite has one writer).
    """
    names = sorted(team.name for team in teams)
    query = select(turns.c.team).where(turns.c.team.in_(names)).order_by(turns.c.team)
    known = set(conn.execute(query.with_for_update()).scalars())
    for name in names:
        if name not in known:
            _locked_turn(conn, name)


def take_turn(conn: Connection, team: Team, chosen: Pick) -> None:
    """Move the turn on, once the case of `next_agent` is the agent's."""
    if chosen.agent:
        after = list(chosen.waiting)
        conn.execute(_MOVE, {"of_team": team.name, "waiting": after})


def loads(conn: Connection, team: Team) -> dict[str, int]:
    """Open cases per agent, where the team's assignment asks for them."""
    is_balanced = team.assignment == "balanced"
    counts = [agent.name for agent in team.agents if is_balanced or agent.capacity is not None]
    if not counts:
        return {}
    counted = conn.execute(
        select(cases.c.agent.label("name"), func.count().label("open"))
        .where(cases.c.status == "open", cases.c.agent.in_(counts))
        .group_by(cases.c.agent)
    )
    return {row.name: row.open for row in counted}


def who_knew(conn: Connection, team: Team, need: Need, *, now: datetime) -> str:
    """Who of the team had the author's last case, '' if nobody had one lately."""
    if not need.author:
        return ""
    asked = {
        "of_author": need.author,
        "since": now - REMEMBERED,
        "agents": [agent.name for agent in team.agents],
        "source": f"{need.source}:",
    }
    return conn.execute(_LAST_WITH, asked).scalar() or ""


def _able(team: Team, need: Need) -> tuple[list[Agent], str]:
    """Those with the skills, and the skills that decided."""
    able, said = list(team.agents), ""
    if need.lang not in ("", UNKNOWN_LANGUAGE):
        able, said = _skilled(able, lambda agent: agent.languages, need.lang)
    if need.intent:
        able, also = _skilled(able, lambda agent: agent.intents, need.intent)
        said += also
    return able, said


def _skilled(
    agents: list[Agent], listed: Callable[[Agent], Sequence[str]], wanted: str
) -> tuple[list[Agent], str]:
    if not any(listed(agent) for agent in agents):
        return agents, ""
    able = [agent for agent in agents if not listed(agent) or wanted in listed(agent)]
    return (able, f", {wanted}") if able else (agents, f" (nobody there lists {wanted})")


def _obstacle(team: Team, agent: Agent, loads: Mapping[str, int], now: datetime, avoid: str) -> str:
    if agent.name == avoid:
        return "had it"
    if why := team.not_there(agent, now):
        return why
    if agent.capacity is not None and loads.get(agent.name, 0) >= agent.capacity:
        return f"is at capacity {agent.capacity}"
    return ""


def _locked_turn(conn: Connection, team: str) -> list[str]:
    row = conn.execute(_TURN, {"of_team": team}).first()
    if row is None:
        insert_once(conn, turns, {"team": team, "waiting": []})
        row = conn.execute(_TURN, {"of_team": team}).one()
    return list(row.waiting)
