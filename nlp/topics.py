"""Topics: what a post is about, from a taxonomy of cue phrases (nlp/lexicon/topics.yaml)."""

from spacy.language import Language
from spacy.tokens import Doc

from nlp.cues import Cues, strongest
from nlp.lexicon.files import read_lexicon

MAX_TOPICS = 3


class TopicComponent:
    """Names up to three topics of each document, those with most cues first."""

    def __init__(self) -> None:
        listed = read_lexicon("topics")
        self._cues = Cues.listed({topic: {1: phrases} for topic, phrases in listed.items()})
        self._order = {topic: place for place, topic in enumerate(listed)}

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.topics`."""
        hits = strongest(self._cues.find(doc._.plain.words))
        ranked = sorted(hits, key=lambda topic: (-len(hits[topic]), self._order[topic]))
        doc._.topics = tuple(ranked[:MAX_TOPICS])
        if ranked:
            said = (f"{topic}: '{hits[topic][0].said}'" for topic in ranked[:MAX_TOPICS])
            doc._.reasons["topics"] = "; ".join(said)
        return doc


Doc.set_extension("topics", default=(), force=True)


@Language.factory("topics", assigns=["doc._.topics"], requires=["doc._.plain"])
def make_topics(nlp: Language, name: str) -> TopicComponent:  # noqa: ARG001  spaCy's factory signature
    """Topics by cue phrases, the same list for every language."""
    return TopicComponent()
