"""Attention: which alerts a period had, who took them on, and after how long."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from alerts.book import Alert
from alerts.incident import Incident


@dataclass(frozen=True, slots=True)
class Attention:
    """What became of some alerts; `kinds` and `takers` are (name, count), the most frequent first.

    `muted` are those that a silence or another alert kept from being told. `missed` were told and
    nobody had taken them on at that moment, over or not. `after` is the median until somebody did.
    """

    alerts: int
    kinds: tuple[tuple[str, int], ...]
    takers: tuple[tuple[str, int], ...]
    muted: int
    missed: int
    after: timedelta | None

    @property
    def taken(self) -> int:
        """Alerts that somebody took on."""
        return sum(count for _, count in self.takers)


def between(found: Iterable[Alert], *, since: datetime, until: datetime) -> list[Alert]:
    """Those that began in the window, the first one first."""
    inside = (alert for alert in found if since <= alert.started_at < until)
    return sorted(inside, key=lambda alert: (alert.started_at, alert.id))


def attention(found: Sequence[Alert], *, now: datetime) -> Attention:
    """Who took them on, as it was at `now`: what was done later is not known yet."""
    spans = {alert.id: taken_after(alert, now=now) for alert in found}
    taken = [alert for alert in found if spans[alert.id] is not None]
    known = [span for span in spans.values() if span is not None]
    muted = sum(alert.is_muted for alert in found)
    missed = [alert for alert in found if spans[alert.id] is None and not alert.is_muted]
    return Attention(
        alerts=len(found),
        kinds=_counted(alert.kind for alert in found),
        takers=_counted(alert.acknowledged_by or "somebody" for alert in taken),
        muted=muted,
        missed=len(missed),
        after=timedelta(seconds=median(span.total_seconds() for span in known)) if known else None,
    )


def taken_after(alert: Alert | Incident, *, now: datetime) -> timedelta | None:
    """How long after it began somebody took it on; None where nobody had by `now`."""
    began = alert.opened_at if isinstance(alert, Incident) else alert.started_at
    at = alert.acknowledged_at
    return None if at is None or at > now else max(at - began, timedelta(0))


def lasted(alert: Alert | Incident, *, now: datetime) -> timedelta | None:
    """How long it was open; None while it was at `now`."""
    began = alert.opened_at if isinstance(alert, Incident) else alert.started_at
    at = alert.resolved_at
    return None if at is None or at > now else max(at - began, timedelta(0))


def _counted(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(names).items(), key=lambda one: (-one[1], one[0])))
