"""A rule's record: how often it fired lately, and how often people say that it was right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts import book
from alerts.labels import Precision, labels, precision
from alerts.rules import Rule


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """A rule, the alerts it raised in the window asked for, and all its labels of ever."""

    rule: Rule
    alerts: int
    precision: Precision

    def to_json(self) -> dict[str, Any]:
        """What `untagged rules list --json` prints."""
        return {
            "rule": self.rule.name,
            "kind": self.rule.kind,
            "alerts": self.alerts,
            "right": self.precision.right,
            "wrong": self.precision.wrong,
            "precision": self.precision.share,
        }


def rule_records(connection: Any, rules: Sequence[Rule], *, since: datetime) -> list[RuleRecord]:
    """One for each rule, in their order."""
    raised = book.count_by_rule(connection, since=since)
    said = labels(connection)
    return [
        RuleRecord(
            rule,
            raised.get(rule.name, 0),
            precision([one for one in said if one.rule == rule.name]),
        )
        for rule in rules
    ]
