"""How right and how fast the reading room is, beside simple baselines in the same run.

    python bench/reading.py [quality] [speed]

Quality needs the labelled data of ../shared/data; without it that part is skipped, loudly. The
scores are development scores: nlp/models says of each model what it learned from and what was
chosen on which rows.
"""

import csv
import gzip
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import spacy
from rich.console import Console
from rich.table import Table
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

import nlp.reader
from mentions.brand import Brand
from mentions.mention import Mention
from nlp.build import build_reader
from nlp.evaluation import EvaluationKind, Report, Score, evaluate
from nlp.reader import Reader
from nlp.record import as_mention
from nlp.training.data import fold_of

DATA = Path(__file__).parents[1].parent / "shared/data"
AIRLINES = DATA / "mentions/airline-tweets-2015.csv"
CONSOLE = Console(width=150)
UNSEEN = 24_000
FOLDS = 10
"""Every tenth post of the further languages is kept apart from training."""
Rows = list[dict[str, Any]]


class VaderAlone:
    """The library as it comes, on every post alike: the baseline."""

    def __init__(self) -> None:
        self._analyzer = SentimentIntensityAnalyzer()

    def read_text(self, record: dict[str, Any]) -> dict[str, Any]:
        compound = self._analyzer.polarity_scores(record["text"])["compound"]
        label = "positive" if compound >= 0.05 else "negative" if compound <= -0.05 else "neutral"
        intent = "complaint" if label == "negative" else "other"
        return {
            "sentiment": {"label": label, "unsure": False, "confidence": 0.0},
            "intents": [{"label": intent}],
        }


def rows_of(name: str) -> Rows:
    with gzip.open(DATA / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def airline_rows() -> Rows:
    with AIRLINES.open(encoding="utf-8", errors="replace", newline="") as lines:
        return [
            {"text": row["text"], "label": row["airline_sentiment"]}
            for row in csv.DictReader(lines)
        ]


def complaints_of_airlines(rows: Rows) -> Rows:
    """A negative tweet to an airline is taken for a complaint; a rough label, for recall."""
    return [
        {**row, "label": "complaint" if row["label"] == "negative" else "other"} for row in rows
    ]


def table(title: str, *columns: str) -> Table:
    made = Table(title=title, title_justify="left", title_style="bold")
    made.add_column("")
    for column in columns:
        made.add_column(column, justify="right")
    return made


def figures(score: Score) -> list[str]:
    return [f"{each:.3f}" for each in (score.macro_recall, score.macro_f1, score.accuracy)]


def by_class(score: Score) -> str:
    return "  ".join(
        f"{label} {each.precision:.2f}/{each.recall:.2f}" for label, each in score.classes.items()
    )


def compare(title: str, kind: EvaluationKind, rows: Rows, readers: dict[str, Any]) -> None:
    made = table(
        f"{title} (n={len(rows):,})", "macro recall", "macro F1", "accuracy", "precision/recall"
    )
    report: Report | None = None
    for name, reader in readers.items():
        report = evaluate(kind, rows, reader)
        made.add_row(name, *figures(report.score), by_class(report.score))
    if report is not None:
        if report.calibration_error is not None:
            CONSOLE.print(f"expected calibration error: {report.calibration_error:.3f}")
        if report.sure is not None and report.unsure is not None:
            name = f"  where sure ({1 - report.unsure:.0%})"
            made.add_row(name, *figures(report.sure), by_class(report.sure))
        made.add_row(f"always {report.always}", *figures(report.baseline), "")
    CONSOLE.print(made)


def sentiment_by_language(reader: Reader) -> None:
    """Macro F1 on the classes that each language's rows have, beside always the commonest."""
    made = table("Sentiment by language", "macro F1", "always", "unsure", "n")
    sets = {"XLM-T val": rows_of("sentiment/xlmt-val")}
    for path in sorted((DATA / "sentiment/more").glob("*.gz")):
        name = path.name.removesuffix(".jsonl.gz")
        kept = [row for row in rows_of(f"sentiment/more/{name}") if fold_of(row, FOLDS) == 0]
        sets[name] = kept
    for name, rows in sets.items():
        for lang in sorted({row["lang"] for row in rows}):
            report = evaluate("sentiment", [row for row in rows if row["lang"] == lang], reader)
            made.add_row(
                f"{name} {lang}",
                f"{report.score.macro_f1:.3f}",
                f"{report.baseline.macro_f1:.3f}",
                f"{report.unsure:.0%}",
                f"{report.score.n:,}",
            )
    CONSOLE.print(made)


def languages(rows: Rows, reader: Reader) -> None:
    report = evaluate("language", rows, reader)
    made = table(f"Language, XLM-T val (n={len(rows):,})", "recall", "precision", "n")
    for lang, each in report.score.classes.items():
        made.add_row(lang, f"{each.recall:.3f}", f"{each.precision:.3f}", str(each.n))
    made.add_row("all", f"{report.score.accuracy:.3f}", "", str(report.score.n))
    for low, high in ((0, 20), (20, 40), (40, 80), (80, 1000)):
        some = [row for row in rows if low <= len(row["text"]) < high]
        if some:
            right = evaluate("language", some, reader).score.accuracy
            made.add_row(f"{low} to {high} characters", f"{right:.3f}", "", str(len(some)))
    made.add_row(f"always {report.always}", f"{report.baseline.accuracy:.3f}", "", "")
    CONSOLE.print(made)


def english_elsewhere(reader: Reader) -> None:
    """How often another language was read by English models: it must be next to never."""
    made = table("Posts of other languages that were read as English", "share", "n")
    sets = {"XLM-T val": [row for row in rows_of("sentiment/xlmt-val") if row["lang"] != "en"]}
    for path in sorted((DATA / "sentiment/more").glob("*.gz")):
        sets[path.name.partition(".")[0]] = rows_of(f"sentiment/more/{path.name[:-9]}")[::10]
    for name, rows in sets.items():
        by_lang: dict[str, list[bool]] = {}
        for row in rows:
            is_english = reader.read_text({"text": row["text"]})["lang"] == "en"
            by_lang.setdefault(row["lang"], []).append(is_english)
        for lang, said in sorted(by_lang.items()):
            made.add_row(f"{name} {lang}", f"{sum(said) / len(said):.3f}", str(len(said)))
    CONSOLE.print(made)


def quality() -> None:
    if not DATA.exists():
        CONSOLE.print(f"[bold red]SKIPPED: the quality tables need {DATA}, which is not there")
        return
    reader, vader = build_reader(), VaderAlone()
    readers = {
        "VADER alone": vader,
        "accurate": build_reader(profile="accurate"),
        "default": reader,
    }
    airlines = airline_rows()
    compare("Sentiment, TweetEval val", "sentiment", rows_of("sentiment/tweeteval-en-val"), readers)
    compare("Sentiment, airline tweets 2015, every 3rd", "sentiment", airlines[::3], readers)
    sentiment_by_language(reader)
    # The intent model learned from all of these but the airlines. What it reaches on domains and
    # apps that it never saw is told by its recipe, `python -m nlp.training.intents`.
    intents = {"VADER negative": vader, "as shipped": reader}
    complaints = rows_of("complaints/complaints-train")
    compare("Complaints: airline tweets", "intent", complaints_of_airlines(airlines), intents)
    compare("Complaints that the model learned from", "intent", complaints, intents)
    for name in ("clap-reviews-train", "maalej-reviews", "ijcnlp2017-en"):
        learned = rows_of(f"feedback/{name}")
        compare(f"Learned from: {name}", "intent", learned, {"as shipped": reader})
    languages(rows_of("sentiment/xlmt-val"), reader)
    english_elsewhere(reader)


def hundred_brands() -> list[Brand]:
    return [
        Brand(
            name=f"Brand {number}",
            query=f'"brand {number}" OR brand{number} OR #brand{number}',
            handles=(f"@brand{number}",),
        )
        for number in range(100)
    ]


def posts() -> list[str]:
    if DATA.exists():
        return [row["text"] for row in rows_of("sentiment/tweeteval-en-val")]
    return [
        f"@brand{number % 100} my order {number} is {number % 9} days late and nobody answers, "
        "how long does this take? #fail"
        for number in range(2_000)
    ]


def seconds_for(work: Callable[[], object], times: int = 3) -> float:
    """The fastest of several runs, in processor seconds: other work must not count."""

    def once() -> float:
        started = time.process_time()
        work()
        return time.process_time() - started

    return min(once() for _ in range(times))


def by_component(reader: Reader, mentions: Sequence[Mention]) -> None:
    """What each component takes of a post, in the order of the price."""
    spent: Counter[str] = Counter()
    run = nlp.reader._failures

    def timed(name: str, *args: Any) -> dict[int, str]:
        started = time.process_time_ns()
        failures = run(name, *args)
        spent[name] += time.process_time_ns() - started
        return failures

    fastest: dict[str, int] = {}
    with mock.patch.object(nlp.reader, "_failures", timed):
        for _ in range(3):
            spent.clear()
            list(reader.read(mentions))
            fastest = {name: min(took, fastest.get(name, took)) for name, took in spent.items()}
    made = table("By component, default", "µs a post")
    for name, took in sorted(fastest.items(), key=lambda each: -each[1]):
        made.add_row(name, f"{took / 1e3 / len(mentions):.1f}")
    CONSOLE.print(made)


def seconds_for_unseen(reader: Reader, texts: Sequence[str]) -> float:
    """Processor seconds for the second half of texts that are each read once, as streams are."""
    half = len(texts) // 2
    first, second = list(as_mentions(texts[:half])), list(as_mentions(texts[half:]))
    list(reader.read(first))
    started = time.process_time()
    list(reader.read(second))
    return (time.process_time() - started) / len(second)


def speed() -> None:
    texts = posts()
    started = time.process_time()
    reader = build_reader(hundred_brands())
    starting = time.process_time() - started
    accurate = build_reader(hundred_brands(), profile="accurate")
    thorough = build_reader(hundred_brands(), profile="thorough")
    analyzer, tokenise = SentimentIntensityAnalyzer(), spacy.blank("xx").make_doc
    mentions = list(as_mentions(texts))
    made = table(f"Speed, one core ({len(texts):,} posts, 100 brands)", "posts/s", "µs")
    jobs: dict[str, Callable[[], object]] = {
        "spaCy's tokeniser alone": lambda: [tokenise(text) for text in texts],
        "VADER alone": lambda: [analyzer.polarity_scores(text) for text in texts],
        "everything, default": lambda: list(reader.read(mentions)),
        "everything, accurate": lambda: list(accurate.read(mentions)),
        "everything, thorough": lambda: list(thorough.read(mentions)),
        "a stream that names no brand": lambda: list(reader.read(mentions, only_named=True)),
    }
    for name, work in jobs.items():
        took = seconds_for(work) / len(texts)
        made.add_row(name, f"{1 / took:,.0f}", f"{took * 1e6:.0f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if DATA.exists():
        texts = [row["text"] for row in rows_of("sentiment/semeval2017-en-train")[:UNSEEN]]
        took = seconds_for_unseen(reader, texts)
        made.add_row("posts that are read once, default", f"{1 / took:,.0f}", f"{took * 1e6:.0f}")
    CONSOLE.print(made)
    by_component(reader, mentions)
    CONSOLE.print(f"build_reader: {starting:.1f} s of processor time; peak memory {peak:,.0f} MB")


def as_mentions(texts: Sequence[str]) -> Iterator[Mention]:
    for text in texts:
        mention = as_mention({"text": text, "platform": "twitter"})
        if mention is not None:
            yield mention


if __name__ == "__main__":
    wanted = sys.argv[1:] or ["quality", "speed"]
    if "quality" in wanted:
        quality()
    if "speed" in wanted:
        speed()
