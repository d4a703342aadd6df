"""What digests of feature requests show: of the golden requests, of sixty days, of real reviews.

    python -m bench digests [golden] [town] [feedback]

Each goes the whole way: rows, journal, reading, entries, digest. Truth is the cluster of the golden
requests, the town's own, and the labels of ../shared/data/feedback, which say what is a request and
not which ask for the same. Seconds are of the processor; memory is the most that was held so far.
"""

import gzip
import json
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import yaml
from rich.console import Console
from rich.table import Table

from bench import _golden_digest as golden
from bench.sixty_days import ANCHOR, BEGAN, EXAMPLE, heard, index, mention_of, story_of
from nlp.cluster_evaluation import TFIDF_ALIKE, _cut, _tfidf, b_cubed
from nlp.clusters import cluster, same_words
from untagged.digests.asked import Asked
from untagged.digests.feature_requests import gather_feature_requests
from untagged.pipeline import Pipeline
from untagged.town.post import Post
from untagged.wiring import open_pipeline

CONSOLE = Console(width=140)
FEEDBACK = Path(__file__).parents[1].parent / "shared/data/feedback"
WANTED = ("feature", "request")
"""Labels of what is a request."""
FIRST = 20


@dataclass(frozen=True, slots=True)
class Known:
    """Posts, and what each is by its id: '' if no request; else its cluster if that is known."""

    name: str
    posts: int
    truth: Mapping[str, str]
    has_clusters: bool

    @property
    def wanted(self) -> set[str]:
        return {one for one, what in self.truth.items() if what}


class Watch:
    """Seconds of the processor since it was made, and the most memory so far."""

    def __init__(self) -> None:
        self._began = time.process_time()

    def __str__(self) -> str:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return f"{time.process_time() - self._began:.1f} s, {peak:,.0f} MB"


def table(title: str, *columns: str) -> Table:
    made = Table(title=title, title_justify="left")
    for column in ("", *columns):
        made.add_column(column, justify="right" if column else "left")
    return made


def golden_figures(folder: Path) -> None:
    rows = [*golden.golden_rows(), *golden.other_rows()]
    truth = golden.truth_of(rows)
    found = table(
        f"{len(truth.clusters)} golden requests among {len(truth.others):,} other posts",
        *(
            "requests",
            "entries",
            "asked by 3",
            "found",
            "titled",
            "in order",
            "false first",
            "cost",
        ),
    )
    for name, profile in (
        ("as read", "default"),
        ("as read, thorough", "thorough"),
        ("as people say", "default"),
    ):
        (folder / name).mkdir()
        config = folder / name / "untagged.yaml"
        reading = f"reading: {{profile: {profile}}}\n"
        config.write_text(golden.SETTINGS + reading, encoding="utf-8")
        with open_pipeline(config) as pipeline:
            watch = Watch()
            golden.brought(pipeline, folder, rows)
            if name == "as people say":
                golden.corrected(pipeline, truth)
            else:
                _read_by_language(name, pipeline, truth)
            found.add_row(name, *_golden_row(pipeline, truth), str(watch))
    CONSOLE.print(found)
    CONSOLE.print(_baselines())


def _golden_row(pipeline: Pipeline, truth: golden.Truth) -> list[str]:
    requests = golden.read_as_requests(pipeline)
    seen, entries = [], 0
    for brand in ("Kestrel", "Fernway"):
        digest = golden.digest_of(pipeline, brand)
        placed = golden.entries_of(pipeline, brand, sorted(requests))
        seen.append(golden.verdict_on(digest, placed, truth))
        entries += len(digest.records)
    order = " and ".join(f"{one.in_order:.2f}" for one in seen)
    counted = (
        sum(len(getattr(one, part)) for one in seen) for part in ("asked", "found", "titled")
    )
    false = str(sum(len(one.false) for one in seen))
    return [f"{len(requests):,}", str(entries), *map(str, counted), order, false]


def _read_by_language(name: str, pipeline: Pipeline, truth: golden.Truth) -> None:
    requests = golden.read_as_requests(pipeline)
    right = Counter(truth.langs[one] for one in requests if one in truth.langs)
    said = [f"{lang} {right[lang]}/{many}" for lang, many in Counter(truth.langs.values()).items()]
    precision = right.total() / len(requests)
    CONSOLE.print(f"golden requests {name}: {', '.join(said)}; precision {precision:.2f}")


def _baselines() -> Table:
    """The same texts put together in three ways, without the pipeline around them."""
    rows = golden.golden_rows()
    texts = [row["text"] for row in rows]
    gold = [row["truth"][0] for row in rows]
    langs = [row["truth"][2] for row in rows]
    same: dict[str, int] = {}
    ways = {
        "Untagged": cluster(texts, langs=langs),
        "the same words": [same.setdefault(same_words(text), len(same)) for text in texts],
        "TF-IDF, agglomerative": _cut(_tfidf(texts, langs), TFIDF_ALIKE),
    }
    made = table("golden requests put together", "B-cubed P", "R", "F1", "found of 3 or more")
    sizes = Counter(gold)
    wanted = {one for one, many in sizes.items() if many >= golden.LEAST_ASKING}
    for name, labels in ways.items():
        inside: dict[int, Counter[str]] = {}
        for label, what in zip(labels, gold, strict=True):
            inside.setdefault(label, Counter())[what] += 1
        tops = ((own.most_common(1)[0], own.total()) for own in inside.values())
        found = {what for (what, n), size in tops if 2 * n > size and 2 * n > sizes[what]} & wanted
        made.add_row(name, *said_b_cubed(gold, labels), f"{len(found)} of {len(wanted)}")
    return made


def town_figures(folder: Path) -> None:
    story, config = story_of(1), folder / "untagged.yaml"
    config.write_text(EXAMPLE.read_text("utf-8"), "utf-8")
    truth = _town_truth(story.posts(BEGAN, ANCHOR))
    with open_pipeline(config) as pipeline:
        watch = Watch()
        posts = index(pipeline, heard(story))
        _show(Known("the town's sixty days", posts, truth, True), pipeline, str(watch))


def _town_truth(posts: Sequence[Post]) -> Mapping[str, str]:
    """What each request of the town is for, and in which language; other posts are ''."""
    return {
        mention_of(post, None).id: f"{post.said.topic} {post.said.lang}"
        if "feature_request" in post.said.intents
        else ""
        for post in posts
    }


def feedback_figures(folder: Path) -> None:
    if not FEEDBACK.exists():
        CONSOLE.print(f"[bold red]NOT MEASURED: {FEEDBACK} is not here")
        return
    rows, apps = _reviews()
    brands = [
        {"name": app, "query": f"site:app{number}.reviews.example", "misspellings": False}
        for app, number in apps.items()
    ]
    stores = {"store": "sqlite:///m.db", "database": "sqlite:///o.db", "journal": "journal"}
    config = folder / "untagged.yaml"
    config.write_text(yaml.safe_dump({**stores, "brands": brands}), encoding="utf-8")
    truth = {f"town:{row['native_id']}": "request" if row["wanted"] else "" for row in rows}
    with open_pipeline(config) as pipeline:
        watch = Watch()
        golden.brought(pipeline, folder, rows)
        name = f"real reviews of {len(apps)} brands"
        _show(Known(name, len(rows), truth, False), pipeline, str(watch))


def _reviews() -> tuple[list[golden.Row], dict[str, int]]:
    """The rows as reviews over sixty days, an author each; a brand an app, or a file without."""
    rows: list[golden.Row] = []
    apps: dict[str, int] = {}
    for file in sorted(FEEDBACK.glob("*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for said in map(json.loads, lines):
                number = len(rows)
                app = apps.setdefault(said.get("app") or file.name.split(".")[0], len(apps))
                rows.append(
                    {
                        "native_id": str(number),
                        "platform": "googleplay",
                        "kind": "review",
                        "text": said["text"],
                        "rating": said.get("rating"),
                        "url": f"https://app{app}.reviews.example/{number}",
                        "author": {"handle": f"reviewer{number}"},
                        "published": (BEGAN + number * timedelta(minutes=10)).isoformat(),
                        "wanted": said["label"] in WANTED,
                    }
                )
    return rows, apps


def _show(known: Known, pipeline: Pipeline, reading: str) -> None:
    """What is read as a request, what the digest of all makes of it, and what that took."""
    requests, wanted = golden.read_as_requests(pipeline), known.wanted
    watch = Watch()
    digest = gather_feature_requests(pipeline, Asked(BEGAN, ANCHOR, now=ANCHOR))
    cost = str(watch)
    entries: dict[str, str] = {}
    for brand in pipeline.settings.brands:
        entries |= golden.entries_of(pipeline, brand.name, sorted(requests))
    right = requests & wanted
    inside: dict[str, Counter[bool]] = {}
    for mention_id, entry_id in entries.items():
        inside.setdefault(entry_id, Counter())[mention_id in wanted] += 1
    first = [inside[record["id"]] for record in digest.records[:FIRST]]
    mostly = sum(2 * own[True] > own.total() for own in first)
    made = table(f"{known.name}: {known.posts:,} posts, of which {len(wanted):,} are requests", "")
    made.add_row("read as requests", f"{len(requests):,}")
    made.add_row("of which right", f"{len(right):,} ({len(right) / len(requests):.0%})")
    made.add_row("of the requests found", f"{len(right) / len(wanted):.0%}")
    made.add_row("entries", f"{len(digest.records):,}")
    made.add_row(f"of the first {FIRST}, mostly requests", str(mostly))
    if known.has_clusters:
        of = sorted(right & entries.keys())
        numbers = {entry_id: at for at, entry_id in enumerate(inside)}
        found = [numbers[entries[one]] for one in of]
        figures = said_b_cubed([known.truth[one] for one in of], found)
        made.add_row("B-cubed P, R, F1 of these requests", ", ".join(figures))
    made.add_row("reading and indexing", reading)
    made.add_row("the digest", cost)
    CONSOLE.print(made)


def said_b_cubed(gold: Sequence[str], found: Sequence[int]) -> list[str]:
    precision, recall = b_cubed(gold, found)
    f1 = 2 * precision * recall / (precision + recall)
    return [f"{one:.2f}" for one in (precision, recall, f1)]


PARTS: Mapping[str, Callable[[Path], None]] = {
    "golden": golden_figures,
    "town": town_figures,
    "feedback": feedback_figures,
}


def main() -> None:
    """The parts that are named, or all."""
    asked = sys.argv[1:] or list(PARTS)
    if unknown := set(asked) - set(PARTS):
        sys.exit(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    for part in asked:
        with tempfile.TemporaryDirectory() as folder:
            PARTS[part](Path(folder))


if __name__ == "__main__":
    main()
