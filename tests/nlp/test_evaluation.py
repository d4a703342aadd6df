import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.evaluation import evaluate, score
from tests.nlp.posts import reader

LABELS = st.sampled_from(["a", "b", "c"])


class Says:
    """Answers each text with what the test says of it."""

    def __init__(self, **said):
        self.asked = []
        self.said = said

    def read_text(self, record):
        self.asked.append(record)
        said = self.said.get(record["text"], {})
        return {
            "sentiment": {
                "label": said.get("label", "neutral"),
                "unsure": said.get("unsure", False),
                "confidence": said.get("confidence", 0.0),
            },
            "intents": [{"label": label} for label in said.get("intents", ["other"])],
            "lang": said.get("lang", "und"),
            "brands": [{"name": name} for name in said.get("brands", [])],
        }


def test_figures_are_those_of_the_textbook():
    found = score(["a", "a", "a", "b"], ["a", "a", "b", "b"])
    assert found.accuracy == 0.75
    assert found.classes["a"].precision == 1
    assert found.classes["a"].recall == pytest.approx(2 / 3)
    assert found.classes["b"].f1 == pytest.approx(2 / 3)
    assert found.macro_recall == pytest.approx((2 / 3 + 1) / 2)
    assert found.macro_f1 == pytest.approx((0.8 + 2 / 3) / 2)


@given(st.lists(st.tuples(LABELS, LABELS), min_size=1))
def test_figures_are_shares_and_perfect_only_when_all_is_right(pairs):
    gold, said = [a for a, _ in pairs], [b for _, b in pairs]
    found = score(gold, said)
    assert all(0 <= each <= 1 for each in (found.accuracy, found.macro_recall, found.macro_f1))
    assert (found.macro_f1 == 1) == (gold == said)
    assert sum(each.n for each in found.classes.values()) == len(pairs)


def test_sentiment_is_told_per_language_and_where_sure():
    rows = [
        {"text": "x", "label": "positive", "lang": "en"},
        {"text": "y", "label": "negative", "lang": "en"},
        {"text": "z", "label": "negative", "lang": "de"},
    ]
    said = {"x": {"label": "positive"}, "y": {"label": "negative"}, "z": {"unsure": True}}
    report = evaluate("sentiment", rows, Says(**said))
    assert report.score.accuracy == pytest.approx(2 / 3)
    assert (report.by_lang["en"].accuracy, report.by_lang["de"].accuracy) == (1, 0)
    assert report.unsure == pytest.approx(1 / 3)
    assert report.sure is not None
    assert (report.sure.n, report.sure.accuracy) == (2, 1)
    assert (report.always, report.baseline.accuracy) == ("negative", pytest.approx(2 / 3))


def test_calibration_error_is_the_gap_between_confidence_and_being_right():
    rows = [{"text": text, "label": "positive"} for text in "abcd"]
    said = {
        "a": {"label": "positive", "confidence": 0.95},
        "b": {"label": "negative", "confidence": 0.91},
        "c": {"label": "positive", "confidence": 0.52},
        "d": {"label": "negative", "confidence": 0.0},
    }
    error = evaluate("sentiment", rows, Says(**said)).calibration_error
    assert error == pytest.approx(((0.95 + 0.91 - 1) + (1 - 0.52)) / 3)
    assert evaluate("intent", rows, Says(**said)).calibration_error is None


def test_intent_takes_the_first_of_the_asked_labels_else_other():
    rows = [
        {"text": "x", "label": "bug"},
        {"text": "y", "label": "feature"},
        {"text": "z", "label": "usability"},
    ]
    said = {
        "x": {"intents": ["complaint", "bug_report", "feature_request"]},
        "y": {"intents": ["complaint"]},
        "z": {"intents": ["complaint", "praise"]},
    }
    report = evaluate("intent", rows, Says(**said))
    assert set(report.score.classes) == {"bug_report", "feature_request", "other"}
    assert report.score.accuracy == pytest.approx(2 / 3)
    assert report.unsure is None


def test_language_is_judged_by_lang_where_a_row_has_it():
    rows = [{"text": "x", "label": "positive", "lang": "de"}, {"text": "y", "label": "fr"}]
    report = evaluate("language", rows, Says(x={"lang": "de"}, y={"lang": "fr"}))
    assert report.score.accuracy == 1


def test_relevance_asks_for_the_brand_of_the_row():
    rows = [
        {"text": "x", "label": "relevant", "brand": "Acme"},
        {"text": "y", "label": "irrelevant", "brand": "Acme"},
        {"text": "z", "label": "relevant", "brand": "Pello"},
    ]
    report = evaluate("relevance", rows, Says(x={"brands": ["Acme"]}, z={"brands": ["Acme"]}))
    assert report.score.accuracy == pytest.approx(2 / 3)


def test_the_reader_is_asked_by_the_text_alone():
    says = Says()
    evaluate("language", [{"text": "x", "title": "t", "lang": "de", "label": "q"}], says)
    assert says.asked == [{"text": "x", "title": "t"}]


def test_rows_without_text_or_label_are_counted_and_left_out():
    rows = [{"text": "x", "label": "positive"}, {"text": None, "label": "a"}, {"label": "b"}, {}]
    report = evaluate("sentiment", rows, Says())
    assert (report.score.n, report.skipped) == (1, 3)
    with pytest.raises(ValueError, match="no row"):
        evaluate("sentiment", [{}], Says())


@pytest.mark.parametrize("kind", ["sentiment", "intent", "language", "relevance"])
def test_a_report_is_plain_json(kind):
    rows = [{"text": "worst airline ever", "label": "negative", "lang": "en", "brand": "Acme"}]
    report = evaluate(kind, rows, reader())
    said = json.loads(json.dumps(report.to_json()))
    assert said["kind"] == kind
    assert said["score"]["n"] == 1
