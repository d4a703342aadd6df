"""The life of an incident: who has it, how bad it is, what is said of it, when it is over.

Every function takes a connection inside the caller's transaction and `now`; `version` is what
the person saw when deciding. Raises NotFound, Conflict where somebody was faster or the state
does not allow it, and UntaggedError for words that will not do.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from alerts import life
from alerts.incident import CARRYING, CRISIS, SYSTEM, Incident, IncidentPolicy, incident_of
from alerts.incident_listing import alerts_of, get_incident
from alerts.incident_log import append
from alerts.incidents import changed, followed, reopen
from alerts.labels import put_label
from alerts.tables import (
    INCIDENT_OPEN,
    OPEN,
    alerts,
    incident_alerts,
    incident_cases,
    incidents,
)
from mentions.errors import Conflict, UntaggedError

MAX_CHARACTERS = 20_000
"""Of a note or a statement."""
MAX_TITLE_CHARACTERS = 200


def acknowledge(conn: Connection, incident_id: int, *, who: str, now: datetime) -> None:
    """Take it on, and its alerts, so that none is repeated. Whoever is first is the owner."""
    for alert in alerts_of(conn, incident_id):
        if alert.status == "firing":
            life.acknowledge(conn, alert.id, who=who, note=f"incident {incident_id}", now=now)
    incident = get_incident(conn, incident_id, for_change=True)
    if incident.status == "acknowledged":
        raise Conflict(f"{incident.owner} has incident {incident_id} already; hand it over instead")
    _refuse_over(incident, "acknowledge")
    _take(conn, incident, who=who, at=now)


def assign(
    conn: Connection,
    incident_id: int,
    owner: str,
    *,
    who: str,
    now: datetime,
    version: int | None = None,
) -> None:
    """Hand it over. That nobody has taken it on yet stays so until somebody does."""
    name = _words(owner, "an owner needs a name", most=100)
    incident = _held(conn, incident_id, version)
    _refuse_over(incident, "hand over")
    if name == incident.owner:
        return
    changed(conn, incident.id, owner=name)
    told = {"from": incident.owner, "to": name}
    append(conn, incident.id, "handed over", at=now, who=who, text=name, detail=told)


def set_severity(
    conn: Connection,
    incident_id: int,
    severity: int,
    *,
    who: str,
    now: datetime,
    version: int | None = None,
) -> None:
    """Say how bad it is, 1 worst to 4; from then on no alert changes it."""
    if severity not in (1, 2, 3, 4):
        raise UntaggedError(f"{severity} is no severity; say 1 (worst), 2, 3 or 4")
    incident = _held(conn, incident_id, version)
    _refuse_merged(incident)
    changed(conn, incident.id, severity=severity, severity_by=who)
    told = {"from": incident.severity, "to": severity}
    append(conn, incident.id, "severity", at=now, who=who, detail=told)


def rename(
    conn: Connection,
    incident_id: int,
    title: str,
    *,
    who: str,
    now: datetime,
    version: int | None = None,
) -> None:
    """Call it what people call it."""
    words = _words(title, "a title needs words", most=MAX_TITLE_CHARACTERS)
    incident = _held(conn, incident_id, version)
    changed(conn, incident.id, title=words)
    append(conn, incident.id, "renamed", at=now, who=who, text=words)


def note(
    conn: Connection,
    incident_id: int,
    text: str,
    *,
    who: str,
    now: datetime,
    is_shared: bool = False,
) -> None:
    """Write in the log, whatever the status; `is_shared` also on the status page."""
    words = _words(text, "a note needs words; write what your colleagues should know")
    get_incident(conn, incident_id)
    append(conn, incident_id, "note", at=now, who=who, text=words, is_shared=is_shared)


def state(
    conn: Connection,
    incident_id: int,
    text: str,
    *,
    who: str,
    now: datetime,
    version: int | None = None,
) -> None:
    """Say what we say in public: the holding statement. Earlier wordings stay in the log."""
    words = _words(text, "a statement needs words; write what anybody may say in public")
    incident = _held(conn, incident_id, version)
    _refuse_merged(incident)
    changed(conn, incident.id)
    append(conn, incident.id, "statement", at=now, who=who, text=words)


def promise_update(
    conn: Connection, incident_id: int, at: datetime, *, who: str, now: datetime
) -> None:
    """Say when colleagues hear more."""
    incident = get_incident(conn, incident_id, for_change=True)
    _refuse_over(incident, "promise an update of")
    if at <= now:
        raise UntaggedError("the next update must lie ahead; give a later time")
    changed(conn, incident.id, next_update_at=at)
    told = {"at": at.isoformat()}
    append(conn, incident.id, "next update", at=now, who=who, detail=told)


def resolve(
    conn: Connection,
    incident_id: int,
    *,
    who: str,
    now: datetime,
    is_false_alarm: bool = False,
    version: int | None = None,
) -> None:
    """It is over, and its alerts are closed with it until their causes begin anew.

    Whether it was real or a false alarm is kept as the label of its crisis alerts, and counts for
    the precision of their rules.
    """
    for alert in alerts_of(conn, incident_id):
        if alert.status in OPEN:
            life.resolve(conn, alert.id, who=who, now=now)
    incident = _held(conn, incident_id, version)
    _refuse_over(incident, "resolve")
    _label(conn, incident, is_right=not is_false_alarm, who=who, now=now)
    _close(conn, incident, who=who, at=now, is_false_alarm=is_false_alarm)


def judge(
    conn: Connection, incident_id: int, *, is_false_alarm: bool, who: str, now: datetime
) -> None:
    """Say afterwards whether it was real. An open one that was not is over with that."""
    incident = get_incident(conn, incident_id)
    if incident.is_open and is_false_alarm:
        resolve(conn, incident_id, who=who, now=now, is_false_alarm=True)
        return
    incident = get_incident(conn, incident_id, for_change=True)
    _refuse_merged(incident)
    if incident.is_false_alarm == is_false_alarm:
        return
    changed(conn, incident.id, is_false_alarm=is_false_alarm)
    _label(conn, incident, is_right=not is_false_alarm, who=who, now=now)
    told = {"is_false_alarm": is_false_alarm}
    append(conn, incident.id, "judged", at=now, who=who, detail=told)


def reopen_by_hand(conn: Connection, incident_id: int, *, who: str, now: datetime) -> None:
    """It goes on after all."""
    incident = get_incident(conn, incident_id, for_change=True)
    _refuse_merged(incident)
    if incident.is_open:
        return
    try:
        with conn.begin_nested():
            reopen(conn, incident, now=now, who=who)
    except IntegrityError as error:
        raise Conflict(
            f"{incident.brand} has another incident that is open; merge {incident_id} into that one"
        ) from error


def merge(conn: Connection, incident_id: int, *, into: int, who: str, now: datetime) -> None:
    """Make two incidents one: alerts and cases move, both logs are shown, the worse severity holds.

    Also for two brands; what fires for either then joins the one that goes on.
    """
    if incident_id == into:
        raise Conflict(f"incident {incident_id} cannot be merged into itself; name the other one")
    first, second = sorted((incident_id, into))  # in this order, so that no two wait in a ring
    held = {one: get_incident(conn, one, for_change=True) for one in (first, second)}
    source, target = held[incident_id], held[into]
    _refuse_merged(source)
    _refuse_merged(target)
    if source.is_open and not target.is_open:
        raise Conflict(f"incident {into} is over; merge it into {incident_id}, which goes on")
    for table in (incident_alerts, incident_cases):
        own = update(table).where(table.c.incident_id == source.id)
        conn.execute(own.values(incident_id=target.id))
    changed(conn, source.id, status="merged", merged_into=target.id)
    append(conn, source.id, "merged", at=now, who=who, detail={"into": target.id})
    changed(conn, target.id, **_together(source, target))
    append(conn, target.id, "took over", at=now, who=who, detail={"from": source.id})


def add_cases(conn: Connection, incident_id: int, case_ids: list[int], *, now: datetime) -> int:
    """Put cases into the incident; returns how many were in none before.

    If somebody has merged it since it was looked at, they go where it went.
    """
    number = followed(conn, incident_id).id
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    added = 0
    for case_id in case_ids:
        row = {"case_id": case_id, "incident_id": number, "joined_at": now}
        once = dialect.insert(incident_cases).values(row).on_conflict_do_nothing()
        if conn.execute(once.returning(incident_cases.c.case_id)).scalar() is None:
            continue  # it is in one, perhaps since a moment ago, by another worker
        added += 1
        key, told = f"case:{case_id}", {"case": case_id}
        append(conn, number, "case joined", at=now, detail=told, key=key)
    return added


def mark_cases_seen(conn: Connection, incident_id: int, at: datetime) -> None:
    """Remember up to when the cases were looked through for this incident."""
    own = update(incidents).where(incidents.c.id == incident_id)
    conn.execute(own.values(cases_seen_at=at))


def settle(conn: Connection, *, policy: IncidentPolicy, now: datetime) -> None:
    """What time and other people's decisions bring to the open incidents.

    Whoever acknowledged the crisis alert has the incident. What has been quiet is over.
    """
    wanted = select(incidents).where(incidents.c.status.in_(INCIDENT_OPEN)).order_by(incidents.c.id)
    locked = wanted.with_for_update(skip_locked=True)
    for incident in [incident_of(row) for row in conn.execute(locked).mappings()]:
        if incident.status == "open":
            _take_as_alert(conn, incident)
        if _is_quiet(conn, incident, policy, now):
            _close(conn, incident, who="", at=now, is_false_alarm=None)


def _label(
    conn: Connection, incident: Incident, *, is_right: bool, who: str, now: datetime
) -> None:
    note = f"incident {incident.id}"
    for alert in alerts_of(conn, incident.id):
        if alert.kind == CRISIS:
            put_label(
                conn,
                rule=alert.rule,
                key=alert.key,
                at=alert.started_at,
                is_right=is_right,
                who=who,
                note=note,
                now=now,
            )


def _take_as_alert(conn: Connection, incident: Incident) -> None:
    taken = [
        alert
        for alert in alerts_of(conn, incident.id)
        if alert.kind == CRISIS and alert.acknowledged_at and alert.status == "acknowledged"
    ]
    for alert in taken[:1]:
        if alert.acknowledged_at is not None:
            _take(conn, incident, who=alert.acknowledged_by, at=alert.acknowledged_at)


def _is_quiet(conn: Connection, incident: Incident, policy: IncidentPolicy, now: datetime) -> bool:
    own = select(incident_alerts.c.alert_id).where(incident_alerts.c.incident_id == incident.id)
    carrying = (alerts.c.id.in_(own), alerts.c.kind.in_(CARRYING))
    going_on = select(alerts.c.id).where(*carrying, alerts.c.status.in_(OPEN)).limit(1)
    if conn.execute(going_on).first() is not None:
        return False
    fired = conn.execute(select(func.max(alerts.c.last_at)).where(*carrying)).scalar()
    since = max(at for at in (incident.opened_at, incident.reopened_at, fired) if at is not None)
    return bool(since <= now - policy.quiet)


def _take(conn: Connection, incident: Incident, *, who: str, at: datetime) -> None:
    values: dict[str, Any] = {"status": "acknowledged", "owner": incident.owner or who}
    if incident.acknowledged_at is None:
        values |= {"acknowledged_at": at, "acknowledged_by": who}
    changed(conn, incident.id, **values)
    append(conn, incident.id, "acknowledged", at=at, who=who)


def _close(
    conn: Connection, incident: Incident, *, who: str, at: datetime, is_false_alarm: bool | None
) -> None:
    values = {
        "status": "resolved",
        "resolved_at": at,
        "resolved_by": who,
        "next_update_at": None,
        "is_false_alarm": is_false_alarm,
    }
    changed(conn, incident.id, **values)
    told = {"is_false_alarm": is_false_alarm}
    append(conn, incident.id, "resolved", at=at, who=who or SYSTEM, detail=told)


def _together(source: Incident, target: Incident) -> dict[str, Any]:
    """What the target takes over, as values of its columns."""
    values: dict[str, Any] = {
        "began_at": min(source.began_at, target.began_at),
        "opened_at": min(source.opened_at, target.opened_at),
        "severity": min(source.severity, target.severity),
    }
    if target.severity_by:
        del values["severity"]
    both = (source, target)
    taken = [(one.acknowledged_at, one.acknowledged_by) for one in both if one.acknowledged_at]
    if taken:
        values["acknowledged_at"], values["acknowledged_by"] = min(taken)
    if not target.owner and source.owner:
        values |= {"owner": source.owner}
        if target.status == "open" and source.acknowledged_at:
            values |= {"status": "acknowledged"}
    return values


def _held(conn: Connection, incident_id: int, version: int | None) -> Incident:
    incident = get_incident(conn, incident_id, for_change=True)
    if version is not None and version != incident.version:
        raise Conflict(f"incident {incident_id} has changed since; look at it again and decide")
    return incident


def _refuse_over(incident: Incident, doing: str) -> None:
    _refuse_merged(incident)
    if not incident.is_open:
        raise Conflict(f"incident {incident.id} is resolved; reopen it first to {doing} it")


def _refuse_merged(incident: Incident) -> None:
    if incident.status == "merged":
        raise Conflict(
            f"incident {incident.id} was merged into incident {incident.merged_into}; use that one"
        )


def _words(text: str, missing: str, *, most: int = MAX_CHARACTERS) -> str:
    kept = (char for char in text if char in "\t\n" or not (char < " " or "\x7f" <= char < "\xa0"))
    words = "".join(kept).encode("utf-8", "ignore").decode().strip()
    if not words:
        raise UntaggedError(missing)
    if len(words) > most:
        raise UntaggedError(f"that is {len(words)} characters, and {most} are kept; shorten it")
    return words
