"""Zendesk Support: a case is a ticket, what we say an internal note.

https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/,
…/ticketing/tickets/ticket_comments/ and …/ticketing/introduction/#idempotency
"""

import html
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from cases.help_desks.fitting import as_bytes, as_utf16, fitted, marked
from cases.help_desks.http import Answer, judged, request, unreadable
from cases.help_desks.port import Brief, Made, Move, State
from cases.help_desks.settings import Zendesk
from cases.tickets import Ticket, TicketStatus
from mentions.errors import DeliveryDelayed, DeliveryRefused
from mentions.times import parse_moment

SUBJECT_CHARACTERS = 150
COMMENT_BYTES = 64_000
"""Zendesk takes about 65,000, markup included."""
PAGES = 50
"""Of a hundred comments each; a ticket holds 5,000 at most."""
PRIORITIES = {"low": "low", "medium": "normal", "high": "high", "urgent": "urgent"}
STATUSES: Mapping[str, TicketStatus] = {
    "new": "open",
    "open": "open",
    "pending": "pending",
    "hold": "pending",
    "solved": "resolved",
    "closed": "resolved",
}


class ZendeskDesk:
    """Tickets by an agent's account. Its own notes are never public, so no customer is written to.

    A ticket is made once: `external_id` finds it again for ever, the Idempotency-Key, which
    Zendesk keeps for two hours, covers two tries at once.
    """

    settle = timedelta(0)
    batch = 100

    def __init__(self, desk: Zendesk, environ: Mapping[str, str]) -> None:
        self.name, self.every = desk.name, desk.every
        self._desk, self._environ = desk, environ

    def check(self, *, now: datetime) -> str:
        """Who we are there; only agents may make tickets as we do."""
        user = self._call("GET", "/api/v2/users/me", now=now).data["user"]
        if user.get("role") not in ("agent", "admin"):
            raise DeliveryRefused(
                f"{self.name} knows no agent {self._desk.email}; make the account an agent, and "
                "look whether the token is right"
            )
        return f"signed in as {user['role']} {self._desk.email}"

    def find(self, key: str, *, now: datetime) -> Made | None:
        """The ticket with our key as its external id."""
        found = self._call("GET", "/api/v2/tickets", params={"external_id": key}, now=now).data
        # Ours alone, should the filter ever be ignored: then all tickets are listed.
        ours = [one for one in found["tickets"] if one.get("external_id") == key]
        return self._made(ours[0]) if ours else None

    def open(self, brief: Brief, *, now: datetime) -> Made:
        """Make the ticket, with what was said as an internal note."""
        ticket: dict[str, Any] = {
            "subject": fitted(brief.subject, SUBJECT_CHARACTERS, as_utf16, ending="…"),
            "comment": {"html_body": as_html(brief.text), "public": False},
            "external_id": brief.key,
            "priority": PRIORITIES[brief.priority],
            "tags": list(brief.tags),
        }
        placed = {"group_id": self._desk.group_id, "brand_id": self._desk.brand_id}
        ticket |= {name: value for name, value in placed.items() if value is not None}
        made = self._call(
            "POST",
            "/api/v2/tickets",
            body={"ticket": ticket},
            headers={"Idempotency-Key": brief.key},
            now=now,
        )
        return self._made(made.data["ticket"])

    def comment(self, ticket: Ticket, text: str, *, mark: str, now: datetime) -> None:
        """Add a note that holds the mark, unless one does already."""
        for one in self._comments(ticket, now):
            if marked(mark) in one.get("plain_body", "") or marked(mark) in one.get("body", ""):
                return
        note = {"html_body": as_html(f"{marked(mark)}\n{text}"), "public": False}
        self._update(ticket, {"comment": note}, now)

    def move(self, ticket: Ticket, to: Move, *, mark: str, now: datetime) -> None:  # noqa: ARG002  # the same status again changes nothing
        """Solve it, or open it; a closed one cannot be opened, and Zendesk says so.

        Nobody's ticket cannot be solved, so it becomes ours.
        """
        path = f"/api/v2/tickets/{ticket.there}"
        there = self._call("GET", path, now=now).data["ticket"]
        if (STATUSES.get(there["status"]) == "resolved") == (to == "resolved"):
            return
        change = {"status": "solved" if to == "resolved" else "open"}
        if to == "resolved" and there.get("assignee_id") is None:
            change["assignee_email"] = self._desk.email
        self._update(ticket, change, now)

    def states(self, tickets: Sequence[Ticket], *, now: datetime) -> Iterator[State]:
        """All at once; the comments of those that changed one by one, for the public answers."""
        asked = {ticket.there: ticket for ticket in tickets}
        params = {"ids": ",".join(asked)}
        found = self._call("GET", "/api/v2/tickets/show_many", params=params, now=now).data
        for one in found["tickets"]:
            number, seen = str(one["id"]), str(one["updated_at"])
            if number not in asked:
                continue
            has_changed = seen != asked[number].seen
            answers = self._answers(asked[number], now) if has_changed else ()
            status = STATUSES.get(one["status"], "open")
            yield State(number, status, str(one["status"]), seen, answers)

    def _answers(self, ticket: Ticket, now: datetime) -> tuple[datetime, ...]:
        """When agents answered in public."""
        return tuple(
            parse_moment(one["created_at"])
            for one in self._comments(ticket, now)
            if one["public"] and one["by_agent"]
        )

    def _comments(self, ticket: Ticket, now: datetime) -> Iterator[dict[str, Any]]:
        path, after = f"/api/v2/tickets/{ticket.there}/comments", ""
        for _ in range(PAGES):
            params: dict[str, str | int] = {"include": "users", "page[size]": 100}
            if after:
                params["page[after]"] = after
            page = self._call("GET", path, params=params, now=now).data
            agents = {user["id"] for user in page["users"] if user["role"] != "end-user"}
            for one in page["comments"]:
                yield {**one, "by_agent": one["author_id"] in agents}
            if not page["meta"]["has_more"]:
                return
            after = page["meta"]["after_cursor"]

    def _update(self, ticket: Ticket, change: Mapping[str, Any], now: datetime) -> None:
        path = f"/api/v2/tickets/{ticket.there}"
        self._call("PUT", path, body={"ticket": change}, now=now)

    def _made(self, ticket: Mapping[str, Any]) -> Made:
        number = str(ticket["id"])
        return Made(number, f"#{number}", f"{self._desk.address}/agent/tickets/{number}")

    def _call(self, method: str, path: str, *, now: datetime, **more: Any) -> Answer:
        token = self._environ.get(self._desk.token_env, "").strip()
        if not token:
            raise DeliveryDelayed(
                f"the environment variable {self._desk.token_env} is not set; put the token there"
            )
        user = (f"{self._desk.email}/token", token)
        answer = request(self.name, method, f"{self._desk.address}{path}", auth=user, **more)
        if answer.status == 400 and _code(answer) == "IdempotentRequestError":
            # Another try has made it with other words, or is about to: the next one finds it.
            raise DeliveryDelayed(f"{self.name} has had this request before; it is looked up")
        judged(self.name, answer, now=now, said=_said, variables=self._desk.variables)
        if not isinstance(answer.data, dict):
            raise unreadable(self.name)
        return answer


def as_html(text: str) -> str:
    """The text as markup that shows it as it is, and runs and links nothing.

    `html_body`, since Zendesk reads Markdown in `body`; a joiner between braces, since it fills
    in placeholders such as {{ticket.requester.email}} where an agent writes them.
    """
    broken = text.replace("{", "{\u2060").replace("}", "\u2060}")
    return _fitted_html(broken)


def _fitted_html(text: str) -> str:
    def size(piece: str) -> int:
        return as_bytes(_marked_up(piece))

    return _marked_up(fitted(text, COMMENT_BYTES, size))


def _marked_up(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")


def _code(answer: Answer) -> str:
    """The name of the error, in either of the forms that Zendesk's errors have."""
    error = answer.data.get("error") if isinstance(answer.data, dict) else None
    return str(error.get("title")) if isinstance(error, dict) else str(error)


def _said(data: Any) -> str:
    error = data["error"]
    if isinstance(error, dict):
        return f"{error.get('title', '')}: {error.get('message', '')}"
    details = data.get("details") or {}
    wrong = [
        f"{name}: {one.get('description', '')}" for name, many in details.items() for one in many
    ]
    return "; ".join([str(data.get("description") or error), *wrong])
