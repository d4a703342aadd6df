"""How fast the stores write and answer: a table beside the machine's description.

    python -m bench.stores [--mentions 20000] [--elasticsearch http://127.0.0.1:9200]

Never a timed test: figures depend on the machine and on what else it does.
"""

import argparse
import math
import os
import platform
import random
import sqlite3
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from mentions.elastic import ElasticStore
from mentions.mention import Author, BrandMatch, Intent, Mention, Sentiment
from mentions.query.parser import parse_query
from mentions.query.tree import Query
from mentions.sqlite import SqliteStore
from mentions.store import MentionStore

END = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = 90
REPEATS = 5
QUERIES = (
    "delayed",
    "refund",
    '"customer service"',
    "delayed AND refund",
    "bag OR luggage OR suitcase",
    "flight NOT delayed",
    "sentiment:negative AND needs_reply:true",
    'brand:"Nimbus Air" AND gate',
    "lang:de",
    "title:delayed",
)
_FACETS = ("brand", "sentiment", "intent", "lang", "day")
_COMMON = (
    *("flight", "delayed", "refund", "bag", "luggage", "suitcase"),
    *("gate", "crew", "seat", "customer", "service", "thanks"),
)
_RARE = [f"word{number}" for number in range(20_000)]


def mentions(count: int) -> Iterator[Mention]:
    """Posts of 12 to 40 words over the last 90 days, always the same ones."""
    chance = random.Random(20260301)
    labels = ("negative", "neutral", "positive")
    for number in range(count):
        words = [_word(chance) for _ in range(chance.randint(12, 40))]
        published = END - timedelta(seconds=chance.randrange(DAYS * 86_400))
        label = chance.choices(labels, (3, 5, 2))[0]
        yield Mention(
            source=f"source-{number % 7}",
            native_id=str(number),
            platform=("mastodon", "forum", "reviews")[number % 3],
            url=f"https://example.com/posts/{number}",
            text=" ".join(words).capitalize() + ".",
            author=Author(
                handle=f"author{int(chance.paretovariate(0.6))}", followers=number % 5000
            ),
            published=published,
            collected=published + timedelta(minutes=5),
            lang=chance.choices(("en", "de", "fr"), (7, 2, 1))[0],
            brands=(BrandMatch(name=("Nimbus Air", "Zephyr Phone")[number % 2], spans=((0, 6),)),),
            sentiment=Sentiment.model_validate(
                {"label": label, "score": 0.4, "confidence": 0.7, "unsure": False, "model": "vader"}
            ),
            intents=(Intent.model_validate({"label": "complaint", "confidence": 0.6}),),
            needs_reply=number % 4 == 0,
            reasons={"sentiment": "'delayed' pulls it down", "intent": "cue: refund"},
        )


def measured(store: MentionStore, count: int) -> dict[str, str]:
    """What indexing and each query took."""
    made = list(mentions(count))
    began = time.perf_counter()
    written = store.upsert(made)
    took = time.perf_counter() - began
    if written.created != count:
        raise SystemExit(f"not everything was written: {written}")
    figures = {"index": f"{count / took:,.0f}/s"}
    began = time.perf_counter()
    store.upsert(made[: count // 4])
    figures["index the same again"] = f"{count / 4 / (time.perf_counter() - began):,.0f}/s"
    recent = END - timedelta(days=30)
    for text in QUERIES:
        query = parse_query(text)
        figures[f"{text}  + facets"] = _timed(
            lambda query=query: store.search(query, facets=_FACETS)
        )
    everything = parse_query("*")
    figures["* of 30 days  + facets"] = _timed(
        lambda: store.search(everything, since=recent, until=END, facets=_FACETS)
    )
    figures["delayed OR refund, by relevance"] = _timed(
        lambda: store.search(parse_query("delayed OR refund"), sort="relevance")
    )
    figures["hourly series of 90 days"] = _timed(lambda: _series(store, everything))
    figures["significant terms"] = _timed(
        lambda: store.significant_terms(
            parse_query("refund"), background=everything, since=recent, until=END
        )
    )
    began = time.perf_counter()
    read = sum(1 for _ in store.iterate(everything))
    figures["iterate"] = f"{read / (time.perf_counter() - began):,.0f}/s"
    return figures


def _series(store: MentionStore, query: Query) -> None:
    store.series(query, since=END - timedelta(days=DAYS), until=END, bucket=timedelta(hours=1))


def _timed(ask: Callable[[], object]) -> str:
    """The median and the slowest of a few."""
    took = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        ask()
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return f"{took[len(took) // 2]:.1f} ms ({took[-1]:.1f})"


def _word(chance: random.Random) -> str:
    if chance.random() < 0.35:
        return chance.choice(_COMMON)
    return _RARE[int(len(_RARE) ** chance.random()) - 1]  # few words often, most rarely


def machine() -> str:
    """The machine in one line."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} x {model}, {math.ceil(memory)} GiB, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mentions", type=int, default=20_000)
    parser.add_argument("--elasticsearch", default=os.environ.get("ELASTICSEARCH_URL"))
    asked = parser.parse_args()
    columns = {}
    with tempfile.TemporaryDirectory() as folder:
        with SqliteStore(Path(folder) / "mentions.db") as store:
            store.prepare()
            columns["SqliteStore"] = measured(store, asked.mentions)
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
        columns["SqliteStore"]["on disk"] = f"{size / asked.mentions:,.0f} B a mention"
    if asked.elasticsearch:
        prefix = f"bench-{uuid.uuid4().hex}"
        with ElasticStore(asked.elasticsearch, prefix=prefix) as store:
            store.prepare()
            columns["ElasticStore"] = measured(store, asked.mentions)
    _print(columns, asked.mentions)


def _print(columns: dict[str, dict[str, str]], count: int) -> None:
    table = Table(title=f"{count:,} mentions; {machine()}", caption="median (slowest) of 5")
    for heading in ("", *columns):
        table.add_column(heading)
    for row in columns["SqliteStore"]:
        table.add_row(row, *(figures.get(row, "") for figures in columns.values()))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
