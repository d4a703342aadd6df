"""The rows that the English intent model learns from, and which of them say what of a label."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mentions.mention import IntentLabel
from nlp.evaluation import INTENT_OF
from nlp.training.data import TRAINABLE_LICENCES, Row, bare, fold_of, rows_of

Floats = NDArray[np.float64]

FOLDS = 7
"""As many as the complaints have domains of their own."""
COMPLAINTS, CLAP = "complaints/complaints-train", "feedback/clap-reviews-train"
MAALEJ, CUSTOMERS = "feedback/maalej-reviews", "feedback/ijcnlp2017-en"
OWN = "wishes_en"
STREAM = "unlabelled/english-posts"
STREAM_EVERY, STREAM_WEIGHT = 40, 0.1
"""Of the posts that nobody labelled every so many-th is learned as wanting nothing of anybody, and
how much each counts. Without these 3,187 posts one in seven of the stream was called a complaint,
with a weight of 0.1 one in twenty; from 0.25 on posts to companies are read worse."""
OWN_FILE = Path(__file__).with_name("wishes_en.txt")
OWN_WEIGHT = 1.0
"""What a sentence of our own counts. On those of other folds the area under the curve is 0.81 with
1, 0.84 with 2 and 0.86 with 4; on reviews and customers left out it falls: 0.876 of the customers
with 1, 0.865 with 2, 0.850 with 4."""
CHATTER = "random"
"""How the complaints data names the domains of posts that were taken from the stream at random."""
CHATTER_SHARE = 0.27
"""Of the posts to choose a complaint's threshold on: a stream that was collected for a brand holds
less chatter than the half that is chatter here."""
JUDGED: Mapping[IntentLabel, tuple[str, ...]] = {
    "complaint": (COMPLAINTS, STREAM),
    "bug_report": (CLAP, MAALEJ, CUSTOMERS, COMPLAINTS, STREAM),
    "feature_request": (CLAP, MAALEJ, CUSTOMERS, OWN, COMPLAINTS, STREAM),
}
"""Whose rows say whether a post has a label. Of the complaints data only chatter says that a post
is no bug report and no wish; what people write to companies may well be one."""
BLIND: Mapping[IntentLabel, tuple[str, ...]] = {
    "complaint": (),
    "bug_report": ("about somebody", "begins with a handle"),
    "feature_request": ("about somebody", "begins with a handle"),
}
"""What a label must not be judged by: reviews hold no handles, chatter does."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """Rows to learn from, each text of a file once with all its labels."""

    rows: Sequence[Row]
    source: NDArray[np.str_]
    domain: NDArray[np.str_]
    fold: NDArray[np.int64]

    def has(self, label: str) -> NDArray[np.bool_]:
        """Which rows have a label."""
        return np.array([label in row["labels"] for row in self.rows])

    def judged_for(self, label: IntentLabel) -> NDArray[np.bool_]:
        """Which rows say whether they have a label."""
        named = np.isin(self.source, JUDGED[label])
        if label != "complaint":
            named &= (self.source != COMPLAINTS) | self.is_chatter
        return named

    def measured_for(self, label: IntentLabel) -> NDArray[np.bool_]:
        """Of these, the rows of posts and reviews that a person labelled."""
        measured = self.judged_for(label)
        measured &= ~np.isin(self.source, (STREAM, OWN))
        return measured

    @property
    def weight(self) -> Floats:
        """What each row counts in learning."""
        weight = np.where(self.source == STREAM, STREAM_WEIGHT, 1.0)
        weight[self.source == OWN] = OWN_WEIGHT
        return weight

    @property
    def is_chatter(self) -> NDArray[np.bool_]:
        """Which rows were taken from the stream at random."""
        return np.char.startswith(self.domain, CHATTER)


def own_sentences(file: Path = OWN_FILE) -> Iterator[Row]:
    """The sentences of a file: each line a row, with the labels of the [heading] above it."""
    labels: set[str] = set()
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            labels = set(line.strip("[]").split())
        elif not line.startswith("//"):
            yield {"text": line, "source": OWN, "labels": labels}


def labelled(data: Path) -> Labelled:
    """The rows of the four files, and of the stream; Maalej's texts carry up to three labels."""
    rows: list[Row] = []
    for name in (COMPLAINTS, CLAP, MAALEJ, CUSTOMERS):
        seen: dict[str, Row] = {}
        for row in rows_of(data, name):
            if row["label"] == "undetermined":
                continue
            label = INTENT_OF.get(row["label"], "other")
            known = seen.setdefault(bare(row["text"]), {**row, "source": name, "labels": set()})
            known["labels"].add(label)
        rows += seen.values()
    rows += own_sentences()
    stream = (row for row in rows_of(data, STREAM) if row["licence"] in TRAINABLE_LICENCES)
    nothing = {"source": STREAM, "labels": {"other"}, "domain": CHATTER}
    rows += [{**row, **nothing} for row in islice(stream, 0, None, STREAM_EVERY)]
    domain = np.array([str(row.get("domain", "")) for row in rows])
    real = sorted({each for each in domain if each and not each.startswith(CHATTER)})
    fold = [
        real.index(each) if each in real else fold_of(row, FOLDS, "app" if "app" in row else "")
        for row, each in zip(rows, domain, strict=True)
    ]
    source = np.array([row["source"] for row in rows])
    return Labelled(rows, source, domain, np.array(fold))
