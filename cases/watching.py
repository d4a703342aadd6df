"""Watching: who hears of a case that need not be theirs.

Whoever writes a note on somebody else's case, is named in one or hands a case on watches it from
then on, until they say that they do not.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from cases.ledger import read_case
from cases.news import watchers
from cases.tables import insert_once
from cases.team import Team
from mentions.errors import Conflict, NotFound


def watch(
    conn: Connection, case_id: int, agent: str, *, teams: Sequence[Team], now: datetime
) -> bool:
    """The agent hears of the case from now on; False if they did already.

    Raises NotFound for a stranger, and Conflict for a case that was merged.
    """
    case = read_case(conn, case_id, for_change=True)  # who watches it moves with a merge
    if case.status == "merged":
        raise Conflict(
            f"case {case.id} was merged into case {case.merged_into}; watch that one instead"
        )
    known = agents_of(teams)
    if agent not in known:
        there = ", ".join(known) or "nobody yet"
        raise NotFound(f"there is no agent {agent!r}, so nobody would hear; the teams have {there}")
    return watch_also(conn, case_id, [agent], now=now) > 0


def watch_also(conn: Connection, case_id: int, agents: Iterable[str], *, now: datetime) -> int:
    """These agents watch the case, too; gives how many did not before."""
    rows = [{"case_id": case_id, "agent": agent, "since": now} for agent in agents]
    return sum(insert_once(conn, watchers, row) is not None for row in rows)


def unwatch(conn: Connection, case_id: int, agent: str) -> bool:
    """The agent hears of the case no more; False if they did not."""
    theirs = (watchers.c.case_id == case_id, watchers.c.agent == agent)
    return conn.execute(watchers.delete().where(*theirs)).rowcount > 0


def watchers_of(conn: Connection, case_id: int) -> list[str]:
    """Who watches the case, by name."""
    query = select(watchers.c.agent).where(watchers.c.case_id == case_id)
    return list(conn.execute(query.order_by(watchers.c.agent)).scalars())


def watched_by(conn: Connection, agent: str) -> list[int]:
    """The cases that the agent watches."""
    query = select(watchers.c.case_id).where(watchers.c.agent == agent)
    return list(conn.execute(query.order_by(watchers.c.case_id)).scalars())


def agents_of(teams: Sequence[Team]) -> list[str]:
    """Every agent's name once, in order."""
    return sorted({agent.name for team in teams for agent in team.agents})
