"""Topics: what a post is about, from a taxonomy of cue phrases (nlp/lexicon/topics/)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc

from nlp.cues import Hit
from nlp.post import extend, post_of
from nlp.signals import TOPICS

MAX_TOPICS = 3
EVERYBODY = "general"
"""The sector whose topics count for every brand."""


@dataclass(frozen=True, slots=True)
class Filed:
    """The topics of a post, and the words that each was decided on."""

    topics: tuple[str, ...]
    reason: str


class TopicReader:
    """Chooses among the topics found, knowing the lines of business of each brand.

    A post is filed under the topics of the brands it names. Where one of them states no sector, or
    none is named, any sector may be meant.
    """

    def __init__(self, sectors: Mapping[str, Sequence[str]]) -> None:
        self._sectors = {name: frozenset(of_brand) for name, of_brand in sectors.items()}

    def read(self, found: Mapping[str, Sequence[Hit]], brands: Sequence[str]) -> Filed:
        """Up to three topics, those with most cues first, then a sector's own, then as said."""
        wanted = self._wanted(brands)
        hits: dict[str, list[Hit]] = {}
        own: set[str] = set()
        for label, of_label in found.items():
            sector, _, topic = label.rpartition("/")
            is_of_brand = sector.startswith("@") and sector[1:] in brands
            if is_of_brand or (not sector.startswith("@") and (wanted is None or sector in wanted)):
                hits.setdefault(topic, []).extend(of_label)
                if sector != EVERYBODY:
                    own.add(topic)
        told = {topic: _apart(of_topic) for topic, of_topic in hits.items()}
        ranked = sorted(
            told,
            key=lambda topic: (-len(told[topic]), topic not in own, told[topic][0].start, topic),
        )
        ranked = ranked[:MAX_TOPICS]
        return Filed(
            tuple(ranked), "; ".join([f"{topic}: '{told[topic][0].said}'" for topic in ranked])
        )

    def _wanted(self, brands: Iterable[str]) -> frozenset[str] | None:
        """The sectors that count, or None where all do."""
        of_brands = [self._sectors.get(brand, frozenset()) for brand in brands]
        if not of_brands or not all(of_brands):
            return None
        return frozenset((EVERYBODY,)).union(*of_brands)


def _apart(hits: Sequence[Hit]) -> list[Hit]:
    """The hits that say something else than the one before: 'customer service' is one cue."""
    apart: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if all(hit.start >= other.end and hit.said != other.said for other in apart):
            apart.append(hit)
    return apart


class TopicComponent:
    """Names up to three topics of each document."""

    def __init__(self, reader: TopicReader) -> None:
        self._reader = reader

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.topics`."""
        post = post_of(doc)
        found = post.signals.get(TOPICS)
        if found:
            filed = self._reader.read(found, [brand.name for brand in post.brands])
            if filed.topics:
                post.topics = filed.topics
                post.reasons["topics"] = filed.reason
        return doc


extend("topics", default=())


@Language.factory("topics", assigns=["doc._.topics"], requires=["doc._.signals", "doc._.brands"])
def make_topics(nlp: Language, name: str, sectors: dict[str, list[str]]) -> TopicComponent:  # noqa: ARG001  spaCy's factory signature
    """Topics by cue phrases; `sectors` are those of each brand."""
    return TopicComponent(TopicReader(sectors))
