"""All shapes: sixty days that hold every shape once, harmless bumps between them, and begin again.

The days are counted from midnight (UTC) sixty days before the anchor's day, so that a town of
sixty days shows exactly one round. Only the minutes depend on the seed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from untagged.town.brands import HERON, POMELO, TownBrand
from untagged.town.crises.crisis import LONGEST, Crisis, Down
from untagged.town.dice import dice

ROUND = timedelta(days=60)
DOWN_SITE = "x"
_DOWN_BEFORE, _DOWN_FOR = timedelta(hours=1), timedelta(hours=9)


@dataclass(frozen=True, slots=True)
class Turn:
    """What begins on `day` of a round at `hour` (UTC), up to `late_minutes` later."""

    day: int
    hour: float
    shape: str
    brand: TownBrand
    page: str = ""
    is_real: bool = True
    late_minutes: int = 90


TURNS = (
    Turn(9, 10.5, "burst", HERON),
    Turn(12, 18.5, "football", HERON, is_real=False),
    Turn(15, 7.0, "slow_rise", POMELO),
    Turn(18, 15.0, "launch", POMELO, is_real=False),
    Turn(21, 13.0, "flood", HERON, is_real=False),
    Turn(24, 18.5, "football", HERON, is_real=False),
    Turn(27, 15.5, "copied", POMELO),
    Turn(33, 9.0, "campaign", POMELO, is_real=False),
    Turn(39, 0.7, "night", HERON, late_minutes=50),
    Turn(42, 18.5, "football", HERON, is_real=False),
    Turn(45, 16.0, "source_down", POMELO, page="lockout"),
    Turn(48, 15.0, "launch", POMELO, is_real=False),
    Turn(51, 11.5, "two_at_once", HERON, page="leak"),
    Turn(51, 11.5, "two_at_once", POMELO, page="leak"),
    Turn(56, 18.5, "football", HERON, is_real=False),
)


def all_shapes(seed: int, anchor: datetime, since: datetime, until: datetime) -> list[Crisis]:
    """Everything that has posts in the window, oldest first."""
    first = datetime.combine(anchor.astimezone(UTC).date(), time(), UTC) - ROUND
    found: list[Crisis] = []
    nth = (since - LONGEST - first) // ROUND
    while first + nth * ROUND < until:
        found += _round(seed, nth, first + nth * ROUND)
        nth += 1
    shown = (crisis for crisis in found if since - LONGEST < crisis.begins < until)
    return sorted(shown, key=lambda crisis: crisis.begins)


def _round(seed: int, nth: int, midnight: datetime) -> Iterator[Crisis]:
    for turn in TURNS:
        # By day and shape, so that those who come together come at the same minute.
        late = dice(seed, "all shapes", nth, turn.day, turn.shape).randrange(turn.late_minutes)
        begins = midnight + timedelta(days=turn.day, hours=turn.hour, minutes=late)
        down = Down(DOWN_SITE, begins - _DOWN_BEFORE, begins - _DOWN_BEFORE + _DOWN_FOR)
        yield Crisis(
            shape=turn.shape,
            page=turn.page or turn.shape,
            brand=turn.brand,
            begins=begins,
            seed=f"{seed}|all shapes|{nth}|{turn.day}|{turn.shape}|{turn.brand.key}",
            is_real=turn.is_real,
            down=down if turn.shape == "source_down" else None,
        )
