"""Teaching: people's yes and no about brands, kept for the next reading."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from cases import relevance
from mentions.answer import Answer
from mentions.brand import Brand
from mentions.errors import NotFound
from mentions.store import MentionStore

Begin = Callable[[], AbstractContextManager[Any]]


def teach(
    answers: Iterable[Answer], *, brands: Sequence[Brand], begin: Begin, now: datetime
) -> int:
    """Keep the answers, all or none; how many. Raises NotFound for a brand not in the settings."""
    given = list(answers)
    for answer in given:
        _check(answer.brand, brands)
    with begin() as connection:
        relevance.keep(connection, given, now=now)
    return len(given)


def teach_mention(
    mention_id: str,
    brand: str,
    *,
    is_relevant: bool,
    brands: Sequence[Brand],
    store: MentionStore,
    begin: Begin,
    now: datetime,
) -> None:
    """Correct an indexed mention and learn from it. Raises NotFound.

    The mention first: whoever is killed between the two says it again, and nothing doubles.
    """
    _check(brand, brands)
    mention = store.get(mention_id)
    if mention is None:
        raise NotFound(f"there is no mention {mention_id!r}; `untagged search … --json` tells ids")
    said = {**mention.corrections, f"brand:{brand}": "yes" if is_relevant else "no"}
    store.upsert([mention.model_copy(update={"corrections": said})])
    text = f"{mention.title}\n{mention.text}" if mention.title else mention.text
    with begin() as connection:
        answer = Answer(brand, text, is_relevant)
        relevance.keep(connection, [answer], now=now, mention_id=mention_id)


def _check(brand: str, brands: Sequence[Brand]) -> None:
    names = [one.name for one in brands]
    if brand not in names:
        listed = ", ".join(names) or "none"
        raise NotFound(f"there is no brand {brand!r}; the settings have {listed}")
