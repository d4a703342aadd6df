"""What a search asks for: query, period or dates, order, page; as addresses and views keep it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TypedDict

from mentions.store import SortBy
from mentions.times import parse_moment

DATES = "dates"
"""The period that `since` and `until` say."""
PERIODS = MappingProxyType(
    {
        "1d": timedelta(days=1),
        "7d": timedelta(days=7),
        "30d": timedelta(days=30),
        "all": None,
    }
)
SORTS: MappingProxyType[str, SortBy] = MappingProxyType(
    {
        "newest": "published",
        "widest": "reach",
        "liveliest": "engagement",
        "best": "relevance",
    }
)


class Window(TypedDict):
    """A period as the stores take it."""

    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; `dates` is what it says of since and until, word for word.

    `since` is included, `until` excluded, None is open. `wrong` says what is wrong about the dates.
    """

    q: str
    period: str
    sort: str = "newest"
    cursor: str | None = None
    dates: tuple[str, str] = ("", "")
    since: datetime | None = None
    until: datetime | None = None
    wrong: str = ""

    @property
    def text(self) -> str:
        """The query, everything if the bar is empty."""
        return self.q.strip() or "*"

    @property
    def window(self) -> Window:
        """The period as the stores take it."""
        return {"since": self.since, "until": self.until}

    @property
    def when(self) -> dict[str, str]:
        """The period as an address has it, for links that keep it."""
        since, until = self.dates
        return {"period": self.period, "since": since, "until": until}

    @property
    def within(self) -> str:
        """The period in words."""
        if self.period == "all" or (self.since is None and self.until is None):
            return "all time"
        if self.period != DATES:
            return f"last {self.period}"
        parts = []
        if self.since:
            parts.append(f"from {self.since:%Y-%m-%d %H:%M}")
        if self.until:
            parts.append(f"until {self.until:%Y-%m-%d %H:%M}")
        return f"{' '.join(parts)} UTC"


def asked_for(
    q: str = "",
    *,
    period: str = "",
    since: str = "",
    until: str = "",
    sort: str = "newest",
    cursor: str | None = None,
    now: datetime,
) -> Asked:
    """Read the words of an address. Dates count where no other period is named."""
    order = sort if sort in SORTS else "newest"
    if period == DATES or (period not in PERIODS and (since or until)):
        return _by_dates(Asked(q, DATES, order, cursor, (since.strip(), until.strip())), now)
    name = period if period in PERIODS else "7d"
    span = PERIODS[name]
    return Asked(q, name, order, cursor, since=now - span if span else None)


def _by_dates(asked: Asked, now: datetime) -> Asked:
    since, until = asked.dates
    begin = end = None
    try:
        begin = parse_moment(since, now=now) if since else None
        end = parse_moment(until, now=now) if until else None
    except ValueError as error:
        return replace(asked, wrong=str(error))
    wrong = ""
    if begin and end and begin >= end:
        wrong = f"{since} is not before {until}, so nothing lies between"
    return replace(asked, since=begin, until=end, wrong=wrong)
