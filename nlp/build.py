"""The way into the reading room. Importing this loads no spaCy; building a reader does."""

from collections.abc import Sequence

from mentions.answer import Answer
from mentions.brand import Brand
from nlp.reader import Reader


def build_reader(brands: Sequence[Brand] = (), answers: Sequence[Answer] = ()) -> Reader:
    """A reader that knows these brands. Takes two seconds or three: build it once, use it long.

    What people answered about relevance is learnt now; later answers need a new reader.

    Raises QueryError if a brand's query cannot be understood.
    """
    from nlp.pipeline import build_pipeline  # noqa: PLC0415  spaCy loads here, not with the CLI

    return Reader(build_pipeline(brands, answers))
