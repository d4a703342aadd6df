"""The book of alerts: what fired, since when, who knows, and when it was over.

An alert lives firing -> acknowledged -> resolved. There is one open alert a key; it is told when
it begins, again after each `repeat` while nobody has acknowledged it, and at once when it gets
worse. All of it is in the database, so a restart forgets nothing and repeats nothing.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, RowMapping, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from alerts.firing import Firing
from alerts.silences import silencing
from alerts.tables import IS_OPEN, OPEN, alerts
from mentions.errors import Conflict, NotFound

QUIET = timedelta(minutes=30)
"""How long an alert must not have fired before it is resolved by itself."""
MAX_MENTION_IDS = 200
"""An alert points at examples; the query finds the rest."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What recording a firing did.

    `notification` counts the times this alert was told, this time included.
    """

    alert_id: int
    is_new: bool
    should_notify: bool
    notification: int = 0
    silence_id: int | None = None

    def notification_key(self, channel: str) -> str:
        """The idempotency key of telling this channel this time."""
        return f"alert:{self.alert_id}:{self.notification}:{channel}"


@dataclass(frozen=True, slots=True)
class Alert:
    """One line of the book."""

    id: int
    key: str
    rule: str
    kind: str
    brand: str
    signal: str
    status: str
    severity: int
    observed: float
    expected: float
    reason: str
    mention_ids: tuple[str, ...]
    began_at: datetime
    started_at: datetime
    last_at: datetime
    resolved_at: datetime | None
    resolved_by: str
    acknowledged_at: datetime | None
    acknowledged_by: str
    note: str
    notified_at: datetime | None
    notifications: int
    told_severity: int | None
    is_silenced: bool
    silence_id: int | None

    def to_json(self) -> dict[str, Any]:
        """Every field, times as ISO 8601 in UTC."""
        written: dict[str, Any] = _ALERT.dump_python(self, mode="json")
        return written


_ALERT = TypeAdapter(Alert)


def record(conn: Connection, firing: Firing, *, repeat: timedelta, now: datetime) -> Recorded:
    """Write down that a rule holds, and decide whether somebody must be told.

    Recording the same firing again, from here or from another worker, tells nobody twice.
    """
    silence_id = silencing(conn, firing, now=now)
    last = _latest(conn, firing.key)
    if last is None or _is_news(last, firing, repeat, now):
        alert_id = _begin(conn, firing, silence_id, now)
        if alert_id is not None:
            told = silence_id is None
            return Recorded(alert_id, True, told, int(told), silence_id)
        last = _latest(conn, firing.key)  # another worker was first
    if last is None:
        raise Conflict(f"alert {firing.key} was deleted while it was recorded; try again")
    if last.status not in OPEN and last.resolved_by:
        return Recorded(last.id, False, False, last.notifications, silence_id)
    return _go_on(conn, last, firing, repeat=repeat, silence_id=silence_id, now=now)


def _is_news(last: Alert, firing: Firing, repeat: timedelta, now: datetime) -> bool:
    """Whether a firing is another event than the last alert of its key.

    What a person closed stays closed until it begins anew. What closed by itself and is back
    before it could have been told again is the same alert, flapping.
    """
    if last.status in OPEN:
        return False
    if last.resolved_by:
        return last.resolved_at is not None and firing.began > last.resolved_at
    return last.notified_at is None or now - last.notified_at >= repeat


def _begin(conn: Connection, firing: Firing, silence_id: int | None, now: datetime) -> int | None:
    """Insert a new alert; None if another worker has just opened one with this key."""
    told = silence_id is None
    values: dict[str, Any] = {
        **_seen(firing, silence_id, now),
        "key": firing.key,
        "rule": firing.rule,
        "kind": firing.kind,
        "brand": firing.brand,
        "signal": firing.signal,
        "status": "firing",
        "severity": firing.severity,
        "mention_ids": list(firing.mention_ids[-MAX_MENTION_IDS:]),
        "began_at": firing.began,
        "started_at": now,
        "notified_at": now if told else None,
        "notifications": int(told),
        "told_severity": firing.severity if told else None,
    }
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    begin = (
        dialect.insert(alerts)
        .values(values)
        .on_conflict_do_nothing(index_elements=["key"], index_where=IS_OPEN)
        .returning(alerts.c.id)
    )
    return conn.execute(begin).scalar_one_or_none()


def _seen(firing: Firing, silence_id: int | None, now: datetime) -> dict[str, Any]:
    """What every firing refreshes."""
    return {
        "observed": firing.observed,
        "expected": firing.expected,
        "reason": firing.reason,
        "last_at": now,
        "is_silenced": silence_id is not None,
        "silence_id": silence_id,
    }


def _go_on(
    conn: Connection,
    last: Alert,
    firing: Firing,
    *,
    repeat: timedelta,
    silence_id: int | None,
    now: datetime,
) -> Recorded:
    """Refresh an open alert, or open a flapping one again."""
    values = {
        **_seen(firing, silence_id, now),
        "severity": min(last.severity, firing.severity),
        "mention_ids": _joined(last.mention_ids, firing.mention_ids),
    }
    if last.status not in OPEN:
        values |= {"status": "firing", "resolved_at": None}
    told = silence_id is None and _must_tell(last, firing, repeat, now)
    change = update(alerts).where(alerts.c.id == last.id)
    if told:
        values |= {
            "notified_at": now,
            "notifications": last.notifications + 1,
            "told_severity": values["severity"],
        }
        # The count is the claim: of two workers that decide to tell, one finds it changed.
        change = change.where(alerts.c.notifications == last.notifications)
    is_ours = conn.execute(change.values(values)).rowcount == 1
    told = told and is_ours
    return Recorded(last.id, False, told, last.notifications + int(told), silence_id)


def _must_tell(last: Alert, firing: Firing, repeat: timedelta, now: datetime) -> bool:
    if last.told_severity is not None and firing.severity < last.told_severity:
        return True
    if last.status == "acknowledged":
        return False
    return last.notified_at is None or now - last.notified_at >= repeat


def _joined(earlier: Iterable[str], later: Iterable[str]) -> list[str]:
    """Both without doubles, the latest kept."""
    return list(dict.fromkeys((*earlier, *later)))[-MAX_MENTION_IDS:]


def resolve_absent(
    conn: Connection,
    rule_name: str,
    still_firing_keys: Collection[str],
    *,
    now: datetime,
    quiet: timedelta = QUIET,
) -> list[int]:
    """Resolve the rule's alerts that have not fired for `quiet`; returns their numbers."""
    wanted = select(alerts.c.id, alerts.c.key).where(
        alerts.c.rule == rule_name, alerts.c.status.in_(OPEN), alerts.c.last_at <= now - quiet
    )
    still = set(still_firing_keys)
    gone = [row.id for row in conn.execute(wanted.order_by(alerts.c.id)) if row.key not in still]
    if not gone:
        return []
    over = (
        update(alerts)
        .where(alerts.c.id.in_(gone), alerts.c.status.in_(OPEN))
        .values(status="resolved", resolved_at=now)
        .returning(alerts.c.id)
    )
    return sorted(conn.execute(over).scalars())


def acknowledge(
    conn: Connection, alert_id: int, *, who: str, note: str = "", now: datetime
) -> None:
    """Take an alert on: it is not repeated any more. Raises NotFound or Conflict."""
    values = {
        "status": "acknowledged",
        "acknowledged_at": now,
        "acknowledged_by": who,
        "note": note,
    }
    change = update(alerts).where(alerts.c.id == alert_id, alerts.c.status == "firing")
    if conn.execute(change.values(values)).rowcount:
        return
    alert = get_alert(conn, alert_id)
    if alert.status == "resolved":
        raise Conflict(f"alert {alert_id} is resolved already; there is nothing to acknowledge")
    raise Conflict(f"{alert.acknowledged_by} has acknowledged alert {alert_id} already")


def resolve(conn: Connection, alert_id: int, *, who: str, note: str = "", now: datetime) -> None:
    """Close an alert by hand; it stays closed until its cause begins anew."""
    values = {"status": "resolved", "resolved_at": now, "resolved_by": who}
    if note:
        values["note"] = note
    change = update(alerts).where(alerts.c.id == alert_id, alerts.c.status.in_(OPEN))
    if not conn.execute(change.values(values)).rowcount:
        get_alert(conn, alert_id)
        raise Conflict(f"alert {alert_id} is resolved already")


def get_alert(conn: Connection, alert_id: int) -> Alert:
    """The alert. Raises NotFound."""
    row = conn.execute(select(alerts).where(alerts.c.id == alert_id)).mappings().first()
    if row is None:
        raise NotFound(f"there is no alert {alert_id}; list them with `untagged alerts list`")
    return _alert(row)


def list_alerts(
    conn: Connection,
    *,
    statuses: Collection[str] = (),
    kinds: Collection[str] = (),
    brand: str | None = None,
    since: datetime | None = None,
    limit: int = 100,
) -> list[Alert]:
    """Newest first; all unless narrowed."""
    wanted = select(alerts).order_by(alerts.c.started_at.desc(), alerts.c.id.desc()).limit(limit)
    if statuses:
        wanted = wanted.where(alerts.c.status.in_(statuses))
    if kinds:
        wanted = wanted.where(alerts.c.kind.in_(kinds))
    if brand is not None:
        wanted = wanted.where(alerts.c.brand == brand)
    if since is not None:
        wanted = wanted.where(alerts.c.started_at >= since)
    return [_alert(row) for row in conn.execute(wanted).mappings()]


def count_by_rule(conn: Connection, *, since: datetime) -> dict[str, int]:
    """How many alerts each rule raised from `since` on."""
    wanted = select(alerts.c.rule, func.count()).where(alerts.c.started_at >= since)
    return {row[0]: int(row[1]) for row in conn.execute(wanted.group_by(alerts.c.rule))}


def alerts_where(conn: Connection, *conditions: ColumnElement[bool]) -> list[Alert]:
    """The alerts for which all conditions hold, the first one first."""
    wanted = select(alerts).where(*conditions).order_by(alerts.c.started_at, alerts.c.id)
    return [_alert(row) for row in conn.execute(wanted).mappings()]


def _latest(conn: Connection, key: str) -> Alert | None:
    wanted = select(alerts).where(alerts.c.key == key).order_by(alerts.c.id.desc()).limit(1)
    row = conn.execute(wanted).mappings().first()
    return None if row is None else _alert(row)


def _alert(row: RowMapping) -> Alert:
    values = {field.name: row[field.name] for field in fields(Alert)}
    return Alert(**{**values, "mention_ids": tuple(row["mention_ids"])})
