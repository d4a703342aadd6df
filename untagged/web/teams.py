"""The team page: how fast people were answered and as promised, who has how much, surveys."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from cases import survey
from cases.performance import GROUPINGS, Grouping, performance
from cases.workload import workload
from untagged import replying
from untagged.web.doors import needs
from untagged.web.page import clock_now, pipeline_of, render

router = APIRouter()
DAYS = (1, 7, 30, 90)
USUAL_DAYS = 7
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
        context: dict[str, Any] = {
            "rows": performance(connection, since=since, until=now, by=grouping),
            "work": workload(connection, pipeline.settings.teams, now),
            "surveys": survey.results(connection, since=since, until=now),
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
