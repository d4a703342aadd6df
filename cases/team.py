"""Team and agent: who answers."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from cases.calendar import Calendar
from cases.policy import Promise
from mentions.errors import NotFound
from mentions.mention import IntentLabel


class Absence(BaseModel):
    """Days on which somebody is not there: `from` (included) until `until`, the first day back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: date = Field(alias="from")
    until: date

    @model_validator(mode="after")
    def _has_days(self) -> "Absence":
        if self.until <= self.since:
            raise ValueError("an absence ends after it begins; `until` is the first day back")
        return self


class Agent(BaseModel):
    """A person who answers.

    `languages` are the codes of `Mention.lang`, `intents` the labels of its intents; none means
    that any may come. `capacity` is how many open cases come by turn; None is no limit. Nothing
    comes to one who is `away`, before `away_until`, during `absences`, or outside their calendar,
    which is the team's if they have none. `notify` are the channels of their own, for escalations,
    on-call, and the cases that they watch.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    languages: tuple[str, ...] = ()
    intents: tuple[IntentLabel, ...] = ()
    capacity: int | None = Field(None, ge=1)
    away: bool = False
    away_until: AwareDatetime | None = None
    absences: tuple[Absence, ...] = ()
    calendar: Calendar | None = None
    notify: tuple[str, ...] = ()

    def absent(self, at: datetime, calendar: Calendar | None = None) -> str:
        """Why the agent is not there ('is away'), '' if they are or merely have the day's rest.

        `calendar` says what day it is where the team works, for one without a calendar.
        """
        if self.away_until is not None and at < self.away_until:
            return f"is away until {self.away_until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        if self.away:
            return "is away"
        where = self.calendar or calendar
        today = where.local_date(at) if where else at.astimezone(UTC).date()
        for absence in self.absences:
            if absence.since <= today < absence.until:
                return f"is away until {absence.until}"
        return ""

    @field_validator("languages")
    @classmethod
    def _are_codes(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        for code in languages:
            if not (code.isalpha() and 2 <= len(code) <= 3):
                raise ValueError(f"{code!r} is no language code; write for example en or de")
        return tuple(code.lower() for code in languages)


class Planning(BaseModel):
    """What the people are reckoned by that a team needs.

    `handling` is what a case takes in work with all its answers, measured if it is not given;
    `patience` how long its author waits for an answer before none is wanted (for ever if it is not
    given); `kept` the share of first responses that are to be as promised.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    handling: Promise | None = None
    patience: Promise | None = None
    kept: float = Field(0.9, ge=0.5, le=0.99)


class Team(BaseModel):
    """Agents who share one queue. A team without agents keeps its cases unassigned.

    `notify` are the channels that hear of the team's new and overdue cases, `escalate_to` those
    that hear of what stays overdue (`notify` if there are none).
    Outside the `calendar` new cases go to the first team of `hand_over` that works, else to whoever
    the schedule `on_call` says, else they wait with word of when they are answered.
    `unassign_after` is how much working time an agent may leave a case that waits untouched.
    `planning` is for the forecast of the people needed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    agents: tuple[Agent, ...] = ()
    assignment: Literal["round_robin", "balanced"] = "round_robin"
    calendar: Calendar | None = None
    hand_over: tuple[str, ...] = ()
    on_call: str = ""
    unassign_after: Promise | None = None
    planning: Planning = Planning()
    notify: tuple[str, ...] = ()
    escalate_to: tuple[str, ...] = ()

    @field_validator("agents")
    @classmethod
    def _are_different(cls, agents: tuple[Agent, ...]) -> tuple[Agent, ...]:
        names = [agent.name for agent in agents]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two agents are called {name!r}; give each a name of its own")
        return agents

    def is_open(self, at: datetime) -> bool:
        """Whether the team works; without a calendar it always does."""
        return self.calendar is None or self.calendar.is_open(at)

    def calendar_of(self, agent: Agent) -> Calendar | None:
        """When the agent works."""
        return agent.calendar or self.calendar

    def is_there(self, agent: Agent, at: datetime) -> bool:
        """Whether cases can come to the agent now."""
        calendar = self.calendar_of(agent)
        return not agent.absent(at, calendar) and (calendar is None or calendar.is_open(at))

    def not_there(self, agent: Agent, at: datetime) -> str:
        """Why nothing can come to the agent now, '' if it can."""
        calendar = self.calendar_of(agent)
        if why := agent.absent(at, calendar):
            return why
        if calendar is None or calendar.is_open(at):
            return ""
        return f"is off until {calendar.said(calendar.next_open(at))}"

    def agent(self, name: str) -> Agent:
        """The agent called `name`. NotFound says who there is."""
        for agent in self.agents:
            if agent.name == name:
                return agent
        there = ", ".join(agent.name for agent in self.agents) or "nobody yet"
        raise NotFound(f"there is no agent {name!r} in team {self.name!r}; it has {there}")


def find_team(teams: Sequence[Team], name: str) -> Team:
    """The team called `name`. NotFound says which there are."""
    for team in teams:
        if team.name == name:
            return team
    there = ", ".join(team.name for team in teams) or "none"
    raise NotFound(f"there is no team {name!r}; the settings have {there}")
