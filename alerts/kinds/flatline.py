"""Flatline: a source, or a brand, of which nothing is heard where posts are usual."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import model_validator

from alerts.firing import Firing, alert_key
from alerts.rule import Duration, Name, RuleBase


class FlatlineRule(RuleBase):
    """A source that fails for longer than `after`, or brings nothing where posts are usual.

    No `sources` means all. With `of: brand` it is a brand that nobody mentions for `after` or
    longer where mentions are usual; no `brands` means all.
    """

    kind: Literal["flatline"] = "flatline"
    of: Literal["source", "brand"] = "source"
    sources: tuple[Name, ...] = ()
    after: Duration = timedelta(hours=1)

    @model_validator(mode="after")
    def _is_of_one_thing(self) -> "FlatlineRule":
        if self.of == "source" and self.brands:
            raise ValueError("a source is no brand's alone; leave brands out, or write of: brand")
        if self.of == "brand" and self.sources:
            raise ValueError("of: brand looks at all sources; leave sources out")
        return self

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
    reason = f"source {source} is silent: {why}"
    return _firing(rule, "", source, at, since=since, observed=0, expected=expected, reason=reason)


def quiet_brand_firing(
    rule: FlatlineRule,
    brand: str,
    at: datetime,
    *,
    since: datetime,
    until: datetime,
    began: datetime,
    observed: int,
    expected: float,
    silent: Sequence[str] = (),
) -> Firing | None:
    """The firing of a brand that is hardly mentioned from `since` to `until`, or None.

    `began` is since when it is quiet, which stays while `since` moves on with the clock.
    `silent` says of its sources which are silent, and so why nothing is heard.
    """
    if not rule.covers(brand) or until - since < rule.after:
        return None
    mentions = "1 mention" if observed == 1 else f"{observed or 'no'} mentions"
    seen = (
        f"{mentions} of {brand} from {since:%H:%M} to {until:%H:%M} UTC on {until.day} {until:%b}, "
        f"in which {expected:.0f} were usual"
    )
    why = "; ".join(silent) if silent else "all of its sources are heard"
    return _firing(
        rule,
        brand,
        brand,
        at,
        since=began,
        observed=observed,
        expected=expected,
        reason=f"{seen}: {why}",
    )


def _firing(
    rule: FlatlineRule,
    brand: str,
    what: str,
    at: datetime,
    *,
    since: datetime,
    observed: int,
    expected: float,
    reason: str,
) -> Firing:
    return Firing(
        key=alert_key("flatline", rule.name, brand, "all" if brand else what),
        rule=rule.name,
        kind="flatline",
        brand=brand,
        signal="all" if brand else what,
        at=at,
        began=since,
        severity=rule.severity,
        observed=float(observed),
        expected=expected,
        reason=reason,
    )
