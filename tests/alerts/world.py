"""What the tests of the alerts room make up."""

from datetime import UTC, datetime, timedelta
from typing import Any

from alerts.firing import Firing
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
