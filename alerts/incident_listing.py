"""Which incidents there are, and all that belongs to one."""

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime

from sqlalchemy import Connection, and_, or_, select

from alerts.book import Alert, alerts_where
from alerts.incident import Entry, Incident, IncidentFile, incident_of
from alerts.tables import (
    INCIDENT_OPEN,
    alerts,
    incident_alerts,
    incident_cases,
    incident_log,
    incidents,
)
from mentions.errors import NotFound


def list_incidents(
    conn: Connection,
    *,
    statuses: Collection[str] = (),
    brand: str | None = None,
    since: datetime | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = 100,
) -> list[Incident]:
    """Newest first; all unless narrowed. `since` is when they were opened.

    `after` asks for those behind one that was opened then and has that number.
    """
    wanted = select(incidents).order_by(incidents.c.opened_at.desc(), incidents.c.id.desc())
    if statuses:
        wanted = wanted.where(incidents.c.status.in_(statuses))
    if brand is not None:
        wanted = wanted.where(incidents.c.brand == brand)
    if since is not None:
        wanted = wanted.where(incidents.c.opened_at >= since)
    if after is not None:
        opened, number = after
        same = and_(incidents.c.opened_at == opened, incidents.c.id < number)
        wanted = wanted.where(or_(incidents.c.opened_at < opened, same))
    return [incident_of(row) for row in conn.execute(wanted.limit(limit)).mappings()]


def open_incidents(conn: Connection) -> list[Incident]:
    """Those that are not over, the newest first."""
    return list_incidents(conn, statuses=INCIDENT_OPEN)


def get_incident(conn: Connection, incident_id: int, *, for_change: bool = False) -> Incident:
    """The incident; `for_change` locks it until the commit. Raises NotFound."""
    wanted = select(incidents).where(incidents.c.id == incident_id)
    row = conn.execute(wanted.with_for_update() if for_change else wanted).mappings().first()
    if row is None:
        raise NotFound(
            f"there is no incident {incident_id}; list them with `untagged incidents list --all`"
        )
    return incident_of(row)


def incident_of_alert(conn: Connection, alert_id: int) -> int | None:
    """The number of the incident that an alert is in."""
    wanted = select(incident_alerts.c.incident_id).where(incident_alerts.c.alert_id == alert_id)
    found: int | None = conn.execute(wanted).scalar()
    return found


def show_incident(conn: Connection, incident_id: int) -> IncidentFile:
    """The incident with its alerts, cases and log, oldest first. Raises NotFound.

    The log of what was merged into it comes along.
    """
    incident = get_incident(conn, incident_id)
    merged = merged_into(conn, incident_id)
    numbers = [one.id for one in merged]
    entries = select(*(incident_log.c[field.name] for field in fields(Entry)))
    entries = entries.where(incident_log.c.incident_id.in_([incident_id, *numbers]))
    entries = entries.order_by(incident_log.c.at, incident_log.c.id)
    return IncidentFile(
        incident=incident,
        brands=_brands(incident, merged),
        alerts=tuple(alerts_of(conn, incident_id)),
        case_ids=case_ids_of(conn, incident_id),
        log=tuple(Entry(**row) for row in conn.execute(entries).mappings()),
        merged=tuple(numbers),
    )


def alerts_of(conn: Connection, incident_id: int) -> list[Alert]:
    """The incident's alerts, the first one first."""
    own = select(incident_alerts.c.alert_id).where(incident_alerts.c.incident_id == incident_id)
    return alerts_where(conn, alerts.c.id.in_(own))


def brands_of(conn: Connection, incident: Incident) -> tuple[str, ...]:
    """Its brand, and those of what was merged into it."""
    return _brands(incident, merged_into(conn, incident.id))


def case_ids_of(conn: Connection, incident_id: int) -> tuple[int, ...]:
    """The numbers of its cases, in order."""
    wanted = select(incident_cases.c.case_id).where(incident_cases.c.incident_id == incident_id)
    return tuple(conn.execute(wanted.order_by(incident_cases.c.case_id)).scalars())


def merged_into(conn: Connection, incident_id: int) -> list[Incident]:
    """The incidents merged into it, directly or by way of another."""
    found: list[Incident] = []
    last = [incident_id]
    while last:
        wanted = select(incidents).where(incidents.c.merged_into.in_(last))
        rows = conn.execute(wanted.order_by(incidents.c.id)).mappings()
        step = [incident_of(row) for row in rows]
        last = [one.id for one in step]
        found += step
    return found


def _brands(incident: Incident, merged: list[Incident]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([incident.brand, *(one.brand for one in merged)]))
