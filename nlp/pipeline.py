"""The spaCy pipeline, assembled: which components, in which order, with which settings.

To replace a component (issue 5), register another factory under its name: the contract between
components is what each `assigns` and `requires`, and spaCy's own check holds the order to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from mentions.answer import Answer
from mentions.brand import Brand
from nlp import (
    abuse,
    brand,
    entities,
    intent,
    language,
    needs_reply,
    personal_data,
    plain,
    sentiment,
    severity,
    topics,
)
from nlp.tokeniser import BoundedTokeniser

COMPONENTS = (
    plain,
    language,
    brand,
    sentiment,
    intent,
    topics,
    entities,
    personal_data,
    abuse,
    needs_reply,
    severity,
)
"""In the order in which they read a post; each module registers a factory of its own name."""

# What `nlp.reader` puts on each document before the first component sees it.
Doc.set_extension("mention", default=None, force=True)
Doc.set_extension("raw", default="", force=True)
Doc.set_extension("reasons", default=None, force=True)


def build_pipeline(brands: Sequence[Brand] = (), answers: Sequence[Answer] = ()) -> Language:
    """Every component on spaCy's tokeniser for any language; no trained model is needed."""
    pipeline = spacy.blank("xx")
    pipeline.tokenizer = BoundedTokeniser(pipeline.tokenizer)
    settings: Mapping[str, dict[str, Any]] = {
        "language": {"languages": sorted({lang for each in brands for lang in each.languages})},
        "brand": {
            "brands": [each.model_dump(mode="json") for each in brands],
            "answers": [asdict(answer) for answer in answers],
        },
    }
    for module in COMPONENTS:
        name = module.__name__.rpartition(".")[2]
        pipeline.add_pipe(name, config=settings.get(name, {}))
    return pipeline
