"""Who of a team is on call, for the cases that come while it is closed."""

import logging
from datetime import datetime
from typing import Any

from cases.reception import OnCall
from cases.team import find_team
from mentions.errors import SettingsError
from untagged.escalating import who_is_on_call
from untagged.settings import Settings

log = logging.getLogger(__name__)


def on_call_of(connection: Any, settings: Settings, team: str) -> OnCall:
    """Who is on call for the team at a moment; nobody where no calendar says so."""

    def agent_at(at: datetime) -> str | None:
        schedule = find_team(settings.teams, team).on_call
        if not schedule:
            return None
        try:
            shifts = who_is_on_call(connection, settings, schedule, at)
        except SettingsError as error:
            log.info("nobody is known to be on call in %s: %s", schedule, error)
            return None
        return next((agent for shift in shifts for agent in shift.agents), None)

    return agent_at
