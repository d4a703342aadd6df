"""The spaCy pipeline, assembled: which components, in which order, with which settings.

To replace a component (issue 5), register another factory under its name: the contract between
components is what each `assigns` and `requires`, and spaCy's own check holds the order to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import spacy
from spacy.language import Language

from mentions.answer import Answer
from mentions.brand import Brand
from nlp import (
    abuse,
    brand,
    danger,
    entities,
    intent,
    language,
    named,
    needs_reply,
    personal_data,
    plain,
    sarcasm,
    sentiment,
    severity,
    signals,
    thought,
    topics,
)
from nlp.build import Profile, Stream
from nlp.post import extend
from nlp.tokeniser import BoundedTokeniser

COMPONENTS = (
    plain,
    language,
    brand,
    signals,
    sarcasm,
    thought,
    sentiment,
    intent,
    topics,
    entities,
    personal_data,
    abuse,
    danger,
    needs_reply,
    severity,
)
"""In the order in which they read a post; each module registers a factory of its own name."""

# What `nlp.reader` puts on each document before the first component sees it.
extend("mention", default=None)
extend("raw", default="")
extend("reasons", default=None)


def build_pipeline(
    brands: Sequence[Brand] = (),
    answers: Sequence[Answer] = (),
    *,
    profile: Profile = "default",
    stream: Stream = "even",
    entity_model: str = "",
) -> Language:
    """Every component, on spaCy's tokeniser where one reads tokens.

    `entity_model` adds one of spaCy's that is installed. Raises SettingsError where it is not.
    """
    pipeline = spacy.blank("xx")
    pipeline.tokenizer = BoundedTokeniser(pipeline.tokenizer)
    settings: Mapping[str, dict[str, Any]] = {
        "sentiment": {"profile": profile, "stream": stream},
        "intent": {"profile": profile},
        "language": {
            "languages": sorted({lang for each in brands for lang in each.languages}),
            "is_complete": bool(brands) and all(each.languages for each in brands),
        },
        "brand": {
            "brands": [each.model_dump(mode="json") for each in brands],
            "answers": [asdict(answer) for answer in answers],
        },
        "signals": {"topics": {each.name: dict(each.topics) for each in brands}},
        "topics": {"sectors": {each.name: list(each.sectors) for each in brands}},
    }
    for module in COMPONENTS:
        name = module.__name__.rpartition(".")[2]
        pipeline.add_pipe(name, config=settings.get(name, {}))
    if entity_model:
        named_after = entities.__name__.rpartition(".")[2]
        pipeline.add_pipe(named.FACTORY, after=named_after, config={"model": entity_model})
    return pipeline
