"""What is wrong with routing rules and playbooks, for the settings file and the cockpit alike."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from cases.routing import Problem, RoutingRule, rule_problems
from untagged.referring import known_names, query_slips
from untagged.yaml_file import Place, YamlFile, known_or_suggested

if TYPE_CHECKING:  # the settings check themselves by this
    from untagged.settings import Settings


def routing_problems(rules: Sequence[RoutingRule], settings: "Settings") -> Iterator[Problem]:
    """What is wrong with the rules beside these settings, each with its place."""
    if not rules:
        return
    named = {
        "team": [team.name for team in settings.teams],
        "sla": [policy.name for policy in settings.sla],
        "playbook": [playbook.name for playbook in settings.playbooks],
    }
    found = list(rule_problems(rules, named))
    yield from found
    unreadable = {number for number, where, _ in found if where == "when"}
    known = known_names(settings.brands)
    for number, rule in enumerate(rules):
        if number not in unreadable:
            yield from ((number, "when", said) for said in query_slips(rule.when, known))
    yield from _without_hours(rules, settings)


def _without_hours(rules: Sequence[RoutingRule], settings: "Settings") -> Iterator[Problem]:
    """Promises in business hours to a team that has none would run day and night."""
    hours = {team.name: team.calendar for team in settings.teams}
    business = {sla.name for sla in settings.sla if sla.hours == "business" and not sla.calendar}
    for number, rule in enumerate(rules):
        if rule.sla in business and rule.team in hours and hours[rule.team] is None:
            said = f"{rule.sla!r} counts business hours and team {rule.team!r} has no calendar"
            yield number, "sla", f"{said}; give it one"


def playbook_problems(settings: "Settings") -> Iterator[tuple[Place, str]]:
    """Playbooks that name what is not there; their templates are looked at by doctor."""
    people = [team.name for team in settings.teams]
    people += [agent.name for team in settings.teams for agent in team.agents]
    desks = [desk.name for desk in settings.help_desks]
    for number, playbook in enumerate(settings.playbooks):
        for name in playbook.joins:
            if name not in people:
                yield ("playbooks", number, "joins"), known_or_suggested(name, people)
        if playbook.help_desk and playbook.help_desk not in desks:
            said = known_or_suggested(playbook.help_desk, desks)
            yield ("playbooks", number, "help_desk"), said


class _RoutingFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    routing: tuple[RoutingRule, ...] = Field(min_length=1)


def read_routing(file: YamlFile, settings: "Settings") -> tuple[RoutingRule, ...]:
    """The rules of a file of their own, under `routing`.

    They may name what the settings have. Raises SettingsError naming file, line and what to mend.
    """
    rules = file.build(_RoutingFile.model_validate).routing
    file.refuse(
        (routing_place(at, where), said) for at, where, said in routing_problems(rules, settings)
    )
    return rules


def routing_place(number: int | None, where: str) -> Place:
    """Where a problem stands in a file."""
    return ("routing", *(() if number is None else (number,)), *((where,) if where else ()))
