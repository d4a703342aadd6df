"""Routing: the first rule that matches decides team, priority, SLA policy, tags and playbook.

Conditions are written in the query language, so whatever can be searched can be routed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from cases.case import Priority
from cases.playbook import Playbook
from cases.policy import SlaPolicy
from cases.team import Team
from mentions.errors import QueryError, SettingsError
from mentions.mention import Mention
from mentions.query.matcher import matches
from mentions.query.parser import parse_query
from mentions.query.tree import Everything, Node
from mentions.query.why import Why, explained

EXAMPLE_DEFAULT = "{name: everything else, when: '*', team: care, sla: standard}"
HANDLED = "no case: "
"""What the tag of a mention begins with that a rule opened no case for; the rule's name follows."""

Opens = Literal["always", "question", "never"]
Problem = tuple[int | None, str, str]
"""The rule's place in the list (None: the list as a whole), its field, what to mend."""


class RoutingRule(BaseModel):
    """Mentions for which `when` holds go to `team`.

    `opens` says whether a case is opened for them: `always`, only for a `question`, or `never`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")
    when: str = Field("*", min_length=1, max_length=10_000)
    team: str = Field(min_length=1)
    priority: Priority = "medium"
    sla: str = Field(min_length=1)
    tags: tuple[str, ...] = ()
    playbook: str = Field("", max_length=100)
    opens: Opens = "always"


@dataclass(frozen=True, slots=True)
class Route:
    """Where a mention goes, by which rule, and why.

    `no_case` is why no case is opened for it, '' if one is.
    """

    rule: str
    team: str
    priority: Priority
    sla: str
    tags: tuple[str, ...]
    reason: str
    playbook: Playbook | None = None
    no_case: str = ""

    @property
    def handled(self) -> str:
        """The tag that a mention gets for which no case is opened."""
        return f"{HANDLED}{self.rule}"

    def to_json(self) -> dict[str, Any]:
        """The fields, the playbook by its name."""
        said = {name: getattr(self, name) for name in Route.__slots__}
        name = self.playbook.name if self.playbook else ""
        return {**said, "tags": list(self.tags), "playbook": name}


@dataclass(frozen=True, slots=True)
class Tried:
    """One rule that was held against a mention, and which part of it decided."""

    rule: str
    when: str
    is_match: bool
    why: Why

    def to_json(self) -> dict[str, Any]:
        """The fields, the reason as a sentence."""
        said = {"rule": self.rule, "when": self.when, "is_match": self.is_match}
        return {**said, "why": str(self.why)}


@dataclass(frozen=True, slots=True)
class Explanation:
    """The route a mention takes, and every rule tried until one matched."""

    route: Route
    tried: tuple[Tried, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """The route's fields, with `tried` beside them."""
        return {**self.route.to_json(), "tried": [one.to_json() for one in self.tried]}


class Router:
    """Routes mentions by rules that were checked beforehand.

    Raises SettingsError if a query cannot be read, a rule can never be reached, nothing takes
    what is left over, or a team, SLA policy or playbook does not exist (where those are given).
    """

    def __init__(
        self,
        rules: Sequence[RoutingRule],
        *,
        teams: Sequence[Team] | None = None,
        policies: Sequence[SlaPolicy] | None = None,
        playbooks: Sequence[Playbook] | None = None,
    ) -> None:
        known = {
            name: [one.name for one in there]
            for name, there in (("team", teams), ("sla", policies), ("playbook", playbooks))
            if there is not None
        }
        for number, where, said in rule_problems(rules, known):
            place = f'routing rule "{rules[number].name}": ' if number is not None else "routing: "
            raise SettingsError(f"{place}{f'{where}: ' if where == 'when' else ''}{said}")
        self._rules = [(rule, parse_query(rule.when).tree) for rule in rules]
        self._playbooks = {playbook.name: playbook for playbook in playbooks or ()}

    def route(self, mention: Mention) -> Route:
        """The route by the first rule that matches; there always is one."""
        for rule, tree in self._rules:
            if matches(tree, mention):
                return self._route(rule, mention)
        raise AssertionError("the last rule matches everything")  # rule_problems saw to it

    def explain(self, mention: Mention) -> Explanation:
        """The route and the rules tried for it, in order; nothing is written."""
        tried: list[Tried] = []
        for rule, tree in self._rules:
            why = explained(tree, mention)
            tried.append(Tried(rule.name, rule.when, why.holds, why))
            if why.holds:
                return Explanation(self._route(rule, mention), tuple(tried))
        raise AssertionError("the last rule matches everything")  # rule_problems saw to it

    def _route(self, rule: RoutingRule, mention: Mention) -> Route:
        return Route(
            rule=rule.name,
            team=rule.team,
            priority=rule.priority,
            sla=rule.sla,
            tags=rule.tags,
            reason=f'rule "{rule.name}": {rule.when}',
            playbook=self._playbooks.get(rule.playbook),
            no_case=_no_case(rule, mention),
        )


def _no_case(rule: RoutingRule, mention: Mention) -> str:
    if rule.opens == "never":
        return f'rule "{rule.name}" opens no case'
    asks = any(intent.label == "question" for intent in mention.intents)
    if rule.opens == "question" and not asks:
        return f'rule "{rule.name}" opens a case for questions, and this asks none'
    return ""


def rule_problems(
    rules: Sequence[RoutingRule], known: Mapping[str, Sequence[str]]
) -> Iterator[Problem]:
    """What is wrong with the rules, each with its place.

    `known` has the names of the teams, SLA policies and playbooks; of what it leaves out, any name
    is taken.
    """
    trees: list[Node | None] = []
    for number, rule in enumerate(rules):
        try:
            trees.append(parse_query(rule.when).tree)
        except QueryError as error:
            trees.append(None)
            yield number, "when", f"{error}\n{error.pointed()}"
    yield from _unreachable(rules, trees)
    for number, rule in enumerate(rules):
        for what, names in known.items():
            name = getattr(rule, what)
            if name not in names and (name or what != "playbook"):
                there = f"expected one of {', '.join(names)}" if names else "there are none yet"
                yield number, what, f"there is no {what} {name!r}; {there}"


def _unreachable(rules: Sequence[RoutingRule], trees: Sequence[Node | None]) -> Iterator[Problem]:
    names: set[str] = set()
    taken: dict[Node, str] = {}
    for number, (rule, tree) in enumerate(zip(rules, trees, strict=True)):
        if rule.name in names:
            yield number, "name", f'two routing rules are called "{rule.name}"; rename one'
        names.add(rule.name)
        if tree is None:
            continue
        by = taken.get(Everything()) or taken.get(tree)
        if by is not None:
            said = f'it is never reached: "{by}" above it already takes all of its mentions'
            yield number, "name", f"{said}; move it up or remove it"
        taken.setdefault(tree, rule.name)
    if Everything() not in taken and None not in trees:
        said = "no rule takes what the others leave; add as the last one for example"
        yield None, "", f"{said} {EXAMPLE_DEFAULT}"
