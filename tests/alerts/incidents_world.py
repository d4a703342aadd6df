"""A crisis for the tests of incidents, recorded and gathered as the roof does it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from alerts.book import record, resolve_absent
from alerts.firing import Firing
from alerts.incident import Incident, IncidentPolicy
from alerts.incident_life import settle
from alerts.incident_listing import list_incidents
from alerts.incidents import gather
from tests.alerts.world import HOUR, NOW, firing

POLICY = IncidentPolicy()
REPEAT = 4 * HOUR


def crisis(**other: Any) -> Firing:
    brand = other.get("brand", "Acme")
    known = {"kind": "crisis", "rule": "crisis", "key": f"crisis:crisis:{brand}:negative"}
    return firing(**{**known, **other})


def of_kind(kind: str, **other: Any) -> Firing:
    brand = other.get("brand", "Acme")
    known = {"kind": kind, "rule": kind, "key": f"{kind}:{kind}:{brand}:x", "severity": 3}
    return firing(**{**known, **other})


def fired(
    conn: Connection, fire: Firing, hours: float = 0, *, repeat: timedelta = REPEAT
) -> int | None:
    """Record and gather at NOW + hours; the incident that the alert is in."""
    now = later(hours)
    recorded = record(conn, fire, repeat=repeat, now=now)
    return gather(conn, recorded, fire, policy=POLICY, now=now)


def quiet(conn: Connection, hours: float) -> None:
    """Nothing fires any more at NOW + hours."""
    for rule in ("crisis", "spike", "watchlist", "influencer", "unanswered", "trend"):
        resolve_absent(conn, rule, [], now=later(hours))
    settle(conn, policy=POLICY, now=later(hours))


def later(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def only(conn: Connection) -> Incident:
    (incident,) = list_incidents(conn)
    return incident
