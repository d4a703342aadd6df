"""Severity: 1 (look at once) to 4 (no hurry), from danger words, intent and reach."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from spacy.language import Language
from spacy.tokens import Doc

from mentions.mention import Sentiment
from nlp.cues import Cues
from nlp.lexicon.files import read_lexicon
from nlp.unread import NO_HURRY, NO_MODEL

WORST, SERIOUS, USUAL = 1, 2, 3
WIDE_REACH = 10_000
"""Followers or reactions from which a complaint is seen by a crowd: one step worse."""

BY_INTENT: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "incident": (SERIOUS, "reports an incident"),
        "churn_risk": (USUAL, "may leave"),
        "complaint": (USUAL, "complains"),
        "bug_report": (USUAL, "reports a fault"),
    }
)
DANGERS: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "people": (WORST, "people may be in danger"),
        "data": (WORST, "data may be in danger"),
        "law": (SERIOUS, "law or press is named"),
    }
)
TROUBLED = frozenset(BY_INTENT)


@dataclass(frozen=True, slots=True)
class Severe:
    """A severity and what it was decided on."""

    severity: int
    reason: str


class SeverityReader:
    """Weighs danger words, intents and reach."""

    def __init__(self) -> None:
        listed = read_lexicon("safety")
        self._cues = Cues.listed({danger: {1: phrases} for danger, phrases in listed.items()})

    def read(
        self,
        words: Sequence[str],
        *,
        intents: Collection[str],
        sentiment: Sentiment,
        reach: int,
        is_own_account: bool = False,
    ) -> Severe:
        """The severity of a post of these words. Danger counts where the post is troubled."""
        if is_own_account or "spam" in intents:
            return Severe(NO_HURRY, "own account" if is_own_account else "looks like spam")
        found = [BY_INTENT[intent] for intent in BY_INTENT if intent in intents]
        is_troubled = bool(found) or sentiment.label == "negative"
        if is_troubled:
            found += self._dangers(words)
        elif sentiment.model == NO_MODEL:
            # Nobody can say whether it is troubled: a danger word is worth a look, not an alarm.
            found += [(severity + 1, why) for severity, why in self._dangers(words)]
        if not found:
            return Severe(NO_HURRY, "nothing urgent")
        worst = min(severity for severity, _ in found)
        said = [why for severity, why in found if severity == worst][:2]
        if reach >= WIDE_REACH and worst > WORST:
            worst -= 1
            said.append(f"seen by {reach:,}")
        return Severe(worst, ", ".join(said))

    def _dangers(self, words: Sequence[str]) -> Iterator[tuple[int, str]]:
        said: dict[str, str] = {}
        for hit in self._cues.find_unnegated(words):
            said.setdefault(hit.cue.label, hit.said)
        for danger, (severity, why) in DANGERS.items():
            if danger in said:
                yield severity, f"{why} ('{said[danger]}')"


class SeverityComponent:
    """Says how severe each document is."""

    def __init__(self, reader: SeverityReader) -> None:
        self._reader = reader

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.severity`."""
        post = doc._
        severe = self._reader.read(
            post.plain.words,
            intents={intent.label for intent in post.intents},
            sentiment=post.sentiment,
            reach=post.mention.reach,
            is_own_account=post.is_own_account,
        )
        post.severity = severe.severity
        post.reasons["severity"] = severe.reason
        return doc


Doc.set_extension("severity", default=NO_HURRY, force=True)


@Language.factory(
    "severity",
    assigns=["doc._.severity"],
    requires=["doc._.plain", "doc._.sentiment", "doc._.intents", "doc._.is_own_account"],
)
def make_severity(nlp: Language, name: str) -> SeverityComponent:  # noqa: ARG001  spaCy's factory signature
    """Severity from danger words, intents and reach."""
    return SeverityComponent(SeverityReader())
