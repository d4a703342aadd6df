"""What a responding step did, in the form that `replay --json` prints."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

MAX_POSTS = 5
"""An event points at examples; the query finds the rest."""


@dataclass(frozen=True, slots=True)
class Event:
    """An alert that fired or a case that opened. `key` is the same at every replay.

    `posts` are the ids of mentions that show it, the first few.
    `incident` is the number of the incident that an alert opened or joined.
    """

    event: Literal["alert", "case"]
    kind: str
    rule: str
    brand: str
    signal: str | None
    at: datetime
    severity: int
    observed: float | None
    expected: float | None
    reason: str
    key: str
    posts: tuple[str, ...] = ()
    incident: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The object of DESIGN section 6, times as ISO; `incident` only where it is in one."""
        rounded = {
            name: None if value is None else round(value, 2)
            for name, value in (("observed", self.observed), ("expected", self.expected))
        }
        at = self.at.isoformat().replace("+00:00", "Z")
        said = {**asdict(self), **rounded, "at": at}
        if self.incident is None:
            del said["incident"]
        return said
