"""Handing a case over to a help desk: by hand, by a routing rule or by a playbook."""

import secrets
from datetime import datetime
from typing import Any

from alerts import outbox
from cases.help_desks.settings import HelpDesk
from cases.ledger import read_case
from cases.tickets import Ticket, begin_ticket
from mentions.errors import NotFound
from untagged.settings import Settings

LETTER = "ticket"
"""The kind of letters to help desks."""
CHANNEL = "help-desk:"
"""What the outbox calls a help desk is this and its name, so that no channel is taken for one."""


def hand_over(
    connection: Any, settings: Settings, case_id: int, desk: str, *, now: datetime, actor: str
) -> Ticket:
    """Give the case to the desk, once: what was handed over is not handed over again.

    Written here is the trail's entry and a letter to the desk; `deliver` sends it. Raises NotFound
    for a case or desk that there is not, Conflict for a case that is done.
    """
    find_desk(settings, desk)
    token = secrets.token_hex(4)
    ticket, begins = begin_ticket(connection, case_id, desk, token=token, now=now, actor=actor)
    if begins:
        enqueue(connection, settings, ticket, "open", name=ticket.key, now=now)
    return ticket


def find_desk(settings: Settings, name: str) -> HelpDesk:
    """The desk of the settings. Raises NotFound."""
    for desk in settings.help_desks:
        if desk.name == name:
            return desk
    listed = ", ".join(desk.name for desk in settings.help_desks) or "none"
    raise NotFound(f"there is no help desk {name!r}; the settings have {listed}")


def enqueue(
    connection: Any,
    settings: Settings,
    ticket: Ticket,
    what: str,
    *,
    name: str,
    now: datetime,
    post: int | None = None,
) -> None:
    """Put a letter to a ticket's desk in the outbox, once for each name.

    It holds no word of any post: they are read when it is sent, so that one which waits forgets
    what its authors delete.
    """
    case = read_case(connection, ticket.case_id)
    payload = {
        "ticket": ticket.id,
        "case": case.id,
        "brand": case.brand,
        "desk": ticket.desk,
        "what": what,
        "post": post,
        "mark": name,
        "link": f"{settings.cockpit.url}/cases/{case.id}",
        "team": case.team,
    }
    outbox.enqueue(
        connection,
        key=f"{LETTER}:{ticket.desk}:{name}",
        channel=f"{CHANNEL}{ticket.desk}",
        kind=LETTER,
        payload=payload,
        now=now,
    )
