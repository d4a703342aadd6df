import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.personal_data import is_card, is_iban, kinds_of_personal_data
from tests.nlp.posts import read

GIVEN_AWAY = [
    ("mail me at ana.b+air@mail.example.com please", ["mail"]),
    ("call me: +49 30 1234567", ["phone"]),
    ("my number is 555 0132 44", ["phone"]),
    ("(415) 555-0132 after six", ["phone"]),
    ("appelez le 06 12 34 56 78", ["phone"]),
    ("card 4111 1111 1111 1111 was charged twice", ["card"]),
    ("4111-1111-1111-1111", ["card"]),
    ("pay back to DE89 3704 0044 0532 0130 00", ["iban"]),
    ("GB29NWBK60161331926819", ["iban"]),
]
KEPT = [
    "@care@nimbus.example help",
    "a@b and half a mail@",
    "booked on 2026-02-21, 21/02/2026 and 12.03.2026",
    "flight 1234 at 10:45, row 33",
    "order 4111 1111 1111 1112",
    "call 1-800-433-7300, it is free",
    "DE89 3704 0044 0532 0130 01",
    "1234567890123456789012345678901234567890",
    "0000 0000 0000 0000",
    "the year 2015 and 5.70308E+17",
    "https://x.example/status/5703061334777600513",
]


@pytest.mark.parametrize(("text", "kinds"), GIVEN_AWAY, ids=[text for text, _ in GIVEN_AWAY])
def test_what_gives_somebody_away_is_marked(text, kinds):
    assert kinds_of_personal_data(text) == kinds


@pytest.mark.parametrize("text", KEPT)
def test_what_only_looks_like_it_is_not_marked(text):
    assert kinds_of_personal_data(text) == []


def test_the_reason_tells_the_kind_and_never_the_value():
    mention = read("mail me@mail.example or call +49 30 1234567", title="DE89370400440532013000")
    assert mention.contains_personal_data
    assert mention.reasons["contains_personal_data"] == "mail, iban, phone"


@given(st.integers(10**12, 10**19 - 1).map(str))
def test_exactly_one_last_digit_in_ten_makes_a_card(number):
    if len(set(number[:-1])) > 1:
        assert sum(is_card(number[:-1] + last) for last in "0123456789") == 1


@given(st.sampled_from(["DE89370400440532013000", "FR1420041010050500013M02606"]), st.data())
def test_one_changed_digit_makes_no_account(iban, data):
    place = data.draw(st.integers(2, len(iban) - 1).filter(lambda place: iban[place].isdigit()))
    digit = data.draw(st.sampled_from("0123456789").filter(lambda digit: digit != iban[place]))
    assert is_iban(iban)
    assert not is_iban(iban[:place] + digit + iban[place + 1 :])


@given(st.text(st.sampled_from("0123456789 +-().@ABiban") | st.characters(), max_size=200))
def test_any_text_is_read_without_complaint(text):
    assert set(kinds_of_personal_data(text)) <= {"mail", "phone", "card", "iban"}
