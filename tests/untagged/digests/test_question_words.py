"""What a question asks, without the brand; what an answer says, without a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.mention import Author
from tests.untagged.digests.heard import MONDAY, said
from untagged.digests.question_words import (
    LEAST_WORDS,
    asked_words,
    asking_sentence,
    is_question,
    unnamed,
)

BEA = Author(handle="bea_sparrow", name="Bea the Otter")


@pytest.mark.parametrize(
    ("reply", "left"),
    [
        ("Hi @bea_sparrow, yes, it does. /Jo", "Yes, it does."),
        ("Sorry to read this, Bea. We have put it under the seat.", None),
        ("Hello Bea, it's under Settings. Hope that helps! /Mia", None),
        ("See https://acme.example/a-b, thanks", "See https://acme.example/a-b, thanks"),
        ("It costs 3.50 - not more", "It costs 3.50 - not more"),
        ("", ""),
    ],
)
def test_an_answer_to_anybody_names_nobody(reply: str, left: str | None) -> None:
    told = unnamed(reply, BEA)
    assert "Bea" not in told
    assert "bea_sparrow" not in told
    if left is not None:
        assert told == left


def test_a_name_takes_no_ordinary_word_out_of_an_answer() -> None:
    assert unnamed("It goes under the seat, Bea.", BEA) == "It goes under the seat."


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20)


@given(st.text(max_size=200), NAMES)
def test_any_reply_by_any_name_can_be_told(reply: str, name: str) -> None:
    assert len(unnamed(reply, Author(name=name))) <= len(reply) + 2


def test_what_is_asked_leaves_the_brand_out_and_keeps_every_other_sign() -> None:
    post = said(1, MONDAY, text="@acme why does #Acme charge €59 for a bag? Acme-free zone")
    assert asked_words(post, {"acme", "#acme", "@acme"}) == (
        "why does charge €59 for a bag? -free zone"
    )


def test_the_sentence_that_asks_is_told_unless_it_says_too_little() -> None:
    long = said(1, MONDAY, text="I flew today. How many bags may I take in version 5.2? Thanks.")
    assert asking_sentence(long) == "How many bags may I take in version 5.2?"
    short = said(2, MONDAY, text="The app crashes since Monday. Who else?")
    assert asking_sentence(short) == "The app crashes since Monday. Who else?"
    assert LEAST_WORDS == 4


def test_an_answer_below_a_question_is_none_itself() -> None:
    title = "Re: Who wants a dark theme?"
    assert not is_question(said(1, MONDAY, text="+1 from me", title=title))
    assert is_question(said(2, MONDAY, text="Would it cost more?", title=title))
    assert is_question(said(3, MONDAY, text="See the title", title="Who wants a dark theme?"))
    assert is_question(said(4, MONDAY, text="tell me how to cancel"))
