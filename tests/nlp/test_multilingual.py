"""The shipped multilingual model reads posts written for these tests, in scripts of all kinds."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.multilingual import MODEL, multilingual_reading, multilingual_sentiments
from nlp.network import read_weights
from nlp.plain import plain
from nlp.sentiment_network import Felt
from nlp.thought import MODELS

READING = multilingual_reading()
SENTIMENTS = multilingual_sentiments()
NAUGHTY = Path(__file__).parents[3] / "shared" / "data" / "naughty-strings.json"


def felt(lang: str, raw: str) -> Felt:
    view = READING.view(raw)
    assert view is not None
    return SENTIMENTS[lang].feel(view, plain(raw))


@pytest.mark.parametrize(
    ("lang", "raw", "expected"),
    [
        ("th", "บริการแย่มาก รอนานเป็นชั่วโมง ไม่ประทับใจเลย", "negative"),
        ("th", "อร่อยมาก ชอบสุดๆ พนักงานน่ารัก", "positive"),
        ("ar", "أنا حزين جدا اليوم 💔", "negative"),
        ("ar", "شكرا لكم، خدمة رائعة وجميلة ❤", "positive"),
        ("he", "איזה אתה גדול, כל הכבוד, אוהבים אותך", "positive"),
        ("he", "בושה וחרפה, אתה שקרן", "negative"),
        ("zh", "质量太差了，用了两天就坏了，非常失望", "negative"),
        ("zh", "很好吃，送餐也很快，非常满意", "positive"),
        ("de", "Schon wieder zwei Stunden Verspätung, das ist eine Frechheit", "negative"),
        ("es", "Me encanta, es lo mejor que he comprado, muchas gracias", "positive"),
        ("pl", "Dziękuję, wspaniała obsługa, polecam :)", "positive"),
        ("fr", "Service client nul, je suis très déçu", "negative"),
    ],
)
def test_a_plain_feeling_is_understood(lang: str, raw: str, expected: str) -> None:
    found = felt(lang, raw)
    assert found.sentiment.label == expected
    assert found.sentiment.model == MODEL


@pytest.mark.parametrize("lang", ["he", "pl", "sv", "ru"])
def test_a_language_without_neutral_rows_may_still_be_neutral(lang: str) -> None:
    assert SENTIMENTS[lang].offset[1] > -3


def test_what_it_was_decided_on_is_told_in_words() -> None:
    assert "déçu" in felt("fr", "Service client nul, je suis très déçu").reason


def test_hindi_in_its_own_letters_is_unsure() -> None:
    assert felt("hi", "यह सेवा बहुत खराब है और मुझे बिल्कुल पसंद नहीं आई").sentiment.unsure


@pytest.mark.parametrize("lang", ["ka", "fi", "vi", "und", "en"])
def test_a_language_nobody_marked_posts_of_has_no_model(lang: str) -> None:
    assert lang not in SENTIMENTS


def test_the_weights_are_small_and_hold_nothing_to_execute() -> None:
    path = MODELS / "sentiment_multilingual.npz"
    assert path.stat().st_size < 9_000_000
    weights = read_weights(path)
    assert len(weights["piece_scores"]) == len(weights["embeddings"])
    assert len(weights["languages"]) == len(weights["temperatures"]) == len(weights["offsets"])


@given(st.text(max_size=200), st.sampled_from(sorted(SENTIMENTS)))
@settings(max_examples=50)
def test_any_text_gets_the_same_answer_each_time(raw: str, lang: str) -> None:
    first, second = READING.view(raw), READING.view(raw)
    if first is None or second is None:
        assert first is second
        return
    found = SENTIMENTS[lang].feel(first, plain(raw))
    assert found == SENTIMENTS[lang].feel(second, plain(raw))
    assert 0 <= found.sentiment.confidence <= 1
    assert -1 <= found.sentiment.score <= 1


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "😂",
        "😂" * 10_000,
        "\ud800",
        "\u202eabc",
        "\u200b" * 500,
        "<b>x</b>",
        "a" * 200_000,
        "\0",
    ],
)
def test_bad_input_is_read_or_left(raw: str) -> None:
    view = READING.view(raw)
    assert view is None or SENTIMENTS["th"].feel(view, plain(raw)).sentiment.label


@pytest.mark.skipif(not NAUGHTY.exists(), reason=f"{NAUGHTY} is missing: no naughty strings tried")
def test_naughty_strings_are_read_or_left() -> None:
    for raw in json.loads(NAUGHTY.read_text(encoding="utf-8")):
        view = READING.view(raw)
        assert view is None or SENTIMENTS["ar"].feel(view, plain(raw)).sentiment.label
