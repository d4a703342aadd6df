"""A mention as a spaCy document, and what every component may rely on finding there."""

from spacy.language import Language
from spacy.tokens import Doc

from mentions.mention import Mention

Doc.set_extension("mention", default=None, force=True)
Doc.set_extension("raw", default="", force=True)
Doc.set_extension("reasons", default=None, force=True)


def document(nlp: Language, mention: Mention) -> Doc:
    """The mention's title and text, tokenised, ready for the pipeline.

    `doc._.mention` is the mention as it came, `doc._.raw` its title and text (as `doc.text`, which
    spaCy puts together from its tokens at every call), `doc._.reasons` what each component says it
    decided on.
    """
    raw = f"{mention.title}\n{mention.text}" if mention.title else mention.text
    doc = nlp.make_doc(raw)
    doc._.mention = mention
    doc._.raw = raw
    doc._.reasons = {}
    return doc
