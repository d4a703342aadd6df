"""Sentences in parts are English as they stand, whatever their values are."""

from datetime import date, timedelta

import pytest

from mentions.sentences import Share, counted_sentence, in_english, sentence


def test_each_kind_of_value_has_its_english_form() -> None:
    said = sentence(
        "%(share)s in %(span)s on %(day)s: %(number)s of %(who)s",
        share=Share(0.256),
        span=timedelta(minutes=90),
        day=date(2026, 3, 2),
        number=12345,
        who="100% sure",
    )
    assert str(said) == "26% in 1 h 30 min on Monday 2 Mar: 12,345 of 100% sure"


@pytest.mark.parametrize(("number", "said"), [(0, "0 days"), (1, "a day"), (1200, "1,200 days")])
def test_the_form_goes_with_the_number(number: int, said: str) -> None:
    days = counted_sentence("a day", "%(n)s days", number)
    assert str(days) == said
    assert in_english((sentence("For %(days)s.", days=days), days)) == f"For {said}. {said}"
