"""The queues above the inbox: the cases that one looks at first, each with its number."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import Request

from cases import desk
from untagged.web.page import agent_of, pipeline_of
from untagged.web.reader import reader_of
from untagged.web.visitor import scope_of

SOON = timedelta(hours=1)
"""What is due within this time, or overdue, breaches next."""


@dataclass(frozen=True, slots=True)
class Queue:
    """A link above the list; `asked` are the options of its address."""

    name: str
    number: int
    asked: dict[str, str]


def asked_for(
    *,
    status: str = "living",
    team: str = "",
    who: str = "",
    overdue: bool = False,
    soon: bool = False,
) -> dict[str, str]:
    """The options of the inbox as its address has them; '' is left out of an address."""
    flags = {name: "true" if on else "" for name, on in (("overdue", overdue), ("soon", soon))}
    return {"status": status, "team": team, "who": who, **flags}


def queues_of(request: Request, connection: Any, now: datetime) -> list[Queue]:
    """All, unassigned and breaching next for everybody; own cases and own teams for an agent."""
    agent, scope, say = agent_of(request), scope_of(request), reader_of(request).gettext
    counts = desk.count_queues(connection, agent=agent, due_before=now + SOON, **scope.of_cases)
    own = [
        team.name
        for team in pipeline_of(request).settings.teams
        if scope.has_team(team.name) and any(agent == member.name for member in team.agents)
    ]
    return [
        *([Queue(say("My cases"), counts.own, asked_for(who="me"))] if own else []),
        Queue(say("Unassigned"), counts.nobodys, asked_for(who="nobody")),
        Queue(say("Breaching next"), counts.due, asked_for(soon=True)),
        *(
            Queue(
                say("Team %(name)s", name=name), counts.by_team.get(name, 0), asked_for(team=name)
            )
            for name in own
        ),
        Queue(say("All"), sum(counts.by_team.values()), asked_for()),
    ]
