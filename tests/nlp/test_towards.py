from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.towards import clauses, turned


def spans(text: str, *names: str) -> dict[str, list[tuple[int, int]]]:
    return {name: [(text.index(name), text.index(name) + len(name))] for name in names}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bolt is so much better than Acme", "opposite"),
        ("cheaper than @Acme and on time", "opposite"),
        ("more reliable than the Acme app", "opposite"),
        ("Unlike Acme they answer", "opposite"),
        ("I switched from Acme last week", "negative"),
        ("moving my account away from Acme", "negative"),
        ("Cancelled my Acme card today", "negative"),
        ("ditching Acme for good", "negative"),
        ("I switched from Bolt to Acme", "positive"),
        ("we moved everything to Acme", "positive"),
        ("I prefer Acme", "positive"),
        ("Acme is better than Bolt", None),
        ("Acme switched my plan", None),
        ("they moved the Acme office", None),
        ("Nothing here but Acme", None),
    ],
)
def test_comparisons_turn_the_feeling_for_what_stands_behind_them(text: str, expected: Any) -> None:
    found = turned(text, spans(text, "Acme")["Acme"])
    assert (found and found.turn) == expected


def test_each_brand_is_felt_about_in_its_own_clause() -> None:
    text = "Acme is great, but Bolt never answers. Bolt, why?"
    assert clauses(text, {**spans(text, "Acme"), "Bolt": [(19, 23), (39, 43)]}) == {
        "Acme": "Acme is great, but",
        "Bolt": "Bolt never answers. Bolt, why?",
    }


@pytest.mark.parametrize(
    "text", ["Acme and Bolt are both late. Again!", "Acme, Bolt", "Acme is late. Very late."]
)
def test_brands_in_one_clause_share_it(text: str) -> None:
    names = [name for name in ("Acme", "Bolt") if name in text]
    assert clauses(text, spans(text, *names)) == {}


@given(st.text(max_size=200), st.integers(0, 220), st.integers(0, 220))
def test_no_text_and_no_span_is_refused(text: str, start: int, more: int) -> None:
    turned(text, [(start, start + more)])
    clauses(text, {"a": [(start, start + more)], "b": [(more, more + 1)]})
