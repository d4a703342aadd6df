"""The labelled rows that models are trained and measured on, and folds that do not leak.

Every reader here gives plain dictionaries with `text` and `label`. Where the folder with the data
is, is the caller's to say; nothing of it is ever written into the repository.
"""

import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

Row = dict[str, Any]
TRAINABLE_LICENCES = frozenset({"MIT", "Apache-2.0"})
"""Unlabelled rows under other terms are for evaluation only."""

_BARE = re.compile(r"https?://\S*|@\w+|\bRT\b|[^\w\s]")


def rows_of(data: Path, name: str) -> list[Row]:
    """The rows of one file, 'sentiment/xlmt-train' for example."""
    with gzip.open(data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def english_sentiment(data: Path) -> list[Row]:
    """SemEval-2017 and XLM-T's English training rows, each text once."""
    rows = rows_of(data, "sentiment/semeval2017-en-train")
    rows += [row for row in rows_of(data, "sentiment/xlmt-train") if row["lang"] == "en"]
    return list(without_copies(rows, rows_of(data, "sentiment/tweeteval-en-val")))


def unlabelled_english(data: Path) -> list[Row]:
    """Posts without labels under licences that allow training."""
    rows = rows_of(data, "unlabelled/english-posts")
    kept = (row for row in rows if row["licence"] in TRAINABLE_LICENCES)
    return list(without_copies(kept, rows_of(data, "sentiment/tweeteval-en-val")))


def bare(text: str) -> str:
    """What is left of a text when links, handles and signs are gone: the key of a near copy."""
    return " ".join(_BARE.sub(" ", text).lower().split())


def without_copies(rows: Iterable[Row], kept_apart: Iterable[Row] = ()) -> Iterator[Row]:
    """The first row of each bare text, none that is also among the rows kept apart."""
    seen = {bare(row["text"]) for row in kept_apart}
    for row in rows:
        key = bare(row["text"])
        if key not in seen:
            seen.add(key)
            yield row


def fold_of(row: Mapping[str, Any], folds: int, by: str = "") -> int:
    """The fold of a row: rows with one bare text, or one value of column `by`, stand together."""
    key = str(row[by]) if by else bare(row["text"])
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest()) % folds
