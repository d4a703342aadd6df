"""Muting: which open alerts are told to nobody for now, by a silence or by another alert.

What mutes is looked at anew at every pass, over all open alerts at once, so that neither the
order in which rules fire nor a restart matters.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, update

from alerts.book import Alert, list_alerts
from alerts.history import note_down
from alerts.notifications import InhibitRule
from alerts.silences import Silence, list_silences
from alerts.tables import OPEN, alerts


def refresh(conn: Connection, inhibit: Sequence[InhibitRule], *, now: datetime) -> None:
    """Write on each open alert which silence and which alert mutes it, if any."""
    still_open = sorted(list_alerts(conn, statuses=OPEN, limit=None), key=lambda alert: alert.id)
    in_force = list_silences(conn, now=now)
    muted_by = inhibited(still_open, inhibit)
    for alert in still_open:  # by number: two workers take the rows in the same order
        silence = next((one for one in in_force if one.matches(alert)), None)
        _note_silence(conn, alert, silence, now)
        _note_inhibition(conn, alert, muted_by.get(alert.id), now)


def inhibited(open_alerts: Iterable[Alert], inhibit: Sequence[InhibitRule]) -> dict[int, int]:
    """The open alerts that others mute, and by which one.

    As in Alertmanager: a muted alert mutes others all the same, silenced or inhibited; what is
    source and target of one rule is not muted by its like, hence never by itself.
    """
    by_number = sorted(open_alerts, key=lambda alert: alert.id)
    muted: dict[int, int] = {}
    for rule in inhibit:
        sources = [alert for alert in by_number if rule.is_source(alert)]
        for target in by_number if sources else ():
            if target.id in muted or not rule.is_target(target):
                continue
            is_both = rule.is_source(target)
            for source in sources:
                is_like = is_both and rule.is_target(source)
                if not is_like and source.id != target.id and rule.are_equal(source, target):
                    muted[target.id] = source.id
                    break
    return muted


def _note_silence(conn: Connection, alert: Alert, silence: Silence | None, now: datetime) -> None:
    number = None if silence is None else silence.id
    if alert.silence_id == number and alert.is_silenced == (number is not None):
        return
    values = {"is_silenced": number is not None, "silence_id": number}
    if not _changed(conn, alert, values):
        return
    if silence is None:
        note_down(conn, alert.id, "silence over", at=now)
    else:
        note = f"silence {silence.id} until {silence.ends_at:%Y-%m-%d %H:%M} UTC"
        note = f"{note}: {silence.comment}" if silence.comment else note
        note_down(conn, alert.id, "silenced", at=now, who=silence.author, note=note)


def _note_inhibition(conn: Connection, alert: Alert, source: int | None, now: datetime) -> None:
    if alert.inhibited_by == source:
        return
    if not _changed(conn, alert, {"is_inhibited": source is not None, "inhibited_by": source}):
        return
    if source is None:
        note_down(conn, alert.id, "inhibition over", at=now)
    else:
        note_down(conn, alert.id, "inhibited", at=now, note=f"while alert {source} is open")


def _changed(conn: Connection, alert: Alert, values: Mapping[str, object]) -> bool:
    """Whether we were the ones to change it: another worker may have, or it may be over."""
    ours = (alerts.c.id == alert.id) & alerts.c.status.in_(OPEN)
    for name in values:
        before = getattr(alert, name)
        ours &= alerts.c[name].is_(None) if before is None else alerts.c[name] == before
    return conn.execute(update(alerts).where(ours).values(values)).rowcount == 1
