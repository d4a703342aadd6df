"""How fast the stores write and answer: a table beside the machine's description.

    python -m bench.stores [--mentions 20000] [--elasticsearch http://127.0.0.1:9200]

Never a timed test: figures depend on the machine and on what else it does.
"""

import argparse
import itertools
import math
import os
import platform
import random
import sqlite3
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from elasticsearch import Elasticsearch, helpers
from rich.console import Console
from rich.table import Table

from mentions.documents import document
from mentions.elastic import ElasticStore
from mentions.elastic_bulk import source
from mentions.elastic_parallel import WRITERS
from mentions.mention import Author, BrandMatch, Intent, Mention, Sentiment
from mentions.query.parser import parse_query
from mentions.sqlite import SqliteStore
from mentions.store import MentionStore

END = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = 90
REPEATS = 3
PART = 20_000
"""Mentions made ahead, so that making them is not measured."""
_FACETS = ("brand", "sentiment", "intent", "lang", "source", "author", "severity", "day")
_WORDS = [f"word{number}" for number in range(40_000)]
_SHARES = [1 / (rank + 20) ** 1.05 for rank in range(len(_WORDS))]
"""Zipf-Mandelbrot, as words of a language are spread; the first is in a sixth of the posts."""
_SUMS = list(itertools.accumulate(_SHARES))
QUERIES = (
    # The 30 of the bar: words from the most frequent to the rare, and what teams build of them.
    *(f"word{rank}" for rank in (0, 20, 40, 80, 150, 300, 1_000, 3_000, 10_000, 30_000)),
    *(f"word{rank} AND word{rank + 7}" for rank in (5, 50, 200, 900)),
    *(f"word{rank} OR word{rank + 1} OR word{rank + 2}" for rank in (60, 400, 2_000, 9_000)),
    *('"word1 word2"', '"word40 word3"~5', '"word0 word0"'),
    *("word20 AND sentiment:negative", "word70 AND lang:de", "word19 AND intent:complaint"),
    *('brand:"Nimbus Air" AND word45', 'word25 AND brand:"Zephyr Phone" AND needs_reply:true'),
    *("word33 NOT word1", "word800 NOT sentiment:positive", "word399*", "title:word2"),
)


def mentions(count: int) -> Iterator[Mention]:
    """Posts of 8 to 40 words over the last 90 days, oldest first, always the same ones."""
    chance = random.Random(20260301)
    labels = ("negative", "neutral", "positive")
    intents = ("complaint", "question", "praise", "feature_request", "bug_report", "other")
    for number in range(count):
        words = chance.choices(_WORDS, cum_weights=_SUMS, k=chance.randint(8, 40))
        share = (number + chance.random()) / count
        published = END - timedelta(days=DAYS) * (1 - share)
        label = chance.choices(labels, (3, 5, 2))[0]
        yield Mention(
            source=f"source-{number % 7}",
            native_id=str(number),
            platform=("mastodon", "forum", "reviews")[number % 3],
            url=f"https://example.com/posts/{number}",
            title=" ".join(words[:5]) if number % 3 == 2 else "",
            text=" ".join(words).capitalize() + (" 😡!" if number % 10 == 0 else "."),
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
            intents=(Intent.model_validate({"label": chance.choice(intents), "confidence": 0.6}),),
            severity=chance.choice((None, None, 3, 4)),
            needs_reply=number % 4 == 0,
            reasons={"sentiment": "'delayed' pulls it down", "intent": "cue: refund"},
        )


def _asked(store: MentionStore) -> dict[str, str]:
    """What each query took."""
    figures: dict[str, str] = {}
    slowest: list[tuple[float, str]] = []
    for text in QUERIES:
        query = parse_query(text)
        took = _timed(lambda query=query: store.search(query, facets=_FACETS))
        slowest.append((took, f"{text}, {store.count(query):,} found"))
    slowest.sort(reverse=True)
    times = [took for took, _ in slowest]
    figures["30 text queries + 8 facets: p50"] = _ms(times[len(times) // 2])
    figures["30 text queries + 8 facets: p95"] = _ms(times[len(times) // 20])
    for rank in range(3):
        took, text = slowest[rank]
        figures[f"  slowest but {rank}" if rank else "  slowest"] = f"{_ms(took)} ({text})"
    everything, recent = parse_query("*"), END - timedelta(days=30)
    ragged = {"since": recent + timedelta(minutes=7), "until": END - timedelta(minutes=4)}
    hourly = {"since": END - timedelta(days=DAYS), "until": END, "bucket": timedelta(hours=1)}
    negative = parse_query('brand:"Nimbus Air" AND sentiment:negative')
    asked: dict[str, Callable[[], object]] = {
        "* of 30 days + facets": lambda: store.search(everything, facets=_FACETS, **ragged),
        "one brand of 30 days + facets": lambda: store.search(
            parse_query('brand:"Nimbus Air"'), facets=_FACETS, **ragged
        ),
        "negative of a brand, 30 days + facets": lambda: store.search(
            negative, facets=_FACETS, **ragged
        ),
        "90 days by the hour": lambda: store.series(everything, authors=False, **hourly),
        "90 days by the hour, one signal": lambda: store.series(negative, authors=False, **hourly),
        "90 days by the hour + authors": lambda: store.series(everything, **hourly),
        "word20 OR word300, by relevance": lambda: store.search(
            parse_query("word20 OR word300"), sort="relevance"
        ),
        "significant terms": lambda: store.significant_terms(
            parse_query("word300"), background=everything, since=recent, until=END
        ),
    }
    figures |= {name: _ms(_timed(ask)) for name, ask in asked.items()}
    began = time.perf_counter()
    read = sum(1 for _ in itertools.islice(store.iterate(everything), 50_000))
    figures["iterate"] = f"{read / (time.perf_counter() - began):,.0f}/s"
    return figures


def _indexed(store: MentionStore, count: int) -> dict[str, str]:
    """What indexing took, alone."""
    return _raced({"": store_writer(store)}, count)[""] | _again(store, count)


def _raced(
    writers: Mapping[str, Callable[[list[Mention]], None]], count: int
) -> dict[str, dict[str, str]]:
    """What each writer took for the same mentions, part by part in turns.

    The machine has other work as well, which so slows all of them alike.
    """
    stream, turns = mentions(count), itertools.count()
    wall, cpu = dict.fromkeys(writers, 0.0), dict.fromkeys(writers, 0.0)
    while part := list(itertools.islice(stream, PART)):
        first = next(turns) % len(writers)
        for name in (*list(writers)[first:], *list(writers)[:first]):
            began, began_cpu = time.perf_counter(), time.process_time()
            writers[name](part)
            wall[name] += time.perf_counter() - began
            cpu[name] += time.process_time() - began_cpu
    return {
        name: {
            "index": f"{count / wall[name]:,.0f}/s",
            "index, by CPU time of this process": f"{count / cpu[name]:,.0f}/s",
        }
        for name in writers
    }


def store_writer(store: MentionStore) -> Callable[[list[Mention]], None]:
    """Upserts mentions that are all new."""

    def write(part: list[Mention]) -> None:
        written = store.upsert(part)
        if written.created != len(part):
            raise SystemExit(f"not everything was written: {written}")

    return write


def helper_writer(client: Elasticsearch, index: str) -> Callable[[list[Mention]], None]:
    """Writes the same documents with the client's own helper, which reads and merges nothing."""

    def write(part: list[Mention]) -> None:
        actions = ({"_index": index, "_id": each.id, **source(document(each))} for each in part)
        for _ in helpers.parallel_bulk(client, actions, thread_count=WRITERS):
            pass
        client.indices.refresh(index=index)

    return write


def _again(store: MentionStore, count: int) -> dict[str, str]:
    part = list(itertools.islice(mentions(count), PART))
    began = time.perf_counter()
    store.upsert(part)
    return {"index the same again": f"{len(part) / (time.perf_counter() - began):,.0f}/s"}


def beside_the_helper(url: str, count: int) -> tuple[dict[str, str], dict[str, str]]:
    """What ElasticStore and, into one index with the same mapping, `parallel_bulk` reach."""
    prefix = f"bench-{uuid.uuid4().hex}"
    one = f"{prefix}-mentions-v0-{uuid.uuid4().hex}"
    with ElasticStore(url, prefix=prefix) as store, Elasticsearch(url) as client:
        store.prepare()
        client.indices.create(index=one)
        writers = {"store": store_writer(store), "helper": helper_writer(client, one)}
        took = _raced(writers, count)
        client.indices.delete(index=one)
        figures = took["store"] | _again(store, count) | _asked(store)
        for index in client.indices.get(index=f"{prefix}-*"):
            client.indices.delete(index=index)
    return figures, took["helper"]


def _timed(ask: Callable[[], object]) -> float:
    """Milliseconds, the median of a few: the machine has other work as well."""
    took = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        ask()
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)[REPEATS // 2]


def _ms(took: float) -> str:
    return f"{took:,.1f} ms"


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
            columns["SqliteStore"] = _indexed(store, asked.mentions) | _asked(store)
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
        columns["SqliteStore"]["on disk"] = f"{size / asked.mentions:,.0f} B a mention"
    if asked.elasticsearch:
        columns["ElasticStore"], columns["parallel_bulk"] = beside_the_helper(
            asked.elasticsearch, asked.mentions
        )
    _print(columns, asked.mentions)


def _print(columns: dict[str, dict[str, str]], count: int) -> None:
    table = Table(
        title=f"{count:,} mentions; {machine()}",
        caption=f"medians of {REPEATS}; load {os.getloadavg()[0]:.1f} at the end",
    )
    for heading in ("", *columns):
        table.add_column(heading)
    for row in columns["SqliteStore"]:
        table.add_row(row, *(figures.get(row, "") for figures in columns.values()))
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
