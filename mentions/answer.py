"""Answer: what a person said of one text: whether it means the brand."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mentions.errors import BadPost
from mentions.mention import MAX_TEXT_CHARACTERS

IS_RELEVANT = {"relevant": True, "yes": True, "irrelevant": False, "no": False}


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's yes or no about a text and a brand."""

    brand: str
    text: str
    is_relevant: bool

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Answer":
        """Read `{"text", "brand", "label": "relevant" or "irrelevant"}`. Raises BadPost."""
        brand, text, label = (record.get(name) for name in ("brand", "text", "label"))
        if not isinstance(brand, str) or not brand.strip():
            raise BadPost("an answer needs the name of its brand")
        if not isinstance(text, str) or not text.strip():
            raise BadPost("an answer needs a text")
        if not isinstance(label, str) or label not in IS_RELEVANT:
            raise BadPost(f"label {label!r} is neither relevant nor irrelevant")
        # Half a surrogate pair is no character, and no database takes it.
        clean = text[:MAX_TEXT_CHARACTERS].encode("utf-8", "replace").decode().replace("\0", " ")
        return cls(brand, clean, IS_RELEVANT[label])
