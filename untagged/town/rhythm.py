"""Rhythm: when people write, by the clock on their own wall."""

import random
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from untagged.town.dice import poisson

SOCIAL = (
    # local hours 0 to 23: asleep until six, a hump before work, at noon, a broad one after
    *(0.30, 0.16, 0.10, 0.08, 0.09, 0.18),
    *(0.50, 0.95, 1.25, 1.20, 1.10, 1.12),
    *(1.30, 1.22, 1.05, 1.05, 1.12, 1.35),
    *(1.50, 1.55, 1.60, 1.45, 1.05, 0.60),
)
EVENING = (
    *(0.25, 0.10, 0.05, 0.05, 0.05, 0.08),
    *(0.15, 0.35, 0.55, 0.60, 0.60, 0.65),
    *(0.85, 0.75, 0.65, 0.70, 0.85, 1.10),
    *(1.50, 2.10, 2.50, 2.40, 1.60, 0.70),
)
OFFICE = (
    *(0.02, 0.0, 0.0, 0.0, 0.02, 0.3),
    *(1.2, 1.8, 1.6, 1.5, 1.5, 1.4),
    *(1.0, 1.2, 1.4, 1.5, 1.6, 1.4),
    *(0.9, 0.6, 0.5, 0.4, 0.2, 0.1),
)
_SERVICE_HOURS = range(7, 22)


def moments(
    rng: random.Random, day: date, mean: float, *, zone: str, hours: tuple[float, ...] = SOCIAL
) -> list[datetime]:
    """When things happen on the UTC `day`: about `mean` of them, as `hours` of `zone` have it.

    A day is livelier or duller than the next by a tenth or so, beyond chance.
    """
    count = poisson(rng, mean * rng.lognormvariate(-0.005, 0.1))
    starts = rng.choices(range(24), cum_weights=_weights(day, zone, hours), k=count)
    midnight = datetime.combine(day, time(), UTC)
    spread = (rng.randrange(3_600_000) for _ in starts)
    return sorted(
        midnight + timedelta(hours=hour, milliseconds=ms)
        for hour, ms in zip(starts, spread, strict=True)
    )


def activity(moment: datetime, *, zone: str, hours: tuple[float, ...] = SOCIAL) -> float:
    """How lively the hour is: 1 on the average of the day."""
    return hours[moment.astimezone(_zone(zone)).hour] * 24 / sum(hours)


def in_service(moment: datetime, rng: random.Random, *, zone: str) -> datetime:
    """`moment`, or the next morning if nobody is at the desk then."""
    local = moment.astimezone(_zone(zone))
    if local.hour in _SERVICE_HOURS:
        return moment
    day = local.date() + timedelta(days=local.hour >= _SERVICE_HOURS.stop)
    opening = datetime.combine(day, time(_SERVICE_HOURS.start), local.tzinfo)
    return opening.astimezone(UTC) + timedelta(seconds=rng.randrange(120, 5_400))


@lru_cache(maxsize=256)
def _weights(day: date, zone: str, hours: tuple[float, ...]) -> list[float]:
    midnight = datetime.combine(day, time(), UTC)
    local = ((midnight + timedelta(hours=hour)).astimezone(_zone(zone)) for hour in range(24))
    return list(accumulate(hours[moment.hour] for moment in local))


@lru_cache(maxsize=32)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
