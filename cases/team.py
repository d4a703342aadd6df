"""Team and agent: who answers."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field, field_validator

from mentions.errors import NotFound


class Agent(BaseModel):
    """A person who answers.

    `languages` are the codes of `Mention.lang`; none means that any language may come. `capacity`
    is how many open cases come by turn; None is no limit. Nothing comes to one who is `away`.
    `notify` are the channels of their own, for escalations and on-call.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    languages: tuple[str, ...] = ()
    capacity: int | None = Field(None, ge=1)
    away: bool = False
    notify: tuple[str, ...] = ()

    @field_validator("languages")
    @classmethod
    def _are_codes(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        for code in languages:
            if not (code.isalpha() and 2 <= len(code) <= 3):
                raise ValueError(f"{code!r} is no language code; write for example en or de")
        return tuple(code.lower() for code in languages)


class Team(BaseModel):
    """Agents who share one queue. A team without agents keeps its cases unassigned.

    `notify` are the channels that hear of the team's new and overdue cases.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    agents: tuple[Agent, ...] = ()
    notify: tuple[str, ...] = ()

    @field_validator("agents")
    @classmethod
    def _are_different(cls, agents: tuple[Agent, ...]) -> tuple[Agent, ...]:
        names = [agent.name for agent in agents]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two agents are called {name!r}; give each a name of its own")
        return agents

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
