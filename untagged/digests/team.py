"""The team's digest: how fast and how reliably people were answered, why not, and what comes."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from alerts.digests.digest import Digest, Entry, Figure, Section, Table
from cases import survey
from cases.causes import MEANING, Cause
from cases.forecasting.arrivals import arrivals
from cases.missed import causes
from cases.performance import Performance, Spread, performance
from cases.staffing.pace import Given, given, pace
from cases.survey import SurveyResult
from mentions.times import said_duration
from untagged.digests.asked import Asked
from untagged.digests.team_charts import DAYS, rhythm_chart
from untagged.digests.week_ahead import ahead_records, gaps_in_words, next_week
from untagged.digests.wording import said_count
from untagged.looking_ahead import USUAL_HANDLING, Ahead, look_ahead, zone_of
from untagged.pipeline import Pipeline

PROMISES = {"FRT": "first response", "NRT": "next response", "RT": "resolution"}
"""What the short names stand for, which only those know who made the policies."""
NONE, SPREAD = "–", "median, slowest tenth"
SHOWN = 20
"""Missed promises that are told one by one; the records have all."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the digest is made of. `before` is the period of the same length before."""

    now: Performance
    before: Performance
    teams: list[Performance]
    agents: list[Performance]
    surveys: list[SurveyResult]
    surveys_before: list[SurveyResult]
    missed: list[Cause]
    arrived: list[datetime]
    answers: list[Given]
    ahead: list[Ahead]
    zone: ZoneInfo


def gather_team(pipeline: Pipeline, asked: Asked) -> Digest:
    """Response times, promises, work by the hour, surveys, and next week, of a team or of all."""
    seen = _seen(pipeline, asked)
    title = f"Team performance: {asked.team}" if asked.team else "Team performance"
    about: Any = {"brand": asked.brand, "team": asked.team}
    if not (seen.now.cases or seen.before.cases or seen.missed or seen.answers):
        between = f"between {_day(asked.since, seen)} and {_day(asked.until, seen)}"
        lead = (f"No cases {between}.",)
        return Digest("team", title, asked.since, asked.until, lead, **about)
    sections = (
        _answers(seen),
        _work(seen),
        _agents(seen),
        _surveys(seen),
        _promises(seen),
        *(next_week(one) for one in seen.ahead if one.forecast.hours),
    )
    return Digest(
        kind="team",
        title=title,
        since=asked.since,
        until=asked.until,
        lead=tuple(_lead(seen)),
        sections=tuple(one for one in sections if one is not None),
        records=tuple(_records(seen)),
        **about,
    )


def _seen(pipeline: Pipeline, asked: Asked) -> _Seen:
    about: Any = {"brand": asked.brand, "team": asked.team}
    window: Any = {"since": asked.since, "until": asked.until, **about}
    earlier: Any = {**window, "since": asked.since - (asked.until - asked.since)}
    earlier["until"] = asked.since
    teams = pipeline.settings.teams
    with pipeline.read() as connection:
        *by_team, every = performance(connection, by="team", **window)
        *by_agent, _ = performance(connection, by="agent", **window)
        answers = given(connection, **window)
        measured = pace(answers)
        as_set = next((one.planning.handling for one in teams if one.name == asked.team), None)
        handling = as_set or (measured.handling if measured else USUAL_HANDLING)
        return _Seen(
            now=every,
            before=performance(connection, **earlier)[-1],
            teams=by_team,
            agents=by_agent,
            surveys=survey.results(connection, **window),
            surveys_before=survey.results(connection, **earlier),
            missed=causes(connection, teams, handling=handling, **window),
            arrived=arrivals(connection, **window),
            answers=answers,
            ahead=list(_ahead(pipeline, connection, asked)),
            zone=ZoneInfo(zone_of(pipeline, asked.team)),
        )


def _ahead(pipeline: Pipeline, connection: Any, asked: Asked) -> Iterator[Ahead]:
    """Of the team; of all teams each, with all together first."""
    at = asked.until  # not now: the same period is foretold the same, whenever it is asked for
    yield look_ahead(pipeline, connection, now=at, team=asked.team, brand=asked.brand)
    if asked.team is None and asked.brand is None and len(pipeline.settings.teams) > 1:
        for team in pipeline.settings.teams:
            yield look_ahead(pipeline, connection, now=at, team=team.name)


def _lead(seen: _Seen) -> Iterator[str]:
    now, before = seen.now, seen.before
    answered = _percent(_rate(now))
    first = f", half of them within {said_duration(now.frt.median)}" if now.frt.median else ""
    earlier = f" ({said_duration(before.frt.median)} before)" if first and before.frt.median else ""
    came = f"{said_count(now.cases, 'case')} came ({before.cases:,} before)"
    yield f"{came}; {answered} were answered{first}{earlier}."
    if now.kept is not None:
        was = f" ({_percent(before.kept)} before)" if before.kept is not None else ""
        yield f"{_percent(now.kept)} of first responses were as promised{was}.{_mostly(seen)}"
    yield from gaps_in_words([one for one in seen.ahead if one.team is not None])


def _mostly(seen: _Seen) -> str:
    """Why most promises were missed."""
    if not seen.missed:
        return ""
    (name, count), *_ = _counted(seen.missed)
    missed = len(seen.missed)
    said = "1 promise was missed" if missed == 1 else f"{missed} promises were missed"
    of = "because" if missed == 1 else f"{'all' if count == missed else count} of them because"
    return f" {said}, {of} {MEANING[name]}."


def _answers(seen: _Seen) -> Section:
    now, before = seen.now, seen.before
    figures = (
        Figure("Cases", f"{now.cases:,}", f"{before.cases:,}"),
        *_figure("Answered", _percent(_rate(now)), _percent(_rate(before))),
        *_figure("Within 15 minutes", _percent(now.quick), _percent(before.quick)),
        *_figure("First response as promised", _percent(now.kept), _percent(before.kept)),
        *_figure("First response", _spread(now.frt), _spread(before.frt), SPREAD),
        *_figure("Next response", _spread(now.nrt), _spread(before.nrt), SPREAD),
        *_figure("Resolution", _spread(now.rt), _spread(before.rt), SPREAD),
    )
    rows = [
        (
            *(one.group, one.cases, one.answered, _percent(one.quick), _percent(one.kept)),
            *(_spread(one.frt), _spread(one.nrt), _spread(one.rt)),
        )
        for one in seen.teams
    ]
    columns = ("Team", "Cases", "Answered", "In 15 min", "As promised")
    spreads = ("First response", "Next response", "Resolution")
    text = "Times count from publishing, day and night, as the author lived them."
    return Section("Answers", text, figures=figures, table=Table((*columns, *spreads), tuple(rows)))


def _figure(name: str, now: str, before: str, note: str = "") -> Iterator[Figure]:
    """A figure; none where there was nothing to measure, now or before."""
    if now != NONE or before != NONE:
        yield Figure(name, now, "" if before == NONE else before, "" if now == NONE else note)


def _work(seen: _Seen) -> Section | None:
    arrived, given_at = _by_hour(seen.arrived, seen), _by_hour(_times(seen), seen)
    if not arrived and not given_at:
        return None
    hours = [
        (
            f"{hour:02}:00",
            sum(arrived[day, hour] for day in range(7)),
            sum(given_at[day, hour] for day in range(7)),
        )
        for hour in range(24)
    ]
    # What the brand's accounts answered elsewhere is in "answered", and nobody's work here.
    words = f"{said_count(len(seen.arrived), 'case')} came; agents gave "
    words += f"{said_count(len(seen.answers), 'answer')} from here."
    busiest, most, _ = max(hours, key=lambda row: row[1])
    words += f" Most came in the hour from {busiest}: {most}." if most else ""
    return Section(
        "Work by the hour",
        f"By the clocks of {seen.zone.key}.",
        chart=rhythm_chart(arrived, words),
        table=Table(("Hour", "Cases came", "Answers given"), tuple(hours)),
    )


def _agents(seen: _Seen) -> Section | None:
    given_by = Counter(one.agent for one in seen.answers)
    by_name = {one.group: one for one in seen.agents}
    names = sorted(set(given_by) | set(by_name))
    if not names:
        return None
    rows = []
    for name in names:
        its = by_name.get(name)
        row = (name, its.cases if its else 0, given_by[name])
        rows.append((*row, *((_percent(its.kept), _spread(its.frt)) if its else (NONE, NONE))))
    columns = ("Agent", "Cases", "Answers given", "As promised", "First response")
    return Section("Work by agent", table=Table(columns, tuple(rows)))


def _surveys(seen: _Seen) -> Section | None:
    if not seen.surveys:
        return None
    before = {one.team: one for one in seen.surveys_before if not one.topic}
    rows = [
        (
            *(one.team, one.topic or "all", one.asked, one.answered, one.satisfied),
            None if one.mean is None else round(one.mean, 1),
            _mean(before.get(one.team), one.topic),
        )
        for one in seen.surveys
    ]
    columns = ("Team", "Topic", "Asked", "Answered", "Satisfied (4, 5)", "Mean of 1 to 5")
    return Section("Survey", table=Table((*columns, "Mean before"), tuple(rows)))


def _promises(seen: _Seen) -> Section | None:
    if not seen.missed:
        return None
    rows = tuple((name, MEANING[name], count) for name, count in _counted(seen.missed))
    entries = tuple(_entry(one) for one in seen.missed[:SHOWN])
    left = len(seen.missed) - len(entries)
    more = f" The first {SHOWN} of {len(seen.missed)} are told below." if left else ""
    return Section(
        "Promises missed",
        f"The cause is what took most of the time that was promised.{more}",
        entries=entries,
        table=Table(("Cause", "Meaning", "Promises"), rows),
    )


def _entry(one: Cause) -> Entry:
    case, kind = one.missed.case, one.missed.kind
    return Entry(
        f"Case {case.id}, {case.brand}: {PROMISES.get(kind, kind)} missed",
        facts=(one.reason, f"due {one.missed.due_at:%Y-%m-%d %H:%M} UTC"),
        id=f"case-{case.id}-{kind}",
        status=one.name,
        href=f"/cases/{case.id}",
    )


def _records(seen: _Seen) -> Iterator[dict[str, Any]]:
    yield {"record": "performance", "period": "now", **seen.now.to_json()}
    yield {"record": "performance", "period": "before", **seen.before.to_json()}
    for one in seen.teams:
        yield {"record": "team", **one.to_json()}
    arrived, given_at = _by_hour(seen.arrived, seen), _by_hour(_times(seen), seen)
    for day, hour in sorted(set(arrived) | set(given_at)):
        counts = {"arrived": arrived[day, hour], "answered": given_at[day, hour]}
        yield {"record": "hour", "weekday": DAYS[day], "hour": hour, **counts}
    given_by = Counter(one.agent for one in seen.answers)
    for one in seen.agents:
        yield {"record": "agent", "answers": given_by[one.group], **one.to_json()}
    for result in seen.surveys:
        told = {"asked": result.asked, "answered": result.answered, "mean": result.mean}
        yield {"record": "survey", "team": result.team, "topic": result.topic, **told}
    for cause in seen.missed:
        case = cause.missed.case
        about = {"case": case.id, "team": case.team, "agent": case.agent, "brand": case.brand}
        why = {"cause": cause.name, "reason": cause.reason}
        due = {"promise": cause.missed.kind, "due_at": cause.missed.due_at.isoformat()}
        yield {"record": "breach", **about, **due, **why}
    for ahead in seen.ahead:
        yield from ahead_records(ahead)


def _counted(missed: Sequence[Cause]) -> list[tuple[Any, int]]:
    """Causes with how often they were, the most frequent first."""
    counted = Counter(one.name for one in missed)
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


def _by_hour(moments: Sequence[datetime], seen: _Seen) -> Counter[tuple[int, int]]:
    local = (at.astimezone(seen.zone) for at in moments)
    return Counter((at.weekday(), at.hour) for at in local)


def _times(seen: _Seen) -> list[datetime]:
    return [one.at for one in seen.answers]


def _mean(before: SurveyResult | None, topic: str) -> float | None:
    return None if before is None or topic or before.mean is None else round(before.mean, 1)


def _rate(one: Performance) -> float | None:
    return one.answered / one.cases if one.cases else None


def _percent(share: float | None) -> str:
    return NONE if share is None else f"{share:.0%}"


def _spread(spread: Spread) -> str:
    if spread.median is None or spread.p90 is None:
        return NONE
    return f"{said_duration(spread.median)}, {said_duration(spread.p90)}"


def _day(at: datetime, seen: _Seen) -> str:
    local = at.astimezone(seen.zone)
    return f"{local.day} {local:%b %Y %H:%M}"
