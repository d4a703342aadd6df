"""Opening an incident and gathering its alerts, in the transaction that records the alert.

A crisis opens one incident for its brand, or joins the one that is open, or opens again the one
that was just over. While it is open, the brand's other alerts join it. All of it may be repeated,
by this worker or another one: a unique index keeps a brand at one open incident, and an alert is
in one incident only.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from alerts.book import Alert, Recorded, alerts_where, get_alert
from alerts.firing import Firing
from alerts.incident import (
    CARRYING,
    CRISIS,
    JOINING,
    SYSTEM,
    Incident,
    IncidentPolicy,
    incident_of,
)
from alerts.incident_listing import get_incident, incident_of_alert
from alerts.incident_log import append, note_told
from alerts.tables import (
    INCIDENT_IS_OPEN,
    INCIDENT_OPEN,
    OPEN,
    alerts,
    incident_alerts,
    incidents,
)

LEAD = timedelta(hours=6)
"""How long before the crisis an alert may have begun and still be its first sign: the longest
window that the spike detector judges. What fires for days on end is no part of it."""


def gather(
    conn: Connection,
    recorded: Recorded,
    firing: Firing,
    *,
    policy: IncidentPolicy,
    now: datetime,
) -> int | None:
    """The number of the incident that the alert is in, opened or joined now if need be.

    None if it is in none. Call it after `book.record`, in the same transaction. The same call
    again changes nothing.
    """
    if firing.kind not in JOINING or not firing.brand:
        return None
    alert = get_alert(conn, recorded.alert_id)
    known = incident_of_alert(conn, alert.id)
    if alert.status not in OPEN:  # a person closed it, and it has not begun anew
        return known
    own = None if known is None else followed(conn, known)
    if own is not None and own.is_false_alarm:  # the same alert, back soon: still no crisis
        return known
    incident = own if own is not None and own.is_open else _open_of(conn, alert.brand)
    if incident is None and alert.kind == CRISIS:
        incident = _reopened(conn, alert, own, policy, now) or _opened(conn, alert, now)
    if incident is None or known not in (None, incident.id) or not _belongs(alert, incident):
        return known
    worsen(conn, incident, alert.severity, now)
    if known is None:
        _join(conn, incident, alert, now)
    return incident.id


def worsen(conn: Connection, incident: Incident, severity: int, now: datetime) -> None:
    """The worst severity so far holds, unless a person has set one."""
    if incident.severity_by or severity >= incident.severity:
        return
    changed(conn, incident.id, severity=severity)
    told = {"from": incident.severity, "to": severity}
    append(conn, incident.id, "severity", at=now, detail=told)


def changed(conn: Connection, incident_id: int, **values: Any) -> None:
    """Write the values; whoever decides on what they saw before is told to look again."""
    row = {**values, "version": incidents.c.version + 1}
    conn.execute(update(incidents).where(incidents.c.id == incident_id).values(row))


def _belongs(alert: Alert, incident: Incident) -> bool:
    return alert.kind == CRISIS or alert.started_at >= incident.began_at - LEAD


def _open_of(conn: Connection, brand: str) -> Incident | None:
    """The brand's open incident, locked; also one that the brand's last one was merged into."""
    wanted = select(incidents).where(
        incidents.c.brand == brand, incidents.c.status.in_(INCIDENT_OPEN)
    )
    row = conn.execute(wanted.with_for_update()).mappings().first()
    if row is not None:
        return incident_of(row)
    last = _last_of(conn, brand)
    return last if last is not None and last.is_open else None


def _last_of(conn: Connection, brand: str) -> Incident | None:
    """The brand's latest incident, or what that was merged into."""
    wanted = select(incidents.c.id).where(incidents.c.brand == brand)
    latest = conn.execute(wanted.order_by(incidents.c.id.desc()).limit(1)).scalar()
    return None if latest is None else followed(conn, latest)


def followed(conn: Connection, incident_id: int) -> Incident:
    """The incident, or what it was merged into in the end; locked."""
    incident = get_incident(conn, incident_id, for_change=True)
    while incident.merged_into is not None:
        incident = get_incident(conn, incident.merged_into, for_change=True)
    return incident


def _reopened(
    conn: Connection, alert: Alert, own: Incident | None, policy: IncidentPolicy, now: datetime
) -> Incident | None:
    """The incident that this crisis goes on with, opened again; None if it is a new one.

    A crisis has quiet hours: the outages and bad updates of our town last up to two days, with
    nights between. Who was told in the evening must not be called to a "new" incident in the
    morning, with another number, an empty log and no owner. So what comes back within `cool_down`
    of being over is the same one. What a person called a false alarm is not gone on with: if it
    fires anew, that is another claim, to be judged by itself.
    """
    last = own or _last_of(conn, alert.brand)
    if last is None or last.resolved_at is None or last.is_false_alarm:
        return None
    # An alert that is back before it could be told again is the same alert (see the book), and
    # so is its incident, however long that is.
    if own is None and now - last.resolved_at > policy.cool_down:
        return None
    try:
        with conn.begin_nested():
            reopen(conn, last, now=now)
    except IntegrityError:  # another incident of that brand is open by now
        return _open_of(conn, last.brand)
    return get_incident(conn, last.id)


def reopen(conn: Connection, incident: Incident, *, now: datetime, who: str = "") -> None:
    """Go on with an incident that was over; whoever had it is its owner still.

    By itself it waits to be taken on again: its owner may be asleep by now.
    """
    by_hand = {"status": "acknowledged", "owner": incident.owner or who}
    changed(
        conn,
        incident.id,
        **(by_hand if who else {"status": "open"}),
        reopened_at=now,
        resolved_at=None,
        resolved_by="",
        is_false_alarm=None,
    )
    append(conn, incident.id, "reopened", at=now, who=who or SYSTEM)


def _opened(conn: Connection, alert: Alert, now: datetime) -> Incident | None:
    """A new incident with the alerts that announced it; or the one another worker just opened."""
    first_signs = alerts_where(
        conn,
        alerts.c.brand == alert.brand,
        alerts.c.kind.in_(JOINING),
        alerts.c.status.in_(OPEN),
        alerts.c.started_at >= alert.began_at - LEAD,
    )
    began = (one.began_at for one in first_signs if one.kind in CARRYING)
    values = {
        "brand": alert.brand,
        "rule": alert.rule,
        "signal": alert.signal,
        "title": f"{alert.brand}: {alert.signal or alert.kind}",
        "status": "open",
        "severity": alert.severity,
        "began_at": min((alert.began_at, *began)),
        "opened_at": now,
    }
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    once = dialect.insert(incidents).values(values)
    once = once.on_conflict_do_nothing(index_elements=["brand"], index_where=INCIDENT_IS_OPEN)
    number = conn.execute(once.returning(incidents.c.id)).scalar()
    if number is None:
        return _open_of(conn, alert.brand)
    append(conn, number, "opened", at=now, text=alert.rule, detail={"alert": alert.id})
    for sign in first_signs:
        if sign.id != alert.id and incident_of_alert(conn, sign.id) is None:
            incident = get_incident(conn, number)  # anew: the sign before may have made it worse
            worsen(conn, incident, sign.severity, now)
            _join(conn, incident, sign, now)
    return get_incident(conn, number)


def _join(conn: Connection, incident: Incident, alert: Alert, now: datetime) -> None:
    row = {"alert_id": alert.id, "incident_id": incident.id, "joined_at": now}
    conn.execute(insert(incident_alerts).values(row))
    changed(conn, incident.id)
    key, told = f"alert:{alert.id}", {"alert": alert.id}
    append(conn, incident.id, "alert joined", at=now, detail=told, key=key)
    note_told(conn, incident.id, alert.id)
