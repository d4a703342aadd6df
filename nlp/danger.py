"""Danger: people, data or money in danger, law or press named, and how likely that is meant.

A word of danger is usually none: a fire sale, a knee injury, "killing it". So phrases weigh by how
surely they alone mean danger (nlp/lexicon/danger.yaml), what they stand in may take them away, and
the rest of the post says how much is left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from spacy.language import Language
from spacy.tokens import Doc

from mentions.mention import BrandMatch, Mention, Sentiment
from nlp.cues import NEGATIONS, Hit, together
from nlp.plain import Plain
from nlp.post import extend, post_of
from nlp.signals import REGULATORS, Signals
from nlp.unread import NO_MODEL

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "people": "people may be in danger",
        "data": "data may be in danger",
        "money": "money may be taken",
        "law": "law is named",
        "press": "press is named",
    }
)
"""What may be in danger, worst first, and how it is said."""

NEGATION_REACH = 3
SUPPOSED_REACH = 3
_SUPPOSED_LISTED = """
    if imagine would might may suppose hypothetically unless hope hopefully wish wonder what's
    wenn falls würde wäre könnte hoffentlich si ojalá sería podría imagina imaginez serait pourrait
    espérons se magari sarebbe potrebbe speriamo immagina seria poderia tomara imagine caso
    """
SUPPOSED = frozenset(_SUPPOSED_LISTED.split())
"""Words after which something is thought of and not told."""
SUPPOSED_SHARE = 0.4
NOBODY_MEANT = 0.6
"""A post that names no brand and addresses nobody tells of the world: news, sports, songs."""
CALM, UNREAD_MOOD, GLAD = 0.75, 0.8, 0.3
"""What is left of a danger in a neutral post, in one of unreadable mood, in a glad one."""
GLAD_FROM = 0.85
"""The confidence from which good cheer is believed: a mood read wrongly must hide no danger."""
ACRONYM_LETTERS = 5
TROUBLED = frozenset({"incident", "churn_risk", "complaint", "bug_report"})


@dataclass(frozen=True, slots=True)
class Danger:
    """One kind of danger, how likely it is meant, and the words it was found by."""

    kind: str
    confidence: float
    said: str


def dangers(signals: Signals, words: Sequence[str], text: str, share: float) -> tuple[Danger, ...]:
    """The dangers that a post tells of, worst kind first; `share` is what the rest of it leaves.

    `words` are those that the signals were found in, `text` the same as written.
    """
    found = signals.get("danger", {})
    harmless = found.get("harmless", ())
    told = []
    for kind in KINDS:
        hits = [hit for hit in found.get(kind, ()) if not _is_taken_away(hit, words, harmless)]
        witnesses = [(_weight(hit, words), hit.said) for hit in _apart(hits)]
        if kind == "law":
            witnesses += _regulators(signals.get(REGULATORS, {}), text)
        if witnesses:
            confidence = share * together(weight for weight, _ in witnesses)
            told.append(Danger(kind, round(confidence, 3), max(witnesses)[1]))
    return tuple(told)


def share_left(*, sentiment: Sentiment, is_troubled: bool, is_about_somebody: bool) -> float:
    """How much of a danger the mood of a post and whom it is about leave, 0 to 1."""
    share = 1.0 if is_about_somebody else NOBODY_MEANT
    if is_troubled or sentiment.label == "negative":
        return share
    if sentiment.model == NO_MODEL:
        return share * UNREAD_MOOD
    is_glad = sentiment.label == "positive" and sentiment.confidence >= GLAD_FROM
    return share * (GLAD if is_glad else CALM)


def is_about_somebody(mention: Mention, plain: Plain, brands: Sequence[BrandMatch]) -> bool:
    """Whether it names a brand, reviews one, or addresses anybody else than whom it reposts."""
    if brands or mention.kind == "review":
        return True
    return len(plain.handles) > mention.text.lstrip().startswith("RT @")


def _is_taken_away(hit: Hit, words: Sequence[str], harmless: Sequence[Hit]) -> bool:
    before = words[max(0, hit.start - NEGATION_REACH) : hit.start]
    if not NEGATIONS.isdisjoint(before) and hit.said.split()[0] not in NEGATIONS:
        return True
    return any(other.start <= hit.start and hit.end <= other.end for other in harmless)


def _weight(hit: Hit, words: Sequence[str]) -> float:
    before = words[max(0, hit.start - SUPPOSED_REACH) : hit.start]
    return hit.cue.weight * (1 if SUPPOSED.isdisjoint(before) else SUPPOSED_SHARE)


def _apart(hits: Sequence[Hit]) -> list[Hit]:
    """The surest hits that neither overlap nor repeat one another."""
    apart: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (-hit.cue.weight, hit.start - hit.end, hit.start)):
        if all(
            (hit.end <= other.start or other.end <= hit.start) and hit.said != other.said
            for other in apart
        ):
            apart.append(hit)
    return apart


def _regulators(found: Mapping[str, Sequence[Hit]], text: str) -> list[tuple[float, str]]:
    return [
        (hits[0].cue.weight, f"{hits[0].said}, {country}")
        for country, hits in found.items()
        if any(len(hit.said) > ACRONYM_LETTERS or hit.said.upper() in text for hit in hits)
    ]


class DangerComponent:
    """Says which dangers each document tells of."""

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.dangers`."""
        post = post_of(doc)
        signals = post.signals
        if "danger" in signals or REGULATORS in signals:
            plain = post.plain
            share = share_left(
                sentiment=post.sentiment,
                is_troubled=any(intent.label in TROUBLED for intent in post.intents),
                is_about_somebody=is_about_somebody(post.mention, plain, post.brands),
            )
            post.dangers = dangers(signals, plain.words, plain.text, share)
        return doc


extend("dangers", default=())


@Language.factory(
    "danger",
    assigns=["doc._.dangers"],
    requires=[
        "doc._.signals",
        "doc._.plain",
        "doc._.sentiment",
        "doc._.intents",
        "doc._.brands",
    ],
)
def make_danger(nlp: Language, name: str) -> DangerComponent:  # noqa: ARG001  spaCy's factory signature
    """Dangers by phrases, and by what the rest of the post leaves of them."""
    return DangerComponent()
