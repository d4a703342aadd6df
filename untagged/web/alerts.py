"""The alerts page: what fired, why, and who has seen it."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from alerts.book import acknowledge, list_alerts
from untagged.web.page import agent_of, clock_now, pipeline_of, render

router = APIRouter()
SHOWN = 100
KINDS = (
    ("crisis", "Crises"),
    ("spike", "Spikes"),
    ("unanswered", "Unanswered"),
    ("watchlist", "Watchlist"),
    ("influencer", "Influencers"),
    ("flatline", "Silent sources"),
    ("", "All"),
)


@router.get("/alerts")
def alerts(request: Request, kind: str = "spike") -> Response:
    """Alerts, newest first."""
    with pipeline_of(request).read() as connection:
        found = list_alerts(connection, kinds=(kind,) if kind else (), limit=SHOWN)
    return render(request, "alerts.html", {"alerts": found, "kind": kind, "kinds": KINDS})


@router.post("/alerts/{number}/acknowledge")
def take(request: Request, number: int) -> Response:
    """Say that somebody looks at it."""
    with pipeline_of(request).begin() as connection:
        acknowledge(connection, number, who=agent_of(request), now=clock_now())
    return RedirectResponse("/alerts", status_code=303)
