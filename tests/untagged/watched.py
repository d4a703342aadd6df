"""A store with weeks of ordinary talk about a brand, and a scene for a watch to look at."""

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from mentions.mention import Author, BrandMatch, Mention, Sentiment
from mentions.sqlite import SqliteStore
from mentions.store import MentionStore
from untagged.detecting import kept_series, live_series
from untagged.listening import Listened
from untagged.settings import Settings
from untagged.watches.scene import Scene

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NEGATIVE = Sentiment(label="negative", score=-0.8, confidence=0.9, unsure=False, model="test")
NEUTRAL = Sentiment(label="neutral", score=0.0, confidence=0.9, unsure=False, model="test")


def said(
    name: str, at: datetime, *, by: str = "", followers: int = 200, good: bool = False, **more: Any
) -> Mention:
    """A mention of Acme, negative unless it is `good`; by somebody of its own unless `by`."""
    known: dict[str, Any] = {
        "source": "board",
        "native_id": name,
        "platform": "board",
        "text": f"acme {name}",
        "author": Author(handle=by or f"by-{name}", followers=followers),
        "published": at,
        "collected": at,
        "brands": (BrandMatch(name="Acme"),),
        "sentiment": NEUTRAL if good else NEGATIVE,
    }
    return Mention.model_validate({**known, **more})


def ordinary(
    days: float = 21, *, seed: int = 1, negative: float = 1, other: float = 2
) -> Iterator[Mention]:
    """So many mentions an hour up to NOW, at random."""
    chance = random.Random(seed)
    for name, per_hour in (("bad", negative), ("fine", other)):
        for number in range(round(days * 24 * per_hour)):
            at = NOW - timedelta(seconds=chance.randrange(round(days * 86_400)) + 1)
            yield said(f"{name}{number}", at, good=name == "fine")


def burst(
    count: int, *, over: timedelta = HOUR, until: datetime = NOW, name: str = "burst", **more: Any
) -> list[Mention]:
    """Mentions spread evenly over the time before `until`."""
    return [
        said(f"{name}{number}", until - over * ((number + 0.5) / count), **more)
        for number in range(count)
    ]


def scene(
    store: MentionStore,
    *,
    brands: Iterable[str] = ("Acme",),
    sources: Iterable[Listened] = (),
    replays: tuple[datetime, datetime] | None = None,
) -> Scene:
    """What a watch looks at: the store as it is, or a replay of a window."""
    settings = Settings.model_validate(
        {
            "brands": [
                {"name": name, "query": f'"{name}"', "handles": [f"@{name.casefold()}"]}
                for name in brands
            ]
        }
    )
    since, until = replays or (NOW, NOW)
    kept = kept_series(store, since=since, until=until)
    listened = list(sources)
    return Scene(
        settings=settings,
        store=store,
        series_at=kept if replays else live_series(store),
        sources_at=lambda _: listened,
        is_replay=replays is not None,
    )


def filled(path: Any, *mentions: Iterable[Mention]) -> SqliteStore:
    """A store at `path` that holds the mentions."""
    store = SqliteStore(path / "mentions.db")
    store.prepare()
    for some in mentions:
        store.upsert(some)
    return store
