"""What a record says must not slip into a public reply."""

import pytest

from cases.customers.facts import places_of_facts
from cases.customers.port import Customer

ADA = Customer(
    id="C-1702",
    name="Ada King Lovelace",
    fields=(("Tier", "Gold Plus"), ("Language", "en"), ("Lifetime value", "1,204.50 €")),
)


def found(text: str, customer: Customer = ADA, *, public: str = "") -> list[tuple[str, str]]:
    places = places_of_facts(text, customer, public=public)
    return [(one.kind.removeprefix("the customer's "), text[one.start : one.end]) for one in places]


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("Dear Ms Lovelace, sorry!", [("name", "Lovelace")]),
        ("Hi ada king  lovelace", [("name", "ada king  lovelace")]),
        ("Your number c-1702 is known", [("number", "c-1702")]),
        ("As gold plus you get it", [("Tier", "gold plus")]),
        ("You spent 1,204.50 € here", [("Lifetime value", "1,204.50 €")]),
        ("We lovelace and en", []),
        ("XC-1702, C-17021, goldplus", []),
        ("", []),
    ],
)
def test_values_of_the_record_are_found_as_whole_words(
    text: str, facts: list[tuple[str, str]]
) -> None:
    assert found(text) == facts


def test_what_the_author_said_in_public_is_no_secret() -> None:
    assert found("Hi Ms Lovelace, C-1702", public="I am Ada Lovelace") == [("number", "C-1702")]


def test_a_name_that_is_a_word_is_one_in_capitals_alone() -> None:
    will = Customer(id="9", name="Will")
    assert found("We will look, Will", will) == [("name", "Will")]


def test_signs_of_a_value_are_signs_and_no_pattern() -> None:
    odd = Customer(id="(.*)+", fields=(("Note", "a|b [x] ^$"),))
    assert found("anything at all", odd) == []
    assert found("it says a|b [x] ^$ here", odd) == [("Note", "a|b [x] ^$")]
