"""Weeks of a small firm in known numbers, on a store of the test's own."""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mentions.mention import Mention
from tests.untagged.world import mention, settings_file
from untagged.digests.asked import Asked
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
MONDAY = datetime(2026, 2, 23, tzinfo=UTC)
NEXT = MONDAY + WEEK
ASKED = Asked(since=MONDAY, until=NEXT, now=NEXT)


@contextmanager
def a_firm(folder: Path, elasticsearch: str | None = None, *, more: str = "") -> Iterator[Pipeline]:
    """Acme and Bolt Bank on SQLite, or on Elasticsearch at that address."""
    store = f"{elasticsearch}?prefix=digest-{uuid.uuid4().hex[:8]}" if elasticsearch else None
    path = settings_file(folder, store=store or "sqlite:///mentions.db", more=more)
    with open_pipeline(path) as pipeline:
        pipeline.store.prepare()
        yield pipeline


def said(number: int, at: datetime, felt: str = "neutral", **more: Any) -> Mention:
    """A post about Acme by an author of its own, read without doubt unless `unsure`."""
    unsure, score = more.pop("unsure", False), {"positive": 0.6, "negative": -0.6}.get(felt, 0.1)
    known: dict[str, Any] = {
        "brands": [{"name": more.pop("brand", "Acme")}],
        "sentiment": {
            "label": felt,
            "score": score,
            "confidence": 0.9,
            "unsure": unsure,
            "model": "test",
        },
        "author": {"handle": f"someone{number}"},
        "lang": "en",
    }
    text = more.pop("text", f"About Acme, opinion number {number} of {uuid.UUID(int=number)}")
    of_source = {"source": more.pop("source", "board")}
    return mention(number, text, at, **{**known, **more}).model_copy(update=of_source)


def a_week(
    start: datetime, count: int, *, negative: int = 0, first: int = 0, **more: Any
) -> list[Mention]:
    """`count` posts spread evenly over a week, the first `negative` of each stretch angry."""
    step = WEEK / count
    angry = {round(place * count / negative) for place in range(negative)} if negative else set()
    return [
        said(
            first + number,
            start + number * step,
            "negative" if number in angry else "neutral",
            **more,
        )
        for number in range(count)
    ]


def weeks(brand: str, counts: Iterable[tuple[int, int]], *, first: int) -> list[Mention]:
    """Weeks of (posts, negative posts) up to NEXT, the last one the period."""
    counts = list(counts)
    found: list[Mention] = []
    for number, (posts, negative) in enumerate(counts):
        start = NEXT - WEEK * (len(counts) - number)
        found += a_week(start, posts, negative=negative, first=first + 1_000 * number, brand=brand)
    return found
