"""Wishes and advice outside app reviews, where the model has learned nothing."""

from nlp.evaluation import evaluate
from tests.nlp.posts import read, reader, wanted
from tests.nlp.suggestions import NO_SUGGESTIONS, SUGGESTIONS, sentences


def test_wishes_of_developers_and_advice_of_guests_are_suggestions():
    rows = [{"text": text, "label": "suggestion"} for text in sentences(SUGGESTIONS)]
    rows += [{"text": text, "label": "non-suggestion"} for text in sentences(NO_SUGGESTIONS)]
    report = evaluate("intent", rows, reader())
    assert report.score.classes["feature_request"].recall >= 0.85
    assert report.score.classes["feature_request"].precision >= 0.9


def test_a_suggestion_says_what_it_was_heard_in():
    mention = read("Ask for a room at the back, it is much quieter.")
    assert "feature_request" in wanted(mention)
    assert "'ask for a" in mention.reasons["intents"]
