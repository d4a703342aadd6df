"""The port: what a help desk can do for us, whoever made it.

An adapter raises DeliveryDelayed where the same call may succeed later, DeliveryRefused where
somebody has to mend something first. Each method may be called again after any of them, and after
a kill: what was done is not done twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from cases.case import Priority
from cases.tickets import Ticket, TicketStatus

Move = Literal["resolved", "open"]
"""What we ask of a ticket there: that it is done, or that it is not done after all."""


@dataclass(frozen=True, slots=True)
class Brief:
    """A case as a help desk gets it. `key` is ours and the same at every try.

    `text` is plain: whatever a post says in it, the adapter sees to it that it stays text.
    """

    key: str
    case: int
    subject: str
    text: str
    priority: Priority
    tags: tuple[str, ...]
    link: str


@dataclass(frozen=True, slots=True)
class Made:
    """A ticket there: its id for programs, its number and address for people."""

    id: str
    number: str
    url: str


@dataclass(frozen=True, slots=True)
class State:
    """How a ticket is there: in our words, and as the desk calls it (`said`).

    `seen` is the desk's mark of its last change; `answers` are when its public answers were given,
    as far as they were looked up.
    """

    id: str
    status: TicketStatus
    said: str
    seen: str
    answers: tuple[datetime, ...] = ()


class HelpDeskPort(Protocol):
    """One help desk. Nothing is contacted before a method is called."""

    name: str
    settle: timedelta
    """How long after an attempt of unknown end a look-up can be trusted to find its ticket."""
    batch: int
    """How many tickets it is asked about at once; 0 if it tells by itself."""
    every: timedelta

    def check(self, *, now: datetime) -> str:
        """Try the credentials, writing nothing; what was found, for people."""

    def find(self, key: str, *, now: datetime) -> Made | None:
        """The ticket that was made for the key, if one was."""

    def open(self, brief: Brief, *, now: datetime) -> Made:
        """Make the ticket."""

    def comment(self, ticket: Ticket, text: str, *, mark: str, now: datetime) -> None:
        """Add an internal comment, once for each mark."""

    def move(self, ticket: Ticket, to: Move, *, mark: str, now: datetime) -> None:
        """Resolve the ticket, or open it again."""

    def states(self, tickets: Sequence[Ticket], *, now: datetime) -> Iterator[State]:
        """How they are; those that are not there any more are left out."""
