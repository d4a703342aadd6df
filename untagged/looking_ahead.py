"""Looking ahead: a team's next week, by the hour: cases to come, people needed, people planned."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from alerts import book
from cases.forecasting.arrivals import Usual, arrivals_by_hour, first_arrival, usual, waiting
from cases.forecasting.forecast import Forecast, forecast
from cases.forecasting.history import HOUR, WEEK_HOURS, History, Stretch, floor_hour
from cases.policy import SlaPolicy
from cases.staffing.needed import Gap, Promise, Staffing, Work, gaps, staffing
from cases.staffing.pace import given, pace
from cases.staffing.planned import opening, planned
from cases.staffing.queue import STEPS_AN_HOUR
from cases.team import Team, find_team
from mentions.sentences import Sentence, Share, counted_sentence, in_english, sentence
from untagged.pipeline import Pipeline

LOOKED_BACK = timedelta(days=84)
"""Twelve weeks: after four an hour counts half, after twelve an eighth."""
PACE_BACK = timedelta(days=28)
USUAL_HANDLING = timedelta(minutes=6)
"""What a case is taken to cost until it is set or measured."""
STORMS = ("spike", "crisis")
"""Kinds of alerts during which more comes than next week should be planned for."""
PLAYED_AT_MOST, PLAYED_AT_ONCE = 10_000, 2_000
"""Cases a week: playing more of them takes over a quarter of a minute, or over two seconds."""
LITTLE = 0.01
"""So far a day's share may lie below what is asked before it is said."""
BUSY_AT_MOST = 500
"""People busy in an hour; more are a slip in what a case takes."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day to come: its cases, its busiest hour with that one's range, and for a team the people.

    `date` and `busiest` say it in English; `busiest_at`, `low` and `high` are the parts of it.
    `needed` is the most at once, `missing` how many hours of work nobody is planned for, `kept` the
    share of first responses that those who are planned give in time.
    """

    date: str
    cases: int
    busiest: str
    busiest_at: datetime
    low: int
    high: int
    needed: int | None = None
    missing: int | None = None
    kept: float | None = None


@dataclass(frozen=True, slots=True)
class Ahead:
    """The next week of a team or brand, or of all (None).

    `staffing` is None where it cannot be reckoned: `rests_on` says why, else by what it was.
    """

    team: str | None
    brand: str | None
    forecast: Forecast
    staffing: Staffing | None = None
    rests_on: tuple[Sentence, ...] = ()

    @property
    def how(self) -> str:
        """The same in English."""
        return in_english(self.rests_on)

    @property
    def gaps(self) -> list[Gap]:
        """Where people lack."""
        return [] if self.staffing is None else gaps(self.staffing)

    def said(self, gap: Gap) -> str:
        """'Tuesday 3 Mar 17:00 to 20:00 needs 4 people, 2 are planned'."""
        return str(self.lacking(gap))

    def lacking(self, gap: Gap) -> Sentence:
        """When how many people lack, by the clock on the wall."""
        wall = ZoneInfo(self.forecast.zone)
        since, until = gap.since.astimezone(wall), gap.until.astimezone(wall)
        ends = "24:00" if until.date() > since.date() else f"{until:%H:%M}"
        people = (
            counted_sentence("%(n)s person", "%(n)s people", gap.needed)
            if gap.is_even
            else counted_sentence("up to %(n)s person", "up to %(n)s people", gap.needed)
        )
        there = (
            counted_sentence("%(n)s is planned", "%(n)s are planned", gap.planned)
            if gap.planned
            else sentence("nobody is planned")
        )
        return sentence(
            "%(day)s %(since)s to %(until)s needs %(people)s, %(there)s",
            day=since.date(),
            since=f"{since:%H:%M}",
            until=ends,
            people=people,
            there=there,
        )

    def days(self) -> list[Day]:
        """Each day by the clock on the wall."""
        found: list[Day] = []
        wall, number = ZoneInfo(self.forecast.zone), 0
        for day, hours in self.forecast.by_day().items():
            most = max(hours, key=lambda hour: hour.expected)
            at = most.at.astimezone(wall)
            told = Day(
                date=f"{day:%a} {day.day} {day:%b}",
                cases=round(sum(hour.expected for hour in hours)),
                busiest=f"{at:%H:%M}, {most.low} to {most.high} cases",
                busiest_at=at,
                low=most.low,
                high=most.high,
            )
            places = range(number, number + len(hours))
            found.append(told if self.staffing is None else self._with_people(told, places))
            number += len(hours)
        return found

    def _with_people(self, day: Day, places: range) -> Day:
        plan = self.staffing
        assert plan is not None, "asked for where there is one"  # noqa: S101  # for the types
        return replace(
            day,
            needed=max(plan.needed[place] for place in places),
            missing=sum(plan.missing(place) for place in places),
            kept=plan.kept[plan.days[places.start]],
        )

    def hours(self) -> list[dict[str, Any]]:
        """Each hour with its forecast and, where they are reckoned, its people."""
        found = []
        for number, hour in enumerate(self.forecast.hours):
            row: dict[str, Any] = {
                "at": hour.at.isoformat(),
                "expected": round(hour.expected, 3),
                "low": hour.low,
                "high": hour.high,
            }
            if self.staffing is not None:
                row |= {
                    "needed": self.staffing.needed[number],
                    "planned": self.staffing.planned[number],
                    "missing": self.staffing.missing(number),
                }
            found.append(row)
        return found


def look_ahead(
    pipeline: Pipeline,
    connection: Any,
    *,
    now: datetime,
    team: str | None = None,
    brand: str | None = None,
    at_once: bool = False,
) -> Ahead:
    """The week after the last full hour. Raises NotFound for a team that there is not.

    People are reckoned for a team as a whole: a brand's cases alone do not fill anybody's day.
    `at_once` is for a page: it leaves out what waits at `now`, which changes with every case, so
    that who looks again within the hour waits for nothing; and it plays no large team.
    """
    seen = forecast(history(pipeline, connection, now=now, team=team, brand=brand))
    if team is None or brand is not None or not seen.hours:
        return Ahead(team, brand, seen)
    roster = find_team(pipeline.settings.teams, team)
    promised = usual(connection, since=now - PACE_BACK, until=now, team=team)
    if promised is None:
        nothing = sentence("No case of the last 28 days says what is promised.")
        return Ahead(team, brand, seen, rests_on=(nothing,))
    handling, measured = _handling(connection, roster, now)
    how = sentence(
        "For %(kept)s of first responses within %(within)s (%(policy)s) on every day; a case takes "
        "%(handling)s (%(measured)s) and comes %(lag)s after its post.",
        kept=Share(roster.planning.kept),
        within=promised.first_response,
        policy=promised.policy.name,
        handling=handling,
        measured=measured,
        lag=promised.lag,
    )
    if none := _impossible(seen, promised, handling, at_once=at_once):
        return Ahead(team, brand, seen, rests_on=(how, none))
    waits = 0 if at_once else waiting(connection, team=team, at=now)
    people = _staffing(seen, roster, promised, handling=handling, waits=waits)
    if min(people.kept_then) >= roster.planning.kept - LITTLE:
        return Ahead(team, brand, seen, people, (how,))
    short = sentence(
        "On some days more people in the hours in which they may work do not keep that."
    )
    return Ahead(team, brand, seen, people, (how, short))


def history(
    pipeline: Pipeline,
    connection: Any,
    *,
    now: datetime,
    team: str | None = None,
    brand: str | None = None,
) -> History:
    """What came by the hour in the last twelve weeks, with the hours of spikes and crises."""
    since = floor_hour(now) - LOOKED_BACK
    return History.counted(
        arrivals_by_hour(connection, since=since, until=now, team=team, brand=brand),
        until=now,
        spikes=storms(connection, brand, since=since, until=now),
        zone=zone_of(pipeline, team),
        begun=first_arrival(connection, since=since, until=now),
    )


def zone_of(pipeline: Pipeline, team: str | None) -> str:
    """Where a team's clock hangs; for all teams, the first that has one."""
    teams = pipeline.settings.teams
    chosen = [find_team(teams, team)] if team is not None else list(teams)
    return next((one.calendar.zone for one in chosen if one.calendar is not None), "UTC")


def storms(
    connection: Any, brand: str | None, *, since: datetime, until: datetime
) -> list[Stretch]:
    """When alerts of spikes and crises held; one that nobody closed ends when it last fired."""
    found = book.list_alerts(
        connection, kinds=STORMS, brand=brand, since=since - timedelta(days=7), limit=None
    )
    return sorted((one.began_at, min(one.last_at + HOUR, until)) for one in found)


def _impossible(
    seen: Forecast, promised: Usual, handling: timedelta, *, at_once: bool
) -> Sentence | None:
    """Why the people are not reckoned, None if they can be."""
    if promised.first_response <= promised.lag + handling:
        return sentence(
            "No number of people keeps that: it is nearly over, or over, when the case comes."
        )
    busy = max(hour.expected for hour in seen.hours) * handling / HOUR
    if busy > BUSY_AT_MOST:
        return sentence(
            "That keeps %(people)s people busy at once; look at handling under planning.",
            people=round(busy),
        )
    if seen.expected > PLAYED_AT_MOST:
        return sentence(
            "Over %(n)s cases a week are too many to reckon people for.", n=PLAYED_AT_MOST
        )
    if at_once and seen.expected > PLAYED_AT_ONCE:
        return sentence(
            "%(command)s reckons the people of a team this large, in a while.",
            command="`untagged forecast --team`",
        )
    return None


def _handling(connection: Any, team: Team, now: datetime) -> tuple[timedelta, Sentence]:
    if team.planning.handling is not None:
        return team.planning.handling, sentence("as set")
    measured = pace(given(connection, since=now - PACE_BACK, until=now, team=team.name))
    if measured is None:
        assumed = sentence(
            "assumed: too few answers followed one another; set handling under planning"
        )
        return USUAL_HANDLING, assumed
    told = counted_sentence(
        "measured on %(n)s answer in a row", "measured on %(n)s answers in a row", measured.counted
    )
    return measured.handling, told


def _staffing(
    seen: Forecast, team: Team, promised: Usual, *, handling: timedelta, waits: int
) -> Staffing:
    start, wall = seen.hours[0].at, ZoneInfo(seen.zone)
    dates = [hour.at.astimezone(wall).date() for hour in seen.hours]
    before = promised.lag + handling
    is_business = promised.policy.worked is not None
    patience = team.planning.patience
    return staffing(
        start,
        tuple(hour.expected for hour in seen.hours),
        tuple(planned(team, start, len(dates))),
        tuple((day - dates[0]).days for day in dates),
        promise=Promise(
            share=team.planning.kept,
            within=(promised.first_response - before) / HOUR,
            due=_due(start, promised, before),
        ),
        work=Work(handling / HOUR, patience / HOUR if patience else None, waits),
        may_work=tuple(opening(team, start, len(dates))) if is_business else (True,) * len(dates),
    )


def _due(start: datetime, promised: Usual, before: timedelta) -> tuple[float, ...]:
    """Until when what comes at each quarter of an hour has to be begun, in hours from `start`."""
    policy: SlaPolicy = promised.policy
    quarters: Sequence[datetime] = [
        start + number * HOUR / STEPS_AN_HOUR for number in range(WEEK_HOURS * STEPS_AN_HOUR + 1)
    ]
    # The promise of most cases, whichever priority it is of: it counts the same working time.
    like = policy.model_copy(update={"first_response": promised.first_response, "priorities": {}})
    return tuple(
        max((due - before - start) / HOUR, (at - start) / HOUR)
        for at in quarters
        if (due := like.due("first_response", "medium", at)) is not None
    )
