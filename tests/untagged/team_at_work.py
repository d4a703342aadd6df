"""A team that has answered its cases for some weeks: too few people in the evening."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import Connection

from cases import desk
from cases.case import Case
from cases.routing import Route
from cases.team import Team
from tests.untagged.world import mention, settings_file
from untagged.pipeline import Pipeline

NOW = datetime(2026, 3, 2, tzinfo=UTC)
"""A Monday."""
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
BY_HOUR = (*(0, 0, 0, 0, 0, 0, 1, 2, 3, 3, 3, 3), *(3, 3, 3, 3, 3, 4, 5, 6, 5, 3, 1, 0))
"""What an ordinary day brings, in tenths of a case."""
AGENTS = ("ana", "ben")
CALENDAR = "calendar: {zone: Europe/Berlin, hours: {mon-sun: '08:00-19:00'}}"


def team_settings(folder: Path) -> Path:
    """Team care works until seven in the evening, two at a time."""
    path = settings_file(folder)
    said = path.read_text(encoding="utf-8")
    agents = "agents: [{name: ana}, {name: ben}]"
    planning = "planning: {handling: 20m}"
    said = said.replace(agents, f"{agents}, {CALENDAR}, {planning}")
    path.write_text(said, encoding="utf-8")
    return path


def work(pipeline: Pipeline, days: int = 35, *, until: datetime = NOW, seed: int = 1) -> int:
    """Cases of team care, each answered 20 minutes after the one before; how many there are."""
    dice, number = Random(seed), 0
    begins = until - timedelta(days=days)
    free = dict.fromkeys(AGENTS, begins)
    with pipeline.begin() as connection:
        for at in _moments(dice, begins, days):
            number += 1
            case = _opened(connection, pipeline, number, at)
            agent = case.agent or min(AGENTS, key=lambda name: free[name])
            replied = max(free[agent], case.opened_at) + 20 * MINUTE
            replied = _at_work(pipeline.settings.teams[0], replied)
            if replied < until:
                desk.breaches(connection, replied)
                desk.record_reply(connection, case.id, at=replied, now=replied, actor=agent)
                desk.resolve(connection, case.id, now=replied, actor=agent)
                free[agent] = replied
        desk.breaches(connection, until)
    return number


def _moments(dice: Random, begins: datetime, days: int) -> Sequence[datetime]:
    found = []
    for hour in range(days * 24):
        for _ in range(2):
            if dice.random() < BY_HOUR[hour % 24] / 5:
                found.append(begins + hour * HOUR + dice.random() * HOUR)
    return sorted(found)


def _opened(connection: Connection, pipeline: Pipeline, number: int, at: datetime) -> Case:
    settings = pipeline.settings
    said = mention(number, f"Acme lost bag {number}. Where is it?", at, brands=({"name": "Acme"},))
    done = desk.open_case(
        connection,
        said,
        Route("everything else", "care", "medium", "standard", (), 'rule "everything else": *'),
        policy=settings.sla[0],
        teams=settings.teams,
        now=at + 2 * MINUTE,
    )
    return done.case


def _at_work(team: Team, at: datetime) -> datetime:
    return at if team.calendar is None else team.calendar.next_open(at)
