"""Salesforce Service Cloud: a case of ours is a Case there, what we say an unpublished comment.

https://developer.salesforce.com/docs/platform/api-rest/guide/dome_upsert.html,
https://developer.salesforce.com/docs/platform/api-rest/guide/errorcodes.html,
https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_client_credentials_flow.htm,
https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-casecomment.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from cases.help_desks.fitting import as_bytes, as_utf16, fitted, marked
from cases.help_desks.http import Answer, DeskAway, judged, request, unreadable
from cases.help_desks.port import Brief, Made, Move, State
from cases.help_desks.settings import Salesforce
from cases.tickets import Ticket, TicketStatus
from mentions.errors import DeliveryDelayed, DeliveryRefused
from mentions.times import parse_moment

SUBJECT_CHARACTERS = 255
DESCRIPTION_CHARACTERS = 32_000
COMMENT_BYTES = 4_000
LOOKED_AT = 200
"""Comments that are looked through for a mark, the newest."""
LIMIT_PAUSE = 900.0
"""Seconds. The limit counts the requests of 24 hours, so each quarter of an hour frees some."""
PASSING = frozenset({"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "QUERY_TIMEOUT"})
"""Errors that Salesforce gives as the caller's (400), and which pass by themselves."""


class SalesforceDesk:
    """Cases by an app that acts as one user, with the client credentials flow.

    A case is made once, as Salesforce upserts by the value of the external id field. It is looked
    up before another try all the same: the upsert would overwrite what agents have edited.
    """

    settle = timedelta(0)
    batch = 100

    def __init__(self, desk: Salesforce, environ: Mapping[str, str]) -> None:
        self.name, self.every = desk.name, desk.every
        self._desk, self._environ = desk, environ
        self._token = ""
        self._data = f"/services/data/v{desk.api_version}"

    def check(self, *, now: datetime) -> str:
        """Whether the app may read cases and their external id field."""
        field = self._desk.key_field
        self._query(f"SELECT Id FROM Case WHERE {field} = 'untagged-check' LIMIT 1", now)  # noqa: S608  # SOQL; the settings allow a name only
        return f"signed in; cases have the field {field}"

    def find(self, key: str, *, now: datetime) -> Made | None:
        """The case with our key in the external id field."""
        path = f"{self._data}/sobjects/Case/{self._desk.key_field}/{key}"
        answer = self._answer("GET", path, params={"fields": "Id,CaseNumber"}, now=now)
        if answer.status == 404:
            return None
        return self._made(self._checked(answer, now).data)

    def open(self, brief: Brief, *, now: datetime) -> Made:
        """Make the case, or find that another try made it."""
        fields: dict[str, Any] = {
            "Subject": fitted(brief.subject, SUBJECT_CHARACTERS, as_utf16, ending="…"),
            "Description": fitted(brief.text, DESCRIPTION_CHARACTERS, as_utf16),
            "Priority": self._desk.priorities.get(brief.priority, "Medium"),
        }
        placed = {"OwnerId": self._desk.owner_id, "Origin": self._desk.origin}
        fields |= {name: value for name, value in placed.items() if value}
        path = f"{self._data}/sobjects/Case/{self._desk.key_field}/{brief.key}"
        number = self._call("PATCH", path, body=fields, now=now).data["id"]
        shown = self._call(
            "GET",
            f"{self._data}/sobjects/Case/{number}",
            params={"fields": "Id,CaseNumber"},
            now=now,
        )
        return self._made(shown.data)

    def comment(self, ticket: Ticket, text: str, *, mark: str, now: datetime) -> None:
        """Add an unpublished comment that begins with the mark, unless one does already."""
        newest = (
            f"SELECT CommentBody FROM CaseComment WHERE ParentId = '{ticket.there}' "  # noqa: S608  # SOQL; the id is theirs
            f"ORDER BY CreatedDate DESC LIMIT {LOOKED_AT}"
        )
        if any(marked(mark) in (one["CommentBody"] or "") for one in self._query(newest, now)):
            return
        body = fitted(f"{marked(mark)}\n{text}", COMMENT_BYTES, as_bytes)
        comment = {"ParentId": ticket.there, "CommentBody": body, "IsPublished": False}
        self._call("POST", f"{self._data}/sobjects/CaseComment", body=comment, now=now)

    def move(self, ticket: Ticket, to: Move, *, mark: str, now: datetime) -> None:  # noqa: ARG002  # the same status again changes nothing
        """Set the status that the settings name."""
        desk = self._desk
        status = desk.closed_status if to == "resolved" else desk.reopened_status
        path = f"{self._data}/sobjects/Case/{ticket.there}"
        self._call("PATCH", path, body={"Status": status}, now=now)

    def states(self, tickets: Sequence[Ticket], *, now: datetime) -> Iterator[State]:
        """Two queries for all: the cases, and when published comments of agents were made."""
        ids = ", ".join(f"'{ticket.there}'" for ticket in tickets)
        field = self._desk.answered_field
        more = f", {field}" if field else ""
        found = self._query(
            f"SELECT Id, Status, IsClosed, SystemModstamp{more} FROM Case WHERE Id IN ({ids})",  # noqa: S608  # SOQL; the ids are theirs
            now,
        )
        said = self._query(
            "SELECT ParentId, MIN(CreatedDate) firstAt, MAX(CreatedDate) lastAt FROM CaseComment "  # noqa: S608  # as above
            f"WHERE ParentId IN ({ids}) AND IsPublished = true "
            "AND CreatedBy.UserType = 'Standard' GROUP BY ParentId",
            now,
        )
        public = {one["ParentId"]: (one["firstAt"], one["lastAt"]) for one in said}
        for one in found:
            answers = (*public.get(one["Id"], ()), one.get(field) if field else None)
            yield State(
                id=one["Id"],
                status=self._status(one),
                said=one["Status"],
                seen=one["SystemModstamp"],
                answers=tuple(_moments(answers)),
            )

    def _status(self, case: Mapping[str, Any]) -> TicketStatus:
        if case["IsClosed"]:
            return "resolved"
        return "pending" if case["Status"] in self._desk.pending else "open"

    def _made(self, case: Mapping[str, Any]) -> Made:
        address = f"{self._desk.address}/lightning/r/Case/{case['Id']}/view"
        return Made(case["Id"], case["CaseNumber"], address)

    def _query(self, soql: str, now: datetime) -> list[dict[str, Any]]:
        records = self._call("GET", f"{self._data}/query", params={"q": soql}, now=now)
        found: list[dict[str, Any]] = records.data["records"]
        return found

    def _call(self, method: str, path: str, *, now: datetime, **more: Any) -> Answer:
        return self._checked(self._answer(method, path, now=now, **more), now)

    def _answer(self, method: str, path: str, *, now: datetime, **more: Any) -> Answer:
        """What Salesforce answers; with a new token once, as no token says how long it is good."""
        answer = self._with_token(method, path, now, **more)
        if answer.status == 401:
            self._token = ""
            answer = self._with_token(method, path, now, **more)
        return answer

    def _with_token(self, method: str, path: str, now: datetime, **more: Any) -> Answer:
        self._token = self._token or self._signed_in(now)
        headers = {"Authorization": f"Bearer {self._token}"}
        return request(self.name, method, f"{self._desk.address}{path}", headers=headers, **more)

    def _signed_in(self, now: datetime) -> str:
        """A token. Its `instance_url` is not used: the credentials are for our address alone."""
        names = self._desk.variables
        secrets = [self._environ.get(name, "").strip() for name in names]
        if not all(secrets):
            missing = " and ".join(n for n, has in zip(names, secrets, strict=True) if not has)
            raise DeliveryDelayed(f"the environment variable {missing} is not set; put it there")
        form = {
            "grant_type": "client_credentials",
            "client_id": secrets[0],
            "client_secret": secrets[1],
        }
        url = f"{self._desk.address}/services/oauth2/token"
        answer = request(self.name, "POST", url, form=form)
        if answer.status == 400:
            raise DeliveryDelayed(
                f"{self.name} refuses the app: {_refusal(answer.data)}; look at "
                f"{' and '.join(names)} and whether the app has the client "
                "credentials flow and a user to run as"
            )
        variables = self._desk.variables
        judged(self.name, answer, now=now, said=_refusal, variables=variables)
        if not isinstance(answer.data, dict):
            raise unreadable(self.name)
        token: str = answer.data["access_token"]
        return token

    def _checked(self, answer: Answer, now: datetime) -> Answer:
        codes = _codes(answer.data)
        if answer.status == 300:
            raise DeliveryRefused(
                f"{self.name} has several cases with our key; make {self._desk.key_field} unique"
            )
        if answer.status == 403 and "REQUEST_LIMIT_EXCEEDED" in codes:
            raise DeskAway(
                f"{self.name} has had all the requests of its day", after_seconds=LIMIT_PAUSE
            )
        if not answer.is_success and PASSING.intersection(codes):
            raise DeliveryDelayed(f"{self.name} answered {', '.join(codes)}")
        return judged(self.name, answer, now=now, said=_said, variables=self._desk.variables)


def _codes(data: Any) -> list[str]:
    errors = data if isinstance(data, list) else []
    return [str(one.get("errorCode", "")) for one in errors if isinstance(one, dict)]


def _said(data: Any) -> str:
    return "; ".join(f"{one['errorCode']}: {one['message']}" for one in data)


def _refusal(data: Any) -> str:
    found = data if isinstance(data, dict) else {}
    return f"{found.get('error', '')} {found.get('error_description', '')}".strip()


def _moments(said: Iterable[str | None]) -> Iterator[datetime]:
    for one in said:
        if one:
            yield parse_moment(one)
