"""The sources page: which places are heard, which went quiet, what could not be read."""

from datetime import timedelta

from fastapi import APIRouter, Request, Response

from spiders.health import last_runs, posts_since
from spiders.state import quarantined
from untagged.web.page import clock_now, pipeline_of, render

router = APIRouter()
SHOWN = 50


@router.get("/sources")
def sources(request: Request) -> Response:
    """Health of every source, and the newest of the quarantine."""
    pipeline = pipeline_of(request)
    with pipeline.read() as connection:
        health = {run.source: run for run in last_runs(connection)}
        posts = posts_since(connection, clock_now() - timedelta(days=1))
        rejected = quarantined(connection, SHOWN)
    configured = pipeline.settings.sources
    rows = [(source, health.get(source.name), posts.get(source.name, 0)) for source in configured]
    return render(request, "sources.html", {"rows": rows, "rejected": rejected})
