"""Telling: the names in the settings' escalations, on-call schedules, agents and webhooks."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from alerts.chain import Step
from untagged.yaml_file import Place, known_or_suggested

if TYPE_CHECKING:
    from untagged.settings import Settings

Problem = tuple[Place, str]


def dangling_escalations(settings: "Settings") -> Iterator[Problem]:
    """Names that refer to nothing, and targets that no channel reaches."""
    channels = [channel.name for channel in settings.channels]
    for number, team in enumerate(settings.teams):
        for place, agent in enumerate(team.agents):
            for name in agent.notify:
                if name not in channels:
                    where = ("teams", number, "agents", place, "notify")
                    yield where, known_or_suggested(name, channels)
    for number, chain in enumerate(settings.escalations):
        for place, step in enumerate(chain.steps):
            yield from _dangling_step(settings, ("escalations", number, "steps", place), step)


def dangling_webhooks(settings: "Settings") -> Iterator[Problem]:
    """Brands and teams that a webhook is narrowed to and that are not there."""
    brands = [brand.name for brand in settings.brands]
    teams = [team.name for team in settings.teams]
    for number, webhook in enumerate(settings.webhooks):
        for what, names, known in (
            ("brands", webhook.brands, brands),
            ("teams", webhook.teams, teams),
        ):
            for name in names:
                if name not in known:
                    yield ("webhooks", number, what), known_or_suggested(name, known)


def _dangling_step(settings: "Settings", place: Place, step: Step) -> Iterator[Problem]:
    target = step.notify
    agents = [agent for team in settings.teams for agent in team.agents]
    known = {
        "channel": [channel.name for channel in settings.channels],
        "team": [team.name for team in settings.teams],
        "agent": list(dict.fromkeys(agent.name for agent in agents)),
        "on_call": [schedule.name for schedule in settings.on_call],
    }[target.kind]
    where = (*place, "notify", target.kind)
    if target.name not in known:
        yield where, known_or_suggested(target.name, known)
    elif target.kind == "team" and not any(
        team.notify for team in settings.teams if team.name == target.name
    ):
        yield where, f"team {target.name!r} has no channels; give it notify"
    elif target.kind == "agent" and not any(
        agent.notify for agent in agents if agent.name == target.name
    ):
        yield where, f"agent {target.name!r} has no channels; give them notify"
