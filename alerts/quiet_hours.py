"""Quiet hours: when an alert is recorded and not told, and what may be told all the same."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from alerts.hours import Clock, WallHours

LONGEST = timedelta(days=8)
"""Quiet hours come back every week: what is quiet for longer never ends."""
_BROKEN_BY = re.compile(r"(?:severity\s*)?([1-4])")


def _broken(given: object) -> object:
    """'severity 1' as 1: what is as bad as that is told at once."""
    if isinstance(given, str):
        found = _BROKEN_BY.fullmatch(given.strip().lower())
        if not found:
            raise ValueError(
                f"{given!r} breaks nothing; write severity 1, severity 2 or severity 3"
            )
        return int(found[1])
    return given


class QuietHours(WallHours):
    """`broken_by: severity 1` lets alerts through that are as bad as that."""

    begins: Clock = Field(alias="from")
    until: Clock
    broken_by: Annotated[Literal[1, 2, 3] | None, BeforeValidator(_broken)] = None

    def holds_back(self, severity: int) -> bool:
        """Whether an alert of this severity waits."""
        return self.broken_by is None or severity > self.broken_by


def told_from(quiet: Sequence[QuietHours], severity: int, at: datetime) -> datetime:
    """The first moment from `at` on at which an alert of this severity may be told."""
    holding = [hours for hours in quiet if hours.holds_back(severity)]
    moment = at
    while (end := _end(holding, moment)) is not None:
        moment = end
        if moment - at > LONGEST:
            raise ValueError("quiet hours never end")
    return moment


def may_tell(quiet: Sequence[QuietHours], severity: int, at: datetime) -> bool:
    """Whether an alert of this severity may be told at that moment."""
    return told_from(quiet, severity, at) == at


def never_end(quiet: Sequence[QuietHours]) -> bool:
    """Whether they leave no moment of the week in which anything could be told."""
    try:
        told_from(quiet, 4, datetime(2026, 1, 5, tzinfo=UTC))
    except ValueError:
        return True
    return False


def _end(quiet: Iterable[QuietHours], at: datetime) -> datetime | None:
    """When the last of the stretches that hold `at` ends, or None."""
    ends = [end for hours in quiet for begin, end in hours.stretches(at) if begin <= at < end]
    return max(ends, default=None)
