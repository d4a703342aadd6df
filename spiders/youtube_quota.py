"""The day's units of the YouTube Data API: what was spent, and when there are new ones."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from mentions.errors import SourceUnavailable
from spiders import run

PACIFIC = ZoneInfo("America/Los_Angeles")
"""Units are given at midnight there (developers.google.com/youtube/v3/getting-started#quota)."""
SEARCH_UNITS = 100
LIST_UNITS = 1


class Quota:
    """Counts a day's units. `memory` is what to keep for the next pass."""

    def __init__(self, remembered: Mapping[str, Any], *, daily: int) -> None:
        self._day = str(remembered.get("day", ""))
        self._spent = int(remembered.get("spent", 0))
        self._daily = daily

    def check(self, units: int, *, now: datetime) -> None:
        """Raise SourceUnavailable if so many units would be more than the day has left."""
        day = now.astimezone(PACIFIC).date().isoformat()
        if day != self._day:
            self._day, self._spent = day, 0
        if self._spent + units > self._daily:
            raise SourceUnavailable(
                f"the day's quota of YouTube is spent ({self._spent} of {self._daily} units, the"
                f" next request costs {units}); it goes on after midnight in California"
            )

    def spend(self, units: int) -> None:
        """Note what a request has cost; one that failed costs as much."""
        self._spent += units

    def exhaust(self) -> None:
        """YouTube says that nothing is left: somebody else spends from the same project."""
        self._spent = max(self._spent, self._daily)

    @property
    def left(self) -> run.Quota:
        """The units that the day still has."""
        return run.Quota(max(self._daily - self._spent, 0), self._daily)

    @property
    def memory(self) -> dict[str, Any]:
        """The day in California and what was spent on it."""
        return {"day": self._day, "spent": self._spent}
