"""Customers: which look-up the settings ask for, and what it says of the author of a post."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cases.customers.csv_file import CsvCustomers
from cases.customers.facts import places_of_facts
from cases.customers.http import HttpCustomers
from cases.customers.port import Customer, Customers
from cases.customers.sources import CsvSource, CustomerSource
from cases.tone import Personal
from mentions.errors import UntaggedError
from mentions.mention import Mention
from spiders.addresses import is_public


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What is known of an author: `customer` if a record has them, `problem` if nobody can say."""

    customer: Customer | None = None
    problem: str = ""


def open_customers(source: CustomerSource | None) -> Customers | None:
    """The look-up; nothing is read or asked before the first author is looked up."""
    if source is None:
        return None
    if isinstance(source, CsvSource):
        return CsvCustomers(source)
    return HttpCustomers(source, is_public=is_public)


def looked_up(customers: Customers | None, mention: Mention | None) -> LookedUp | None:
    """What the records say of the mention's author; None where nobody looks, or for no handle.

    A case is worked whatever the records do: what is wrong with them is said beside it.
    """
    if customers is None or mention is None or not mention.author.handle:
        return None
    try:
        return LookedUp(customers.look_up(mention.author.handle, mention.platform))
    except UntaggedError as error:
        return LookedUp(problem=str(error))


def customer_behind(customers: Customers | None, mention: Mention | None) -> Customer | None:
    """The mention's author in the records; None as well where they cannot be looked up now."""
    record = looked_up(customers, mention)
    return record.customer if record else None


def facts_in(
    text: str, customer: Customer | None, mention: Mention | None, *, besides: Sequence[Personal]
) -> Iterator[Personal]:
    """Values of the customer's record in a reply, where nothing of `besides` is found already."""
    if customer is None:
        return
    author = mention.author if mention else None
    said = [author.name, author.handle, author.id] if author else []
    post = [mention.title, mention.text] if mention else []
    for place in places_of_facts(text, customer, public="\n".join([*said, *post])):
        if not any(one.start < place.end and place.start < one.end for one in besides):
            yield place
