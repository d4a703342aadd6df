import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.check_digits import is_aadhaar, is_card, is_cpf, is_dni, is_iban
from nlp.personal_places import kinds_of_personal_data, places_of_personal_data
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
    ("my ssn is 123-45-6789", ["national id"]),
    ("DNI 12345678Z y NIE X1234567L", ["national id"]),
    ("meu CPF 529.982.247-25", ["national id"]),
    ("cpf: 52998224725", ["national id"]),
    ("NI number QQ 12 34 56 C is no number, AB 12 34 56 C is", ["national id"]),
    ("aadhaar 2341 2341 2346", ["national id"]),
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
    "open 16/12/1986 - 26/12/2014",
    "DNI 12345678A, NIE X1234567A",
    "CPF 529.982.247-26 e 111.111.111-11",
    "aadhaar 2341 2341 2347",
    "000-12-3456, 666-12-3456, 123-00-4567",
    "order 020 7946 0958 12",
    "server 192.168.10.245 is down",
    "score 123 45 6789",
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


def test_an_order_number_is_personal_as_it_opens_a_booking():
    mention = read("booking ref: X7K2PQ, Nimbus Air")
    assert mention.contains_personal_data
    assert mention.reasons["contains_personal_data"] == "order"


@given(st.integers(0, 10**8 - 1))
def test_exactly_one_letter_fits_a_spanish_number(number):
    letters = "ABCDEFGHJKLMNPQRSTVWXYZ"
    assert sum(is_dni(f"{number:08}{letter}") for letter in letters) == 1


@given(st.integers(1, 10**9 - 2))
def test_exactly_one_pair_of_check_digits_fits_a_brazilian_number(number):
    if len(set(f"{number:09}")) > 1:
        assert sum(is_cpf(f"{number:09}{check:02}") for check in range(100)) == 1


INDIAN = st.integers(10**10, 10**11 - 1).filter(lambda number: len(set(str(number))) > 1)


@given(INDIAN, st.integers(0, 11), st.integers(1, 9))
def test_one_changed_digit_makes_no_indian_number(number, place, more):
    right = [f"{number}{last}" for last in range(10) if is_aadhaar(f"{number}{last}")]
    assert len(right) == 1
    digit = str((int(right[0][place]) + more) % 10)
    assert not is_aadhaar(right[0][:place] + digit + right[0][place + 1 :])


@given(st.text(st.sampled_from("0123456789 +-().@ABiban") | st.characters(), max_size=200))
def test_any_text_is_read_without_complaint(text):
    assert set(kinds_of_personal_data(text)) <= {"mail", "phone", "card", "iban", "national id"}


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("mail ana.b@mail.example.com now", [("mail", "ana.b@mail.example.com")]),
        ("IBAN DE89 3704 0044 0532 0130 00.", [("iban", "DE89 3704 0044 0532 0130 00")]),
        ("4111-1111-1111-1111 and +49 30 1234567", None),
        ("my ssn is 123-45-6789", [("national id", "123-45-6789")]),
        ("order 4111 1111 1111 1112", []),
    ],
)
def test_each_place_is_told_where_it_stands(
    text: str, places: list[tuple[str, str]] | None
) -> None:
    found = [(one.kind, text[one.start : one.end]) for one in places_of_personal_data(text)]
    both = [("card", "4111-1111-1111-1111"), ("phone", "+49 30 1234567")]
    assert found == (both if places is None else places)


@given(st.text(max_size=200))
def test_the_places_are_of_the_kinds_and_within_the_text(text: str) -> None:
    found = places_of_personal_data(text)
    assert {one.kind for one in found} == set(kinds_of_personal_data(text))
    assert all(0 <= one.start < one.end <= len(text) for one in found)
