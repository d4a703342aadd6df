"""The sources page: which places are heard, which went quiet, what could not be read."""

from fastapi import APIRouter, Request, Response

from spiders.state import quarantined
from untagged.web.doors import needs
from untagged.web.page import clock_now, pipeline_of, render
from untagged.web.visitor import logged_in

router = APIRouter()
SHOWN = 50


@router.get("/sources", dependencies=[needs("look")])
def sources(request: Request) -> Response:
    """Health of every source, and the newest of the quarantine."""
    pipeline, now = pipeline_of(request), clock_now()
    rows = [(each, each.lag(now)) for each in pipeline.sources(now=now)]
    visitor = logged_in(request)
    # Nobody has told yet what these posts are about.
    sees_all = visitor.may("operate") and visitor.scope.is_everything
    with pipeline.read() as connection:
        rejected = quarantined(connection, SHOWN) if sees_all else None
    return render(request, "sources.html", {"rows": rows, "rejected": rejected})
