"""Posts written for these tests, and a reader that knows two brands of them."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from mentions.brand import Brand
from mentions.mention import Mention
from nlp.build import build_reader
from nlp.reader import Reader

SHARED = Path(__file__).parents[2].parent / "shared/data"
NIMBUS = Brand(
    name="Nimbus Air",
    query='"nimbus air" OR nimbusair OR #nimbusair OR nimbus',
    handles=("@nimbusair", "mastodon:@care@nimbus.example"),
    languages=("en", "de"),
    context=("flight", "boarding gate"),
    not_context=("cloud", "rain cloud"),
)
PELLO = Brand(name="Pello", query="pello OR #pello", handles=("@pellophones",))
WHEN = datetime(2026, 2, 21, 18, tzinfo=UTC)


@cache
def reader() -> Reader:
    """One for all tests: nothing that is read changes it."""
    return build_reader([NIMBUS, PELLO])


def post(text: str, **known: Any) -> Mention:
    return Mention.model_validate(
        {
            "source": "board",
            "native_id": "1",
            "platform": "board",
            "published": WHEN,
            "collected": WHEN,
            "text": text,
            **known,
        }
    )


def read(text: str, **known: Any) -> Mention:
    """The one post, read."""
    (mention,) = reader().read([post(text, **known)])
    assert isinstance(mention, Mention), mention
    return mention


def wanted(mention: Mention) -> set[str]:
    return {intent.label for intent in mention.intents}
