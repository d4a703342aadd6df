"""Severity: 1 (look at once) to 4 (no hurry), from danger, intent and who sees it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from spacy.language import Language
from spacy.tokens import Doc

from mentions.influence import Influence
from nlp.danger import KINDS, TROUBLED, Danger
from nlp.post import extend, post_of
from nlp.unread import NO_HURRY, OWN_ACCOUNT

WORST, SERIOUS, USUAL = 1, 2, 3

BY_INTENT: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "incident": (SERIOUS, "reports an incident"),
        "churn_risk": (USUAL, "may leave"),
        "complaint": (USUAL, "complains"),
        "bug_report": (USUAL, "reports a fault"),
    }
)
ALARMING = frozenset({"people", "data", "money"})
"""Kinds of danger that are looked at before everything else; law and press are serious."""
SURE_FROM = 0.65
"""One phrase that says danger alone, in a calm post; or two weaker ones in a troubled one."""
LIKELY_FROM = 0.5


@dataclass(frozen=True, slots=True)
class Severe:
    """A severity and what it was decided on."""

    severity: int
    reason: str


NOTHING_URGENT = Severe(NO_HURRY, "nothing urgent")


def severity_of(
    dangers: Sequence[Danger],
    *,
    intents: Collection[str],
    influence: Influence,
    is_own_account: bool = False,
) -> Severe:
    """How severe a post is that wants `intents` and tells of `dangers`."""
    if is_own_account or "spam" in intents:
        return Severe(NO_HURRY, OWN_ACCOUNT if is_own_account else "looks like spam")
    if not dangers and TROUBLED.isdisjoint(intents):
        return NOTHING_URGENT
    found = [BY_INTENT[intent] for intent in BY_INTENT if intent in intents]
    found += _by_danger(dangers)
    if not found:
        return NOTHING_URGENT
    worst = min(severity for severity, _ in found)
    said = [why for severity, why in found if severity == worst][:2]
    if influence.is_wide and worst > WORST:
        worst -= 1
        said.append(influence.reason)
    return Severe(worst, ", ".join(said))


def _by_danger(dangers: Sequence[Danger]) -> Iterator[tuple[int, str]]:
    for danger in dangers:
        if danger.confidence >= LIKELY_FROM:
            is_alarm = danger.kind in ALARMING and danger.confidence >= SURE_FROM
            yield WORST if is_alarm else SERIOUS, f"{KINDS[danger.kind]} ('{danger.said}')"


class SeverityComponent:
    """Says how severe each document is."""

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.severity`."""
        post = post_of(doc)
        influence, reasons = post.mention.influence, post.reasons
        severe = severity_of(
            post.dangers,
            intents=[intent.label for intent in post.intents],
            influence=influence,
            is_own_account=post.is_own_account,
        )
        post.severity = severe.severity
        reasons["severity"] = severe.reason
        if influence.is_wide:
            reasons["influence"] = influence.reason
        return doc


extend("severity", default=NO_HURRY)


@Language.factory(
    "severity",
    assigns=["doc._.severity"],
    requires=["doc._.dangers", "doc._.intents", "doc._.is_own_account"],
)
def make_severity(nlp: Language, name: str) -> SeverityComponent:  # noqa: ARG001  spaCy's factory signature
    """Severity from danger, intents and influence."""
    return SeverityComponent()
