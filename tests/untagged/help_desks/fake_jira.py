"""A Jira that checks requests as its documentation has them, and whose search lags behind.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/ (create, bulkfetch,
transitions), …/api-group-issue-comments/, …/api-group-issue-search/ (recent updates might not be
visible), …/api-group-permissions/, …/api-group-myself/; documents as in
https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

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

EMAIL, TOKEN = "untagged@acme.example", "jira secret"
CATEGORIES = {
    "To Do": "new",
    "In Progress": "indeterminate",
    "Waiting for customer": "indeterminate",
    "Done": "done",
}
TRANSITIONS = {"11": ("Start", "In Progress"), "31": ("Finish", "Done")}


class _Text(Strict):
    type: Literal["text"]
    text: str = Field(min_length=1)


class _Break(Strict):
    type: Literal["hardBreak"]


class _Paragraph(Strict):
    type: Literal["paragraph"]
    content: list[Annotated[_Text | _Break, Field(discriminator="type")]]


class _Document(Strict):
    type: Literal["doc"]
    version: Literal[1]
    content: list[_Paragraph]


class _Key(Strict):
    key: str


class _Name(Strict):
    name: str


class _Fields(Strict):
    project: _Key
    issuetype: _Name
    summary: str = Field(min_length=1)
    description: _Document
    labels: list[Annotated[str, Field(pattern=r"^\S{1,255}$")]]
    priority: _Name | None = None


class _Issue(Strict):
    fields: _Fields


class _Property(Strict):
    key: str
    value: dict[str, Any]


class _NewComment(Strict):
    body: _Document
    properties: list[_Property]


class _Search(Strict):
    jql: str
    fields: list[str]
    most: int = Field(le=5000, alias="maxResults")


class _Bulk(Strict):
    ids: list[str] = Field(max_length=100, alias="issueIdsOrKeys")
    fields: list[str]


class FakeJira(FakeDesk):
    name = "jira"
    env: ClassVar[Mapping[str, str]] = {"JIRA_TOKEN": TOKEN}
    statuses: ClassVar[Mapping[str, str]] = {
        "open": "In Progress",
        "pending": "Waiting for customer",
        "resolved": "Done",
    }
    denied = 401

    def __init__(self) -> None:
        super().__init__()
        self.indexed: set[str] = set()

    def settings(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "kind": "jira",
            "address": self.url,
            "email": EMAIL,
            "token_env": "JIRA_TOKEN",
            "project": "CARE",
        }

    def index(self) -> None:
        """The search catches up."""
        self.indexed.update(self.tickets)

    def answer(self, asked: Asked) -> Reply:  # noqa: PLR0911  # a table of what there is
        token = b64encode(f"{EMAIL}:{TOKEN}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {token}":
            return 401, {"errorMessages": ["You are not authenticated"], "errors": {}}
        match asked.method, asked.path.removeprefix("/rest/api/3/").split("/"):
            case "GET", ["myself"]:
                return 200, {"displayName": "Untagged", "accountType": "atlassian"}
            case "GET", ["mypermissions"]:
                asked_for = asked.query["permissions"].split(",")
                return 200, {"permissions": {one: {"havePermission": True} for one in asked_for}}
            case "POST", ["issue"]:
                return self._create(asked)
            case "POST", ["issue", "bulkfetch"]:
                return self._bulk(asked)
            case "POST", ["search", "jql"]:
                return self._search(asked)
            case method, ["issue", number, what] if number in self.tickets:
                return self._of_issue(method, self.tickets[number], what, asked)
        return 404, {"errorMessages": ["Issue does not exist"], "errors": {}}

    def _create(self, asked: Asked) -> Reply:
        issue = _read(_Issue, asked)
        if isinstance(issue, tuple):
            return issue
        new = issue.fields
        if _utf16(new.summary) > 255 or new.project.key != "CARE":
            return 400, {"errorMessages": [], "errors": {"summary": "too long"}}
        number = str(10_000 + len(self.tickets))
        text = _displayed(new.description)
        key, *tags = new.labels
        ticket = There(number, key, new.summary, text, "To Do", "", {"tags": tags})
        self.touch(ticket)
        self.tickets[number] = ticket
        return 201, {"id": number, "key": f"CARE-{number}", "self": f"{self.url}/{number}"}

    def _search(self, asked: Asked) -> Reply:
        search = _read(_Search, asked)
        if isinstance(search, tuple):
            return search
        parsed = re.fullmatch(r'project = "CARE" AND labels = "([^"]+)"', search.jql)
        if parsed is None:
            return 400, {"errorMessages": ["Unbounded JQL queries are not allowed"], "errors": {}}
        found = [
            {"id": one.id, "key": f"CARE-{one.id}", "fields": {"summary": one.subject}}
            for one in self.tickets.values()
            if one.key == parsed[1] and one.id in self.indexed
        ]
        return 200, {"issues": found, "isLast": True}

    def _bulk(self, asked: Asked) -> Reply:
        bulk = _read(_Bulk, asked)
        if isinstance(bulk, tuple):
            return bulk
        there = [self.tickets[one] for one in bulk.ids if one in self.tickets]
        return 200, {"issues": [_shown(one) for one in there], "issueErrors": []}

    def _of_issue(self, method: str, ticket: There, what: str, asked: Asked) -> Reply:
        match method, what:
            case "GET", "transitions":
                return 200, {
                    "transitions": [
                        {"id": number, "name": name, "to": _status(to)}
                        for number, (name, to) in TRANSITIONS.items()
                    ]
                }
            case "POST", "transitions":
                ticket.status = TRANSITIONS[asked.body["transition"]["id"]][1]
                self.touch(ticket)
                return 204, None
            case "GET", "comment":
                return self._comments(ticket, asked)
            case "POST", "comment":
                return self._comment(ticket, asked)
        return 405, None

    def _comments(self, ticket: There, asked: Asked) -> Reply:
        start, most = int(asked.query["startAt"]), int(asked.query["maxResults"])
        assert most <= 100
        found = [
            {
                "id": str(place),
                "body": {"type": "doc", "version": 1, "content": [{"text": one.text}]},
                "author": {"accountType": "atlassian" if one.by_agent else "customer"},
                "created": one.at.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
                "jsdPublic": one.is_public,
            }
            for place, one in enumerate(ticket.comments)
        ]
        page = found[start : start + most]
        return 200, {"comments": page, "startAt": start, "total": len(found)}

    def _comment(self, ticket: There, asked: Asked) -> Reply:
        comment = _read(_NewComment, asked)
        if isinstance(comment, tuple):
            return comment
        values = {one.key: one.value for one in comment.properties}
        is_internal = values.get("sd.public.comment", {}).get("internal") is True
        ticket.comments.append(Comment(_displayed(comment.body), not is_internal, self.now))
        self.touch(ticket)
        return 201, {"id": "1"}


def _read(model: type[Strict], asked: Asked) -> Any:
    try:
        return model.model_validate(asked.body)
    except ValidationError as error:
        return 400, {"errorMessages": [str(error)], "errors": {}}


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _displayed(document: _Document) -> str:
    """What an agent reads."""
    paragraphs = [
        "".join(node.text if isinstance(node, _Text) else "\n" for node in one.content)
        for one in document.content
    ]
    text = "\n\n".join(paragraphs)
    assert _utf16(text) <= 32_767
    return text


def _status(name: str) -> dict[str, Any]:
    return {"name": name, "statusCategory": {"key": CATEGORIES[name]}}


def _shown(ticket: There) -> dict[str, Any]:
    return {
        "id": ticket.id,
        "key": f"CARE-{ticket.id}",
        "fields": {"status": _status(ticket.status), "updated": stamp(ticket.changed)},
    }
