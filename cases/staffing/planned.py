"""Planned: how many people of a team each hour has, by its calendar and their absences."""

from datetime import datetime

from cases.forecasting.history import HOUR
from cases.team import Team

LOOKS = 4
"""An hour is looked at so many times; whoever is there half of them counts."""


def planned(team: Team, start: datetime, hours: int) -> list[int]:
    """People who are there in each of the hours from `start` on."""
    return [sum(_is_there(team, start + number * HOUR)) for number in range(hours)]


def opening(team: Team, start: datetime, hours: int) -> list[bool]:
    """In which of the hours the team, or any of its agents, works at all."""
    calendars = [team.calendar_of(agent) for agent in team.agents] or [team.calendar]
    return [
        any(
            calendar is None or calendar.is_open(start + number * HOUR + HOUR / 2)
            for calendar in calendars
        )
        for number in range(hours)
    ]


def _is_there(team: Team, hour: datetime) -> list[bool]:
    looks = [hour + (look + 0.5) * HOUR / LOOKS for look in range(LOOKS)]
    return [sum(team.is_there(agent, at) for at in looks) >= LOOKS / 2 for agent in team.agents]
