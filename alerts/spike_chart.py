"""The numbers of a spike's chart: what was counted, what was expected, and the band between.

Plain numbers, so that a letter carries them in its payload and draws them when it is sent.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from mentions.errors import UntaggedError


@dataclass(frozen=True, slots=True)
class SpikeChart:
    """The numbers of a chart: for each step the `window` that ends with it.

    `high` is where a spike begins, `low` where it is as unusually quiet. `spike` is the stretch
    from when it was first told, to when it ended or None while it lasts.
    """

    title: str
    unit: str
    start: datetime
    step: timedelta
    counted: tuple[float, ...]
    expected: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    spike: tuple[datetime, datetime | None] | None = None
    uncertain_since: datetime | None = None

    @property
    def end(self) -> datetime:
        """The end of the last step."""
        return self.start + self.step * len(self.counted)

    def at(self, number: int) -> datetime:
        """The end of a step, which is the end of its window."""
        return self.start + self.step * (number + 1)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; `from_json` reads it."""
        written: dict[str, Any] = _CHART.dump_python(self, mode="json")
        return written

    @classmethod
    def from_json(cls, record: object) -> "SpikeChart":
        """Read `to_json`. Raises UntaggedError if it is none."""
        try:
            return _CHART.validate_python(record)
        except ValidationError as error:
            raise UntaggedError(f"these are no numbers of a chart: {error}") from error


_CHART = TypeAdapter(SpikeChart)


def described(chart: SpikeChart) -> str:
    """The chart in a sentence, for who does not see it."""
    if not chart.counted:
        return f"{chart.title}: nothing was counted."
    peak = max(range(len(chart.counted)), key=chart.counted.__getitem__)
    return (
        f"{chart.title}: at most {chart.counted[peak]:.0f} {chart.unit}, to "
        f"{chart.at(peak).astimezone(UTC):%Y-%m-%d %H:%M} UTC, when {chart.expected[peak]:.1f} "
        f"were expected and {chart.high[peak]:.0f} make a spike."
    )
