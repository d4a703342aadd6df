"""Jira Cloud, with or without Service Management: a case is an issue, what we say a comment.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/ (issues, comments, search) and
https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from cases.help_desks.fitting import as_utf16, fitted, marked
from cases.help_desks.http import Answer, judged, request, unreadable
from cases.help_desks.port import Brief, Made, Move, State
from cases.help_desks.settings import Jira
from cases.tickets import Ticket, TicketStatus
from mentions.errors import DeliveryDelayed, DeliveryRefused
from mentions.times import parse_moment

SUMMARY_CHARACTERS = 255
TEXT_CHARACTERS = 32_000
"""Jira takes 32,767 in a text field."""
PAGE = 100
PAGES = 50
NEEDED = ("BROWSE_PROJECTS", "CREATE_ISSUES", "ADD_COMMENTS", "TRANSITION_ISSUES")
INTERNAL = [{"key": "sd.public.comment", "value": {"internal": True}}]
"""Keeps a comment from the customer in Service Management; other projects do not look at it."""


class JiraDesk:
    """Issues by an account with an API token.

    Jira has neither idempotency keys nor ids of ours, and its search sees an issue only a while
    after it was made. So our key is a label, an attempt of unknown end is remembered by the
    caller, and the next try waits `settle` before it looks the label up: what the attempt made is
    found by then. Statuses are read from the issues themselves and not from the search.
    """

    settle = timedelta(minutes=2)
    batch = 100

    def __init__(self, desk: Jira, environ: Mapping[str, str]) -> None:
        self.name, self.every = desk.name, desk.every
        self._desk, self._environ = desk, environ

    def check(self, *, now: datetime) -> str:
        """Who we are there, and whether we may do what is needed."""
        who = self._get("/rest/api/3/myself", now)["displayName"]
        params = {"projectKey": self._desk.project, "permissions": ",".join(NEEDED)}
        found = self._get("/rest/api/3/mypermissions", now, params=params)["permissions"]
        missing = [one for one in NEEDED if not found.get(one, {}).get("havePermission")]
        if missing:
            raise DeliveryRefused(
                f"{self.name}: {who} lacks {', '.join(missing)} in project {self._desk.project}; "
                "give the account these permissions"
            )
        return f"signed in as {who}"

    def find(self, key: str, *, now: datetime) -> Made | None:
        """The issue with our key as a label."""
        jql = f'project = "{self._desk.project}" AND labels = "{key}"'
        wanted = {"jql": jql, "fields": ["summary"], "maxResults": 2}
        found = self._call("POST", "/rest/api/3/search/jql", now=now, body=wanted).data["issues"]
        return self._made(found[0]) if found else None

    def open(self, brief: Brief, *, now: datetime) -> Made:
        """Make the issue, with our key among its labels."""
        fields: dict[str, Any] = {
            "project": {"key": self._desk.project},
            "issuetype": {"name": self._desk.issue_type},
            "summary": fitted(brief.subject, SUMMARY_CHARACTERS, as_utf16, ending="…"),
            "description": as_document(brief.text),
            "labels": [brief.key, *brief.tags],
        }
        if brief.priority in self._desk.priorities:
            fields["priority"] = {"name": self._desk.priorities[brief.priority]}
        made = self._call("POST", "/rest/api/3/issue", now=now, body={"fields": fields})
        return self._made(made.data)

    def comment(self, ticket: Ticket, text: str, *, mark: str, now: datetime) -> None:
        """Add an internal comment that begins with the mark, unless one does already."""
        if any(marked(mark) in json.dumps(one["body"]) for one in self._comments(ticket, now)):
            return
        comment = {"body": as_document(f"{marked(mark)}\n{text}"), "properties": INTERNAL}
        self._call("POST", f"{_issue(ticket)}/comment", now=now, body=comment)

    def move(self, ticket: Ticket, to: Move, *, mark: str, now: datetime) -> None:  # noqa: ARG002  # the same status again changes nothing
        """Take the transition that the settings name, else the first that leads there."""
        (found,), _ = self._bulk([ticket], now)
        is_done = _category(found) == "done"
        if is_done == (to == "resolved"):
            return
        desk = self._desk
        name = desk.resolve_transition if to == "resolved" else desk.reopen_transition
        path = f"{_issue(ticket)}/transitions"
        for one in self._get(path, now)["transitions"]:
            leads_there = (one["to"]["statusCategory"]["key"] == "done") == (to == "resolved")
            if one["name"] == name if name else leads_there:
                self._call("POST", path, now=now, body={"transition": {"id": one["id"]}})
                return
        asked = f"no transition {name!r}" if name else f"no transition to {to}"
        raise DeliveryRefused(
            f"{self.name}: {ticket.number} has {asked} where it stands; change its workflow or "
            "name another transition, and resend"
        )

    def states(self, tickets: Sequence[Ticket], *, now: datetime) -> Iterator[State]:
        """All at once; the comments of those that changed one by one, for the public answers."""
        asked = {ticket.there: ticket for ticket in tickets}
        found, later = self._bulk(tickets, now)
        for one in found:
            number, seen = one["id"], one["fields"]["updated"]
            if number not in asked:
                continue
            answers = self._answers(asked[number], now) if seen != asked[number].seen else ()
            said = one["fields"]["status"]["name"]
            yield State(number, self._status(one, said), said, seen, answers)
        if later:
            raise DeliveryDelayed(f"{self.name} cannot show {len(later)} of the issues now")

    def _bulk(self, tickets: Sequence[Ticket], now: datetime) -> tuple[list[dict[str, Any]], Any]:
        """The issues, and errors that pass; an issue that is gone is in neither."""
        wanted = {
            "issueIdsOrKeys": [ticket.there for ticket in tickets],
            "fields": ["status", "updated"],
        }
        found = self._call("POST", "/rest/api/3/issue/bulkfetch", now=now, body=wanted).data
        return found["issues"], found.get("issueErrors")

    def _status(self, issue: Mapping[str, Any], said: str) -> TicketStatus:
        if _category(issue) == "done":
            return "resolved"
        return "pending" if said in self._desk.pending else "open"

    def _answers(self, ticket: Ticket, now: datetime) -> tuple[datetime, ...]:
        """When agents answered customers: only Service Management has comments they can read."""
        return tuple(
            parse_moment(one["created"])
            for one in self._comments(ticket, now)
            if one.get("jsdPublic") and one.get("author", {}).get("accountType") == "atlassian"
        )

    def _comments(self, ticket: Ticket, now: datetime) -> Iterator[dict[str, Any]]:
        for page in range(PAGES):
            params: dict[str, str | int] = {
                "startAt": page * PAGE,
                "maxResults": PAGE,
                "orderBy": "created",
            }
            found = self._get(f"{_issue(ticket)}/comment", now, params=params)
            yield from found["comments"]
            if (page + 1) * PAGE >= found["total"]:
                return

    def _made(self, issue: Mapping[str, Any]) -> Made:
        return Made(issue["id"], issue["key"], f"{self._desk.address}/browse/{issue['key']}")

    def _get(
        self, path: str, now: datetime, *, params: Mapping[str, str | int] | None = None
    ) -> dict[str, Any]:
        found: dict[str, Any] = self._call("GET", path, now=now, params=params).data
        return found

    def _call(self, method: str, path: str, *, now: datetime, **more: Any) -> Answer:
        token = self._environ.get(self._desk.token_env, "").strip()
        if not token:
            raise DeliveryDelayed(
                f"the environment variable {self._desk.token_env} is not set; put the token there"
            )
        user = (self._desk.email, token)
        answer = request(self.name, method, f"{self._desk.address}{path}", auth=user, **more)
        judged(self.name, answer, now=now, said=_said, variables=self._desk.variables)
        if answer.status != 204 and not isinstance(answer.data, dict):
            raise unreadable(self.name)
        return answer


def as_document(text: str) -> dict[str, Any]:
    """The text in the Atlassian Document Format: text nodes alone, which hold no markup."""
    paragraphs = fitted(text, TEXT_CHARACTERS, as_utf16).split("\n\n")
    content = [_paragraph(one) for one in paragraphs if one.strip()]
    return {"type": "doc", "version": 1, "content": content}


def _paragraph(text: str) -> dict[str, Any]:
    nodes: list[dict[str, Any]] = []
    for number, line in enumerate(text.split("\n")):
        nodes += [{"type": "hardBreak"}] if number else []
        nodes += [{"type": "text", "text": line}] if line else []  # an empty one is refused
    return {"type": "paragraph", "content": nodes}


def _issue(ticket: Ticket) -> str:
    return f"/rest/api/3/issue/{ticket.there}"


def _category(issue: Mapping[str, Any]) -> str:
    key: str = issue["fields"]["status"]["statusCategory"]["key"]
    return key


def _said(data: Any) -> str:
    wrong = [f"{name}: {what}" for name, what in (data.get("errors") or {}).items()]
    return "; ".join([*(data.get("errorMessages") or []), *wrong])
