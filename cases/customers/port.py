"""The customer look-up: who an author is to the company, as the company's own records say.

What a record says is personal data. It is shown to whoever works the case and kept in memory for a
while; it is never written to the index, the journal, the audit trail, the outbox or a log.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from sys import intern
from typing import Any, NamedTuple, Protocol

from cases.case import plain

MAX_FIELDS = 20
MAX_HANDLES = 50
MAX_LABEL_CHARACTERS = 60
MAX_VALUE_CHARACTERS = 300
MAX_LINK_CHARACTERS = 2_000
MAX_HANDLE_CHARACTERS = 200
"""No platform has longer ones."""
_WITH_SERVER = ("mastodon", "lemmy")
"""Platforms on which a name without its server may be anybody's."""


class Account(NamedTuple):
    """A handle on a platform, as both are compared: lower case, without '@' in front."""

    platform: str
    name: str


@dataclass(frozen=True, slots=True)
class Customer:
    """What a record says. `fields` are (label, value) as the company names them.

    `accounts` are the handles that the record gives the person. `cut` says what was left out
    because it was too long or too much, '' if nothing was.
    """

    id: str
    name: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    accounts: tuple[Account, ...] = ()
    link: str = ""
    cut: str = ""

    def to_json(self) -> dict[str, Any]:
        """Every field; `fields` as an object, `accounts` as objects."""
        accounts = [one._asdict() for one in self.accounts]
        return {**asdict(self), "fields": dict(self.fields), "accounts": accounts}


class Customers(Protocol):
    """Where the company's records are looked up."""

    def look_up(self, handle: str, platform: str = "") -> Customer | None:
        """The customer behind a handle of a platform ('' is any); None if no record has it.

        Raises TryAgain while the records cannot be reached, SettingsError for what wants mending,
        and Conflict where several customers have the handle: which one it is nobody can tell.
        """

    def check(self) -> str:
        """What is there, in words. Raises SettingsError or TryAgain with what is wrong."""


def account_of(handle: str, platform: str = "") -> Account:
    """The account that a handle names. Raises ValueError with what is wrong with it."""
    place = intern(platform.strip().casefold())  # half a million accounts share few of them
    name = handle.strip().lstrip("@").casefold()
    if place == "reddit":
        name = name.removeprefix("/").removeprefix("u/")
    if not name or len(name) > MAX_HANDLE_CHARACTERS or not name.isprintable():
        raise ValueError("is no handle")
    if " " in name or "://" in name:
        raise ValueError("is no handle; write it as the platform shows it, such as @ada")
    if place in _WITH_SERVER and "@" not in name:
        raise ValueError("has no server; write it whole, such as ada@mastodon.example")
    return Account(place, name)


def customer_of(
    *,
    id: str,  # noqa: A002  # what the record calls it, and nothing here asks for an object's
    name: str,
    fields: Iterable[tuple[str, str]],
    accounts: Iterable[Account],
    link: str,
) -> Customer:
    """The customer, cut to what a page can show and a person can read."""
    all_fields = [(_line(label), _line(value)) for label, value in fields]
    told = [(label, value) for label, value in all_fields if label and value]
    known = tuple(dict.fromkeys(accounts))
    cuts = []
    if len(told) > MAX_FIELDS:
        cuts.append(f"{len(told) - MAX_FIELDS} of {len(told)} fields")
    if len(known) > MAX_HANDLES:
        cuts.append(f"{len(known) - MAX_HANDLES} of {len(known)} handles")
    if any(
        len(label) > MAX_LABEL_CHARACTERS or len(value) > MAX_VALUE_CHARACTERS
        for label, value in told[:MAX_FIELDS]
    ):
        cuts.append("the ends of long fields")
    address = plain(link).strip()
    is_web = address.lower().startswith(("https://", "http://"))
    if address and (not is_web or len(address) > MAX_LINK_CHARACTERS):
        address = ""
        cuts.append("a link that is no address of the web")
    return Customer(
        id=_short(_line(id), MAX_VALUE_CHARACTERS),
        name=_short(_line(name), MAX_VALUE_CHARACTERS),
        fields=tuple(
            (_short(label, MAX_LABEL_CHARACTERS), _short(value, MAX_VALUE_CHARACTERS))
            for label, value in told[:MAX_FIELDS]
        ),
        accounts=known[:MAX_HANDLES],
        link=address,
        cut=", ".join(cuts),
    )


def _line(text: str) -> str:
    return " ".join(plain(text).split())


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
