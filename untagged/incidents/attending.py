"""Attending: what a responding step does for the incidents that are open.

The cases that carry them are gathered, whoever opened them; whoever acknowledged the alert gets
them; what has been quiet is over. Repeated, or done by two workers, it changes nothing more.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from alerts.incident import Incident, IncidentFile, IncidentPolicy
from alerts.incident_life import add_cases, mark_cases_seen, settle
from alerts.incident_listing import open_incidents, show_incident
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
        files = [show_incident(connection, one.id) for one in open_incidents(connection)]
    for file in files:
        _gather_cases(begin, store, file, now)
    if files:
        with begin() as connection:
            settle(connection, policy=policy, now=now)


def carries(mention: Mention, brand: str) -> bool:
    """Whether a post of the brand is part of what is wrong: negative, a complaint, an incident."""
    towards = next((one.sentiment for one in mention.brands if one.name == brand), None)
    felt = towards or (mention.sentiment.label if mention.sentiment else None)
    return felt == "negative" or any(one.label in CARRYING_INTENTS for one in mention.intents)


def _gather_cases(begin: Begin, store: MentionStore, file: IncidentFile, now: datetime) -> None:
    since = _since(file.incident)
    keys = {short_key(alert.key) for alert in file.alerts}
    with begin() as connection:
        opened = [
            case
            for brand in file.brands
            for case in desk.list_cases(
                connection, brand=brand, opened_since=since, limit=MOST_CASES
            )
        ]
    fresh = [case for case in opened if case.id not in file.case_ids]
    # The store is asked between two transactions: it may be slow, and others wait to write.
    found = [case.id for case in fresh if _is_part(store, case, keys)]
    with begin() as connection:
        add_cases(connection, file.incident.id, found, now=now)
        mark_cases_seen(connection, file.incident.id, now)


def _since(incident: Incident) -> datetime:
    if incident.cases_seen_at is None:
        return incident.began_at
    return max(incident.began_at, incident.cases_seen_at - OVERLAP)


def _is_part(store: MentionStore, case: Case, alert_keys: set[str]) -> bool:
    if case.mention_id is None:
        return case.alert_key in alert_keys
    mention = store.get(case.mention_id)
    return mention is not None and carries(mention, case.brand)
