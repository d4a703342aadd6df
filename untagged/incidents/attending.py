"""Attending: what a responding step does for the incidents that are open.

The cases that carry them are gathered, whoever opened them; whoever acknowledged the alert gets
them; what has been quiet is over. Repeated, or done by two workers, it changes nothing more.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from alerts.incident import Incident, IncidentPolicy
from alerts.incident_life import add_cases, mark_cases_seen, settle
from alerts.incident_listing import alerts_of, brands_of, case_ids_of, open_incidents
from cases import desk
from cases.case import Case
from cases.conversation import short_key
from mentions.mention import Mention
from mentions.store import MentionStore

OVERLAP = timedelta(minutes=10)
"""Cases are looked at again for a while: one that another worker opened may be committed late."""
MOST_CASES = 10_000
CARRYING_INTENTS = ("complaint", "incident")

Begin = Callable[[], AbstractContextManager[Any]]


def attend(begin: Begin, store: MentionStore, *, policy: IncidentPolicy, now: datetime) -> None:
    """Gather cases, then let time and acknowledged alerts do their part."""
    with begin() as connection:
        fresh = {one: _fresh_cases(connection, one) for one in open_incidents(connection)}
    if not fresh:
        return
    # The store is asked between two transactions: it may be slow, and others wait to write.
    parts = {
        one: [case.id for case in cases if _is_part(store, case)] for one, cases in fresh.items()
    }
    with begin() as connection:
        # By number, as a merge locks them, so that no two wait in a ring.
        for incident, found in sorted(parts.items(), key=lambda part: part[0].id):
            if found:
                add_cases(connection, incident.id, found, now=now)
            if incident.cases_seen_at is None or now - incident.cases_seen_at >= OVERLAP:
                mark_cases_seen(connection, incident.id, now)
        settle(connection, policy=policy, now=now)


def carries(mention: Mention, brand: str) -> bool:
    """Whether a post of the brand is part of what is wrong: negative, a complaint, an incident."""
    towards = next((one.sentiment for one in mention.brands if one.name == brand), None)
    felt = towards or (mention.sentiment.label if mention.sentiment else None)
    return felt == "negative" or any(one.label in CARRYING_INTENTS for one in mention.intents)


def _fresh_cases(connection: Any, incident: Incident) -> list[Case]:
    """The cases of its brands that it may have to gather: of posts, and of its own alerts."""
    since, known = _since(incident), case_ids_of(connection, incident.id)
    keys = {short_key(alert.key) for alert in alerts_of(connection, incident.id)}
    opened = [
        case
        for brand in brands_of(connection, incident)
        for case in desk.list_cases(connection, brand=brand, opened_since=since, limit=MOST_CASES)
    ]
    return [
        case
        for case in opened
        if case.id not in known and (case.mention_id is not None or case.alert_key in keys)
    ]


def _since(incident: Incident) -> datetime:
    if incident.cases_seen_at is None:
        return incident.began_at
    return max(incident.began_at, incident.cases_seen_at - OVERLAP)


def _is_part(store: MentionStore, case: Case) -> bool:
    if case.mention_id is None:
        return True
    mention = store.get(case.mention_id)
    return mention is not None and carries(mention, case.brand)
