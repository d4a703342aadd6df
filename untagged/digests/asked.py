"""What a digest is asked for."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """A digest over [since, until), of one brand or team or of all, as it looks at `now`."""

    since: datetime
    until: datetime
    now: datetime
    brand: str | None = None
    team: str | None = None
