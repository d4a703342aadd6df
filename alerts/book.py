"""The book of alerts: what fired, since when, who knows, and when it was over.

An alert lives firing -> acknowledged -> resolved. There is one open alert a key. All of it is in
the database, so a restart forgets nothing and repeats nothing. Who is told of it, and when, is
decided in `alerts.telling`; what people do with it is in `alerts.life`.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from alerts.firing import Firing
from alerts.history import SYSTEM, note_down
from alerts.tables import IS_OPEN, OPEN, alerts
from mentions.errors import Conflict, NotFound
from mentions.times import said_duration

QUIET = timedelta(minutes=30)
"""How long an alert must not have fired before it is resolved by itself."""
MAX_MENTION_IDS = 200
"""An alert points at examples; the query finds the rest."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What recording a firing did. What a person closed is not open, though its rule holds."""

    alert_id: int
    is_new: bool
    is_open: bool


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
    owner: str
    is_inhibited: bool
    inhibited_by: int | None
    explanation: dict[str, Any] | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is not over."""
        return self.status in OPEN

    @property
    def is_muted(self) -> bool:
        """Whether a silence or another alert keeps it from being told."""
        return self.is_silenced or self.is_inhibited

    @property
    def firing(self) -> Firing:
        """The firing that it last was."""
        same = ("key", "rule", "kind", "brand", "signal", "severity", "observed", "expected")
        values = {name: getattr(self, name) for name in (*same, "reason", "mention_ids")}
        return Firing(at=self.last_at, began=self.began_at, **values)

    def to_json(self) -> dict[str, Any]:
        """Every field, times as ISO 8601 in UTC."""
        written: dict[str, Any] = _ALERT.dump_python(self, mode="json")
        return written


_ALERT = TypeAdapter(Alert)


def record(conn: Connection, firing: Firing, *, repeat: timedelta, now: datetime) -> Recorded:
    """Write down that a rule holds. Recording the same firing again opens no second alert."""
    last = _latest(conn, firing.key)
    if last is None or _is_news(last, firing, repeat, now):
        alert_id = _begin(conn, firing, now)
        if alert_id is not None:
            note_down(conn, alert_id, "fired", at=now)
            return Recorded(alert_id, is_new=True, is_open=True)
        last = _latest(conn, firing.key)  # another worker was first
    if last is None:
        raise Conflict(f"alert {firing.key} was deleted while it was recorded; try again")
    if not last.is_open and last.resolved_by:
        return Recorded(last.id, is_new=False, is_open=False)
    _go_on(conn, last, firing, now=now)
    return Recorded(last.id, is_new=False, is_open=True)


def goes_on_with(
    conn: Connection, firing: Firing, *, repeat: timedelta, now: datetime
) -> Alert | None:
    """The alert that `record` would find for the firing; None where it would begin a new one."""
    last = _latest(conn, firing.key)
    return None if last is None or _is_news(last, firing, repeat, now) else last


def _is_news(last: Alert, firing: Firing, repeat: timedelta, now: datetime) -> bool:
    """Whether a firing is another event than the last alert of its key.

    What a person closed stays closed until it begins anew. What closed by itself and is back
    before it could have been told again is the same alert, flapping.
    """
    if last.is_open:
        return False
    if last.resolved_by:
        return last.resolved_at is not None and firing.began > last.resolved_at
    return now - (last.notified_at or last.started_at) >= repeat


def _begin(conn: Connection, firing: Firing, now: datetime) -> int | None:
    """Insert a new alert; None if another worker has just opened one with this key."""
    values: dict[str, Any] = {
        **_seen(firing, now),
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
    }
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    begin = (
        dialect.insert(alerts)
        .values(values)
        .on_conflict_do_nothing(index_elements=["key"], index_where=IS_OPEN)
        .returning(alerts.c.id)
    )
    return conn.execute(begin).scalar_one_or_none()


def _seen(firing: Firing, now: datetime) -> dict[str, Any]:
    """What every firing refreshes."""
    return {
        "observed": firing.observed,
        "expected": firing.expected,
        "reason": firing.reason,
        "last_at": now,
    }


def _go_on(conn: Connection, last: Alert, firing: Firing, *, now: datetime) -> None:
    """Refresh an open alert, or open a flapping one again."""
    values = {
        **_seen(firing, now),
        "severity": min(last.severity, firing.severity),
        "mention_ids": _joined(last.mention_ids, firing.mention_ids),
    }
    if not last.is_open:
        values |= {"status": "firing", "resolved_at": None}
    # The status is the claim: of two workers that open it again, one finds it open.
    unchanged = (alerts.c.id == last.id) & (alerts.c.status == last.status)
    if conn.execute(update(alerts).where(unchanged).values(values)).rowcount != 1:
        return  # a person or another worker was faster; the next firing refreshes it
    if not last.is_open:
        note_down(conn, last.id, "fired again", at=now)
    if firing.severity < last.severity:
        note_down(conn, last.id, "worse", at=now, note=f"severity {firing.severity}")


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
    return _over(conn, gone, now=now, note=f"quiet for {said_duration(quiet)}")


def resolve_orphans(
    conn: Connection, rule_names: Collection[str], *, now: datetime, quiet: timedelta = QUIET
) -> list[int]:
    """Resolve the alerts of rules that are gone; nobody else would, and they would be repeated."""
    wanted = select(alerts.c.id).where(
        alerts.c.rule.not_in(rule_names),
        alerts.c.status.in_(OPEN),
        alerts.c.last_at <= now - quiet,
    )
    gone = list(conn.execute(wanted.order_by(alerts.c.id)).scalars())
    return _over(conn, gone, now=now, note="its rule is gone")


def _over(conn: Connection, gone: Iterable[int], *, now: datetime, note: str) -> list[int]:
    """Resolve those that are still open, by themselves; returns their numbers."""
    done = []
    for alert_id in gone:
        still_open = (alerts.c.id == alert_id) & alerts.c.status.in_(OPEN)
        over = update(alerts).where(still_open).values(status="resolved", resolved_at=now)
        if conn.execute(over).rowcount == 1:
            note_down(conn, alert_id, "resolved", at=now, who=SYSTEM, note=note)
            done.append(alert_id)
    return done


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
    brands: Collection[str] | None = None,
    since: datetime | None = None,
    among: Select[tuple[int]] | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int | None = 100,
    offset: int = 0,
) -> list[Alert]:
    """Newest first; all unless narrowed. `brands` are alternatives, `among` selects numbers.

    `offset` leaves out so many of a list that is limited. `after` asks for those behind one that
    began then and has that number.
    """
    wanted = select(alerts).order_by(alerts.c.started_at.desc(), alerts.c.id.desc())
    if limit is not None:
        wanted = wanted.limit(limit).offset(offset)
    if statuses:
        wanted = wanted.where(alerts.c.status.in_(statuses))
    if kinds:
        wanted = wanted.where(alerts.c.kind.in_(kinds))
    if brand is not None:
        wanted = wanted.where(alerts.c.brand == brand)
    if brands is not None:
        wanted = wanted.where(alerts.c.brand.in_(brands))
    if since is not None:
        wanted = wanted.where(alerts.c.started_at >= since)
    if among is not None:
        wanted = wanted.where(alerts.c.id.in_(among))
    if after is not None:
        began, number = after
        same = and_(alerts.c.started_at == began, alerts.c.id < number)
        wanted = wanted.where(or_(alerts.c.started_at < began, same))
    return [_alert(row) for row in conn.execute(wanted).mappings()]


def most_pressing(found: Iterable[Alert]) -> list[Alert]:
    """What nobody is told of last, before it the worst first; of equals as they come."""
    return sorted(found, key=lambda alert: (alert.is_muted, alert.severity))


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
