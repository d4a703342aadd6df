"""Opening: a mention that needs an answer, or an alert, becomes one case and never two.

A mention belongs to at most one case. A conversation and an alert have at most one living case;
what comes later in the same conversation joins it. Unique indexes hold this between workers.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from cases.answering import mark_answered
from cases.assignment import (
    UNKNOWN_LANGUAGE,
    Need,
    Pick,
    likely_agent,
    next_agent,
    take_turn,
)
from cases.case import LIVING, SYSTEM, Case, Priority, excerpt_of
from cases.clocks import first_due, kept_in_index
from cases.conversation import (
    add_post,
    case_id_of,
    cases_about,
    conversation_of,
    short_key,
    words_of,
)
from cases.joining import OpenedCase, go_on, goes_on, join
from cases.ledger import entry, opening_state, read_case, read_cases, record
from cases.noting import note
from cases.playbook import Playbook, kept
from cases.policy import SlaPolicy
from cases.reception import OnCall, Reception, expectation, nobody, receive
from cases.routing import Route
from cases.tables import cases, insert_once
from cases.team import Team, find_team
from cases.watching import agents_of, watch_also
from mentions.errors import TryAgain
from mentions.mention import Mention

_ATTEMPTS = 3


def open_case(
    conn: Connection,
    mention: Mention,
    route: Route,
    *,
    policy: SlaPolicy,
    teams: Sequence[Team],
    now: datetime,
    actor: str = SYSTEM,
    on_call: OnCall = nobody,
) -> OpenedCase:
    """The one case of the mention: opened, joined to its conversation's, or already there.

    While its team is closed see `receive`; `on_call` says which agent is on call at a moment.
    The same call again changes nothing. Raises NotFound if the route's team does not exist.
    """
    team = find_team(teams, route.team)
    for _ in range(_ATTEMPTS):
        known = case_id_of(conn, mention.id)
        if known is not None:
            return OpenedCase(read_case(conn, known))
        living, earlier = cases_about(conn, mention)
        if living is not None:
            opened = join(conn, living, mention, route, now=now, actor=actor)
        elif earlier is not None and goes_on(conn, earlier, mention):
            opened = go_on(conn, earlier, mention, route, now=now, actor=actor)
        else:
            opened = _open(
                conn,
                mention,
                route,
                policy,
                reception=receive(team, teams, now, on_call),
                follows=earlier,
                now=now,
                actor=actor,
            )
            _let_watch(conn, opened, route.playbook, teams, now)
        if opened is not None:
            return (
                opened if mention.answered_at is None else _as_answered(conn, opened, mention, now)
            )
    raise TryAgain(f"the conversation of {mention.id} is changing; open its case again")


def _let_watch(
    conn: Connection,
    opened: OpenedCase | Case | None,
    playbook: Playbook | None,
    teams: Sequence[Team],
    now: datetime,
) -> None:
    """Agents whom the playbook calls in hear of what comes later, too."""
    if opened is not None and playbook is not None:
        agents = set(agents_of(teams)).intersection(playbook.joins)
        watch_also(conn, opened.id, sorted(agents), now=now)


def would_get(
    conn: Connection,
    mention: Mention,
    route: Route,
    *,
    teams: Sequence[Team],
    now: datetime,
    on_call: OnCall = nobody,
) -> Pick:
    """Who would get the mention's case, were it opened now; nothing is written, no turn is taken.

    An agent who already has the conversation's case is not looked for.
    """
    reception = receive(find_team(teams, route.team), teams, now, on_call)
    if reception.agent:
        return Pick(reception.agent, reception.why)
    intent = mention.intents[0].label if mention.intents else ""
    need = Need.told(mention.id, mention.lang, intent, words_of(mention)["author"])
    chosen = likely_agent(conn, reception.team, need, now=now)
    return replace(chosen, reason="; ".join(filter(None, (reception.why, chosen.reason))))


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
    playbook: Playbook | None = None,
    url: str = "",
    tags: Sequence[str] = (),
    actor: str = SYSTEM,
    on_call: OnCall = nobody,
) -> OpenedCase:
    """The one living case of the alert, opened if there is none; its clock starts at `at`.

    The key names what is wrong, so that a case resolved while the alert goes on is followed by
    another one when the alert is raised anew.
    """
    reception = receive(find_team(teams, team), teams, now, on_call)
    key = short_key(alert_key)
    for _ in range(_ATTEMPTS):
        there = read_cases(conn, cases.c.alert_key == key, cases.c.status.in_(LIVING))
        if there:
            return OpenedCase(there[0])
        values = {
            "mention_id": None,
            "conversation": None,
            "alert_key": key,
            **kept(playbook),
            "brand": brand,
            "title": excerpt_of(title),
            "excerpt": excerpt_of(reason),
            "author": "",
            "url": url,
            "lang": UNKNOWN_LANGUAGE,
            "intent": "",
            "priority": priority,
            "tags": list(tags),
            "route_reason": f"alert {alert_key}",
            "published_at": at,
            "collected_at": at,
        }
        opened = _insert_case(
            conn, values, policy, reception, now=now, actor=actor, told={"alert_key": key}
        )
        if opened is not None:
            _let_watch(conn, opened, playbook, teams, now)
            return OpenedCase(opened, is_new=True)
    raise TryAgain(f"the case of alert {alert_key} is changing; open it again")


def _open(
    conn: Connection,
    mention: Mention,
    route: Route,
    policy: SlaPolicy,
    *,
    reception: Reception,
    follows: int | None,
    now: datetime,
    actor: str,
) -> OpenedCase | None:
    values = {
        "mention_id": mention.id,
        "conversation": conversation_of(mention),
        "alert_key": None,
        **kept(route.playbook),
        "brand": mention.brands[0].name if mention.brands else "",
        "title": excerpt_of(mention.title),
        **words_of(mention),
        "lang": mention.lang,
        "intent": mention.intents[0].label if mention.intents else "",
        "priority": route.priority,
        "tags": list(route.tags),
        "route_reason": route.reason,
        "published_at": mention.published,
        "collected_at": mention.collected,
    }
    told: dict[str, Any] = {"mention_id": mention.id, "rule": route.rule}
    if follows is not None:
        told["follows"] = follows
    case = _insert_case(conn, values, policy, reception, now=now, actor=actor, told=told)
    if case is None:
        return None
    if not add_post(conn, case.id, mention, now=now):
        raise TryAgain(f"{mention.id} has just joined another case; open it again")
    return OpenedCase(case, is_new=True)


def _insert_case(
    conn: Connection,
    values: dict[str, Any],
    policy: SlaPolicy,
    reception: Reception,
    *,
    now: datetime,
    actor: str,
    told: dict[str, Any],
) -> Case | None:
    team = reception.team
    values = {**values, "team": team.name}
    if reception.why:
        values["route_reason"] += f"; {reception.why}"
    promised = policy.kept_by(team.calendar)
    dues = first_due(values["published_at"], promised, values["priority"])
    chosen = (
        Pick(reception.agent, f"{reception.agent} is on call")
        if reception.agent
        else next_agent(
            conn,
            team,
            _need(values),
            now=now,
        )
    )
    row = {
        **dict.fromkeys(column.name for column in cases.c if column.nullable),
        **values,
        **dues,
        "agent": chosen.agent,
        "assign_reason": chosen.reason,
        "status": "open",
        "sla": policy.name,
        "terms": promised.to_terms(),
        "opened_at": now,
        "noticed": {},
        "no_reply": "",
        "touched_at": now if chosen.agent else None,
        "version": 1,
    }
    row |= kept_in_index(Case(id=0, **row))
    case_id = insert_once(conn, cases, row)
    if case_id is None:
        return None
    if not reception.agent:
        take_turn(conn, team, chosen)
    record(conn, _first_entries(case_id, row, chosen, now=now, actor=actor, told=told))
    case = Case(id=case_id, **row)
    if reception.is_closed:
        note(conn, case_id, expectation(case, team, now), now=now, actor=SYSTEM)
    return case


def _need(values: dict[str, Any]) -> Need:
    return Need.told(values["mention_id"], values["lang"], values["intent"], values["author"])


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


def _as_answered(
    conn: Connection, opened: OpenedCase, mention: Mention, now: datetime
) -> OpenedCase:
    if mention.answered_at is None:
        return opened
    answered = mark_answered(conn, mention.id, mention.answered_at, now=now)
    return OpenedCase(answered or opened.case, opened.is_new, opened.has_joined)
