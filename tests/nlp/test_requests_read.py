"""Requests in posts: how many are heard, and what is none."""

import pytest

from nlp.intent_facts import without
from nlp.training.data import bare
from nlp.training.intent_rows import own_sentences
from tests.nlp.posts import read, reader, wanted
from tests.nlp.requests import requests_of

CAMPAIGN = (
    "My neighbour's Pello caught fire on the bedside table last night. She is 74 and burnt her "
    "hand. Pello told her it was her own fault. Don't leave yours on at night, and pass this on."
)


def heard(name: str) -> float:
    rows = requests_of(name)
    found = [reader().read_text({"text": row["text"]})["intents"] for row in rows]
    return sum(
        any(intent["label"] == "feature_request" for intent in intents) for intents in found
    ) / len(rows)


def test_five_of_six_requests_that_nobody_trained_on_are_heard():
    assert heard("golden") >= 0.85


def test_requests_that_cues_were_chosen_by_are_heard():
    assert heard("development") >= 0.87


@pytest.mark.parametrize(
    "text",
    [
        "Please Nimbus Air, add a seat map to the app",
        "Nimbus Air, please add a seat map",
        "@nimbusair please add a seat map",
        "Any chance of a seat map, Nimbus Air?",
        "Pello, a smaller phone please",
        "A smaller Pello would be great",
        "I'd love to see a smaller Pello",
        "Nimbus Air Sitzplan in der App wäre toll",
        "Bitte Nimbus Air, baut einen Sitzplan ein",
        "Por favor Pello, añadan un modo para niños",
        "Pello, sería genial tener un modo para niños",
        "Pourriez-vous ajouter un mode enfants, Pello ?",
        "Pello, sarebbe davvero utile una modalità per bambini",
        "Pello, seria muito bom ter um modo para crianças",
        "Pello, een kleinere telefoon zou echt handig zijn",
        "Pelloに子供モードを追加してほしいです",
    ],
)
def test_a_request_is_heard_whoever_is_called_in_it(text):
    assert "feature_request" in wanted(read(text))


@pytest.mark.parametrize(
    "text",
    [
        CAMPAIGN,
        "@nimbusair please answer my mail from Monday",
        "@nimbusair please refund my ticket, I have waited for weeks",
        "What happens if my Nimbus Air flight is late?",
        "Nimbus Air adds four routes to its summer timetable",
        "The Nimbus Air steward gave my daughter a little wooden plane",
        "How do I print from a Pello?",
        "I bought a Pello yesterday and I am happy with it",
        "Wann kommt mein Koffer, Nimbus Air?",
        "¿Cuándo llega mi maleta, Nimbus Air?",
        "Quando chega a minha mala, Nimbus Air?",
    ],
)
def test_a_post_that_only_looks_like_a_request_is_none(text):
    assert "feature_request" not in wanted(read(text))


def test_what_was_chosen_by_or_measured_on_is_not_learned_from():
    measured = {
        bare(row["text"]) for name in ("golden", "development") for row in requests_of(name)
    }
    assert not measured & {bare(row["text"]) for row in own_sentences()}


def test_sentences_of_our_own_are_requests_and_as_many_that_are_none():
    rows = list(own_sentences())
    assert len({bare(row["text"]) for row in rows}) >= 600
    asks = sum("feature_request" in row["labels"] for row in rows)
    assert 0.35 <= asks / len(rows) <= 0.65
    assert set().union(*(row["labels"] for row in rows)) == {
        "feature_request",
        "bug_report",
        "other",
    }


def test_words_of_a_name_are_left_out_and_nothing_else():
    assert without({"nimbus", "air"}, ("please", "nimbus", "air", "add")) == ["please", "add"]
    assert without((), ("please", "add")) == ("please", "add")
