"""Assignment by turn: who has waited longest for a case gets the next one, and why.

The turn of a team is the list of its agents, longest waiting first, kept in the database: a
restart keeps it, and whoever was skipped (away, full, another language) comes first next time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select

from cases.tables import cases, insert_once, turns
from cases.team import Agent, Team

UNKNOWN_LANGUAGE = "und"

_TURN = select(turns.c.waiting).where(turns.c.team == bindparam("of_team")).with_for_update()
_MOVE = turns.update().where(turns.c.team == bindparam("of_team"))


@dataclass(frozen=True, slots=True)
class Pick:
    """The agent whose turn it is, '' if nobody can take it, and the reason in a sentence.

    `waiting` is the turn once the agent has the case.
    """

    agent: str
    reason: str
    waiting: tuple[str, ...] = ()


def pick(team: Team, *, waiting: Sequence[str], loads: Mapping[str, int], lang: str) -> Pick:
    """Choose by turn. Pure.

    `waiting` are agents, longest waiting first; those not in it never had a turn and come before.
    `loads` counts each agent's open cases. A post in a known language goes to an agent who lists
    it or who lists none; if the team has nobody like that, to anybody, and the reason says so.
    """
    if not team.agents:
        return Pick("", f"unassigned: team {team.name} has no agents")
    able, skill = _speakers(team, lang)
    skipped = {agent.name: why for agent in able if (why := _obstacle(agent, loads))}
    free = [agent for agent in able if agent.name not in skipped]
    said = "; ".join(f"{name} {why}" for name, why in skipped.items())
    if not free:
        return Pick("", f"unassigned: nobody in {team.name}{skill} can take it now ({said})")
    place = {name: turn for turn, name in enumerate(waiting)}
    chosen = min(free, key=lambda agent: place.get(agent.name, -1))
    reason = f"round robin in {team.name}{skill}: {chosen.name}'s turn"
    after = _turned(team, waiting, chosen.name)
    return Pick(chosen.name, f"{reason} ({said})" if said else reason, tuple(after))


def _turned(team: Team, waiting: Sequence[str], agent: str) -> list[str]:
    """The agent is last now, whoever left the team is dropped."""
    names = [one.name for one in team.agents]
    new = [name for name in names if name not in waiting]
    order = [*new, *(name for name in waiting if name in names)]
    return [*(name for name in order if name != agent), agent]


def next_by_turn(conn: Connection, team: Team, *, lang: str = UNKNOWN_LANGUAGE) -> Pick:
    """Choose; other transactions wait for the team's turn until the commit. See `take_turn`."""
    waiting = _locked_turn(conn, team.name)
    return pick(team, waiting=waiting, loads=loads(conn, team), lang=lang)


def take_turn(conn: Connection, team: Team, chosen: Pick) -> None:
    """Move the turn on, once the case of `next_by_turn` is the agent's."""
    if chosen.agent:
        after = list(chosen.waiting)
        conn.execute(_MOVE, {"of_team": team.name, "waiting": after})


def loads(conn: Connection, team: Team) -> dict[str, int]:
    """Open cases per agent that has a capacity; others are not counted."""
    limited = [agent.name for agent in team.agents if agent.capacity is not None]
    if not limited:
        return {}
    counted = conn.execute(
        select(cases.c.agent.label("name"), func.count().label("open"))
        .where(cases.c.status == "open", cases.c.agent.in_(limited))
        .group_by(cases.c.agent)
    )
    return {row.name: row.open for row in counted}


def _speakers(team: Team, lang: str) -> tuple[list[Agent], str]:
    everybody = list(team.agents)
    listed = any(agent.languages for agent in everybody)
    if not listed or lang in ("", UNKNOWN_LANGUAGE):
        return everybody, ""
    able = [agent for agent in everybody if not agent.languages or lang in agent.languages]
    return (able, f", {lang}") if able else (everybody, f" (nobody there lists {lang})")


def _obstacle(agent: Agent, loads: Mapping[str, int]) -> str:
    if agent.away:
        return "is away"
    if agent.capacity is not None and loads.get(agent.name, 0) >= agent.capacity:
        return f"is at capacity {agent.capacity}"
    return ""


def _locked_turn(conn: Connection, team: str) -> list[str]:
    row = conn.execute(_TURN, {"of_team": team}).first()
    if row is None:
        insert_once(conn, turns, {"team": team, "waiting": []})
        row = conn.execute(_TURN, {"of_team": team}).one()
    return list(row.waiting)
