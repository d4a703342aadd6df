"""A signed webhook: for help desks that have their own way in, or something in between.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
What comes back is told by messages of the same kind (see `ReportedState`).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from cases.help_desks.http import Answer, judged, request
from cases.help_desks.port import Brief, Made, Move, State
from cases.help_desks.settings import SignedWebhook
from cases.tickets import Ticket, TicketStatus
from mentions.errors import UntaggedError
from mentions.times import as_utc
from mentions.webhooks import TOLERANCE, message_id, signed

PLAIN = r"^[^\x00-\x1f\x7f]*$"
"""Without control characters, which not every database keeps."""
ADDRESS = r"^(https?://[^\s<>\"\x00-\x1f\x7f]+)?$"
MAX_ADDRESS_CHARACTERS = 2_000


def _utc(moment: datetime) -> datetime:
    try:
        return as_utc(moment)
    except OverflowError as error:
        raise ValueError("is before the first or after the last day that there is") from error


_Moment = Annotated[AwareDatetime, AfterValidator(_utc)]


class _Answered(BaseModel):
    """What a receiver may answer at once: what it calls the ticket, and where it is."""

    model_config = ConfigDict(frozen=True)

    ticket: str = Field("", max_length=200, pattern=PLAIN)
    url: str = Field("", max_length=MAX_ADDRESS_CHARACTERS, pattern=ADDRESS)


class _Data(_Answered):
    key: str = Field(min_length=1, max_length=100, pattern=PLAIN)
    status: TicketStatus | None = None
    answered_at: _Moment | None = None


class ReportedState(BaseModel):
    """A message that tells how a ticket is: only `key` is needed, what is left out stays."""

    model_config = ConfigDict(frozen=True)

    type: Literal["ticket.updated"]
    timestamp: _Moment
    data: _Data


class WebhookDesk:
    """Sends `case.handed_over`, `case.post_joined`, `case.resolved` and `case.reopened`.

    Each has one webhook-id for ever, by which a receiver knows it again.
    """

    settle = timedelta(0)
    batch = 0
    """It tells by itself."""

    def __init__(self, desk: SignedWebhook, environ: Mapping[str, str]) -> None:
        self.name, self.every = desk.name, desk.every
        self._desk, self._environ = desk, environ

    def check(self, *, now: datetime) -> str:
        """Whether there is a secret to sign with; nothing is sent."""
        signed("check", b"", environ=self._environ, secret_env=self._desk.secret_env, now=now)
        return "the secret can sign; the receiver is asked with the first case"

    def find(self, key: str, *, now: datetime) -> Made | None:  # noqa: ARG002  # the port's
        """Nothing can be looked up: the receiver knows the message again by its webhook-id."""
        return None

    def open(self, brief: Brief, *, now: datetime) -> Made:
        """Send the case; the answer may say what the ticket is called."""
        data = {
            "key": brief.key,
            "case": brief.case,
            "subject": brief.subject,
            "text": brief.text,
            "priority": brief.priority,
            "tags": list(brief.tags),
            "link": brief.link,
        }
        answer = self._send("case.handed_over", brief.key, data, now)
        try:
            said = _Answered.model_validate(answer.data if isinstance(answer.data, dict) else {})
        except ValidationError:  # its own kind of answer; it may tell by a message
            said = _Answered()
        return Made(said.ticket, said.ticket, said.url)

    def comment(self, ticket: Ticket, text: str, *, mark: str, now: datetime) -> None:
        """Send what joined the case."""
        data = {"key": ticket.key, "case": ticket.case_id, "ticket": ticket.there, "text": text}
        self._send("case.post_joined", mark, data, now)

    def move(self, ticket: Ticket, to: Move, *, mark: str, now: datetime) -> None:
        """Send that the case is resolved, or open again."""
        kind = "case.resolved" if to == "resolved" else "case.reopened"
        data = {"key": ticket.key, "case": ticket.case_id, "ticket": ticket.there}
        self._send(kind, mark, data, now)

    def states(self, tickets: Sequence[Ticket], *, now: datetime) -> Iterator[State]:  # noqa: ARG002  # the port's
        """Nothing: it tells by itself."""
        yield from ()

    def _send(self, kind: str, name: str, data: Mapping[str, Any], now: datetime) -> Answer:
        body = json.dumps({"type": kind, "timestamp": now.isoformat(), "data": data}).encode()
        headers = {"content-type": "application/json"} | signed(
            message_id(name),
            body,
            environ=self._environ,
            secret_env=self._desk.secret_env,
            now=now,
        )
        answer = request(self.name, "POST", self._desk.address, headers=headers, content=body)
        return judged(
            self.name, answer, now=now, said=lambda _data: "", variables=self._desk.variables
        )


def reported(body: bytes, *, now: datetime) -> ReportedState:
    """The message. Raises UntaggedError that says what is wrong with it.

    One from the future is wrong, too: all that come after it would be older than what is known.
    """
    try:
        state = ReportedState.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UntaggedError(f"{where or 'the body'}: {first['msg']}") from error
    moments = {"timestamp": state.timestamp, "data.answered_at": state.data.answered_at}
    for name, at in moments.items():
        if at is not None and at - now > TOLERANCE:
            raise UntaggedError(
                f"{name}: {at.isoformat()} is still to come; set the sender's clock"
            )
    return state
