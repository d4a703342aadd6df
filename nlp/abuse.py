"""Abuse and trolls: who insults, and how likely a post only wants to hurt.

A troll is vague and extreme, an angry customer concrete: "you are all criminals" against "flight
UA12, 3 hours, nobody answers". So insults and generalities speak for a troll, and every concrete
thing against. No decision rests on it: an angry customer is answered, and a troll once as well.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc

from mentions.mention import Entity
from nlp.cues import NEGATION_REACH, NEGATIONS, Hit, together
from nlp.key_phrases import KEY_PHRASE
from nlp.post import extend, post_of

ABUSE = ("threat", "slur", "insult")
"""Kinds of cue that are said against somebody, worst first."""
TROLLING = (*ABUSE, "extreme", "vulgar")
ABUSIVE_FROM = 0.6
"""How much one cue must say: "you are a joke" is none, "idiots" is."""
SHOUTED, EXCLAIMED, MOCKED = 0.2, 0.1, 0.2
SHOUTED_LETTERS = 12
CONCRETE_SHARE, TOPICAL_SHARE = 0.5, 0.8
"""What a named thing (number, date, order, flight, product) and a topic leave of the likelihood."""
_NAMED_MOST = 2
_MOCKING = "🤡💩🖕"


@dataclass(frozen=True, slots=True)
class Abuse:
    """Whether a post insults, how likely its author is a troll, and why."""

    is_abusive: bool
    troll: float
    reason: str
    troll_reason: str


def abuse_of(
    found: Mapping[str, Sequence[Hit]],
    words: Sequence[str],
    text: str,
    *,
    entities: Sequence[Entity] = (),
    topics: Sequence[str] = (),
) -> Abuse:
    """Judge a post by what the list of abuse found in its words, and by what else it names."""
    told = list(_told(found, words))
    if not told:
        return Abuse(False, 0, "", "")
    worst = [f"'{hit.said}'" for hit in told if _insults(hit)]
    signs = [(hit.cue.weight, f"{_kind(hit)} '{hit.said}'") for hit in told] + list(_manner(text))
    concrete = [entity for entity in entities if entity.label != KEY_PHRASE][:_NAMED_MOST]
    share = CONCRETE_SHARE ** len(concrete) * (TOPICAL_SHARE if topics else 1)
    against = [entity.text for entity in concrete] or list(topics[:1])
    troll = round(share * together(weight for weight, _ in signs), 2)
    why = ", ".join([said for _, said in signs][:3])
    return Abuse(
        bool(worst),
        troll,
        ", ".join(worst[:2]),
        f"{why}; {'but names ' + ', '.join(against) if against else 'names nothing concrete'}",
    )


def _told(found: Mapping[str, Sequence[Hit]], words: Sequence[str]) -> Iterator[Hit]:
    """The cues that nothing turns around, worst kind first, each word counted once."""
    taken: list[Hit] = []
    for kind in TROLLING:
        for hit in sorted(
            found.get(kind, ()), key=lambda hit: (-hit.cue.weight, hit.start, -hit.end)
        ):
            before = words[max(0, hit.start - NEGATION_REACH) : hit.start]
            if NEGATIONS.isdisjoint(before) and all(
                (hit.end <= other.start or other.end <= hit.start) and hit.said != other.said
                for other in taken
            ):
                taken.append(hit)
                yield hit


def _kind(hit: Hit) -> str:
    return hit.cue.label.rpartition("/")[2]


def _insults(hit: Hit) -> bool:
    return _kind(hit) in ABUSE and hit.cue.weight >= ABUSIVE_FROM


def _manner(text: str) -> Iterator[tuple[float, str]]:
    letters = [char for char in text if char.isalpha()]
    if len(letters) >= SHOUTED_LETTERS and sum(map(str.isupper, letters)) > 0.7 * len(letters):
        yield SHOUTED, "capitals"
    if "!!!" in text:
        yield EXCLAIMED, "'!!!'"
    if any(face in text for face in _MOCKING):
        yield MOCKED, "a mocking emoji"


class AbuseComponent:
    """Says of each document whether it insults and how likely it is a troll's."""

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.abusive` and `doc._.troll`."""
        post = post_of(doc)
        found = post.signals.get("abuse")
        if found:
            plain = post.plain
            abuse = abuse_of(
                found, plain.words, plain.text, entities=post.entities, topics=post.topics
            )
            if abuse.is_abusive:
                post.abusive = True
                post.reasons["abusive"] = abuse.reason
            if abuse.troll:
                post.troll = abuse.troll
                post.reasons["troll"] = abuse.troll_reason
        return doc


extend("abusive", default=False)
extend("troll", default=0.0)


@Language.factory(
    "abuse",
    assigns=["doc._.abusive", "doc._.troll"],
    requires=["doc._.plain", "doc._.signals", "doc._.topics", "doc._.entities"],
)
def make_abuse(nlp: Language, name: str) -> AbuseComponent:  # noqa: ARG001  spaCy's factory signature
    """Abuse and trolls by lists of phrases, manner and what a post names."""
    return AbuseComponent()
