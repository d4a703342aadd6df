"""Teaching: people's yes and no about brands, kept for the next reading."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from cases import relevance
from mentions.answer import Answer
from mentions.brand import Brand
from mentions.merge import BRAND
from mentions.store import MentionStore
from untagged.correcting import check_brand, correct

Begin = Callable[[], AbstractContextManager[Any]]


def teach(
    answers: Iterable[Answer], *, brands: Sequence[Brand], begin: Begin, now: datetime
) -> int:
    """Keep the answers, all or none; how many. Raises NotFound for a brand not in the settings."""
    given = list(answers)
    for answer in given:
        check_brand(answer.brand, brands)
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
    who: str = "",
) -> None:
    """Correct an indexed mention and learn from it. Raises NotFound."""
    correct(
        mention_id,
        f"{BRAND}{brand}",
        "yes" if is_relevant else "no",
        who=who,
        brands=brands,
        store=store,
        begin=begin,
        now=now,
    )
