"""The sources page: which places are heard, which went quiet, what could not be read."""

from fastapi import APIRouter, Request, Response

from spiders.state import quarantined
from untagged.web.doors import needs
from untagged.web.page import clock_now, pipeline_of, render

router = APIRouter()
SHOWN = 50


@router.get("/sources", dependencies=[needs("look")])
def sources(request: Request) -> Response:
    """Health of every source, and the newest of the quarantine."""
    pipeline, now = pipeline_of(request), clock_now()
    rows = [(each, each.lag(now)) for each in pipeline.sources(now=now)]
    with pipeline.read() as connection:
        rejected = quarantined(connection, SHOWN)
    return render(request, "sources.html", {"rows": rows, "rejected": rejected})
