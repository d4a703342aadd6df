"""Escalating: chains of the alerts room, told through the teams, agents and calendars we have."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from alerts import calendars, escalation
from alerts.chain import Target
from alerts.escalation import Reached
from alerts.quiet_hours import may_tell
from alerts.rules import Rule
from alerts.schedule import Schedule
from cases.team import Agent
from mentions.errors import SettingsError
from untagged.accounts.book import disabled_actors
from untagged.settings import Settings

if TYPE_CHECKING:
    from alerts.on_call import Shift


class Escalations:
    """The settings' chains. Both calls are inside the caller's transaction."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._chains = {chain.name: chain for chain in settings.escalations}
        self._quiet = {rule.name: rule.quiet_hours for rule in settings.rules}

    def begin(
        self,
        connection: Any,
        rule: Rule,
        alert_id: int,
        payload: Mapping[str, Any],
        *,
        severity: int,
        repeat: timedelta,
        now: datetime,
    ) -> None:
        """Start the rule's chain, if it names one, for an alert that fires; or let it go on."""
        if rule.escalate is not None and may_tell(rule.quiet_hours, severity, now):
            escalation.begin(
                connection,
                self._chains[rule.escalate],
                alert_id=alert_id,
                payload=payload,
                repeat=repeat,
                now=now,
            )

    def tick(self, connection: Any, now: datetime) -> int:
        """Take the steps that are due; returns how many letters."""

        def reach(target: Target, at: datetime) -> Reached:
            return reached(connection, self._settings, target, at)

        def is_quiet(rule: str, severity: int) -> bool:
            return not may_tell(self._quiet.get(rule, ()), severity, now)

        return escalation.advance(connection, self._chains, reach, now=now, is_quiet=is_quiet)


def reached(connection: Any, settings: Settings, target: Target, at: datetime) -> Reached:
    """Through which channels a step's target is told at a moment."""
    match target.kind:
        case "channel":
            return Reached((target.name,), str(target))
        case "team":
            channels = [
                name for team in settings.teams if team.name == target.name for name in team.notify
            ]
            return Reached(tuple(dict.fromkeys(channels)), str(target), f"{target} has no channels")
        case "agent":
            if target.name in disabled_actors(connection):
                return Reached(missing=f"{target} is disabled")
            channels = channels_of(settings, [target.name])
            missing = f"{target} has no channels"
            return Reached(tuple(channels), target.name, missing, (target.name,))
        case "on_call":
            return _on_call(connection, settings, target.name, at)


def _on_call(connection: Any, settings: Settings, name: str, at: datetime) -> Reached:
    try:
        found = who_is_on_call(connection, settings, name, at)
    except SettingsError as error:
        return Reached(missing=f"nobody is known to be on call in {name}: {error}")
    names = list(dict.fromkeys(agent for shift in found for agent in shift.agents))
    if not names:
        return Reached(missing=f"nobody is on call in {name}")
    barred, said = disabled_actors(connection), ", ".join(names)
    names = [one for one in names if one not in barred]
    if not names:
        return Reached(missing=f"{said} is on call in {name} and is disabled")
    said = ", ".join(names)
    channels = channels_of(settings, names)
    missing = f"{said} is on call in {name} and has no channels"
    return Reached(tuple(channels), f"{said} (on call in {name})", missing, tuple(names))


def who_is_on_call(connection: Any, settings: Settings, name: str, at: datetime) -> list["Shift"]:
    """The shifts of a schedule at a moment. Raises SettingsError where it was never read."""
    # The iCalendar library takes half a second to load, for those who have a schedule.
    from alerts.on_call import on_call_at  # noqa: PLC0415  # see above

    (schedule,) = (one for one in settings.on_call if one.name == name)
    body = calendar_of(connection, schedule)
    return on_call_at(body, at, zone=schedule.zone, agents=agents_of(settings))


def calendar_of(connection: Any, schedule: Schedule) -> str:
    """The last good copy of a calendar. Raises SettingsError where there is none."""
    copy = calendars.kept(connection, schedule)
    if copy is None or not copy.body:
        why = copy.error if copy and copy.error else "nothing has read it"
        raise SettingsError(f"there is no good copy of its calendar yet: {why}")
    return copy.body


def agents_of(settings: Settings) -> list[str]:
    """Every agent's name once."""
    return list(dict.fromkeys(agent.name for agent in _agents(settings)))


def _agents(settings: Settings) -> Iterator[Agent]:
    for team in settings.teams:
        yield from team.agents


def channels_of(settings: Settings, names: Sequence[str]) -> list[str]:
    """The channels of these agents, each of whom may be in several teams."""
    found = [
        channel
        for name in names
        for agent in _agents(settings)
        if agent.name == name
        for channel in agent.notify
    ]
    return list(dict.fromkeys(found))
