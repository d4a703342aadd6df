"""Incident: one crisis under one owner, and everything kept beside it."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter
from sqlalchemy import RowMapping

from alerts.book import Alert
from alerts.rule import Duration
from alerts.tables import INCIDENT_OPEN

Status = Literal["open", "acknowledged", "resolved", "merged"]
STATUSES: tuple[Status, ...] = ("open", "acknowledged", "resolved", "merged")
SYSTEM = "untagged"
"""Who did what nobody did by hand."""

CRISIS = "crisis"
JOINING = (CRISIS, "spike", "watchlist", "influencer", "unanswered", "trend")
"""Kinds of alerts that belong to a crisis of their brand; a silent source is another matter."""
CARRYING = (CRISIS, "spike")
"""Alerts that keep an incident going, and say since when. A complaint nobody answered can wait for
weeks, and a regulator that was named once stays named; neither says that the crisis goes on."""


class IncidentPolicy(BaseModel):
    """When an incident is over by itself, and until when a new crisis goes on with it.

    `quiet`: nothing of it fired for so long. `cool_down`: so long after it was resolved, a crisis
    of its brand opens it again instead of being a second one. The defaults bridge a night and
    join no two crises: those of one brand begin at least 110 hours apart in our town, and the two
    of one airline on the week of tweets 95. The town's crises (5 in 18 days by the crisis rule, 11
    in 44 days by a spike rule in its place) give one incident each also with a `quiet` of 1 h or
    3 h and no cool-down at all, as a spike lasts over its quiet hours by itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    quiet: Duration = timedelta(hours=6)
    cool_down: Duration = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Incident:
    """One crisis. `began_at` is when it became true, `opened_at` when an alert said so.

    `rule` opened it and `signal` is what it watches. `severity` is the worst so far, unless
    somebody set it (`severity_by`). `owner` is '' while nobody has it. `resolved_by` is '' where
    it was over by itself. `is_false_alarm` is None while nobody has judged. `version` grows with
    every change that a person may have to know before deciding.
    """

    id: int
    brand: str
    rule: str
    signal: str
    title: str
    status: Status
    severity: int
    severity_by: str
    owner: str
    began_at: datetime
    opened_at: datetime
    reopened_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str
    resolved_at: datetime | None
    resolved_by: str
    is_false_alarm: bool | None
    next_update_at: datetime | None
    merged_into: int | None
    cases_seen_at: datetime | None
    version: int

    @property
    def is_open(self) -> bool:
        """Whether it is not over."""
        return self.status in INCIDENT_OPEN

    def to_json(self) -> dict[str, Any]:
        """Every field, times as ISO 8601 in UTC."""
        written: dict[str, Any] = _INCIDENT.dump_python(self, mode="json")
        return written


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log. `what` is a word of `alerts.incident_log.WORDS`.

    `is_shared` says that colleagues outside the team see it on the status page.
    """

    id: int
    incident_id: int
    at: datetime
    who: str
    what: str
    text: str
    detail: dict[str, Any]
    is_shared: bool


@dataclass(frozen=True, slots=True)
class IncidentFile:
    """An incident with all that belongs to it; what was merged into it comes along."""

    incident: Incident
    brands: tuple[str, ...]
    alerts: tuple[Alert, ...]
    case_ids: tuple[int, ...]
    log: tuple[Entry, ...]
    merged: tuple[int, ...]

    @property
    def statements(self) -> tuple[Entry, ...]:
        """Every wording of the holding statement, oldest first."""
        return tuple(entry for entry in self.log if entry.what == "statement")

    @property
    def statement(self) -> str:
        """What we say in public, '' while nothing was agreed."""
        return self.statements[-1].text if self.statements else ""

    @property
    def known(self) -> str:
        """What is known: the reason of its worst crisis or spike, the latest of those.

        Other alerts may name who wrote a post, which is not for everybody and not for ever.
        """
        telling = [alert for alert in self.alerts if alert.kind in CARRYING]
        ranked = sorted(telling, key=lambda one: (one.kind != CRISIS, one.severity, -one.id))
        return ranked[0].reason if ranked else ""

    @property
    def shared(self) -> tuple[Entry, ...]:
        """What colleagues see, newest first."""
        return tuple(entry for entry in reversed(self.log) if entry.is_shared)

    def to_json(self) -> dict[str, Any]:
        """The incident's own fields, with everything beside them."""
        beside = _FILE.dump_python(self, mode="json")
        del beside["incident"]
        return {**self.incident.to_json(), "statement": self.statement, **beside}


_INCIDENT = TypeAdapter(Incident)
_FILE = TypeAdapter(IncidentFile)
_FIELDS = [field.name for field in fields(Incident)]


def incident_of(row: RowMapping) -> Incident:
    """The incident that a row of `incidents` holds."""
    return Incident(**{name: row[name] for name in _FIELDS})
