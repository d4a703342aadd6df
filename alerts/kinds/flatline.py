"""Flatline: a source fails for long, or brings nothing where posts are usual."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from alerts.firing import Firing, alert_key
from alerts.rule import Duration, Name, RuleBase


class FlatlineRule(RuleBase):
    """A source that fails for longer than `after`, or brings nothing where posts are usual.

    No `sources` means all. A source is no brand's alone, so `brands` is not for this rule.
    """

    kind: Literal["flatline"] = "flatline"
    sources: tuple[Name, ...] = ()
    after: Duration = timedelta(hours=1)
    brands: tuple[Name, ...] = Field((), max_length=0)

    def hears(self, source: str) -> bool:
        """Whether the rule looks at this source."""
        return not self.sources or source in self.sources


def flatline_firing(
    rule: FlatlineRule, source: str, at: datetime, *, since: datetime, expected: float, why: str
) -> Firing | None:
    """The firing of a source that is silent `since` then, or None where that is not long enough.

    `expected` is the posts that were usual in that time.
    """
    if not rule.hears(source) or at - since < rule.after:
        return None
    return Firing(
        key=alert_key("flatline", rule.name, "", source),
        rule=rule.name,
        kind="flatline",
        brand="",
        signal=source,
        at=at,
        began=since,
        severity=rule.severity,
        observed=0.0,
        expected=expected,
        reason=f"source {source} is silent: {why}",
    )
