"""People who ask Acme for things, and a measure of likeness that a test can foresee."""

import re
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from mentions.mention import Mention
from untagged.digests.asked import Asked
from untagged.digests.likeness import Likeness

DAY = timedelta(days=1)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
WEEK = Asked(since=MONDAY, until=MONDAY + 7 * DAY, now=MONDAY + 7 * DAY, brand="Acme")
_THING = re.compile(r"#(\w+)")


def wish(
    number: int | str,
    text: str,
    at: datetime = MONDAY + DAY,
    *,
    by: str = "",
    intent: str = "feature_request",
    brand: str = "Acme",
    **more: Any,
) -> Mention:
    """A post that asks Acme for what a word with '#' names."""
    return Mention(
        source=more.pop("source", "board"),
        native_id=str(number),
        platform="board",
        text=text,
        url=f"https://board.example/{number}",
        author={"handle": by or f"someone{number}", "followers": more.pop("followers", None)},
        published=at,
        collected=at,
        lang="en",
        brands=({"name": brand},),
        intents=({"label": intent, "confidence": 0.9},),
        **more,
    )


class ByThing:
    """Posts ask for the same if they name the same thing; it remembers what it was asked."""

    def __init__(self) -> None:
        self.together: list[tuple[str, str]] = []
        self.apart: list[tuple[str, str]] = []
        self.compared: list[str] = []

    @property
    def likeness(self) -> Likeness:
        return Likeness(
            self.cluster,
            self.nearest,
            self.title_of,
            precision_of=lambda _texts, _lang: 0.9,
            is_poor=lambda title, *_of: "ee" in title,
        )

    def cluster(
        self,
        texts: Sequence[str],
        *,
        langs: Sequence[str] | None = None,
        together: Sequence[tuple[int, int]] = (),
        apart: Sequence[tuple[int, int]] = (),
    ) -> list[int]:
        assert langs is not None
        assert len(langs) == len(texts)
        self.compared += texts
        self.together += [(texts[one], texts[other]) for one, other in together]
        self.apart += [(texts[one], texts[other]) for one, other in apart]
        names = [thing(text) for text in texts]
        for one, _ in apart:
            names[one] = texts[one]
        for one, other in together:
            names = [names[one] if name == names[other] else name for name in names]
        order = list(dict.fromkeys(names))
        return [order.index(name) for name in names]

    def nearest(
        self,
        found: Sequence[Sequence[str]],
        known: Sequence[Sequence[str]],
        *,
        langs: Sequence[str] | None = None,
        known_langs: Sequence[str] | None = None,
    ) -> list[int | None]:
        assert len(langs or ()) == len(found)
        assert len(known_langs or ()) == len(known)
        things = [{thing(text) for text in some} for some in known]
        return [
            next((at for at, one in enumerate(things) if thing(some[0]) in one), None)
            for some in found
        ]

    def title_of(self, texts: Sequence[str], lang: str, names: Collection[str]) -> str:
        assert lang == "en"
        return min(texts, key=lambda text: (len(text), text))


def thing(text: str) -> str:
    """What a post asks for."""
    found = _THING.search(text)
    return found[1] if found else text
