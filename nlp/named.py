"""Named: entities by a spaCy model that somebody installed, beside those that need none.

Off unless `reading.entity_model` of the settings names one. It is loaded, never downloaded.
"""

from collections.abc import Iterator

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from mentions.errors import SettingsError
from mentions.mention import Entity
from nlp.entities import apart, reason
from nlp.key_phrases import KEY_PHRASE
from nlp.post import post_of

LABELS = {
    "PRODUCT": "product",
    "GPE": "place",
    "LOC": "place",
    "FAC": "place",
    "ORG": "organisation",
    "EVENT": "event",
    "WORK_OF_ART": "work",
    "MISC": "name",
}
"""spaCy's labels (OntoNotes and WikiNER) and ours. Persons are left out: a post's text holds them,
and what is indexed by name would have to be forgotten by name."""
READ_CHARACTERS = 5_000
_UNNEEDED = (
    "tagger",
    "morphologizer",
    "parser",
    "lemmatizer",
    "attribute_ruler",
    "senter",
    "textcat",
)


class NamedComponent:
    """Adds to each document's entities those that a model finds in its text."""

    def __init__(self, model: Language) -> None:
        self._model = model

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.entities`; what was known by shape or list stays."""
        post = post_of(doc)
        known: tuple[Entity, ...] = post.entities
        sure = [entity for entity in known if entity.label != KEY_PHRASE]
        found = [entity for entity in self._read(post.mention.text) if _is_free(entity, sure)]
        if found:
            phrases = [each for each in known if each.label == KEY_PHRASE and _is_free(each, found)]
            post.entities = apart([*sure, *found, *phrases])
            labels = ", ".join(dict.fromkeys(entity.label for entity in found))
            names = f"{labels} by {self._model.meta['name']}"
            post.reasons["entities"] = "; ".join(filter(None, [reason(sure), names]))
        return doc

    def _read(self, text: str) -> Iterator[Entity]:
        for span in self._model(text[:READ_CHARACTERS]).ents:
            if span.label_ in LABELS:
                yield Entity(
                    text=span.text,
                    label=LABELS[span.label_],
                    start=span.start_char,
                    end=span.end_char,
                )


def _is_free(entity: Entity, others: list[Entity]) -> bool:
    return all(entity.end <= other.start or other.end <= entity.start for other in others)


FACTORY = "named"


@Language.factory(
    FACTORY,
    assigns=["doc._.entities"],
    requires=["doc._.entities"],
)
def make_named(nlp: Language, name: str, model: str) -> NamedComponent:  # noqa: ARG001  spaCy's factory signature
    """The model `model`, a package's name or a folder. Raises SettingsError where there is none."""
    try:
        loaded = spacy.load(model, exclude=_UNNEEDED)
    except OSError as error:
        raise SettingsError(
            f"reading.entity_model {model!r} is not installed; install its package beside "
            "Untagged, or leave it out"
        ) from error
    return NamedComponent(loaded)
