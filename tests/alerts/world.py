"""What the tests of the alerts room make up."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from alerts.book import Recorded, get_alert, record
from alerts.firing import Firing
from alerts.groups import due, join, tell
from alerts.messages import alert_payload
from alerts.muting import refresh
from alerts.notifications import Notifications
from mentions.mention import BrandMatch, Mention

NOW = datetime(2026, 3, 2, 21, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def firing(**other: Any) -> Firing:
    known: dict[str, Any] = {
        "key": "spike:negative spike:Acme:negative",
        "rule": "negative spike",
        "kind": "spike",
        "brand": "Acme",
        "signal": "negative",
        "at": NOW,
        "began": NOW,
        "severity": 2,
        "observed": 43.0,
        "expected": 9.2,
        "reason": "43 negative mentions in the hour to 21:00 UTC, 9.2 expected at that time of day",
    }
    return Firing(**{**known, **other})


def mention(name: str = "1", **other: Any) -> Mention:
    known: dict[str, Any] = {
        "source": "board",
        "native_id": name,
        "platform": "board",
        "text": "my acme phone is on fire",
        "published": NOW - HOUR,
        "collected": NOW - HOUR,
        "brands": (BrandMatch(name="Acme"),),
        "needs_reply": True,
    }
    return Mention.model_validate({**known, **other})


AT_ONCE = Notifications(group_wait=timedelta(0), group_interval=timedelta(0))
"""Groups of one brand that are told as soon as anything is to tell."""


def fire(
    conn: Connection,
    fired: Firing,
    now: datetime,
    *,
    settings: Notifications = AT_ONCE,
    channels: Collection[str] = ("chat",),
    repeat: timedelta | None = None,
) -> Recorded:
    """What a pass does with a rule that holds: record it, and put it into its groups."""
    interval = repeat or settings.repeat_interval
    recorded = record(conn, fired, repeat=interval, now=now)
    if recorded.is_open:
        alert = get_alert(conn, recorded.alert_id)
        message = alert_payload(fired, alert_id=alert.id, posts=[mention()])
        join(conn, alert, channels, settings, repeat=interval, message=message, now=now)
    return recorded


def tell_due(conn: Connection, now: datetime, settings: Notifications = AT_ONCE) -> int:
    """What a pass does at its end; how many letters that gave."""
    refresh(conn, settings.inhibit, now=now)
    numbers = due(conn, settings, now=now)
    return sum(tell(conn, number, settings, link="", now=now) for number in numbers)
