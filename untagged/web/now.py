"""The first page: what needs somebody now. It shows by itself what changes."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from functools import partial
from hashlib import blake2b

from fastapi import APIRouter, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from alerts import outbox
from alerts.book import list_alerts, most_pressing
from alerts.incident_listing import open_incidents
from alerts.tables import OPEN
from cases import desk
from cases.case import LIVING
from mentions.times import floored
from untagged.listening import Listened
from untagged.pipeline import Pipeline
from untagged.web.doors import is_logged_in, needs
from untagged.web.glance import MINUTE, Glances
from untagged.web.live import Changes
from untagged.web.page import clock_now, pipeline_of, render
from untagged.web.seen import seen_incidents
from untagged.web.visitor import scope_of

router = APIRouter()
SHOWN = 8
SHOWN_KINDS = ("crisis", "spike", "flatline")


@router.get("/", dependencies=[needs("look")])
def now(request: Request) -> Response:
    """Crises, brands, alerts that fire, cases that are due, sources that fail."""
    pipeline, at, scope = pipeline_of(request), clock_now(), scope_of(request)
    glances: Glances = request.app.state.glances
    sources = pipeline.sources(now=at)
    # Before what is shown, so that nothing that comes now is missed.
    state = state_of(pipeline, at, sources)
    with pipeline.read() as connection:
        firing = list_alerts(
            connection, statuses=OPEN, kinds=SHOWN_KINDS, brands=scope.brands, limit=None
        )
        crises = seen_incidents(connection, open_incidents(connection), scope)
        due = desk.list_cases(connection, status=LIVING, limit=SHOWN, **scope.of_cases)
        counts = desk.count_cases(connection, now=at, **scope.of_cases)
        waiting = desk.count_by_brand(connection, now=at, **scope.of_cases)
        dead = outbox.counts(connection)["dead"]
    brands = [one for one in glances.at(at, sources) if scope.has_brand(one.name)]
    return render(
        request,
        "now.html",
        {
            "state": state,
            "brands": [(one, *waiting.get(one.name, (0, 0))) for one in brands],
            "incidents": crises,
            "alerts": most_pressing(firing)[:SHOWN],
            "cases": [(case, desk.clock(case, at)) for case in due],
            "counts": counts,
            "dead": dead,
            "troubled": [each for each in sources if each.is_troubled],
        },
    )


@router.get(
    "/now/changes",
    response_class=EventSourceResponse,
    dependencies=[needs("look", by_itself=True)],
)
async def changes(request: Request) -> AsyncIterator[ServerSentEvent]:
    """What `state_of` says, and again whenever it is another; 'over' once the session is."""
    following: Changes = request.app.state.changes
    async for state in following.follow(may=partial(is_logged_in, request)):
        if state is None:
            yield ServerSentEvent(data="", event="over")
        else:
            yield ServerSentEvent(data=state, event="state")


def current_state(pipeline: Pipeline) -> str:
    """What `state_of` says now."""
    at = clock_now()
    return state_of(pipeline, at, pipeline.sources(now=at))


def state_of(pipeline: Pipeline, at: datetime, sources: Sequence[Listened]) -> str:
    """A short text that is another one as soon as the first page is; every minute at the latest."""
    with pipeline.read() as connection:
        firing = list_alerts(connection, statuses=OPEN, kinds=SHOWN_KINDS, limit=None)
        seen = (
            [(one.id, one.status, one.severity, one.owner, one.is_muted) for one in firing],
            [(one.id, one.version, one.severity, one.owner) for one in open_incidents(connection)],
            sorted(desk.count_cases(connection, now=at).items()),
            outbox.counts(connection)["dead"],
        )
    troubled = [(one.source.name, one.state) for one in sources]
    told = repr((seen, troubled, floored(at, MINUTE)))
    return blake2b(told.encode(), digest_size=8).hexdigest()
