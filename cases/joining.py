"""Joining: what comes later in a conversation goes on with its case instead of opening another."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from cases.case import LIVING, PRIORITIES, Case
from cases.clocks import next_due, raised, restarted
from cases.conversation import add_post, words_of
from cases.ledger import change, read_case
from cases.policy import SlaPolicy
from cases.routing import Route
from cases.tables import case_posts
from cases.thanks import no_reply_needed
from mentions.errors import TryAgain
from mentions.mention import Mention


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """The case of a mention or alert: `is_new`, or one that `has_joined`, or it was known."""

    case: Case
    is_new: bool = False
    has_joined: bool = False

    @property
    def id(self) -> int:
        """The case's number."""
        return self.case.id


def join(
    conn: Connection, case_id: int, mention: Mention, route: Route, *, now: datetime, actor: str
) -> OpenedCase | None:
    """Put the mention into a living case of its conversation; None if it lives no longer.

    Thanks after an answer wake nothing and start no clock.
    """
    case = read_case(conn, case_id, for_change=True)
    if case.status not in LIVING:
        return None
    return _joined(conn, case, mention, route, now=now, actor=actor)


def goes_on(conn: Connection, case_id: int, mention: Mention) -> bool:
    """Whether the author of a resolved case writes again, soon enough to open it anew."""
    case = read_case(conn, case_id)
    if case.status != "resolved" or case.resolved_at is None:
        return False
    within = SlaPolicy.from_terms(case.terms).reopen_within
    author = words_of(mention)["author"]
    if not author or mention.published >= case.resolved_at + within:
        return False
    their = select(case_posts.c.id).where(
        case_posts.c.case_id == case_id, case_posts.c.author == author
    )
    return conn.execute(their.limit(1)).first() is not None


def go_on(
    conn: Connection, case_id: int, mention: Mention, route: Route, *, now: datetime, actor: str
) -> OpenedCase | None:
    """Open the resolved case again with the mention; thanks join and leave it resolved."""
    case = read_case(conn, case_id, for_change=True)
    if case.status != "resolved":
        return None
    try:
        with conn.begin_nested():
            return _joined(conn, case, mention, route, now=now, actor=actor)
    except IntegrityError as error:
        raise TryAgain(
            f"another case has just begun in the conversation of case {case.id}; open it again"
        ) from error


def _joined(
    conn: Connection, case: Case, mention: Mention, route: Route, *, now: datetime, actor: str
) -> OpenedCase | None:
    is_settled = case.status == "resolved" or (
        case.last_reply_at is not None and case.nrt_due_at is None
    )
    verdict = no_reply_needed(mention) if is_settled else ""
    if not add_post(conn, case.id, mention, now=now, no_reply=verdict):
        return None
    told: dict[str, Any] = {"mention_id": mention.id, "rule": route.rule}
    values = {"no_reply": verdict} if verdict else _waits_again(case, mention, route, now)
    action = "post joined"
    if not verdict and case.status == "resolved":
        action, told["why"] = "reopened", "its author wrote again"
    joined = change(conn, case, now=now, actor=actor, action=action, values=values, detail=told)
    return OpenedCase(joined, has_joined=True)


def _waits_again(case: Case, mention: Mention, route: Route, now: datetime) -> dict[str, Any]:
    """The author waits for an answer to the mention, as values of the case's columns."""
    since = min(mention.published, now)
    values: dict[str, Any] = {
        "tags": list(dict.fromkeys((*case.tags, *route.tags))),
        "no_reply": "",
    }
    if case.status != "open":
        values |= restarted(case, since)
    higher = max(case.priority, route.priority, key=PRIORITIES.index)
    if higher != case.priority:
        values |= _stricter(values, raised(case, higher, since))
    if case.last_reply_at is not None and mention.published > case.last_reply_at:
        waits = (values.get("nrt_due_at", case.nrt_due_at), next_due(case, mention.published))
        values["nrt_due_at"] = min((at for at in waits if at is not None), default=None)
    return values


def _stricter(values: dict[str, Any], raising: dict[str, Any]) -> dict[str, Any]:
    """What a higher priority brings, where it is due before what is there."""
    return {
        name: value
        for name, value in raising.items()
        if name == "priority" or name not in values or value < values[name]
    }
