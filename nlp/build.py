"""The way into the reading room. Importing this loads no spaCy; building a reader does."""

from collections.abc import Sequence

from mentions.brand import Brand
from nlp.reader import Reader


def build_reader(brands: Sequence[Brand] = (), *, entity_model: str = "") -> Reader:
    """A reader that knows these brands. Takes two seconds or three: build it once, use it long.

    `entity_model` is a spaCy model for entities that is installed, '' for none. Raises QueryError
    if a brand's query cannot be understood, SettingsError if the model is not installed.
    """
    from nlp.pipeline import build_pipeline  # noqa: PLC0415  spaCy loads here, not with the CLI

    return Reader(build_pipeline(brands, entity_model=entity_model))
