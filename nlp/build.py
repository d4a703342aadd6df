"""The way into the reading room. Importing this loads no spaCy; building a reader does."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from mentions.answer import Answer
from mentions.brand import Brand
from nlp.reader import Reader

Profile = Literal["default", "accurate", "thorough"]
Stream = Literal["even", "mixed"]

_MODELS = ("language-1", "untagged-en-1", "untagged-xx-1", "intent-en-2", "intent-cues-2")
"""By name and version: a model that is trained anew gets another number here."""
_MORE_MODELS: Mapping[Profile, tuple[str, ...]] = MappingProxyType(
    {
        "default": (),
        "accurate": ("minilm-en-1",),
        "thorough": ("minilm-en-1", "intent-minilm-en-1"),
    }
)


def models_in_use(profile: Profile, stream: Stream) -> str:
    """The models of a profile; where this changes, what was indexed is read again."""
    return " ".join((*_MODELS, *_MORE_MODELS[profile], stream))


def build_reader(
    brands: Sequence[Brand] = (),
    answers: Sequence[Answer] = (),
    *,
    profile: Profile = "default",
    stream: Stream = "even",
    entity_model: str = "",
) -> Reader:
    """A reader that knows these brands. Takes two seconds or three: build it once, use it long.

    What people answered about relevance is learnt now; later answers need a new reader.
    `stream` says what English posts are like: as many negative as neutral, or mostly neutral.
    `entity_model` is a spaCy model for entities that is installed, '' for none. Raises QueryError
    if a brand's query cannot be understood, SettingsError if the model is not installed.
    """
    from nlp.pipeline import build_pipeline  # noqa: PLC0415  spaCy loads here, not with the CLI

    pipeline = build_pipeline(
        brands, answers, profile=profile, stream=stream, entity_model=entity_model
    )
    return Reader(pipeline)
