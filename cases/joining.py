"""Joining: what comes later in a conversation goes on with its case instead of opening another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select
from sqlalchemy.exc import IntegrityError

from cases.case import LIVING, PRIORITIES, SYSTEM, Case
from cases.clocks import asked_anew, next_due, raised, restarted
from cases.conversation import (
    add_post,
    case_id_of,
    cases_about,
    conversation_of,
    parents_of,
    words_of,
)
from cases.leaving import is_of_another, left_alone
from cases.ledger import change, read_case
from cases.playbook import kept
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
    return mention.published < case.resolved_at + within and _is_theirs(conn, case_id, mention)


def _is_theirs(conn: Connection, case_id: int, mention: Mention) -> bool:
    """Whether somebody who wrote in the case wrote the mention."""
    author = words_of(mention)["author"]
    if not author:
        return False
    their = select(case_posts.c.id).where(
        case_posts.c.case_id == case_id, case_posts.c.author == author
    )
    return conn.execute(their.limit(1)).first() is not None


def join_known(
    conn: Connection, mention: Mention, route: Route, *, now: datetime, actor: str = SYSTEM
) -> OpenedCase | None:
    """The case that the mention's conversation has, which it joins; None opens no other.

    Raises TryAgain where the conversation is changing.
    """
    known = case_id_of(conn, mention.id)
    if known is not None:
        return OpenedCase(read_case(conn, known))
    living, earlier = cases_about(conn, mention)
    if living is not None:
        joined = join(conn, living, mention, route, now=now, actor=actor)
    elif earlier is not None and goes_on(conn, earlier, mention):
        joined = go_on(conn, earlier, mention, route, now=now, actor=actor)
    else:
        return None
    if joined is None:
        raise TryAgain(f"the conversation of {mention.id} is changing; look at it again")
    return joined


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


def follow_ups(conn: Connection, mentions: Sequence[Mention], *, now: datetime) -> list[Case]:
    """Put posts that ask for nothing into the cases whose authors wrote them; gives these cases.

    "My booking is LH1234" asks for nothing, and the team waits for it: it ends a hold and starts
    NRT. In a resolved case it stays, as thanks do. The same call again changes nothing.
    """
    named = {m.id: m for m in mentions if (m.thread or m.reply_to) and not m.needs_reply}
    if not named:
        return []
    parents = {one for m in named.values() for one in parents_of(m)}
    keys = {conversation_of(mention) for mention in named.values()}
    query = select(case_posts.c.conversation, case_posts.c.mention_id).where(
        or_(case_posts.c.conversation.in_(keys), case_posts.c.mention_id.in_(parents))
    )
    rows = conn.execute(query).all()
    known = {row.conversation for row in rows} | {row.mention_id for row in rows}
    found = []
    for mention in sorted(named.values(), key=lambda one: one.published):
        if mention.id not in known and known.intersection(
            (conversation_of(mention), *parents_of(mention))
        ):
            joined = _follow_up(conn, mention, now)
            found += [joined.case] if joined else []
    return found


def _follow_up(conn: Connection, mention: Mention, now: datetime) -> OpenedCase | None:
    if case_id_of(conn, mention.id) is not None:
        return None
    living, earlier = cases_about(conn, mention)
    number = earlier if living is None else living
    if number is None or not _is_theirs(conn, number, mention):
        return None
    case = read_case(conn, number)
    route = Route("", case.team, case.priority, case.sla, (), "")
    if living is not None:
        return join(conn, living, mention, route, now=now, actor=SYSTEM)
    if not goes_on(conn, number, mention):
        return None
    return go_on(conn, number, mention, route, now=now, actor=SYSTEM)


def _joined(
    conn: Connection, case: Case, mention: Mention, route: Route, *, now: datetime, actor: str
) -> OpenedCase | None:
    is_settled = case.status == "resolved" or (
        case.last_reply_at is not None and case.nrt_due_at is None
    )
    left = left_alone(case, mention)
    verdict = left or (no_reply_needed(mention) if is_settled else "")
    if not verdict and case.status == "resolved" and not mention.needs_reply:
        verdict = mention.reasons.get("needs_reply", "")  # read, and asks for nothing
    if not add_post(conn, case.id, mention, now=now, no_reply=verdict):
        return None
    told: dict[str, Any] = {"mention_id": mention.id, "rule": route.rule}
    values = _waits_again(case, mention, route, now) if not verdict else {"no_reply": verdict}
    if left and not is_settled:  # something that they asked before still waits
        values = {}
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
    values |= asked_anew(replace(case, **{**values, "no_reply": case.no_reply}), since)
    higher = max(case.priority, route.priority, key=PRIORITIES.index)
    comes = route.playbook is not None and (higher != case.priority or not case.playbook)
    if comes and not is_of_another(route.playbook, case, mention):
        values |= kept(route.playbook)
    if higher != case.priority:
        values |= raised(replace(case, **values), higher, since)
    if case.last_reply_at is not None and mention.published > case.last_reply_at:
        waiting = next_due(replace(case, priority=higher), mention.published)
        waits = (values.get("nrt_due_at", case.nrt_due_at), waiting)
        values["nrt_due_at"] = min((at for at in waits if at is not None), default=None)
    return values
