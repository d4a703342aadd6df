"""Evaluation: how right the reader is on labelled rows, beside always saying the commonest label.

Pure: rows in, figures out. `untagged evaluate` and `bench/reading.py` print them.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any, Literal, Protocol, get_args

from mentions.answer import Answer
from mentions.mention import IntentLabel
from mentions.tokens import words

EvaluationKind = Literal["sentiment", "intent", "language", "relevance"]
OTHER = "other"
BINS = 10
RELEVANT, IRRELEVANT = "relevant", "irrelevant"
INTENT_OF: Mapping[str, str] = MappingProxyType(
    {
        **{label: label for label in get_args(IntentLabel)},
        "bug": "bug_report",
        "feature": "feature_request",
        "request": "feature_request",
        "suggestion": "feature_request",
    }
)
"""How labelled data names intents; a label that is not here counts as `other`."""


class TextReader(Protocol):
    """What is evaluated; `nlp.reader.Reader` is one."""

    def read_text(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """What was read in the record's text."""


@dataclass(frozen=True, slots=True)
class ClassScore:
    """One label: of what was given this label, of what has it, both; and rows that have it."""

    precision: float
    recall: float
    f1: float
    n: int


@dataclass(frozen=True, slots=True)
class Score:
    """Figures over some rows. `macro_` is the plain mean over the labels that the rows have."""

    n: int
    accuracy: float
    macro_recall: float
    macro_f1: float
    classes: Mapping[str, ClassScore]


@dataclass(frozen=True, slots=True)
class Report:
    """Figures over all rows, for always the commonest label, and per language and confidence.

    `skipped` rows had no text or no label. `unsure` is the share of rows that the reader itself
    was unsure of, and `sure` the figures over the others (sentiment only). `calibration_error` is
    the expected one over ten bins of confidence, of rows that a model read (sentiment only).
    `by_brand` are the figures of each brand that has both labels (relevance only).
    """

    kind: EvaluationKind
    score: Score
    always: str
    baseline: Score
    by_lang: Mapping[str, Score]
    skipped: int
    unsure: float | None = None
    sure: Score | None = None
    calibration_error: float | None = None
    by_brand: Mapping[str, Score] = field(default_factory=dict)

    @property
    def mean_of_brands(self) -> float | None:
        """Macro F1 of a brand, in the mean: large brands weigh no more than small ones."""
        found = [each.macro_f1 for each in self.by_brand.values()]
        return sum(found) / len(found) if found else None

    def to_json(self) -> dict[str, Any]:
        """The same as plain values, for `json.dumps`."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Judged:
    gold: str
    said: str
    lang: str
    is_unsure: bool
    brand: str = ""
    confidence: float = 0.0


def evaluate(kind: EvaluationKind, rows: Iterable[Mapping[str, Any]], reader: TextReader) -> Report:
    """Read every row's `text` and compare with its `label` (`lang` for language).

    Intent asks, of the labels that the rows have, which the reader gives first, else `other`.
    Relevance asks whether the reader finds the row's `brand`. Raises ValueError if no row can be
    used.
    """
    kept, skipped = _usable(kind, rows)
    if not kept:
        raise ValueError(f"no row has a text and a label for {kind}; see docs/reading.md")
    asked = frozenset(gold for gold, _ in kept)
    said_of = _ANSWERS[kind]
    judged = []
    for gold, row in kept:
        answer = reader.read_text(_asked_record(row))
        is_unsure = kind == "sentiment" and bool(answer["sentiment"]["unsure"])
        lang = str(row.get("lang") or "")
        brand = str(row.get("brand") or "") if kind == "relevance" else ""
        confidence = answer["sentiment"]["confidence"] if kind == "sentiment" else 0.0
        said = said_of(answer, row, asked)
        judged.append(_Judged(gold, said, lang, is_unsure, brand, confidence))
    return _report(kind, judged, skipped)


def apart_from(
    rows: Iterable[Mapping[str, Any]], answers: Iterable[Answer]
) -> list[Mapping[str, Any]]:
    """The rows whose text nobody answered about for their brand: the others would be known."""
    known = {(answer.brand, tuple(words(answer.text))) for answer in answers}
    return [
        row
        for row in rows
        if (str(row.get("brand")), tuple(words(str(row.get("text"))))) not in known
    ]


def score(gold: Sequence[str], said: Sequence[str]) -> Score:
    """Figures for labels said against the right ones, at least one."""
    right = Counter(a for a, b in zip(gold, said, strict=True) if a == b)
    has, given = Counter(gold), Counter(said)
    classes = {label: _class_score(right[label], has[label], given[label]) for label in sorted(has)}
    return Score(
        n=len(gold),
        accuracy=sum(right.values()) / len(gold),
        macro_recall=sum(each.recall for each in classes.values()) / len(classes),
        macro_f1=sum(each.f1 for each in classes.values()) / len(classes),
        classes=classes,
    )


def _class_score(right: int, has: int, given: int) -> ClassScore:
    precision = right / given if given else 0.0
    recall = right / has
    both = precision + recall
    return ClassScore(precision, recall, 2 * precision * recall / both if both else 0.0, has)


def _usable(
    kind: EvaluationKind, rows: Iterable[Mapping[str, Any]]
) -> tuple[list[tuple[str, Mapping[str, Any]]], int]:
    kept, skipped = [], 0
    for row in rows:
        gold = row.get("lang") or row.get("label") if kind == "language" else row.get("label")
        if isinstance(gold, str) and gold and isinstance(row.get("text"), str):
            kept.append((INTENT_OF.get(gold, OTHER) if kind == "intent" else gold, row))
        else:
            skipped += 1
    return kept, skipped


def _asked_record(row: Mapping[str, Any]) -> dict[str, Any]:
    # The text alone: a label that came with the row would be half the answer.
    return {name: row[name] for name in ("text", "title") if name in row}


def _report(kind: EvaluationKind, judged: Sequence[_Judged], skipped: int) -> Report:
    counted = Counter(each.gold for each in judged)
    always = max(counted, key=lambda label: (counted[label], label))
    by_lang: dict[str, list[_Judged]] = defaultdict(list)
    for each in judged:
        if each.lang:
            by_lang[each.lang].append(each)
    sure = [each for each in judged if not each.is_unsure]
    is_sentiment = kind == "sentiment"
    return Report(
        kind=kind,
        score=_scored(judged),
        always=always,
        baseline=score([each.gold for each in judged], [always] * len(judged)),
        by_lang={lang: _scored(by_lang[lang]) for lang in sorted(by_lang)},
        skipped=skipped,
        unsure=1 - len(sure) / len(judged) if is_sentiment else None,
        sure=_scored(sure) if is_sentiment and sure else None,
        calibration_error=_calibration_error(judged),
        by_brand=_by_brand(judged),
    )


def _by_brand(judged: Iterable[_Judged]) -> dict[str, Score]:
    """Figures of each brand whose rows have two labels: of one alone macro F1 says nothing."""
    grouped: dict[str, list[_Judged]] = defaultdict(list)
    for each in judged:
        if each.brand:
            grouped[each.brand].append(each)
    return {
        brand: _scored(rows)
        for brand, rows in sorted(grouped.items())
        if len({each.gold for each in rows}) > 1
    }


def calibration_error(confidence: Iterable[float], is_right: Iterable[bool]) -> float:
    """Expected calibration error: the gap of confidence and share of right answers, at least one.

    Over ten bins of equal width, each as heavy as it has answers (Guo et al., "On Calibration of
    Modern Neural Networks", 2017).
    """
    gaps: dict[int, float] = defaultdict(float)
    count = 0
    for sure, right in zip(confidence, is_right, strict=True):
        gaps[min(int(sure * BINS), BINS - 1)] += sure - right
        count += 1
    return sum(map(abs, gaps.values())) / count


def _calibration_error(judged: Iterable[_Judged]) -> float | None:
    """That of rows that a model read, if any."""
    read = [each for each in judged if each.confidence]
    if not read:
        return None
    return calibration_error(
        (each.confidence for each in read), (each.gold == each.said for each in read)
    )


def _scored(judged: Sequence[_Judged]) -> Score:
    return score([each.gold for each in judged], [each.said for each in judged])


def _sentiment(answer: Mapping[str, Any], row: Mapping[str, Any], asked: frozenset[str]) -> str:
    del row, asked
    return str(answer["sentiment"]["label"])


def _intent(answer: Mapping[str, Any], row: Mapping[str, Any], asked: frozenset[str]) -> str:
    del row
    said = (str(intent["label"]) for intent in answer["intents"])
    return next((label for label in said if label in asked), OTHER)


def _language(answer: Mapping[str, Any], row: Mapping[str, Any], asked: frozenset[str]) -> str:
    del row, asked
    return str(answer["lang"])


def _relevance(answer: Mapping[str, Any], row: Mapping[str, Any], asked: frozenset[str]) -> str:
    del asked
    is_named = any(brand["name"] == row.get("brand") for brand in answer["brands"])
    return RELEVANT if is_named else IRRELEVANT


_ANSWERS: Mapping[
    EvaluationKind, Callable[[Mapping[str, Any], Mapping[str, Any], frozenset[str]], str]
] = MappingProxyType(
    {
        "sentiment": _sentiment,
        "intent": _intent,
        "language": _language,
        "relevance": _relevance,
    }
)
