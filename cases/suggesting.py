"""Suggesting: which reply templates fit a case best, each with its reasons."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import log1p

from cases.replies import ReplyTemplate
from mentions.mention import Mention

MOST = 5
_PREFERRED = 20.0
"""More than all else together: 3 + 2 + 1 + 1 for what the post is, 1 + 1 for where, 2 for use."""
_USE_WEIGHT, _USES_AT_MOST = 0.5, 2.0
"""Use breaks ties and lifts what proved itself; it never outweighs what the post is about."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A template, how well it fits, and why."""

    template: ReplyTemplate
    score: float
    reasons: tuple[str, ...]


def suggested(
    templates: Sequence[ReplyTemplate],
    mention: Mention,
    *,
    tags: Sequence[str] = (),
    uses: Mapping[str, int] | None = None,
    preferred: Collection[str] = (),
    most: int = MOST,
) -> list[Suggestion]:
    """The templates that may be used for the post, the best first.

    Left out are those of another platform, brand or language, and those made for something else;
    a post whose language is unknown may get any. `uses` counts how often each was sent before.
    `preferred` are the names that the case's playbook wants, which come before all others.
    """
    fitting = [template for template in templates if _may_be_used(template, mention)]
    scored = [_scored(template, mention, tags, uses or {}) for template in fitting]
    scored = [_lifted(one) if one.template.name in preferred else one for one in scored]
    useful = [one for one in scored if one.score >= 0]
    return sorted(useful, key=lambda one: (-one.score, one.template.name))[:most]


def _lifted(one: Suggestion) -> Suggestion:
    score = max(one.score, 0.0) + _PREFERRED
    return Suggestion(one.template, score, ("the playbook prefers it", *one.reasons))


def _may_be_used(template: ReplyTemplate, mention: Mention) -> bool:
    about = template.about
    brands = [brand.name for brand in mention.brands]
    return (
        (not about.platforms or mention.platform in about.platforms)
        and (not about.brand or about.brand in brands)
        and mention.lang in ("und", about.lang)
    )


def _scored(
    template: ReplyTemplate, mention: Mention, tags: Sequence[str], uses: Mapping[str, int]
) -> Suggestion:
    about, score, reasons = template.about, 0.0, []
    sentiment = mention.sentiment.label if mention.sentiment else None
    held = (
        (3.0, "intent", about.intents, [intent.label for intent in mention.intents]),
        (2.0, "topic", about.topics, mention.topics),
        (1.0, "sentiment", about.sentiments, [sentiment] if sentiment else []),
        (1.0, "tag", about.tags, tags),
    )
    for weight, what, wanted, there in held:
        both = [one for one in wanted if one in there]
        if both:
            score += weight
            reasons.append(f"{what} {', '.join(both)}")
        elif wanted:  # made for something else
            score -= weight
    if about.brand:
        score, reasons = score + 1, [*reasons, f"brand {about.brand}"]
    if about.platforms:
        score, reasons = score + 1, [*reasons, f"platform {mention.platform}"]
    if score >= 0 and (used := uses.get(template.name, 0)):
        score += min(_USES_AT_MOST, _USE_WEIGHT * log1p(used))
        reasons.append(f"used {used}×")
    return Suggestion(template, score, tuple(reasons))
