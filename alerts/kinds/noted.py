"""Noted: single mentions that a rule points out, as an alert each or one for each brand."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from alerts.firing import Firing, alert_key
from alerts.rule import Condition, RuleBase, Span
from mentions.mention import Mention


class NotedRule(RuleBase):
    """A rule that points out single mentions for as long as `lookback`, or until they are answered.

    One alert a mention, or one a brand with `group_by: brand`. A case is opened for each mention,
    and routed as any other.
    """

    query: Condition = "*"
    lookback: Span = timedelta(hours=24)
    group_by: Literal["brand", "mention"] = "mention"
    opens_case: bool = True


@dataclass(frozen=True, slots=True)
class Noted:
    """A mention that a rule points out, and why, as in 'names FAA'."""

    mention: Mention
    why: str


def noted_firings(
    rule: NotedRule,
    kind: str,
    noted: Iterable[Noted],
    at: datetime,
    *,
    said: Callable[[str, Sequence[Noted]], str],
) -> list[Firing]:
    """A firing for each mention, or brand, of those noted that nobody has answered by `at`.

    The too old do not count, so a caller may give too many. `said(brand, noted)` is the reason.
    """
    grouped: dict[tuple[str, str], list[Noted]] = {}
    for one in sorted(noted, key=lambda one: (one.mention.published, one.mention.id)):
        if not _is_open(rule, one.mention, at):
            continue
        for brand in one.mention.brands:
            if rule.covers(brand.name):
                what = one.mention.id if rule.group_by == "mention" else kind
                grouped.setdefault((brand.name, what), []).append(one)
    return [
        Firing(
            key=alert_key(kind, rule.name, brand, what),
            rule=rule.name,
            kind=kind,
            brand=brand,
            signal=kind,
            at=at,
            began=found[-1].mention.published,
            severity=min([rule.severity, *(one.mention.severity or 4 for one in found)]),
            observed=float(len(found)),
            expected=0.0,
            reason=said(brand, found),
            mention_ids=tuple(one.mention.id for one in found),
        )
        for (brand, what), found in grouped.items()
    ]


def _is_open(rule: NotedRule, mention: Mention, at: datetime) -> bool:
    is_answered = mention.answered_at is not None and mention.answered_at <= at
    return not is_answered and timedelta(0) < at - mention.published <= rule.lookback


def said_author(mention: Mention) -> str:
    """'@ana (12,000 followers) on mastodon'."""
    author = mention.author
    name = f"@{author.handle}" if author.handle else author.name or "somebody"
    followers = f" ({author.followers:,} followers)" if author.followers else ""
    return f"{name}{followers} on {mention.platform}"
