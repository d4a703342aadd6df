"""Schedule: which crises a story has, and when. New shapes are added to `SHAPES`."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from types import MappingProxyType

from untagged.town.brands import HERON, POMELO
from untagged.town.crises.all_shapes import all_shapes
from untagged.town.crises.bad_update import bad_update
from untagged.town.crises.bumps import football, launch
from untagged.town.crises.burst import burst
from untagged.town.crises.campaign import campaign
from untagged.town.crises.copied import copied
from untagged.town.crises.crisis import LONGEST, Crisis, Shape
from untagged.town.crises.flood import flood
from untagged.town.crises.night import night
from untagged.town.crises.outage import outage
from untagged.town.crises.slow_rise import slow_rise
from untagged.town.crises.source_down import source_down
from untagged.town.crises.two_at_once import two_at_once
from untagged.town.dice import dice

SHAPES: MappingProxyType[str, Shape] = MappingProxyType(
    {
        "outage": outage,
        "bad_update": bad_update,
        "burst": burst,
        "slow_rise": slow_rise,
        "flood": flood,
        "copied": copied,
        "campaign": campaign,
        "night": night,
        "source_down": source_down,
        "two_at_once": two_at_once,
        "football": football,
        "launch": launch,
    }
)
_TURNS = (("outage", HERON), ("bad_update", POMELO))
_BEFORE_ANCHOR = timedelta(hours=3)
_GAP_AHEAD_HOURS = (55.0, 105.0)
_GAP_BEHIND_HOURS = (175.0, 235.0)
"""The past is calmer than the future: a new user's story needs a clear before."""


def crises_between(seed: int, anchor: datetime, since: datetime, until: datetime) -> list[Crisis]:
    """Every crisis that has posts in the window. One begins three hours before `anchor`."""
    found = [*_onwards(seed, anchor, step=1, stop=until)]
    if since < anchor:
        found += [*_onwards(seed, anchor, step=-1, stop=since - LONGEST)][1:]
    shown = (crisis for crisis in found if since - LONGEST < crisis.begins < until)
    return sorted(shown, key=lambda crisis: crisis.begins)


Schedule = Callable[[int, datetime, datetime, datetime], list[Crisis]]
"""(seed, anchor, since, until) -> the crises that have posts in the window, oldest first."""
SCHEDULES: MappingProxyType[str, Schedule] = MappingProxyType(
    {"ordinary": crises_between, "all-shapes": all_shapes}
)


def _onwards(seed: int, anchor: datetime, *, step: int, stop: datetime) -> Iterator[Crisis]:
    nth, begins = 0, anchor - _BEFORE_ANCHOR
    while step * (stop - begins) > timedelta():
        shape, brand = _TURNS[nth % len(_TURNS)]
        yield Crisis(shape, shape, brand, begins, seed=f"{seed}|crisis|{nth}|{begins:%F %T}")
        nth += step
        low, high = _GAP_AHEAD_HOURS if step > 0 else _GAP_BEHIND_HOURS
        hours = dice(seed, "gap", nth).uniform(low, high)
        begins += step * timedelta(minutes=round(hours * 60))
