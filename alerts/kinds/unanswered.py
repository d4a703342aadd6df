"""Unanswered: mentions that match a query and that no owned account answered in time."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from pydantic import field_validator, model_validator

from alerts.firing import Firing, alert_key
from alerts.rule import Condition, Duration, RuleBase
from mentions.mention import Mention
from mentions.times import said_duration


class UnansweredRule(RuleBase):
    """Mentions that match `query` and that no owned account answered within `after`.

    One alert a brand, or one a mention with `group_by: mention`. Mentions older than `lookback`
    are nobody's case any more.
    """

    kind: Literal["unanswered"] = "unanswered"
    query: Condition = "needs_reply:true"
    after: Duration = timedelta(0)
    lookback: Duration = timedelta(hours=48)
    group_by: Literal["brand", "mention"] = "brand"
    opens_case: bool = True

    @field_validator("lookback")
    @classmethod
    def _looks_back(cls, lookback: timedelta) -> timedelta:
        if not lookback:
            raise ValueError("is nothing; write how old a mention may be, for example 48h")
        return lookback

    @model_validator(mode="after")
    def _can_fire(self) -> "UnansweredRule":
        if self.after >= self.lookback:
            raise ValueError(
                "would never fire: after that long a mention is too old; make lookback longer "
                "than after"
            )
        return self


def unanswered_firings(
    rule: UnansweredRule, mentions: Iterable[Mention], at: datetime
) -> list[Firing]:
    """A firing for each brand, or each mention, that waits longer than the rule allows.

    Of the mentions given (those that match the rule's query), the answered, the too young and
    the too old do not count, so a caller may give too many.
    """
    waiting: dict[tuple[str, str], list[Mention]] = {}
    for mention in sorted(mentions, key=lambda mention: (mention.published, mention.id)):
        if not _waits(rule, mention, at):
            continue
        for brand in mention.brands:
            if rule.covers(brand.name):
                what = mention.id if rule.group_by == "mention" else "needs_reply"
                waiting.setdefault((brand.name, what), []).append(mention)
    return [_unanswered(rule, brand, what, found, at) for (brand, what), found in waiting.items()]


def _waits(rule: UnansweredRule, mention: Mention, at: datetime) -> bool:
    is_answered = mention.answered_at is not None and mention.answered_at <= at
    age = at - mention.published
    return not is_answered and rule.after <= age <= rule.lookback


def _unanswered(
    rule: UnansweredRule, brand: str, what: str, waiting: list[Mention], at: datetime
) -> Firing:
    """`waiting` is oldest first."""
    worst = min((mention.severity for mention in waiting if mention.severity), default=4)
    said = (
        f"1 mention of {brand} has"
        if len(waiting) == 1
        else f"{len(waiting)} mentions of {brand} have"
    )
    oldest = said_duration(at - waiting[0].published)
    since = f"for {oldest}" if len(waiting) == 1 else f"the oldest for {oldest}"
    return Firing(
        key=alert_key("unanswered", rule.name, brand, what),
        rule=rule.name,
        kind="unanswered",
        brand=brand,
        signal="needs_reply",
        at=at,
        began=waiting[-1].published + rule.after,
        severity=min(rule.severity, worst),
        observed=float(len(waiting)),
        expected=0.0,
        reason=f"{said} no answer, {since}",
        mention_ids=tuple(mention.id for mention in waiting),
    )
