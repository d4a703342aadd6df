"""Abuse: a hint that a post insults somebody. No decision rests on it."""

from spacy.language import Language
from spacy.tokens import Doc

from nlp.cues import Cues
from nlp.lexicon.files import read_lexicon


class AbuseComponent:
    """Marks documents that hold an insult of a short list."""

    def __init__(self) -> None:
        self._cues = Cues.listed(
            {label: {1: phrases} for label, phrases in read_lexicon("abuse").items()}
        )

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.abusive`."""
        hits = self._cues.find(doc._.plain.words)
        doc._.abusive = bool(hits)
        if hits:
            doc._.reasons["abusive"] = f"'{hits[0].said}'"
        return doc


Doc.set_extension("abusive", default=False, force=True)


@Language.factory("abuse", assigns=["doc._.abusive"], requires=["doc._.plain"])
def make_abuse(nlp: Language, name: str) -> AbuseComponent:  # noqa: ARG001  spaCy's factory signature
    """A hint of abuse by a list of insults."""
    return AbuseComponent()
