"""A Zendesk that checks requests as its documentation has them.

https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/ (create, update, list by
external_id, show_many), …/tickets/ticket_comments/, …/ticketing/introduction/#idempotency,
https://developer.zendesk.com/api-reference/introduction/security-and-auth/
"""

import html
import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, ValidationError

from tests.untagged.help_desks.fake_desk import (
    Asked,
    Comment,
    FakeDesk,
    Reply,
    Strict,
    There,
    stamp,
)

EMAIL, TOKEN = "untagged@acme.example", "zendesk secret"
AGENT, CUSTOMER = 7, 8


class _Comment(Strict):
    html_body: str = Field(min_length=1, max_length=65_000)
    public: bool


class _New(Strict):
    comment: _Comment
    subject: str = Field(min_length=1, max_length=150)
    external_id: str = Field(max_length=255)
    priority: Literal["low", "normal", "high", "urgent"]
    tags: list[str]
    group_id: int | None = None
    brand_id: int | None = None


class _Update(Strict):
    comment: _Comment | None = None
    status: Literal["open", "pending", "hold", "solved"] | None = None
    assignee_email: str | None = None


class _Create(Strict):
    ticket: _New


class _Change(Strict):
    ticket: _Update


class FakeZendesk(FakeDesk):
    name = "zendesk"
    env: ClassVar[Mapping[str, str]] = {"ZENDESK_TOKEN": TOKEN}
    statuses: ClassVar[Mapping[str, str]] = {
        "open": "open",
        "pending": "hold",
        "resolved": "solved",
    }
    denied = 401

    def __init__(self) -> None:
        super().__init__()
        self.idempotent: dict[str, tuple[Any, str]] = {}

    def settings(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "kind": "zendesk",
            "address": self.url,
            "email": EMAIL,
            "token_env": "ZENDESK_TOKEN",
            "group_id": 42,
        }

    def answer(self, asked: Asked) -> Reply:  # noqa: PLR0911  # a table of what there is
        token = b64encode(f"{EMAIL}/token:{TOKEN}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {token}":
            return 401, {"error": "Couldn't authenticate you"}
        if asked.headers.get("accept") != "application/json":
            return 406, None
        match asked.method, asked.path.removeprefix("/api/v2/").split("/"):
            case "GET", ["users", "me"]:
                return 200, {"user": {"id": AGENT, "role": "agent", "email": EMAIL}}
            case "POST", ["tickets"]:
                return self._create(asked)
            case "GET", ["tickets"]:
                key = asked.query["external_id"]
                return 200, {
                    "tickets": [_shown(one) for one in self.tickets.values() if one.key == key]
                }
            case "GET", ["tickets", "show_many"]:
                ids = asked.query["ids"].split(",")
                if len(ids) > 100:
                    return 400, {"error": "TooManyIds", "description": "up to 100"}
                found = [self.tickets[one] for one in ids if one in self.tickets]
                return 200, {"tickets": [_shown(one) for one in found], "count": len(found)}
            case "GET", ["tickets", number, "comments"] if number in self.tickets:
                return self._comments(self.tickets[number], asked)
            case "GET", ["tickets", number] if number in self.tickets:
                return 200, {"ticket": _shown(self.tickets[number])}
            case "PUT", ["tickets", number] if number in self.tickets:
                return self._update(self.tickets[number], asked)
        return 404, {"error": "RecordNotFound", "description": "Not found"}

    def _create(self, asked: Asked) -> Reply:
        key = asked.headers.get("idempotency-key", "")
        if key in self.idempotent:
            body, number = self.idempotent[key]
            if body != asked.body:
                return 400, {"error": "IdempotentRequestError", "description": "other parameters"}
            return 201, {"ticket": _shown(self.tickets[number])}
        try:
            new = _Create.model_validate(asked.body).ticket
        except ValidationError as error:
            return 422, {"error": "RecordInvalid", "description": str(error)}
        number = str(100 + len(self.tickets))
        text = _displayed(new.comment.html_body)
        fields = {"tags": new.tags, "group_id": new.group_id}
        ticket = There(number, new.external_id, new.subject, text, "new", new.priority, fields)
        self.touch(ticket)
        self.tickets[number] = ticket
        if key:
            self.idempotent[key] = (asked.body, number)
        return 201, {"ticket": _shown(ticket)}

    def _update(self, ticket: There, asked: Asked) -> Reply:
        if ticket.status == "closed":
            details = {"status": [{"description": "Status: closed prevents ticket update"}]}
            return 422, {"error": "RecordInvalid", "description": "errors", "details": details}
        try:
            change = _Change.model_validate(asked.body).ticket
        except ValidationError as error:
            return 422, {"error": "RecordInvalid", "description": str(error)}
        if change.assignee_email:
            ticket.fields["assignee"] = AGENT
        if change.status == "solved" and "assignee" not in ticket.fields:
            details = {"base": [{"description": "Assignee: is required when solving"}]}
            return 422, {"error": "RecordInvalid", "description": "errors", "details": details}
        if change.status:
            ticket.status = change.status
        if change.comment:
            text = _displayed(change.comment.html_body)
            ticket.comments.append(Comment(text, change.comment.public, self.now))
        self.touch(ticket)
        return 200, {"ticket": _shown(ticket)}

    def _comments(self, ticket: There, asked: Asked) -> Reply:
        """Two a page, so that following pages is always tried."""
        start = int(asked.query.get("page[after]", "0"))
        page = ticket.comments[start : start + 2]
        users = [{"id": AGENT, "role": "agent"}, {"id": CUSTOMER, "role": "end-user"}]
        return 200, {
            "comments": [
                {
                    "id": start + place,
                    "author_id": AGENT if one.by_agent else CUSTOMER,
                    "public": one.is_public,
                    "plain_body": one.text,
                    "body": one.text,
                    "created_at": one.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                }
                for place, one in enumerate(page)
            ],
            "users": users if asked.query.get("include") == "users" else [],
            "meta": {
                "has_more": start + 2 < len(ticket.comments),
                "after_cursor": str(start + 2),
            },
        }


def _displayed(markup: str) -> str:
    """What an agent reads; placeholders are filled in, as Zendesk does for agents."""
    assert not re.search(r"<(?!br>)", markup), "markup that is not ours"
    filled = re.sub(r"\{\{\s*ticket\.requester\.email\s*\}\}", "private@acme.example", markup)
    return html.unescape(filled.replace("<br>", "\n"))


def _shown(ticket: There) -> dict[str, Any]:
    return {
        "id": int(ticket.id),
        "external_id": ticket.key,
        "subject": ticket.subject,
        "status": ticket.status,
        "assignee_id": ticket.fields.get("assignee"),
        "updated_at": stamp(ticket.changed),
    }
