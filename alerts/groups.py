"""Groups: alerts that share labels are told together, in one letter for each channel.

A group, its members and what was told of each are rows, so a restart neither forgets nor repeats.
The count of its letters is the claim: of two workers that would tell it at once, one finds the
count changed. The letter, its key (`group:ID:COUNT:CHANNEL`) and all of these are written in one
transaction.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, insert, literal, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite

from alerts import outbox
from alerts.book import Alert, list_alerts
from alerts.group_messages import Told, group_letter, still_explained
from alerts.history import note_down
from alerts.incident_listing import incident_of_alert
from alerts.incident_log import note_told as log_told
from alerts.notifications import Notifications
from alerts.tables import OPEN, alert_letters, alerts
from alerts.tables import alert_group_members as members
from alerts.tables import alert_groups as groups
from alerts.tables import outbox as letters
from alerts.telling import Member, Telling, decide, is_done

Hold = Literal["", "now", "before"]
"""Whether quiet hours keep an alert from being told now, or did when it began."""
Holds = Callable[[Alert], Hold]


def held_by_nothing(_alert: Alert) -> Hold:
    """No quiet hours."""
    return ""


@dataclass(frozen=True, slots=True)
class _Seat:
    """A member's row with its alert."""

    alert: Alert
    row: RowMapping

    def member(self, holds: Holds) -> Member:
        """What the decision needs of it."""
        hold = holds(self.alert)
        # Who took it on or closed it while it was quiet knows of it, and the others ask them.
        is_known = bool(self.alert.acknowledged_at or self.alert.resolved_by)
        return Member(
            alert_id=self.alert.id,
            status=self.alert.status,
            severity=self.alert.severity,
            joined_at=self.row["joined_at"],
            repeat=timedelta(seconds=self.row["repeat_seconds"]),
            is_muted=self.alert.is_muted,
            is_held=hold == "now",
            was_held=hold == "before" and not is_known,
            told_status=self.row["told_status"],
            told_severity=self.row["told_severity"],
            told_at=self.row["told_at"],
        )


def join(
    conn: Connection,
    alert: Alert,
    channels: Collection[str],
    settings: Notifications,
    *,
    repeat: timedelta,
    message: Mapping[str, Any],
    now: datetime,
) -> None:
    """Put an alert that fires into its group of each channel, with what would be said of it.

    Doing it again refreshes the message. A channel that is no longer named hears no more of it.
    """
    labels = settings.labels(alert)
    wanted = select(members).where(members.c.alert_id == alert.id)
    known = {row["channel"]: row for row in conn.execute(wanted).mappings()}
    for channel in sorted(known.keys() - set(channels)):
        _end(conn, alert.id, channel)
    for channel in sorted(set(channels)):
        values = {
            "group_id": _group(conn, channel, labels),
            "repeat_seconds": int(repeat.total_seconds()),
            "message": dict(message),
            "is_live": True,
        }
        if channel in known:
            values["message"] = still_explained(message, known[channel]["message"])
            back = {} if known[channel]["is_live"] else {"joined_at": now}
            ours = _seat(alert.id, channel)
            conn.execute(update(members).where(ours).values({**values, **back}))
        else:
            told = {} if known else _told_before(alert)
            _put(conn, {**values, **told, "joined_at": now}, alert.id, channel)


def _told_before(alert: Alert) -> dict[str, Any]:
    """An alert that was told by a version without groups is not told anew by this one."""
    if alert.notified_at is None:
        return {}
    return {
        "told_status": "firing",
        "told_severity": alert.told_severity,
        "told_at": alert.notified_at,
        "tellings": alert.notifications,
    }


def _put(conn: Connection, values: dict[str, Any], alert_id: int, channel: str) -> None:
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    row = {**values, "alert_id": alert_id, "channel": channel}
    conn.execute(dialect.insert(members).values(row).on_conflict_do_nothing())


def _group(conn: Connection, channel: str, labels: Mapping[str, str]) -> int:
    key = json.dumps(labels, sort_keys=True, ensure_ascii=False)
    wanted = select(groups.c.id).where(groups.c.channel == channel, groups.c.key == key)
    found = conn.execute(wanted).scalar_one_or_none()
    if found is not None:
        return int(found)
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    row = {"channel": channel, "key": key, "labels": dict(labels)}
    conn.execute(dialect.insert(groups).values(row).on_conflict_do_nothing())
    return int(conn.execute(wanted).scalar_one())


def is_calm(conn: Connection) -> bool:
    """Whether no alert is open and nothing is left to tell: most minutes are like that."""
    is_open = select(literal(1)).where(alerts.c.status.in_(OPEN))
    is_live = select(literal(1)).where(members.c.is_live)
    return conn.execute(union_all(is_open, is_live).limit(1)).first() is None


def due(
    conn: Connection, settings: Notifications, *, now: datetime, holds: Holds = held_by_nothing
) -> list[int]:
    """The groups that `tell` has something to do for; it decides again, each on its own."""
    told_at = {row.id: row.told_at for row in conn.execute(select(groups.c.id, groups.c.told_at))}
    found = []
    for group_id, seats in _seated(conn).items():
        present = [seat.member(holds) for seat in seats]
        is_due = decide(present, settings, told_at=told_at[group_id], now=now) is not None
        if is_due or any(is_done(member, settings) for member in present):
            found.append(group_id)
    return found


def tell(
    conn: Connection,
    group_id: int,
    settings: Notifications,
    *,
    link: str,
    now: datetime,
    holds: Holds = held_by_nothing,
) -> bool:
    """Tell a group if that is due; whether it was. `link` leads to the cockpit.

    Each alert's line in the letter, its history and what was told of it are written with it.
    """
    group = conn.execute(select(groups).where(groups.c.id == group_id)).mappings().one()
    seats = {seat.alert.id: seat for seat in _seated(conn, group_id).get(group_id, [])}
    present = {number: seat.member(holds) for number, seat in seats.items()}
    telling = decide(list(present.values()), settings, told_at=group["told_at"], now=now)
    if telling is not None:
        if not _claimed(conn, group, now):
            return False
        _write(
            conn, group, [seats[number] for number in telling.alerts], telling, link=link, now=now
        )
    for number, member in present.items():
        if is_done(member, settings) or (telling and number in telling.news and not member.is_open):
            _end(conn, number, group["channel"])
    return telling is not None


def _claimed(conn: Connection, group: RowMapping, now: datetime) -> bool:
    ours = (groups.c.id == group["id"]) & (groups.c.tellings == group["tellings"])
    claim = update(groups).where(ours).values(tellings=group["tellings"] + 1, told_at=now)
    return conn.execute(claim).rowcount == 1


def _write(
    conn: Connection,
    group: RowMapping,
    seats: list[_Seat],
    telling: Telling,
    *,
    link: str,
    now: datetime,
) -> None:
    channel, count = group["channel"], group["tellings"] + 1
    key = f"group:{group['id']}:{count}:{channel}"
    told = [
        Told(
            seat.alert,
            seat.row["message"],
            tellings=seat.row["tellings"] + 1,
            is_news=seat.alert.id in telling.news,
        )
        for seat in seats
    ]
    kind, payload = group_letter(told, labels=group["labels"], telling=count, link=link)
    outbox.enqueue(conn, key=key, channel=channel, kind=kind, payload=payload, now=now)
    for seat in sorted(seats, key=lambda seat: seat.alert.id):
        _note_told(conn, seat, channel=channel, key=key, now=now)


def _note_told(conn: Connection, seat: _Seat, *, channel: str, key: str, now: datetime) -> None:
    alert = seat.alert
    status = "firing" if alert.is_open else "resolved"
    values: dict[str, Any] = {"notifications": alerts.c.notifications + 1}
    if alert.is_open:
        values |= {"notified_at": now, "told_severity": alert.severity}
    conn.execute(update(alerts).where(alerts.c.id == alert.id).values(values))
    told = {
        "told_status": status,
        "told_severity": alert.severity,
        "told_at": now,
        "tellings": seat.row["tellings"] + 1,
    }
    conn.execute(update(members).where(_seat(alert.id, channel)).values(told))
    note_letter(conn, alert.id, key)
    incident = incident_of_alert(conn, alert.id)
    if incident is not None:
        log_told(conn, incident, alert.id)
    note_down(conn, alert.id, "told", at=now, note=f"{channel}, {status}")


def note_letter(conn: Connection, alert_id: int, key: str) -> None:
    """Remember that the letter with this key tells of the alert."""
    conn.execute(insert(alert_letters).values(alert_id=alert_id, letter_key=key))


def letters_of(conn: Connection, alert_id: int) -> list[outbox.Letter]:
    """The letters that tell of the alert, oldest first, as long as they are kept."""
    keys = select(alert_letters.c.letter_key).where(alert_letters.c.alert_id == alert_id)
    columns = [letters.c[field.name] for field in fields(outbox.Letter)]
    wanted = select(*columns).where(letters.c.idempotency_key.in_(keys)).order_by(letters.c.id)
    return [outbox.Letter(**row) for row in conn.execute(wanted).mappings()]


def _end(conn: Connection, alert_id: int, channel: str) -> None:
    values = {"is_live": False, "message": None}
    conn.execute(update(members).where(_seat(alert_id, channel)).values(values))


def _seat(alert_id: int, channel: str) -> Any:
    return (members.c.alert_id == alert_id) & (members.c.channel == channel)


def _seated(conn: Connection, group_id: int | None = None) -> dict[int, list[_Seat]]:
    """Who has a seat in the group, or in all of them, by group."""
    live = members.c.is_live if group_id is None else _is_live_in(group_id)
    rows = conn.execute(select(members).where(live).order_by(members.c.group_id)).mappings().all()
    if not rows:
        return {}
    numbers = select(members.c.alert_id).where(live)
    found = {alert.id: alert for alert in list_alerts(conn, among=numbers, limit=None)}
    seats = [_Seat(found[row["alert_id"]], row) for row in rows if row["alert_id"] in found]
    return {
        number: list(seated)
        for number, seated in groupby(seats, key=lambda seat: int(seat.row["group_id"]))
    }


def _is_live_in(group_id: int) -> Any:
    return members.c.is_live & (members.c.group_id == group_id)
