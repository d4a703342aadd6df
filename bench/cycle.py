"""What it costs to read the series of many brands: one by one, and all at once as a response does.

    python -m bench cycle [--brands 1000] [--mentions 100000] [--elasticsearch http://127.0.0.1:9200]

Both read the same four signals of every brand over four weeks, in one run on the same store, and
are held to say the same.
"""

import argparse
import random
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mentions.elastic import ElasticStore
from mentions.mention import BrandMatch, Intent, Mention, Sentiment
from mentions.sqlite import SqliteStore
from mentions.store import MentionStore
from nlp.spike_boards import Boards
from nlp.spikes import SpikeSettings
from untagged.detecting import beginning, brand_series, live_series

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAYS = 28
SIGNALS = ("all", "negative", "complaints", "incidents")


def mentions(count: int, brands: int) -> Iterator[Mention]:
    """Short posts over the last four weeks; a few brands have many of them, most have few."""
    chance = random.Random(20260301)
    names = [f"Brand {number}" for number in range(brands)]
    shares = [1 / (rank + 5) for rank in range(brands)]
    for number, name in enumerate(chance.choices(names, shares, k=count)):
        label = chance.choices(("negative", "neutral", "positive"), (3, 5, 2))[0]
        wants = chance.choices(("complaint", "incident", "other"), (4, 1, 10))[0]
        published = NOW - timedelta(days=DAYS) * chance.random()
        yield Mention(
            source="bench",
            native_id=str(number),
            platform="forum",
            text=f"Post {number}",
            published=published,
            collected=published,
            lang="en",
            brands=(BrandMatch(name=name),),
            sentiment=Sentiment(label=label, score=0, confidence=0.9, unsure=False, model="bench"),
            intents=(Intent(label=wants, confidence=0.9),),
        )


def measured(store: MentionStore, *, brands: int, count: int) -> None:
    """Write, read both ways, and look for spikes twice; seconds of the clock."""
    store.prepare()
    store.upsert(mentions(count, brands))
    asked = [(f"Brand {place}", signal) for signal in SIGNALS for place in range(brands)]
    began = time.perf_counter()
    alone = [brand_series(store, *one, since=beginning(NOW), until=NOW) for one in asked]
    one_by_one = time.perf_counter()
    series_at = live_series(store)
    together = [series_at(*one, NOW) for one in asked]
    at_once = time.perf_counter()
    if together != alone:
        raise SystemExit("the series read at once differ from those read one by one")
    print(f"{len(asked):,} series of {brands:,} brands in {count:,} mentions")
    print(f"one by one   {one_by_one - began:8.2f} s")
    print(f"at once      {at_once - one_by_one:8.2f} s")
    boards, settings = Boards(), SpikeSettings()
    for look in ("first look", "next look"):
        began = time.perf_counter()
        found = sum(boards.current(series, settings) is not None for series in together)
        print(f"{look:12} {time.perf_counter() - began:8.2f} s, {found} spikes")


def main() -> None:
    """Measure SQLite, or Elasticsearch where a node is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--brands", type=int, default=1_000)
    parser.add_argument("--mentions", type=int, default=100_000)
    parser.add_argument("--elasticsearch", help="a node's address; indices of this run are left")
    given = parser.parse_args()
    if given.elasticsearch:
        prefix = f"bench-{uuid.uuid4().hex[:8]}"
        with ElasticStore(given.elasticsearch, prefix=prefix) as store:
            measured(store, brands=given.brands, count=given.mentions)
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        SqliteStore(Path(folder) / "mentions.db") as store,
    ):
        measured(store, brands=given.brands, count=given.mentions)


if __name__ == "__main__":
    main()
