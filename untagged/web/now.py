"""The first page: what needs somebody now."""

from datetime import timedelta

from fastapi import APIRouter, Request, Response

from alerts import outbox
from alerts.book import list_alerts, most_pressing
from alerts.incident_listing import open_incidents
from alerts.tables import OPEN
from cases import desk
from cases.case import LIVING
from untagged.detecting import signal_query
from untagged.doubt import doubts
from untagged.web.page import clock_now, pipeline_of, render

router = APIRouter()
DAY = timedelta(days=1)
SHOWN = 8
SHOWN_KINDS = ("crisis", "spike", "flatline")


@router.get("/")
def now(request: Request) -> Response:
    """Crises, brands, alerts that fire, cases that are due, sources that fail."""
    pipeline, at = pipeline_of(request), clock_now()
    with pipeline.read() as connection:
        firing = list_alerts(connection, statuses=OPEN, kinds=SHOWN_KINDS, limit=None)
        crises = open_incidents(connection)
        due = desk.list_cases(connection, status=LIVING, limit=SHOWN)
        counts = desk.count_cases(connection, now=at)
        dead = outbox.counts(connection)["dead"]
    sources = pipeline.sources(now=at)
    rows = []
    for brand in pipeline.settings.brands:
        said, angry = signal_query(brand.name, "all"), signal_query(brand.name, "negative")
        rows.append(
            {
                "name": brand.name,
                "day": pipeline.store.count(said, since=at - DAY, until=at),
                "before": pipeline.store.count(said, since=at - 2 * DAY, until=at - DAY),
                "doubts": doubts(pipeline.store, said, sources, now=at),
                "negative": pipeline.store.count(angry, since=at - DAY, until=at),
            }
        )
    return render(
        request,
        "now.html",
        {
            "brands": rows,
            "incidents": crises,
            "alerts": most_pressing(firing)[:SHOWN],
            "cases": [(case, desk.clock(case, at)) for case in due],
            "counts": counts,
            "dead": dead,
            "troubled": [each for each in sources if each.is_troubled],
        },
    )
