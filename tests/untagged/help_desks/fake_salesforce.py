"""A Service Cloud that checks requests as its documentation has them.

https://developer.salesforce.com/docs/platform/api-rest/guide/dome_upsert.html (upsert by external
id), …/resources_query.html, …/errorcodes.html and the objects Case and CaseComment of
https://developer.salesforce.com/docs/platform/object-reference/; the token as in
https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_client_credentials_flow.htm
"""

import re
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qs

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

DATA = "/services/data/v62.0/"
CLIENT, SECRET = "client", "salesforce secret"
BASE = re.compile(r"^SELECT (?P<what>.+?) FROM (?P<object>\w+) WHERE (?P<where>.+)$")


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


class _Case(Strict):
    Subject: str | None = Field(None, max_length=255)
    Description: str | None = None
    Priority: str | None = None
    Status: str | None = None
    OwnerId: str | None = None
    Origin: str | None = None


class _CaseComment(Strict):
    ParentId: str
    CommentBody: str
    IsPublished: bool


class FakeSalesforce(FakeDesk):
    name = "salesforce"
    env: ClassVar[Mapping[str, str]] = {"SF_ID": CLIENT, "SF_SECRET": SECRET}
    statuses: ClassVar[Mapping[str, str]] = {
        "open": "Working",
        "pending": "On Hold",
        "resolved": "Closed",
    }
    denied = 400

    def __init__(self) -> None:
        super().__init__()
        self.tokens = 0

    def settings(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "kind": "salesforce",
            "address": self.url,
            "client_id_env": "SF_ID",
            "client_secret_env": "SF_SECRET",
        }

    def expire(self) -> None:
        """Every token that is out."""
        self.tokens += 1

    def answer(self, asked: Asked) -> Reply:  # noqa: PLR0911  # a table of what there is
        if asked.path == "/services/oauth2/token":
            return self._token(asked)
        if asked.headers.get("authorization") != f"Bearer token-{self.tokens}":
            return 401, _error("INVALID_SESSION_ID", "Session expired or invalid")
        match asked.method, asked.path.removeprefix(DATA).split("/"):
            case "GET", ["query"]:
                return self._query(asked.query["q"])
            case method, ["sobjects", "Case", "Untagged_Key__c", key]:
                return self._upsert(method, key, asked)
            case "GET", ["sobjects", "Case", number] if number in self.tickets:
                return 200, _number(self.tickets[number])
            case "PATCH", ["sobjects", "Case", number] if number in self.tickets:
                return self._change(self.tickets[number], asked)
            case "POST", ["sobjects", "CaseComment"]:
                return self._comment(asked)
        return 404, _error("NOT_FOUND", "The requested resource does not exist")

    def _token(self, asked: Asked) -> Reply:
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        if form != {
            "grant_type": "client_credentials",
            "client_id": CLIENT,
            "client_secret": SECRET,
        }:
            return 400, {"error": "invalid_client", "error_description": "invalid credentials"}
        self.tokens += 1
        return 200, {
            "access_token": f"token-{self.tokens}",
            "instance_url": "https://elsewhere.example",
            "token_type": "Bearer",
        }

    def _upsert(self, method: str, key: str, asked: Asked) -> Reply:
        known = [one for one in self.tickets.values() if one.key == key]
        if method == "GET":
            if known:
                return 200, _number(known[0])
            return 404, _error("NOT_FOUND", "Provided external ID field does not exist or is not")
        case = _read(_Case, asked)
        if isinstance(case, tuple):
            return case
        if _utf16(case.Description or "") > 32_000:
            return 400, _error("STRING_TOO_LONG", "Description")
        if known:
            known[0].made += 1
            return 200, {"id": known[0].id, "success": True, "errors": [], "created": False}
        number = f"500{len(self.tickets):015d}"
        ticket = There(
            number,
            key,
            case.Subject or "",
            case.Description or "",
            "New",
            case.Priority or "",
            {},
        )
        self.touch(ticket)
        self.tickets[number] = ticket
        return 201, {"id": number, "success": True, "errors": [], "created": True}

    def _change(self, ticket: There, asked: Asked) -> Reply:
        case = _read(_Case, asked)
        if isinstance(case, tuple):
            return case
        ticket.status = case.Status or ticket.status
        self.touch(ticket)
        return 204, None

    def _comment(self, asked: Asked) -> Reply:
        comment = _read(_CaseComment, asked)
        if isinstance(comment, tuple):
            return comment
        if len(comment.CommentBody.encode()) > 4_000:
            return 400, _error("STRING_TOO_LONG", "CommentBody")
        ticket = self.tickets[comment.ParentId]
        ticket.comments.append(Comment(comment.CommentBody, comment.IsPublished, self.now))
        self.touch(ticket)
        return 201, {"id": "00a000000000001AAA", "success": True, "errors": []}

    def _query(self, soql: str) -> Reply:
        parsed = BASE.match(soql)
        if parsed is None:
            return 400, _error("MALFORMED_QUERY", soql)
        ids = re.findall(r"'(500\w{15})'", parsed["where"])
        found = [self.tickets[one] for one in ids if one in self.tickets]
        match parsed["object"], parsed["what"]:
            case "Case", "Id":
                assert "Untagged_Key__c = " in parsed["where"]
                rows: list[dict[str, Any]] = []
            case "Case", "Id, Status, IsClosed, SystemModstamp":
                rows = [_shown(one) for one in found]
            case "CaseComment", "CommentBody":
                rows = [{"CommentBody": one.text} for one in found[0].comments]
            case "CaseComment", "ParentId, MIN(CreatedDate) firstAt, MAX(CreatedDate) lastAt":
                assert "IsPublished = true AND CreatedBy.UserType = 'Standard'" in parsed["where"]
                assert parsed["where"].endswith("GROUP BY ParentId")
                rows = [row for one in found for row in _published(one)]
            case _:
                return 400, _error("INVALID_FIELD", soql)
        return 200, {"totalSize": len(rows), "done": True, "records": rows}


def _read(model: type[Strict], asked: Asked) -> Any:
    try:
        return model.model_validate(asked.body)
    except ValidationError as error:
        return 400, _error("INVALID_FIELD", str(error))


def _error(code: str, message: str) -> list[dict[str, str]]:
    return [{"errorCode": code, "message": message}]


def _number(ticket: There) -> dict[str, str]:
    return {"Id": ticket.id, "CaseNumber": f"0000{ticket.id[-4:]}"}


def _shown(ticket: There) -> dict[str, Any]:
    return {
        "Id": ticket.id,
        "Status": ticket.status,
        "IsClosed": ticket.status == "Closed",
        "SystemModstamp": stamp(ticket.changed),
    }


def _published(ticket: There) -> list[dict[str, str]]:
    times = sorted(one.at for one in ticket.comments if one.is_public and one.by_agent)
    if not times:
        return []
    first, last = (at.strftime("%Y-%m-%dT%H:%M:%S.000+0000") for at in (times[0], times[-1]))
    return [{"ParentId": ticket.id, "firstAt": first, "lastAt": last}]
