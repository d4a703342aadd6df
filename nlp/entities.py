"""Entities: what a post names. Numbers by their shape, places, products, and its key phrases."""

from collections.abc import Iterable

from spacy.language import Language
from spacy.tokens import Doc

from mentions.mention import Entity
from nlp.key_phrases import KEY_PHRASE, key_phrases
from nlp.names import places, products
from nlp.post import extend, post_of
from nlp.shapes import shaped
from nlp.signals import PLACES

MAX_ENTITIES = 20

_KNOWN_BY = {"place": "list", "product": "brand"}
"""How a label is known, if not by its shape."""


def apart(found: Iterable[Entity]) -> tuple[Entity, ...]:
    """At most twenty that do not overlap, in order of place; of two at one place the longer."""
    kept: list[Entity] = []
    for entity in sorted(found, key=lambda entity: (entity.start, -entity.end)):
        if not kept or entity.start >= kept[-1].end:
            kept.append(entity)
            if len(kept) == MAX_ENTITIES:
                break
    return tuple(kept)


def reason(found: Iterable[Entity]) -> str:
    """How the entities that are no key phrases were known: 'flight, money by shape'."""
    known: dict[str, dict[str, None]] = {}
    for entity in found:
        if entity.label != KEY_PHRASE:
            known.setdefault(_KNOWN_BY.get(entity.label, "shape"), {})[entity.label] = None
    return "; ".join([f"{', '.join(labels)} by {how}" for how, labels in known.items()])


class EntityComponent:
    """Finds what each document names."""

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.entities`; places are in the mention's text."""
        post = post_of(doc)
        plain, text, brands = post.plain, post.mention.text, post.brands
        found = [*shaped(text, plain.words)]
        if named := post.signals.get(PLACES):
            found += places(text, named)
        if brands:
            found += products(text, brands)
        if found:
            found = [*apart(found)]
            post.reasons["entities"] = reason(found)
        names = [span for brand in brands for span in brand.spans]
        for phrase in key_phrases(text, plain.prose, post.lang):
            is_name = any(start <= phrase.start and phrase.end <= end for start, end in names)
            if not is_name and all(
                phrase.end <= other.start or other.end <= phrase.start for other in found
            ):
                found.append(phrase)
        if found:
            post.entities = apart(found)
        return doc


extend("entities", default=())


@Language.factory(
    "entities",
    assigns=["doc._.entities"],
    requires=["doc._.plain", "doc._.lang", "doc._.signals", "doc._.brands"],
)
def make_entities(nlp: Language, name: str) -> EntityComponent:  # noqa: ARG001  spaCy's factory signature
    """Entities by shape, list and stop words."""
    return EntityComponent()
