"""Thought: what the trained network of a post's language makes of it, computed once.

Sentiment and intent both decide on it.
"""

from collections.abc import Callable, Iterable, Mapping

from spacy.language import Language
from spacy.tokens import Doc

from mentions.mention import BrandMatch
from nlp.english import english_reading
from nlp.multilingual import multilingual_reading, multilingual_sentiments
from nlp.network_text import HANDLE
from nlp.post import Post, extend, post_of
from nlp.view import Reading

MAX_SPANS = 10


def without_names(raw: str, brands: Iterable[BrandMatch], *, offset: int) -> str:
    """The text with its brands' names as handles; their spans begin `offset` characters into it.

    A name is no feeling, and all brands must be read alike: alone, the network takes 'Best Love'
    and 'IBM' for praise. Hashtags stay, since what is run together with a name may be one.
    """
    spans = {
        (offset + start, offset + end)
        for brand in brands
        for start, end in brand.spans[:MAX_SPANS]
        if "#" not in raw[max(0, offset + start - 1) : offset + end]
    }
    kept, done = "", 0
    for start, end in sorted(spans):  # two brands' names may overlap
        if end > done:
            kept += f"{raw[done:start]} {HANDLE} "
            done = end
    return kept + raw[done:]


class ThoughtComponent:
    """Gives every document its language's network's view of it."""

    def __init__(self, readings: Mapping[str, Callable[[], Reading]]) -> None:
        self._readings = readings

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.thought`, None where no network reads the language."""
        self.pipe([doc])
        return doc

    def pipe(self, docs: Iterable[Doc], batch_size: int = 0) -> Iterable[Doc]:  # noqa: ARG002  spaCy's signature; all come at once
        """The same for many documents: half the time a post, and the same to the last bit."""
        docs = list(docs)
        waiting: dict[Callable[[], Reading], list[Post]] = {}
        for doc in docs:
            post = post_of(doc)
            post.thought = None
            reading = self._readings.get(post.lang)
            if reading is not None:
                waiting.setdefault(reading, []).append(post)
        for reading, posts in waiting.items():
            views = reading().views([to_read(post) for post in posts])
            for post, view in zip(posts, views, strict=True):
                post.thought = view
        return docs


def to_read(post: Post) -> str:
    """What a network reads of a post whose brands are known."""
    raw: str = post.raw
    if post.brands:
        return without_names(raw, post.brands, offset=len(raw) - len(post.mention.text))
    return raw


extend("thought", default=None)


@Language.factory("thought", assigns=["doc._.thought"], requires=["doc._.lang", "doc._.brands"])
def make_thought(nlp: Language, name: str) -> ThoughtComponent:  # noqa: ARG001  spaCy's factory signature
    """The networks that are shipped, each read when the first post needs it."""
    others = dict.fromkeys(multilingual_sentiments(), multilingual_reading)
    return ThoughtComponent(others | {"en": english_reading})
