"""The people needed: enough by a simulation of its own, in the hours that help, no crowd."""

import random
from datetime import UTC, datetime

import pytest

from cases.forecasting.history import HOUR
from cases.staffing.needed import Promise, Staffing, Work, gaps, staffing
from cases.staffing.planned import opening, planned
from cases.team import Agent, Team

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
DAYS, DAY = 3, 24
DAYTIME = (*(0.3, 0.1, 0.1, 0.1, 0.1, 0.2, 0.4, 0.8, 1.2, 1.4, 1.2, 1.1, 1.2, 1.0), *(1.1, 1.2))
BY_HOUR = (*DAYTIME, 1.4, 1.7, 2.0, 2.0, 1.6, 1.2, 0.9, 0.5)
"""A day with a morning, an evening that is the busiest, and a night."""


def asked(
    a_day: float, people: tuple[int, ...], *, promise: float, handling: float, share: float = 0.9
) -> Staffing:
    rates = tuple(a_day * hour / sum(BY_HOUR) for hour in BY_HOUR) * DAYS
    within = promise - handling
    quarters = range(DAYS * DAY * 4 + 1)
    return staffing(
        MONDAY,
        rates,
        people * DAYS,
        tuple(number // DAY for number in range(DAYS * DAY)),
        promise=Promise(share, within, tuple(number / 4 + within for number in quarters)),
        work=Work(handling),
        may_work=(True,) * (DAYS * DAY),
    )


def shift(people: int, begins: int, ends: int) -> tuple[int, ...]:
    return tuple(people if begins <= hour < ends else 0 for hour in range(DAY))


def kept_by(people, a_day: float, *, promise: float, handling: float, weeks: int = 60) -> float:
    """The share begun in time on the second day, played case by case with people who go home."""
    dice, in_time, came = random.Random(11), 0, 0
    rates = [a_day * hour / sum(BY_HOUR) for hour in BY_HOUR] * DAYS
    for _ in range(weeks):
        free = [0.0] * max(people)
        for at in sorted(arrivals(dice, rates)):
            ready = [there(people, person, max(at, since)) for person, since in enumerate(free)]
            begins, person = min((moment, number) for number, moment in enumerate(ready))
            if begins < len(people):
                free[person] = begins + dice.expovariate(1 / handling)
            if DAY <= at < 2 * DAY:
                came += 1
                in_time += begins <= at + promise - handling
    return in_time / came


def arrivals(dice: random.Random, rates: list[float]) -> list[float]:
    found: list[float] = []
    for hour, rate in enumerate(rates):
        at = hour + dice.expovariate(rate)
        while at < hour + 1:
            found.append(at)
            at += dice.expovariate(rate)
    return found


def there(people, person: int, at: float) -> float:
    """When the person is there from `at` on: they are the last to come and the first to go."""
    hour = int(at)
    while hour < len(people) and people[hour] <= person:
        hour += 1
        at = float(hour)
    return at if hour < len(people) else float("inf")


CASES = [
    pytest.param(150, shift(1, 0, 24), 1.0, 0.1, id="one-around-the-clock"),
    pytest.param(150, shift(3, 8, 18), 1.0, 0.1, id="office-hours-and-a-night-that-waits"),
    pytest.param(150, shift(2, 8, 18), 4.0, 0.15, id="four-hours-of-time"),
    pytest.param(400, shift(4, 6, 24), 0.5, 0.1, id="a-large-team"),
    pytest.param(60, shift(2, 0, 24), 0.25, 0.1, id="a-quarter-of-an-hour"),
]


@pytest.mark.parametrize(("a_day", "people", "promise", "handling"), CASES)
def test_the_people_needed_keep_the_promise_over_a_day_with_changing_load(
    a_day, people, promise, handling
):
    plan = asked(a_day, people, promise=promise, handling=handling)
    kept = kept_by(plan.needed, a_day, promise=promise, handling=handling)
    assert kept >= 0.9 - 0.02
    assert kept == pytest.approx(plan.kept_then[1], abs=0.025)
    fewer = tuple(max(number - 1, 0) for number in plan.needed)
    assert kept_by(fewer, a_day, promise=promise, handling=handling) < 0.9  # nor are they a crowd


@pytest.mark.parametrize(("a_day", "people", "promise", "handling"), CASES)
def test_it_says_what_those_who_are_planned_keep(a_day, people, promise, handling):
    plan = asked(a_day, people, promise=promise, handling=handling)
    played = kept_by(people * DAYS, a_day, promise=promise, handling=handling)
    assert plan.kept[1] == pytest.approx(played, abs=0.05)


def test_erlang_by_the_hour_alone_misjudges_what_the_night_leaves():
    """Whoever opens at eight meets the night's cases; Erlang A knows of none of them."""
    office = shift(2, 8, 18)
    plan = asked(150, office, promise=4.0, handling=0.15)
    by_hour = tuple(
        min(alone, there) for alone, there in zip(plan.erlang, plan.planned, strict=True)
    )
    assert kept_by(by_hour, 150, promise=4.0, handling=0.15) < 0.75
    assert kept_by(plan.needed, 150, promise=4.0, handling=0.15) >= 0.88


def test_whoever_is_planned_is_asked_before_others_are():
    plan = asked(150, shift(5, 0, 24), promise=1.0, handling=0.1)
    assert gaps(plan) == []
    assert max(plan.needed) < 5
    assert min(plan.kept) > 0.98


def test_gaps_are_stretches_of_a_day_with_their_hour_of_most_need():
    needed, people = (1, 2, 4, 4, 1, 3), (1, 2, 2, 2, 1, 0)
    plan = Staffing(MONDAY, needed, people, needed, (0, 0, 0, 1, 1, 1), (1.0, 1.0), (1.0, 1.0))
    first, second, third = gaps(plan)
    assert (first.since, first.until) == (MONDAY + 2 * HOUR, MONDAY + 3 * HOUR)
    assert (second.since, second.until) == (MONDAY + 3 * HOUR, MONDAY + 4 * HOUR)
    assert (third.needed, third.planned, third.is_even) == (3, 0, True)
    uneven = Staffing(MONDAY, (3, 5), (1, 1), (1, 1), (0, 0), (1.0,), (1.0,))
    (only,) = gaps(uneven)
    assert (only.needed, only.planned, only.is_even) == (5, 1, False)
    assert only.until - only.since == 2 * HOUR


def test_where_people_cannot_be_added_the_promise_is_not_kept_and_the_search_ends():
    plan = staffing(
        MONDAY,
        (10.0,) * DAY,
        (0,) * DAY,
        (0,) * DAY,
        promise=Promise(0.9, 1.0, tuple(number / 4 + 1 for number in range(DAY * 4 + 1))),
        work=Work(0.1),
        may_work=(False,) * DAY,
    )
    assert plan.needed == (0,) * DAY
    assert plan.kept_then == (0.0,)


def test_what_waits_already_is_work_of_the_first_hours():
    quiet = {"promise": Promise(0.9, 0.9, tuple(number / 4 + 0.9 for number in range(DAY * 4 + 1)))}
    some = (MONDAY, (3.0,) * DAY, (1,) * DAY, (0,) * DAY)
    may_work = (True,) * DAY
    calm = staffing(*some, **quiet, work=Work(0.1), may_work=may_work)
    busy = staffing(*some, **quiet, work=Work(0.1, waiting=40), may_work=may_work)
    assert sum(calm.needed[:4]) < sum(busy.needed[:4])
    assert calm.needed[8:] == busy.needed[8:]


def test_people_are_there_by_their_calendars_and_not_while_absent():
    nine_to_five = {"zone": "Europe/Berlin", "hours": {"mon-fri": "09:00-17:30"}}
    team = Team.model_validate(
        {
            "name": "care",
            "calendar": nine_to_five,
            "agents": [
                {"name": "ana"},
                {"name": "ben", "absences": [{"from": "2026-03-03", "until": "2026-03-04"}]},
                {"name": "cy", "calendar": {"hours": {"mon": "20:00-22:00"}}},
            ],
        }
    )
    people = planned(team, MONDAY, 48)
    assert people[8:16] == [2] * 8  # nine in Berlin is eight in UTC
    assert people[16] == 2  # until half past five: half an hour counts
    assert people[17:24] == [0, 0, 0, 1, 1, 0, 0]
    assert people[24 + 8] == 1
    assert [number for number, is_open in enumerate(opening(team, MONDAY, 24)) if is_open] == [
        *range(8, 16),
        *(20, 21),
    ]


def test_a_team_without_agents_has_nobody():
    assert planned(Team(name="care"), MONDAY, 3) == [0, 0, 0]
    away = Team(name="care", agents=(Agent(name="ana", away=True),))
    assert planned(away, MONDAY, 2) == [0, 0]
