"""Routing rules on their way from a form to a version: read, checked, each slip at its field."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import Form
from pydantic import BaseModel, ValidationError

from cases.routing import RoutingRule
from mentions.errors import UntaggedError
from untagged.routing_check import routing_problems
from untagged.settings import Settings

FIELDS = ("name", "when", "team", "priority", "sla", "tags", "playbook", "opens")
MOST_RULES = 100
"""A form of so many is as long as a page may be; the settings file takes more."""
Row = dict[str, str]


class DraftForm(BaseModel):
    """The form as a browser sends it: of each field a list, a value for each rule."""

    do: str
    seen: int
    tried: str = ""
    comment: str = ""
    name: list[str] = Form([])
    when: list[str] = Form([])
    team: list[str] = Form([])
    priority: list[str] = Form([])
    sla: list[str] = Form([])
    tags: list[str] = Form([])
    playbook: list[str] = Form([])
    opens: list[str] = Form([])

    def rows(self) -> list[Row]:
        """The rules, in their order. Raises UntaggedError for a form that no page of ours sent."""
        columns: list[list[str]] = [getattr(self, name) for name in FIELDS]
        if len({len(column) for column in columns}) != 1 or len(self.name) > MOST_RULES:
            raise UntaggedError(
                f"this is no list of at most {MOST_RULES} rules; open the page of the routing anew"
            )
        return [dict(zip(FIELDS, values, strict=True)) for values in zip(*columns, strict=True)]


@dataclass(frozen=True, slots=True)
class Draft:
    """Rules as they were typed, those that could be read, and what is wrong with which field.

    `problems` has the place in the list and the field; ('', '') is about the list as a whole.
    """

    rows: list[Row]
    rules: tuple[RoutingRule, ...] = ()
    problems: dict[tuple[int | str, str], list[str]] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """The same for the same rules: what was tried is what is saved."""
        said = json.dumps([rule.model_dump(mode="json") for rule in self.rules])
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def row_of(rule: RoutingRule) -> Row:
    """The rule as the form shows it."""
    said = rule.model_dump(mode="json")
    return {name: ", ".join(said[name]) if name == "tags" else said[name] for name in FIELDS}


def checked(rows: Sequence[Row], settings: Settings) -> Draft:
    """The rules of the rows, by the same checks as those of the settings file."""
    problems: dict[tuple[int | str, str], list[str]] = {}
    rules = []
    for number, row in enumerate(rows):
        try:
            rules.append(RoutingRule.model_validate(_record(row)))
        except ValidationError as error:
            for slip in error.errors(include_url=False, include_input=False):
                where = str(slip["loc"][0]) if slip["loc"] else "name"
                message = slip["msg"].removeprefix("Value error, ")
                problems.setdefault((number, where), []).append(message)
    if problems:
        return Draft(list(rows), (), problems)
    found = list(routing_problems(rules, settings))
    if not rules:
        found = [(None, "", "there is no rule; add one that takes everything, such as '*'")]
    for at, where, said in found:
        problems.setdefault(("" if at is None else at, where), []).append(said)
    return Draft(list(rows), tuple(rules) if not problems else (), problems)


def rearranged(rows: Sequence[Row], do: str, *, new: Row) -> list[Row]:
    """The rows after 'up 3', 'down 3', 'delete 3', 'add 3' (before the fourth) or 'add'."""
    after = [dict(row) for row in rows]
    what, _, said = do.partition(" ")
    at = int(said) if said.isascii() and said.isdigit() and len(said) < 4 else len(after)
    is_there = 0 <= at < len(after)
    match what:
        case "up" if is_there and at > 0:
            after[at - 1], after[at] = after[at], after[at - 1]
        case "down" if is_there and at + 1 < len(after):
            after[at + 1], after[at] = after[at], after[at + 1]
        case "delete" if is_there:
            del after[at]
        case "add" if len(after) < MOST_RULES:
            after.insert(min(at, len(after)), dict(new))
    return after


def _record(row: Row) -> dict[str, Any]:
    tags = [tag.strip() for tag in row["tags"].split(",") if tag.strip()]
    return {**{name: row[name].strip() for name in FIELDS}, "tags": tags}
