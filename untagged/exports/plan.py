"""Plan: the settings of an export that comes by itself, and which of its parts are due.

A part is a closed day or hour of `published`. It is written once it is over, and looked at again
each time that a later one closes, as posts are found late, until `late` has passed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator

from alerts.hours import Zone
from alerts.rule import Duration
from untagged.exporting import Format

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
RETRY = timedelta(minutes=10)
"""How long a part that could not be written is left alone."""
PartName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


@dataclass(frozen=True, slots=True)
class Part:
    """What one file holds: mentions published from `since` to before `until`."""

    since: datetime
    until: datetime
    path: str
    """Below the place, without the file's name: `lake/date=2026-11-25`."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a part: when it was last looked at with success, and why not since."""

    export: str
    since: datetime
    until: datetime
    path: str
    rows: int = 0
    bytes: int = 0
    sha256: str = ""
    written_at: datetime | None = None
    looked_at: datetime | None = None
    failed_at: datetime | None = None
    error: str = ""


class ExportPlan(BaseModel):
    """An export that comes by itself: what, in which format, how often, and where to.

    `to` is a folder or a URL that fsspec knows, such as s3://bucket/path; it may hold a secret, so
    it is not shown. A part is written `wait` after its end at the earliest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: PartName
    query: str = "*"
    format: Format = "parquet"
    every: Literal["day", "hour"] = "day"
    zone: Zone = "UTC"
    wait: Duration = Field(timedelta(minutes=15), ge=timedelta(0), le=DAY)
    late: Duration = Field(2 * DAY, ge=timedelta(0), le=31 * DAY)
    since: date | None = None
    to: str = Field(min_length=1, max_length=2_000, repr=False)

    @model_validator(mode="after")
    def _has_hours_of_utc(self) -> "ExportPlan":
        if self.every == "hour" and self.zone != "UTC":
            raise ValueError("hours are those of UTC, as a change of clocks repeats one; leave out")
        return self

    def parts(self, since: datetime, until: datetime) -> Iterator[Part]:
        """Those that overlap the window, oldest first."""
        part = self.part_at(since)
        while part.since < until:
            yield part
            part = self.part_at(part.until)

    def part_at(self, moment: datetime) -> Part:
        """The part that a moment is in."""
        local = moment.astimezone(ZoneInfo(self.zone))
        path = f"{self.name}/date={local:%Y-%m-%d}"
        if self.every == "hour":
            start = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
            return Part(start, start + HOUR, f"{path}/hour={start:%H}")
        day = local.date()
        return Part(self._midnight(day), self._midnight(day + DAY), path)

    def newest(self, now: datetime) -> Part:
        """The last one that is closed."""
        running = self.part_at(now - self.wait)
        return self.part_at(running.since - timedelta(microseconds=1))

    def due(self, kept: Mapping[datetime, Kept], *, now: datetime, oldest: datetime) -> list[Part]:
        """Parts to write or to look at again, oldest first; none that begins before `oldest`.

        The first one is that of the settings' `since`, else the newest closed one.
        """
        newest = self.newest(now)
        begin = max((one.until for one in kept.values()), default=newest.since)
        if self.since is not None:
            begin = max(self._midnight(self.since), oldest)
        wanted = {part.since: part for part in self.parts(begin, newest.until)}
        again = {one.since: Part(one.since, one.until, one.path) for one in kept.values()}
        return [
            part
            for since, part in sorted((again | wanted).items())
            if since >= oldest
            and part.until <= newest.until
            and (since not in kept or self._is_due(kept[since], newest, now))
        ]

    def _is_due(self, kept: Kept, newest: Part, now: datetime) -> bool:
        if kept.failed_at is not None and now < kept.failed_at + RETRY:
            return False
        if kept.looked_at is None or kept.failed_at is not None:
            return True
        return kept.looked_at < min(newest.until + self.wait, kept.until + self.late)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), ZoneInfo(self.zone)).astimezone(UTC)


def first_of(due: Iterable[Part], kept: Mapping[datetime, Kept], number: int) -> list[Part]:
    """So many of the parts, oldest first: those never written, then those not looked at longest.

    Where `late` is long more parts may be due than a call does: no new one waits for them.
    """

    def waits(part: Part) -> tuple[bool, datetime]:
        looked_at = kept[part.since].looked_at if part.since in kept else None
        return (True, looked_at) if looked_at is not None else (False, part.since)

    return sorted(sorted(due, key=waits)[:number], key=lambda part: part.since)


def parts_holding(kept: Iterable[Kept], moments: Iterable[datetime]) -> list[str]:
    """The paths of written parts that a post published at one of these moments may be in.

    Of a part without a hash nobody knows what is there: it failed, or was killed, half-way.
    """
    published = sorted(moments)
    return [
        one.path
        for one in kept
        if (one.rows or not one.sha256) and any(one.since <= at < one.until for at in published)
    ]
