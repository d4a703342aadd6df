import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp import intent_model
from nlp.english import english_reading
from nlp.imperatives import Imperatives
from nlp.intent_facts import FACTS, FactReader
from nlp.intent_features import BUCKETS, FORM, word_buckets
from nlp.intent_model import WEIGHTS, IntentModel, Weighed, Weights
from nlp.plain import plain
from tests.nlp.posts import read

WORDS = st.lists(st.text(max_size=30), max_size=300)
NOTHING = [0.0] * len(FACTS)
KNOWN = Weights.load()
MODEL = IntentModel(KNOWN)
READER = FactReader()


@given(WORDS)
def test_any_words_are_judged_and_explained(words):
    (judged,) = MODEL.judge([Weighed(words, NOTHING)])
    assert all(0 <= each <= 1 for each in judged.confidence.values())
    for label in MODEL.labels:
        told = MODEL.notable(words, label)
        assert set(told) <= set(words)


@given(st.lists(WORDS, min_size=1, max_size=5))
def test_what_was_read_before_changes_nothing(posts):
    fresh = [IntentModel(KNOWN).judge([Weighed(words, NOTHING)]) for words in posts]
    used = MODEL.judge([Weighed(words, NOTHING) for words in reversed(posts)])
    assert [judged for (judged,) in fresh] == used[::-1]


def test_forgetting_changes_nothing(monkeypatch):
    monkeypatch.setattr(intent_model, "REMEMBERED_WORDS", 300)
    forgetful = IntentModel(KNOWN)
    posts = [[f"word{number}", "refund", "please", "crashes"] for number in range(400)]
    weighed = [Weighed(words, NOTHING) for words in posts]
    assert forgetful.judge(weighed) == MODEL.judge(weighed)


@given(st.text(max_size=40))
def test_every_word_has_its_buckets(word):
    assert all(0 <= bucket < BUCKETS for bucket in word_buckets(word))


def test_a_misspelt_word_shares_most_of_its_parts():
    right, wrong = set(word_buckets("terrible")), set(word_buckets("terribel"))
    assert len(right & wrong) > len(right) / 2


def test_weights_are_kept_within_a_127th_of_the_largest(tmp_path):
    KNOWN.save(tmp_path / "again.npz")
    again = Weights.load(tmp_path / "again.npz")
    assert again.labels == KNOWN.labels
    step = np.abs(KNOWN.words).max(0) / 127
    assert (np.abs(again.words - KNOWN.words) <= step).all()
    assert np.array_equal(again.facts, KNOWN.facts)


def test_the_weights_fit_the_facts_and_are_small():
    assert KNOWN.facts.shape == (len(FACTS), len(KNOWN.labels))
    assert KNOWN.pooled.shape == (2 * english_reading().network.width, len(KNOWN.labels))
    assert WEIGHTS.stat().st_size < 2_000_000


def test_the_model_card_names_every_set_it_learned_from():
    card = WEIGHTS.with_suffix(".md").read_text(encoding="utf-8")
    for name in ("complaints-train", "clap-reviews-train", "maalej-reviews", "ijcnlp2017-en"):
        assert name in card


def test_a_review_full_of_handles_is_no_less_a_bug_report():
    """Reviews hold no handles, so the model must not have learned anything from them there."""
    for name in ("about somebody", "begins with a handle"):
        assert (KNOWN.facts[FACTS.index(name), 1:] == 0).all()


@given(st.text())
def test_any_text_has_facts(text):
    facts = READER.read(plain(text), begins_with_handle=False, is_about_somebody=False)
    assert len(facts.numbers) == len(FACTS)
    assert all(0 <= each <= 1 for each in facts.numbers)
    assert len(FORM) < len(FACTS)


@pytest.mark.parametrize(
    ("text", "kind", "opening"),
    [
        ("Nice app. Add a dark mode!", "wish", "add a"),
        ("please let users vote", "wish", "let users"),
        ("We liked it. And don't miss the view.", "advice", "don't miss"),
        ("- bring earplugs", "advice", "bring earplugs"),
        ("IF YOU HAVE TIME, TAKE THE TRAM", "advice", "if you have time, take"),
    ],
)
def test_a_sentence_that_begins_as_an_imperative_is_found(text, kind, opening):
    found = Imperatives().find(text)
    assert kind in found
    if "," not in opening:
        assert found[kind] == opening


@pytest.mark.parametrize("text", ["", "We add a tip.", "They let users vote", "I bring your bags"])
def test_the_same_verbs_elsewhere_are_no_imperatives(text):
    assert Imperatives().find(text) == {}


def test_the_reason_of_a_complaint_quotes_what_moved_it():
    said = read("@somebody still waiting for my parcel, nobody answers").reasons["intents"]
    assert said.startswith("complaint: ")
    assert "'still waiting'" in said
