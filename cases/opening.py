"""Opening: a mention that needs an answer, or an alert, becomes one case and never two.

A mention belongs to at most one case. A conversation and an alert have at most one living case;
what comes later in the same conversation joins it. Unique indexes hold this between workers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from cases.answering import mark_answered
from cases.assignment import UNKNOWN_LANGUAGE, Pick, next_by_turn, take_turn
from cases.case import LIVING, PRIORITIES, SYSTEM, Case, Priority, excerpt_of
from cases.clocks import due, first_due, restarted
from cases.conversation import (
    add_post,
    case_id_of,
    cases_about,
    conversation_of,
    short_key,
    words_of,
)
from cases.ledger import change, entry, opening_state, read_case, read_cases, record
from cases.policy import SlaPolicy
from cases.routing import Route
from cases.tables import cases, insert_once
from cases.team import Team, find_team
from mentions.errors import TryAgain
from mentions.mention import Mention

_ATTEMPTS = 3


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


def open_case(
    conn: Connection,
    mention: Mention,
    route: Route,
    *,
    policy: SlaPolicy,
    teams: Sequence[Team],
    now: datetime,
    actor: str = SYSTEM,
) -> OpenedCase:
    """The one case of the mention: opened, joined to its conversation's, or already there.

    The same call again changes nothing. Raises NotFound if the route's team does not exist.
    """
    team = find_team(teams, route.team)
    for _ in range(_ATTEMPTS):
        known = case_id_of(conn, mention.id)
        if known is not None:
            return OpenedCase(read_case(conn, known))
        living, earlier = cases_about(conn, mention)
        if living is not None:
            opened = _join(conn, living, mention, route, now=now, actor=actor)
        else:
            opened = _open(
                conn, mention, route, policy, team=team, follows=earlier, now=now, actor=actor
            )
        if opened is not None:
            return (
                opened if mention.answered_at is None else _as_answered(conn, opened, mention, now)
            )
    raise TryAgain(f"the conversation of {mention.id} is changing; open its case again")


def open_case_for_alert(
    conn: Connection,
    *,
    alert_key: str,
    title: str,
    reason: str,
    brand: str,
    team: str,
    priority: Priority,
    policy: SlaPolicy,
    teams: Sequence[Team],
    at: datetime,
    now: datetime,
    url: str = "",
    tags: Sequence[str] = (),
    actor: str = SYSTEM,
) -> OpenedCase:
    """The one living case of the alert, opened if there is none; its clock starts at `at`.

    The key names what is wrong, so that a case resolved while the alert goes on is followed by
    another one when the alert is raised anew.
    """
    roster = find_team(teams, team)
    key = short_key(alert_key)
    for _ in range(_ATTEMPTS):
        there = read_cases(conn, cases.c.alert_key == key, cases.c.status.in_(LIVING))
        if there:
            return OpenedCase(there[0])
        values = {
            "mention_id": None,
            "conversation": None,
            "alert_key": key,
            "brand": brand,
            "title": excerpt_of(title),
            "excerpt": excerpt_of(reason),
            "author": "",
            "url": url,
            "lang": UNKNOWN_LANGUAGE,
            "team": team,
            "priority": priority,
            "tags": list(tags),
            "route_reason": f"alert {alert_key}",
            "published_at": at,
            "collected_at": at,
        }
        opened = _insert_case(
            conn, values, policy, roster, now=now, actor=actor, told={"alert_key": key}
        )
        if opened is not None:
            return OpenedCase(opened, is_new=True)
    raise TryAgain(f"the case of alert {alert_key} is changing; open it again")


def _open(
    conn: Connection,
    mention: Mention,
    route: Route,
    policy: SlaPolicy,
    *,
    team: Team,
    follows: int | None,
    now: datetime,
    actor: str,
) -> OpenedCase | None:
    values = {
        "mention_id": mention.id,
        "conversation": conversation_of(mention),
        "alert_key": None,
        "brand": mention.brands[0].name if mention.brands else "",
        "title": excerpt_of(mention.title),
        **words_of(mention),
        "lang": mention.lang,
        "team": route.team,
        "priority": route.priority,
        "tags": list(route.tags),
        "route_reason": route.reason,
        "published_at": mention.published,
        "collected_at": mention.collected,
    }
    told: dict[str, Any] = {"mention_id": mention.id, "rule": route.rule}
    if follows is not None:
        told["follows"] = follows
    case = _insert_case(
        conn, values, policy, team, lang=mention.lang, now=now, actor=actor, told=told
    )
    if case is None:
        return None
    if not add_post(conn, case.id, mention, now=now):
        raise TryAgain(f"{mention.id} has just joined another case; open it again")
    return OpenedCase(case, is_new=True)


def _insert_case(
    conn: Connection,
    values: dict[str, Any],
    policy: SlaPolicy,
    team: Team,
    *,
    lang: str = UNKNOWN_LANGUAGE,
    now: datetime,
    actor: str,
    told: dict[str, Any],
) -> Case | None:
    dues = first_due(values["published_at"], policy)
    first = min(at for at in dues.values() if at is not None)
    chosen = next_by_turn(conn, team, lang=lang)
    row = {
        **dict.fromkeys(column.name for column in cases.c if column.nullable),
        **values,
        **dues,
        "due_at": first,
        "next_breach_at": first,
        "agent": chosen.agent,
        "assign_reason": chosen.reason,
        "status": "open",
        "sla": policy.name,
        "terms": policy.to_terms(),
        "opened_at": now,
        "version": 1,
    }
    case_id = insert_once(conn, cases, row)
    if case_id is None:
        return None
    take_turn(conn, team, chosen)
    record(conn, _first_entries(case_id, row, chosen, now=now, actor=actor, told=told))
    return Case(id=case_id, **row)


def _first_entries(
    case_id: int,
    row: dict[str, Any],
    chosen: Pick,
    *,
    now: datetime,
    actor: str,
    told: dict[str, Any],
) -> list[dict[str, Any]]:
    state = opening_state(row)
    if not chosen.agent:
        return [entry(case_id, at=now, actor=actor, action="opened", changed=state, detail=told)]
    assigned = {name: state.pop(name) for name in ("agent", "assign_reason")}
    return [
        entry(case_id, at=now, actor=actor, action="opened", changed=state, detail=told),
        entry(case_id, at=now, actor=SYSTEM, action="assigned", changed=assigned),
    ]


def _join(
    conn: Connection, case_id: int, mention: Mention, route: Route, *, now: datetime, actor: str
) -> OpenedCase | None:
    case = read_case(conn, case_id, for_change=True)
    if case.status not in LIVING:
        return None
    if not add_post(conn, case.id, mention, now=now):
        return None
    values: dict[str, Any] = {
        "priority": max(case.priority, route.priority, key=PRIORITIES.index),
        "tags": list(dict.fromkeys((*case.tags, *route.tags))),
    }
    if case.status != "open":
        values |= restarted(case, min(mention.published, now))
    if case.last_reply_at is not None and mention.published > case.last_reply_at:
        promise = SlaPolicy.from_terms(case.terms).next_response
        waits = (values.get("nrt_due_at", case.nrt_due_at), due(mention.published, promise))
        values["nrt_due_at"] = min((at for at in waits if at is not None), default=None)
    told = {"mention_id": mention.id, "rule": route.rule}
    joined = change(
        conn, case, now=now, actor=actor, action="post joined", values=values, detail=told
    )
    return OpenedCase(joined, has_joined=True)


def _as_answered(
    conn: Connection, opened: OpenedCase, mention: Mention, now: datetime
) -> OpenedCase:
    if mention.answered_at is None:
        return opened
    answered = mark_answered(conn, mention.id, mention.answered_at, now=now)
    return OpenedCase(answered or opened.case, opened.is_new, opened.has_joined)
