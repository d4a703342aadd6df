"""How right brands are told from other meanings, brand by brand, and what 50 answers add.

    python -m bench.relevance [--draws 8] [--answers 50]

Needs the labelled data beside the repository. The settings of the brands are our own
(`relevance_brands.yaml`); nothing shipped is trained on these rows. Each brand learns from answers
about itself alone, so that every brand is one never seen. "of all posts" is the same with
`OR *` behind the query: a third of the relevant rows do not name their brand, so no query of names
finds them, and only what was learnt can tell.
Macro F1 of relevant and irrelevant, on the rows that were not among the answers.
"""

import argparse
import gzip
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean
from typing import NamedTuple

import yaml
from rich.console import Console
from rich.table import Table

from mentions.answer import Answer
from mentions.brand import Brand
from mentions.mention import Mention
from nlp.brand import BrandReader
from nlp.evaluation import IRRELEVANT, RELEVANT, score
from nlp.plain import plain
from nlp.record import as_mention

DATA = Path(__file__).parents[1].parent / "shared/data/relevance"
FILES = ("brand-tweets-en", "germeval2017-de-dev")
SETTINGS = Path(__file__).parent / "relevance_brands.yaml"
COLUMNS = ("posts", "always relevant", "query", "with context", "answers", "of all posts")


class Row(NamedTuple):
    brand: str
    mention: Mention
    label: str


def rows() -> Iterator[Row]:
    for name in FILES:
        with gzip.open(DATA / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                if mention := as_mention({"text": row["text"]}):
                    yield Row(row["brand"], mention, row["label"])


def macro_f1(brand: Brand, asked: Sequence[Row], answers: Sequence[Row] = ()) -> float:
    taught = [Answer(one.brand, one.mention.text, one.label == RELEVANT) for one in answers]
    reader = BrandReader([brand], taught)
    said = [
        RELEVANT if reader.read(row.mention, plain(row.mention.text).handles).brands else IRRELEVANT
        for row in asked
    ]
    return score([row.label for row in asked], said).macro_f1


def figures(brand: Brand, own: Sequence[Row], draws: int, answers: int) -> list[float]:
    alone = brand.model_copy(update={"context": (), "not_context": ()})
    every = brand.model_copy(update={"query": f"({brand.query}) OR *"})
    learnt, of_all = [], []
    for draw in range(draws):
        mixed = random.Random(draw).sample(list(own), len(own))
        given, asked = mixed[:answers], mixed[answers:]
        learnt.append(macro_f1(brand, asked, given))
        of_all.append(macro_f1(every, asked, given))
    always = score([row.label for row in own], [RELEVANT] * len(own)).macro_f1
    without = [macro_f1(alone, own), macro_f1(brand, own)]
    return [always, *without, mean(learnt), mean(of_all)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=8)
    parser.add_argument("--answers", type=int, default=50)
    asked = parser.parse_args()
    console = Console(width=110)
    if not DATA.exists():
        console.print(f"[bold red]SKIPPED: it needs {DATA}, which is not there")
        return
    every = list(rows())
    table = Table(title=f"{asked.answers} answers, mean of {asked.draws} draws")
    table.add_column("brand")
    for column in COLUMNS:
        table.add_column(column, justify="right")
    found = []
    for settled in yaml.safe_load(SETTINGS.read_text(encoding="utf-8"))["brands"]:
        brand = Brand.model_validate(settled)
        own = [row for row in every if row.brand == brand.name]
        found.append(figures(brand, own, asked.draws, asked.answers))
        table.add_row(brand.name, f"{len(own):,}", *(f"{each:.3f}" for each in found[-1]))
    tweets = [mean(column) for column in zip(*found[:-1], strict=True)]
    table.add_row("mean of the tweets' brands", "", *(f"{each:.3f}" for each in tweets))
    console.print(table)


if __name__ == "__main__":
    main()
