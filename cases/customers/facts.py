"""Facts of a customer's record that a reply would tell to everybody who reads along."""

import re
from collections.abc import Iterator

from cases.customers.port import Customer
from cases.tone import Personal

LEAST_FACT = 4
"""Characters. Shorter values ('en', 'yes') are words of any reply."""
LEAST_NAME = 3


def places_of_facts(text: str, customer: Customer, *, public: str) -> Iterator[Personal]:
    """Where the text holds a value of the record, as a whole word; the kind names the field.

    What the author made `public` by saying it themselves is no secret.
    """
    for what, value, is_exact in _facts(customer):
        pattern = _whole(value, is_exact=is_exact)
        if not pattern.search(public):
            for found in pattern.finditer(text):
                yield Personal(f"the customer's {what}", *found.span())


def _facts(customer: Customer) -> Iterator[tuple[str, str, bool]]:
    """What a value is, the value, and whether capitals count."""
    names = customer.name.split()
    if len(customer.name) >= LEAST_NAME:
        yield "name", customer.name, len(names) == 1
    # Whoever is called Will or Mark is so in capitals only; family names begin with one.
    if len(names) > 1 and len(names[-1]) >= LEAST_NAME:
        yield "name", names[-1], True
    if len(customer.id) >= LEAST_NAME:
        yield "number", customer.id, False
    for label, value in customer.fields:
        if len(value) >= LEAST_FACT:
            yield label, value, False


def _whole(value: str, *, is_exact: bool) -> re.Pattern[str]:
    words = r"\s+".join(re.escape(word) for word in value.split())
    return re.compile(rf"(?<!\w){words}(?!\w)", re.NOFLAG if is_exact else re.IGNORECASE)
