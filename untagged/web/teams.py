"""The team page: how fast people were answered and as promised, who has how much, surveys."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from alerts.spike_drawing import Theme
from cases import survey
from cases.performance import GROUPINGS, Grouping, Performance, performance
from cases.workload import workload
from untagged import replying
from untagged.looking_ahead import Ahead, look_ahead
from untagged.pipeline import Pipeline
from untagged.web.charts import Usual, forecast_chart
from untagged.web.doors import needs
from untagged.web.hourly import hourly_of
from untagged.web.page import clock_now, pipeline_of, render
from untagged.web.pictures import picture
from untagged.web.reader import reader_of

router = APIRouter()
DAYS = (1, 7, 30, 90)
USUAL_DAYS = 7
KEPT_DAYS = 30
"""Response times of so many days are counted once an hour: 90 days of 10,000 cases take 250 ms."""
LOOKED_AT = 100
"""Settled cases of which the page shows the questions; `untagged cases questions` has them all."""


@router.get("/team", dependencies=[needs("look", everywhere=True)])
def team_page(request: Request, days: int = USUAL_DAYS, by: str = "team") -> Response:
    """Response times by team, agent, source, brand or hour; work, surveys, questions."""
    pipeline, now = pipeline_of(request), clock_now()
    window = days if days in DAYS else USUAL_DAYS
    grouping: Grouping = next((one for one in GROUPINGS if one == by), "team")
    since = now - timedelta(days=window)
    with pipeline.read() as connection:

        def rows(at: datetime) -> list[Performance]:
            return performance(connection, since=at - timedelta(days=window), until=at, by=grouping)

        kept = hourly_of(request)
        counted_at = None
        if window >= KEPT_DAYS:
            found, counted_at = kept.counted(("team", window, grouping), rows, now=now)
        else:
            found = rows(now)
        ahead, _ = kept.counted("ahead", partial(_ahead, pipeline, connection), now=now)
        context: dict[str, Any] = {
            "rows": found,
            "counted_at": counted_at,
            "work": workload(connection, pipeline.settings.teams, now),
            "surveys": survey.results(connection, since=since, until=now),
            "ahead": ahead,
        }
    context |= {
        "questions": replying.questions(pipeline, since=since, until=now, among=LOOKED_AT),
        "looked_at": LOOKED_AT,
        "days": window,
        "all_days": DAYS,
        "by": grouping,
        "groupings": GROUPINGS,
    }
    return render(request, "team.html", context)


@router.get("/team/forecast.svg", dependencies=[needs("look", everywhere=True)])
def forecast_svg(request: Request, theme: Theme = "light") -> Response:
    """The cases of all teams expected in each hour of the next week."""
    pipeline, now = pipeline_of(request), clock_now()
    with pipeline.read() as connection:
        seen = look_ahead(pipeline, connection, now=now).forecast
    hours = [Usual(one.at, one.expected, one.low, one.high) for one in seen.hours]
    reader, number = reader_of(request), round(seen.expected)
    title = reader.ngettext(
        "%(n)s case expected in the next 7 days",
        "%(n)s cases expected in the next 7 days",
        number,
        n=number,
    )
    drawn = forecast_chart(hours, theme=theme, title=title, zone=seen.zone, reader=reader)
    return picture(drawn)


def _ahead(pipeline: Pipeline, connection: Any, now: datetime) -> list[Ahead]:
    """Of all teams together, then of each."""
    names = [None, *(team.name for team in pipeline.settings.teams)]
    return [look_ahead(pipeline, connection, now=now, team=name, at_once=True) for name in names]
