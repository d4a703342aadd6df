"""Routing: the first rule that matches decides team, priority, SLA policy and tags.

Conditions are written in the query language, so whatever can be searched can be routed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from cases.case import Priority
from cases.policy import SlaPolicy
from cases.team import Team
from mentions.errors import QueryError, SettingsError
from mentions.mention import Mention
from mentions.query.matcher import matches
from mentions.query.parser import parse_query
from mentions.query.tree import Everything, Node

EXAMPLE_DEFAULT = "{name: everything else, when: '*', team: care, sla: standard}"


class RoutingRule(BaseModel):
    """Mentions for which `when` holds go to `team`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    when: str = Field("*", min_length=1, max_length=10_000)
    team: str = Field(min_length=1)
    priority: Priority = "medium"
    sla: str = Field(min_length=1)
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """Where a mention goes, by which rule, and why."""

    rule: str
    team: str
    priority: Priority
    sla: str
    tags: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Tried:
    """One rule that was held against a mention."""

    rule: str
    when: str
    is_match: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """The route a mention takes, and every rule tried until one matched."""

    route: Route
    tried: tuple[Tried, ...]

    def to_json(self) -> dict[str, Any]:
        """The route's fields, with `tried` beside them."""
        route = {name: getattr(self.route, name) for name in Route.__slots__}
        tried = [{"rule": t.rule, "when": t.when, "is_match": t.is_match} for t in self.tried]
        return {**route, "tags": list(self.route.tags), "tried": tried}


class Router:
    """Routes mentions by rules that were checked beforehand.

    Raises SettingsError if a query cannot be read, a rule can never be reached, nothing takes
    what is left over, or a team or SLA policy does not exist (where those are given).
    """

    def __init__(
        self,
        rules: Sequence[RoutingRule],
        *,
        teams: Sequence[Team] | None = None,
        policies: Sequence[SlaPolicy] | None = None,
    ) -> None:
        self._rules = [(rule, _tree(rule)) for rule in rules]
        _refuse_unreachable(self._rules)
        if teams is not None:
            _refuse_unknown("team", [(r, r.team) for r in rules], [t.name for t in teams])
        if policies is not None:
            _refuse_unknown("sla", [(r, r.sla) for r in rules], [p.name for p in policies])

    def route(self, mention: Mention) -> Route:
        """The route by the first rule that matches; there always is one."""
        return self.explain(mention).route

    def explain(self, mention: Mention) -> Explanation:
        """The route and the rules tried for it, in order; nothing is written."""
        tried: list[Tried] = []
        for rule, tree in self._rules:
            is_match = matches(tree, mention)
            tried.append(Tried(rule.name, rule.when, is_match))
            if is_match:
                return Explanation(_route(rule), tuple(tried))
        raise AssertionError("the last rule matches everything")  # _refuse_unreachable saw to it


def _route(rule: RoutingRule) -> Route:
    return Route(
        rule=rule.name,
        team=rule.team,
        priority=rule.priority,
        sla=rule.sla,
        tags=rule.tags,
        reason=f'rule "{rule.name}": {rule.when}',
    )


def _tree(rule: RoutingRule) -> Node:
    try:
        return parse_query(rule.when).tree
    except QueryError as error:
        raise SettingsError(
            f'routing rule "{rule.name}": when: {error}\n{error.pointed()}'
        ) from error


def _refuse_unreachable(rules: list[tuple[RoutingRule, Node]]) -> None:
    names: set[str] = set()
    taken: dict[Node, str] = {}
    for rule, tree in rules:
        if rule.name in names:
            raise SettingsError(f'two routing rules are called "{rule.name}"; rename one')
        by = taken.get(Everything()) or taken.get(tree)
        if by is not None:
            raise SettingsError(
                f'routing rule "{rule.name}" is never reached: "{by}" above it already takes'
                " all of its mentions; move it up or remove it"
            )
        names.add(rule.name)
        taken[tree] = rule.name
    if Everything() not in taken:
        raise SettingsError(
            "routing: no rule takes what the others leave; add as the last one for example"
            f" {EXAMPLE_DEFAULT}"
        )


def _refuse_unknown(
    what: str, named: Sequence[tuple[RoutingRule, str]], known: Sequence[str]
) -> None:
    for rule, name in named:
        if name not in known:
            there = ", ".join(known) or "none"
            raise SettingsError(
                f'routing rule "{rule.name}": there is no {what} {name!r}; expected one of {there}'
            )
