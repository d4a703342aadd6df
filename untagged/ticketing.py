"""Ticketing: what goes to the help desks and what comes back from them.

A desk that is away stops neither the other desks nor anything else: its letters wait in the
outbox, and its tickets are asked about later.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from alerts.outbox import LONGEST_PAUSE, Letter, Sender
from cases import desk as case_desk
from cases import tickets
from cases.case import LIVING, Post
from cases.following import follow
from cases.help_desks.http import DeskAway, understanding
from cases.help_desks.port import HelpDeskPort, Move, State
from cases.ledger import read_case
from cases.tickets import Ticket
from mentions.errors import Conflict, DeliveryDelayed, DeliveryRefused, TryAgain
from untagged.handing_over import CHANNEL, enqueue
from untagged.settings import Settings
from untagged.ticket_text import Lookup, Told, brief_of, comment_of

log = logging.getLogger(__name__)

Begin = Callable[[], AbstractContextManager[Any]]
ROUND = 500
"""Tickets of a desk that are asked about in a pass, and letters that are written in one."""
ASKING_SECONDS = 60.0
"""After which a pass leaves the rest of a desk's tickets to the next: it is slow, or has many."""
GONE_PAUSE = timedelta(days=1)
"""A ticket that is not there may have been deleted, or hidden from us by mistake."""


def desk_senders(
    settings: Settings, desks: Mapping[str, HelpDeskPort], begin: Begin, lookup: Lookup
) -> dict[str, Sender]:
    """What carries letters to each help desk, under the name that the outbox has for it."""
    tags = {desk.name: desk.tags for desk in settings.help_desks}
    return {
        f"{CHANNEL}{name}": TicketSender(
            desk, Told(settings.cockpit.url, tags[name]), begin, lookup
        )
        for name, desk in desks.items()
    }


class TicketSender:
    """Carries letters to one help desk. Sent again after a kill, none makes a second ticket.

    A desk that is away is asked once by a sender, so that a hundred letters to it do not keep
    alerts waiting for a hundred timeouts; each pass has a sender of its own.
    """

    def __init__(self, desk: HelpDeskPort, told: Told, begin: Begin, lookup: Lookup) -> None:
        self._desk, self._told = desk, told
        self._begin, self._lookup = begin, lookup
        self._away: DeskAway | None = None

    def send(self, letter: Letter, *, now: datetime) -> str:
        """Do what the letter asks. Raises DeliveryDelayed or DeliveryRefused."""
        with self._begin() as connection:
            ticket = tickets.read_ticket(connection, letter.payload["ticket"])
        with self._problem_kept(ticket):
            if self._away is not None:
                raise DeliveryDelayed(str(self._away), after_seconds=self._away.after_seconds)
            match letter.payload["what"]:
                case "open":
                    return self._open(ticket, now)
                case "comment":
                    return self._comment(ticket, letter, now)
                case "resolved" | "open again" as what:
                    return self._move(ticket, what, letter, now)
                case what:
                    raise DeliveryRefused(f"this version cannot do {what!r} at a help desk")

    def _open(self, ticket: Ticket, now: datetime) -> str:
        if ticket.made_at is not None:
            return f"{ticket.number} is there already"
        made = None
        if ticket.attempted_at is not None:  # how that ended is not known
            left = ticket.attempted_at + self._desk.settle - now
            if left > timedelta(0):
                raise DeliveryDelayed(
                    f"{self._desk.name} may have made the ticket and cannot be asked yet",
                    after_seconds=left.total_seconds(),
                )
            with understanding(self._desk.name):
                made = self._desk.find(ticket.key, now=now)
        if made is None:
            with self._begin() as connection:
                tickets.write(connection, ticket, attempted_at=now)
                file = case_desk.show_case(connection, ticket.case_id)
                told = tickets.told_of(connection, ticket.id)
            # The same posts at every try, as one of them may have made it; comments tell the rest.
            posts = tuple(post for post in file.posts if post.mention_id in told)
            brief = brief_of(replace(file, posts=posts), ticket.key, self._told, self._lookup)
            with understanding(self._desk.name):
                made = self._desk.open(brief, now=now)
        look_at = now + self._desk.every if self._desk.batch else None
        with self._begin() as connection:
            known = tickets.read_ticket(connection, ticket.id, for_change=True)
            tickets.was_made(
                connection,
                known,
                there=made.id or known.there,
                number=made.number or known.number,
                url=made.url or known.url,
                look_at=look_at,
                now=now,
            )
        return f"{self._desk.name} made {made.number or 'a ticket'}"

    def _comment(self, ticket: Ticket, letter: Letter, now: datetime) -> str:
        self._refuse_unmade(ticket)
        post = self._post(letter.payload["post"])
        if post is None or post.deleted_at is not None:
            return "the post was deleted, so the desk is not told of it"
        text = comment_of(post, self._lookup)
        with understanding(self._desk.name):
            self._desk.comment(ticket, text, mark=letter.payload["mark"], now=now)
        return f"{self._desk.name} was told on {ticket.number}"

    def _move(self, ticket: Ticket, what: str, letter: Letter, now: datetime) -> str:
        self._refuse_unmade(ticket)
        to: Move = "resolved" if what == "resolved" else "open"
        with self._begin() as connection:
            status = read_case(connection, ticket.case_id).status
            if (status in LIVING) == (to == "resolved"):
                tickets.write(connection, ticket, wanted="")
                return "the case has changed since, so the desk is not asked"
        with understanding(self._desk.name):
            self._desk.move(ticket, to, mark=letter.payload["mark"], now=now)
        with self._begin() as connection:
            tickets.write(connection, ticket, status=to, wanted="")
        return f"{ticket.number} is {to}"

    def _post(self, number: int) -> Post | None:
        with self._begin() as connection:
            return tickets.read_post(connection, number)

    def _refuse_unmade(self, ticket: Ticket) -> None:
        if ticket.made_at is None:
            raise DeliveryDelayed(f"{self._desk.name} has not made the ticket yet")

    @contextmanager
    def _problem_kept(self, ticket: Ticket) -> Iterator[None]:
        """The case shows what keeps a letter from being sent, and no longer once it was."""
        try:
            yield
        except (DeliveryDelayed, DeliveryRefused) as problem:
            self._away = problem if isinstance(problem, DeskAway) else self._away
            self._keep(ticket, str(problem))
            raise
        self._keep(ticket, "")

    def _keep(self, ticket: Ticket, problem: str) -> None:
        with self._begin() as connection:
            tickets.write(connection, ticket, problem=problem)


def exchange(
    settings: Settings,
    desks: Mapping[str, HelpDeskPort],
    begin: Begin,
    *,
    now: datetime,
    elapsed_seconds: Callable[[], float] = time.monotonic,
) -> None:
    """Write the letters that are due to the desks, and follow what changed there."""
    if not desks:
        return
    with begin() as connection:
        _tell(connection, settings, list(desks), now)
    for name, desk in desks.items():
        if not desk.batch:
            continue
        try:
            _ask(desk, begin, now=now, elapsed_seconds=elapsed_seconds)
        except (TryAgain, DeliveryRefused) as problem:
            log.warning("%s cannot be asked about its tickets: %s", name, problem)
            asked = problem.after_seconds or 0.0 if isinstance(problem, TryAgain) else 0.0
            # As long at most as its letters wait: a desk may ask for a thousand years.
            rest = timedelta(seconds=min(asked, LONGEST_PAUSE.total_seconds()))
            until = now + max(desk.every, rest)
            with begin() as connection:
                tickets.postpone(connection, name, until=until)


def _tell(connection: Any, settings: Settings, names: list[str], now: datetime) -> None:
    """Posts that joined, cases that were resolved or opened again since the desk last heard."""
    for one in tickets.untold_posts(connection, names, now=now, limit=ROUND):
        tickets.mark_told(connection, one.ticket.id, [one.post_id])
        name = f"{one.ticket.key}/{one.post_id}"
        enqueue(connection, settings, one.ticket, "comment", name=name, post=one.post_id, now=now)
    for ticket, to in tickets.apart(connection, names, limit=ROUND):
        tickets.write(connection, ticket, wanted=to)
        what = "resolved" if to == "resolved" else "open again"
        name = f"{ticket.key}/{to}/{now:%Y%m%dT%H%M%S}"
        enqueue(connection, settings, ticket, what, name=name, now=now)


def _ask(
    desk: HelpDeskPort,
    begin: Begin,
    *,
    now: datetime,
    elapsed_seconds: Callable[[], float],
) -> None:
    """Ask about the tickets that are due, a batch at a time, and follow each in a transaction."""
    started = elapsed_seconds()
    with begin() as connection:
        due = tickets.due_tickets(connection, desk.name, now=now, limit=ROUND)
    for start in range(0, len(due), desk.batch):
        if elapsed_seconds() - started > ASKING_SECONDS:
            return
        left = {ticket.there: ticket for ticket in due[start : start + desk.batch]}
        for state in _states(desk, list(left.values()), now):
            ticket = left.pop(state.id, None)
            if ticket is not None:
                _follow(begin, ticket, state, now=now, look_at=now + desk.every)
        for ticket in left.values():
            problem = (
                f"{desk.name} shows no {ticket.number} any more; look there, or hand over anew"
            )
            with begin() as connection:
                look_at = now + GONE_PAUSE
                tickets.write(
                    connection, ticket, said=tickets.GONE, problem=problem, look_at=look_at
                )


def _states(desk: HelpDeskPort, asked: list[Ticket], now: datetime) -> Iterator[State]:
    with understanding(desk.name):
        yield from desk.states(asked, now=now)


def _follow(
    begin: Begin, ticket: Ticket, state: State, *, now: datetime, look_at: datetime
) -> None:
    """Keep the state; a case that somebody changes at this moment follows with the next pass."""
    try:
        with begin() as connection:
            follow(
                connection,
                ticket.id,
                status=state.status,
                said=state.said,
                seen=state.seen,
                answers=state.answers,
                look_at=look_at,
                now=now,
            )
    except Conflict as problem:
        log.info("case %s follows later: %s", ticket.case_id, problem)
